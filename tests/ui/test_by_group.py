from collections.abc import Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.errors import MtlDemoError
from mtldemo.predict.models import SHIPPED
from mtldemo.runs import RunFolder
from mtldemo.ui import by_group
from tests.predict.tiny import tiny_config, write_model


def page(folder: str) -> None:
    from pathlib import Path

    from mtldemo.runs import RunFolder
    from mtldemo.ui.by_group import by_group

    by_group(RunFolder(Path(folder)))


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    run = RunFolder.create(tmp_path, tiny_config(), "mine")
    write_model(run.model_file, tiny_config())
    return run


def test_only_a_tested_run_is_measured_again(run: RunFolder) -> None:
    assert not by_group.has_groups(run)
    common = {"step": 2, "epoch": 1, "time": 1.0, "metrics": {}}
    run.append([{"kind": "epoch", "score": 0.5, "best": True, **common}])
    assert not by_group.has_groups(run)
    run.append([{"kind": "test", "images": 6, "best_epoch": 1, **common}])
    assert by_group.has_groups(run)


def test_the_tables_are_made_when_they_are_asked_for(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Sequence[str]] = []

    def made(command: Sequence[str], **_: str) -> bytes:
        asked.append(command)
        return SHIPPED.with_suffix(".md").read_bytes()

    monkeypatch.setattr(by_group, "made_by_command", made)
    app = AppTest.from_function(page, kwargs={"folder": str(run.path)}, default_timeout=200).run()
    assert not app.exception
    assert not asked
    app.button(key="by_group.make").click().run()
    assert not app.exception
    assert asked == [["model", str(run.path), "--views", "1"]]
    assert [table.value.columns[0] for table in app.dataframe] == [
        "Everybody",
        "By labelled age",
        "By gender",
        "By ethnicity",
    ]
    # They stay while the page is drawn again.
    app.run()
    assert len(asked) == 1
    assert len(app.dataframe) == 4
    assert not app.button


def test_what_keeps_it_from_being_measured_is_said(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(command: Sequence[str], **_: str) -> bytes:
        raise MtlDemoError("There is no data set at faces.zip.")

    monkeypatch.setattr(by_group, "made_by_command", made)
    app = AppTest.from_function(page, kwargs={"folder": str(run.path)}, default_timeout=200).run()
    app.button(key="by_group.make").click().run()
    assert not app.exception
    assert [error.value for error in app.error] == ["There is no data set at faces.zip."]
    assert app.button(key="by_group.make")
