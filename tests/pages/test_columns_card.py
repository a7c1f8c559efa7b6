"""The card on Data with what a manifest's columns hold: each step says what it has done."""

import shutil
import tarfile
from pathlib import Path

from streamlit.testing.v1 import AppTest

from mtldemo.ui.data_labels import CHOSEN
from tests.pages.test_any_task_sets import add, manifest


def test_reading_and_writing_say_what_was_done(app: AppTest, tmp_path: Path) -> None:
    folder = manifest(tmp_path / "set", 5)
    add(app, folder)
    captions = " ".join(caption.value for caption in app.caption)
    # What was made of each column is in the table and not said again below it.
    assert "labels.csv" in captions
    assert "colour is one of several classes" not in captions
    next(button for button in app.button if button.label == "Read the columns so").click().run()
    assert [message.value for message in app.success] == ["Nothing was changed in the table."]
    app.button(key="data.columns_write").click().run()
    assert not app.exception
    assert (folder / "tasks.toml").is_file()
    (message,) = app.success
    assert "tasks.toml" in message.value
    app.run()
    assert not app.success


def test_what_changes_on_the_disk_is_seen_and_not_written_over(app: AppTest, tmp_path: Path) -> None:
    folder = manifest(tmp_path / "set", 2)
    add(app, folder)
    for title in ("Hue", "Shade"):
        (folder / "tasks.toml").write_text(f'[tasks.colour]\ntitle = "{title}"\n')
        app.button(key="data.columns_write").click().run()
        assert f'title = "{title}"' in (folder / "tasks.toml").read_text()
    app.session_state[CHOSEN] = {str(folder.resolve()): {"columns": {"gone": {"kind": "classes"}}}}
    app.run()
    assert [error.value for error in app.error] == [
        "There is no column or task 'gone' to choose for; there are: colour, mark."
    ]
    app.button(key="data.columns_reset").click().run()
    assert not app.error
    shutil.rmtree(folder)
    app.run()
    assert not app.exception
    assert [message.value for message in app.warning] == [
        f"{folder.resolve()} isn't there any more, so another data set is chosen."
    ]


def test_an_archive_cannot_be_written_into(app: AppTest, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "set.tar.gz", "w:gz") as archive:
        archive.add(manifest(tmp_path / "set", 2), "set")
    add(app, tmp_path / "set.tar.gz")
    assert app.button(key="data.columns_write").disabled
