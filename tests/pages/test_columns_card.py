"""The card on Data with what a manifest's columns hold: each step says what it has done."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

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
