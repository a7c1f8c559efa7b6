"""A task set needs no code: what a manifest names is prepared, learned, answered and shown on the pages."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from mtldemo import data
from mtldemo.cli import main
from mtldemo.runs import RunFolder
from tests.pages.test_every_page import words_of
from tests.pages.test_predict import upload

TITLES = ("Leaf width", "Species", "Wilted")
SMALL = ("--image-size", "16")


@pytest.fixture
def leaves(tmp_path: Path) -> Path:
    """Pictures of noise with a number below zero (some missing), three classes and a mark."""
    folder = tmp_path / "leaves"
    folder.mkdir()
    lines = ["picture;leaf width;species;wilted"]
    for number, pixels in enumerate(np.random.default_rng(0).integers(0, 256, (40, 20, 20, 3), dtype=np.uint8)):
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
        width = "" if number % 4 == 3 else f"{number / 4 - 5:.2f}"
        lines.append(
            f"{number:02}.png;{width};{('oak', 'maple', 'birch')[number % 3]};{('no', 'yes')[number // 5 % 2]}"
        )
    (folder / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == 0
    return capsys.readouterr().out


def test_a_manifest_is_all_that_a_task_set_needs(
    leaves: Path, app: AppTest, own_folders: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mtldemo.ui.predict.page.warm_up", lambda chosen: None)
    where = ("--runs-dir", str(own_folders / "runs"), "--json")
    names = {"leaf_width", "species", "wilted"}
    report = json.loads(answered(capsys, "data", str(leaves), *SMALL, "--json"))
    assert report["pictures"] == 40
    assert set(report["labels"]) == names
    learned = json.loads(
        answered(capsys, "train", "--data", str(leaves), "--run", "mine", *SMALL, "--epochs", "1", *where)
    )
    assert set(learned["metrics"]) == names
    tasks = RunFolder.open(own_folders / "runs", "mine").config().learned_tasks()
    assert tasks.named("leaf_width").low < 0
    (answer,) = json.loads(answered(capsys, "predict", str(leaves / "07.png"), "--model", "mine", *where))
    (whole,) = answer["faces"]
    assert set(whole["answers"]) == names
    assert whole["answers"]["species"]["label"] in tasks.named("species").classes

    data.add_source(str(leaves))
    for page, query in (("home", {}), ("train", {"run": "mine"}), ("predict", {"model": "mine"})):
        app.switch_page(f"pages/{page}.py")
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if page == "predict":
            upload(app, leaf_png=(leaves / "07.png").read_bytes())
        assert not app.exception, app.exception[0].message
        assert [title for title in TITLES if title not in words_of(app)] == [], page
    app.switch_page("pages/data.py").run()
    app.selectbox(key="data_form.data.source").set_value(str(leaves.resolve())).run()
    app.number_input(key="data_form.data.image_size").set_value(16).run()
    assert not app.exception
    assert [title for title in TITLES if title not in words_of(app)] == []
