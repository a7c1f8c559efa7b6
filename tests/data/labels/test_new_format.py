"""A published format is one file and one line: written into a copy of the package, its data sets are read and shown."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import mtldemo

ROOT = Path(mtldemo.__file__).parents[1]
FORMAT = r'''"""Leaf Scans: the species and the width of a leaf in its picture's name, ``maple_w12.5_0001.png``."""

import re

from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.format import DataLocation, Format, labelled_tables
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.named_pictures import named_so, named_table
from mtldemo.tasks.task import REGRESSION

NAME = re.compile(r"(?:^|/)(?P<species>[a-z]+)_w(?P<width>\d+\.\d)_\d{4}\.\w+$")
PRESET = TaskChoices({"width": ColumnChoice(kind=REGRESSION, unit="mm")}, path="path")


class LeafScans(Format):
    """Species and width."""

    title = "Leaf Scans"

    def matches(self, location: DataLocation) -> bool:
        return not location.file and named_so(location.pictures, NAME)

    def open(self, location: DataLocation) -> LabelledSource:
        return labelled_tables(location, [named_table(location.pictures, NAME)], PRESET, ["It is read as Leaf Scans."])
'''
SCRIPT = """
import contextlib, io, sys
from mtldemo import data
from mtldemo.cli import main
from mtldemo.config import DataConfig

assert data.__file__.startswith(sys.argv[1])
dataset = data.load(DataConfig(source=sys.argv[2], image_size=16))
assert [(task.name, task.kind, task.unit) for task in dataset.tasks] == [
    ("species", "classes", ""), ("width", "regression", "mm")
]
rows = dataset.indices("train")
assert dataset.present("width", rows).all() and set(dataset.labels("species", rows).tolist()) == {0, 1, 2}
with contextlib.redirect_stdout(io.StringIO()) as shown, contextlib.suppress(SystemExit):
    main(["data", "--help"])
assert "Leaf Scans" in " ".join(shown.getvalue().split()), shown.getvalue()
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("dashboard.py", default_timeout=100).run()
app.switch_page("pages/data.py").run()
assert not app.exception
assert any("Leaf Scans" in caption.value for caption in app.caption)
"""


def test_a_format_is_one_file_and_one_line(tmp_path: Path) -> None:
    copy, leaves = tmp_path / "copy", tmp_path / "leaves"
    shutil.copytree(ROOT / "mtldemo", copy / "mtldemo", ignore=shutil.ignore_patterns("__pycache__", "*.safetensors"))
    shutil.copytree(ROOT / "pages", copy / "pages")
    shutil.copy(ROOT / "dashboard.py", copy)
    labels = copy / "mtldemo" / "data" / "labels"
    (labels / "leaf_scans.py").write_text(FORMAT, encoding="utf-8")
    family = (labels / "recognise.py").read_text(encoding="utf-8")
    for before, more in (
        ("    FairFace(),\n", "    LeafScans(),\n"),
        (
            "from mtldemo.data.labels.labelled_source import LabelledSource\n",
            "from mtldemo.data.labels.leaf_scans import LeafScans\n",
        ),
    ):
        assert family.count(before) == 1
        family = family.replace(before, before + more)
    (labels / "recognise.py").write_text(family, encoding="utf-8")
    leaves.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (24, 20, 20, 3), dtype=np.uint8)
    for number, picture in enumerate(pixels):
        name = f"{('maple', 'oak', 'birch')[number % 3]}_w{10 + number / 2:.1f}_{number:04d}.png"
        Image.fromarray(picture).save(leaves / name)
    own = {"PYTHONPATH": str(copy), "MTLDEMO_CACHE": str(tmp_path / "cache"), "MTLDEMO_RUNS": str(tmp_path / "runs")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(copy), str(leaves)],
        cwd=copy,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
