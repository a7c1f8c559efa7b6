"""Names and errors full of Markdown on every page: what is shown is the text itself."""

from collections.abc import Callable
from pathlib import Path

import pytest
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
