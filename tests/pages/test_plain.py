"""Names and errors full of Markdown on every page: what is shown is the text itself."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from mtldemo.runs import RunFolder, notes
from mtldemo.study import StudyFolder
from mtldemo.ui.plain import plain
from tests.predict.tiny import tiny_config, write_model

NASTY = "a_*b*_$x$_:red[c]<b>"
KINDS = (
    "markdown",
    "caption",
    "error",
    "warning",
    "info",
    "success",
    "subheader",
    "title",
    "button",
    "expander",
    "table",
)


def named_anew(folder: Path) -> Path:
    """What an import or a file system may bring; the program itself gives no such names."""
    return folder.rename(folder.with_name(NASTY))


def shown(app: AppTest) -> list[str]:
    """All that is read as Markdown."""
    found = []
    for kind in KINDS:
        for item in app.get(kind):
            found += [str(getattr(item, part, "")) for part in ("value", "label")]
    return [
        *found,
        *(link.proto.label for link in app.get("page_link")),
        *(bar.proto.text for bar in app.get("progress")),
    ]


def check(app: AppTest, *, least: int = 1) -> None:
    assert not app.exception, app.exception[0].message
    said = shown(app)
    assert sum(plain(NASTY) in text for text in said) >= least, said
    for text in said:
        assert NASTY not in text, text


def test_home_and_train(app: AppTest, make_run: Callable[..., RunFolder]) -> None:
    run = make_run("bad", state="failed", message=f"It broke at {NASTY}.")
    named_anew(run.path)
    app.run()
    check(app)
    app.switch_page("pages/train.py")
    app.query_params["run"] = NASTY
    app.run()
    assert plain(NASTY) in "\n".join(item.value for item in app.error)  # a name that no run may have


def test_a_runs_message(app: AppTest, make_run: Callable[..., RunFolder]) -> None:
    make_run("bad", state="failed", message=f"It broke at {NASTY}.")
    app.run()
    app.switch_page("pages/train.py")
    app.query_params["run"] = "bad"
    app.run()
    check(app)


@pytest.mark.parametrize("file", ["data.json", "status.json", "compute.json"])
def test_a_damaged_file_of_a_run_is_told_once(
    app: AppTest, own_folders: Path, make_run: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    (make_run("bad").path / file).write_text("{")
    monkeypatch.setenv("MTLDEMO_RUNS", str(named_anew(own_folders / "runs")))
    app.run()
    app.switch_page("pages/train.py")
    app.query_params["run"] = "bad"
    app.run()
    check(app)
    assert sum("is damaged: it isn't JSON" in item.value for item in (*app.error, *app.warning)) == 1
    assert "Log" in [folded.label for folded in app.expander]


def test_the_archives_of_a_data_set(own_folders: Path) -> None:
    folder = own_folders / "archives"
    folder.mkdir()
    random = np.random.default_rng(0)
    for part in (1, 2):
        with zipfile.ZipFile(folder / f"{NASTY}{part}.zip", "w") as archive:
            for number in range(8):
                file = io.BytesIO()
                Image.fromarray(random.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(file, "JPEG")
                archive.writestr(
                    f"{20 + number}_{number % 2}_{number % 5}_2017{part:02}{number + 1:02}.jpg", file.getvalue()
                )

    def view(source: str) -> None:
        from mtldemo import data
        from mtldemo.config import DataConfig
        from mtldemo.ui.data_view import data_view

        data_view(data.load(DataConfig(source=source, image_size=16)))

    check(AppTest.from_function(view, args=(str(folder),), default_timeout=200).run())


@pytest.mark.parametrize("view", ["Results", "Curves", "Weights", "Gradients", "Runs", "Share"])
def test_compare(compare: Callable[..., AppTest], make_study: Callable[..., StudyFolder], view: str) -> None:
    study = make_study("ours", arms=("equal", "dwa"), seeds=2)
    notes.write(study.path, NASTY, [NASTY])
    check(compare(study="ours", view=view))


def test_predict(app: AppTest, own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mtldemo.ui.predict.page.warm_up", lambda chosen: None)
    run = RunFolder.create(own_folders / "runs", tiny_config(source="synthetic"), "bad")
    write_model(run.model_file, tiny_config(source="synthetic"))
    named_anew(run.path)
    app.run()
    app.switch_page("pages/predict.py")
    app.query_params["model"] = NASTY
    app.run()
    app.file_uploader(key="predict.files").upload(f"{NASTY}.png", b"no picture")
    app.run()
    check(app, least=2)
