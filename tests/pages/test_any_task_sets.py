"""Data and Train on data sets with other tasks than UTKFace's: 1, 2, 5 and 40 of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from mtldemo.config import DataConfig
from mtldemo.data import loading
from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.preparation import PreparationJob, work
from mtldemo.ui.columns_editor import changed_choices, editor_rows, write_choices
from mtldemo.ui.data_labels import CHOSEN, labelled

PICTURES = 48
KINDS = ("colour", "mark", "size", "shape", "round")
VALUES = {
    "colour": lambda number: ("red", "green", "blue")[number % 3],
    "mark": lambda number: number // 2 % 2,
    "size": lambda number: f"{0.5 + number * 1.25:.2f}",
    "shape": lambda number: ("tall", "flat")[number // 3 % 2],
    "round": lambda number: ("", "no", "yes")[number // 5 % 3],
}


def manifest(folder: Path, tasks: int) -> Path:
    """A folder with noise pictures and a ``labels.csv`` with as many columns of labels."""
    folder.mkdir()
    random = np.random.default_rng(0)
    names = KINDS[:tasks] if tasks <= len(KINDS) else tuple(f"attribute_{number}" for number in range(tasks))
    lines = [",".join(("file_name", *names))]
    for number in range(PICTURES):
        Image.fromarray(random.integers(0, 256, (24, 24, 3), dtype=np.uint8)).save(folder / f"{number:02d}.png")
        row = [VALUES[name](number) if name in VALUES else random.choice((-1, 1)) for name in names]
        lines.append(",".join((f"{number:02d}.png", *map(str, row))))
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    return folder


def add(page: AppTest, folder: Path) -> None:
    page.run()
    page.switch_page("pages/data.py").run()
    page.text_input(key="data.path").input(str(folder)).run()
    page.button(key="data.add").click().run()
    page.number_input(key="data_form.data.image_size").set_value(16).run()
    assert not page.exception
    assert not page.error


@pytest.mark.parametrize("tasks", [1, 2, 5, 40])
def test_data_and_train_work_for_any_number_of_tasks(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tasks: int
) -> None:
    monkeypatch.setattr(PreparationJob, "start", lambda job: work(job.config, job.file))
    folder = manifest(tmp_path / "set", tasks)
    add(app, folder)
    app.button(key="data.prepare").click().run()
    assert not app.exception
    assert {metric.label: metric.value for metric in app.metric}["Pictures"] == str(PICTURES)
    for tab in ("Labels", "Rejected files", "Look-alikes"):
        app.session_state["data.tabs"] = tab
        app.run()
        assert not app.exception
        assert not app.error
        if tab == "Labels":
            assert len([box for box in app.selectbox if box.label in ("Rows", "Columns")]) == (2 if tasks > 1 else 0)
    app.switch_page("pages/train.py").run()
    source = next(option for option in app.selectbox(key="new_run.data.source").options if "set" in option)
    assert source
    app.selectbox(key="new_run.data.source").set_value(str(folder.resolve())).run()
    assert not app.exception
    assert not app.error
    titles = {"1": "Colour", "2": "Colour, Mark", "40": "40 tasks"}
    summary = app.table[0].value.astype(str).to_string()
    assert titles.get(str(tasks), "Colour, Mark, Size, Shape, Round") in summary
    assert "Gender" not in summary
    assert not app.button(key="train.start").disabled


def test_a_columns_kind_classes_and_marks_are_chosen(tmp_path: Path) -> None:
    folder = manifest(tmp_path / "set", 5)
    config = DataConfig(source=str(folder))
    source = labelled(config)
    assert source is not None
    before = editor_rows(source.columns, source.labels.tasks)
    after = [dict(row) for row in before]
    rows = {row["Column"]: row for row in after}
    rows["colour"]["Classes"] = ["red", "blue", "green"]
    rows["mark"]["Kind"] = "left out"
    rows["size"] |= {"Unit": "cm", "From": 0.0, "To": 80.0}
    rows["round"]["Means no label"] = ["no"]
    rows["round"]["Kind"] = "left out"
    choices = changed_choices(before, after, source.columns, TaskChoices())
    read = labelled(DataConfig(source=str(folder), labels=choices.to_dict()))
    assert read is not None
    tasks = read.labels.tasks
    assert tasks.names == ("colour", "size", "shape")
    assert tasks.named("colour").classes == ("red", "blue", "green")
    assert (tasks.named("size").unit, tasks.named("size").low, tasks.named("size").high) == ("cm", 0.0, 80.0)
    write_choices(folder, read, choices)
    from mtldemo.ui.data_labels import read_anew

    read_anew()
    again = labelled(config)
    assert again is not None
    assert again.labels.tasks == tasks


CLASSES = {
    "named": ("mark", ["plain", "marked"], ("0", "1")),
    "named in another order": ("mark", ["1", "plain"], ("1", "0")),
    "one renamed": ("shape", ["flat", "high"], ("flat", "tall")),
    "one renamed, in another order": ("colour", ["red", "sky", "green"], ("red", "blue", "green")),
    "one removed": ("colour", ["red", "blue"], ("red", "blue")),
}


@pytest.mark.parametrize("what", CLASSES)
def test_classes_are_named_and_ordered(tmp_path: Path, what: str) -> None:
    column, names, values = CLASSES[what]
    folder = manifest(tmp_path / "set", 5)

    def changed(choices: TaskChoices, names: list[str]) -> tuple[TaskChoices, LabelledSource]:
        source = loading.open_labelled(DataConfig(source=str(folder), labels=choices.to_dict()))
        before = editor_rows(source.columns, source.labels.tasks)
        after = [{**row, "Classes": names} if row["Column"] == column else row for row in before]
        choices = changed_choices(before, after, source.columns, choices)
        return choices, loading.open_labelled(DataConfig(source=str(folder), labels=choices.to_dict()))

    def labels(source: LabelledSource) -> list[str]:
        of_column = source.labels.of([picture.name for picture in source.source.pictures()]).values[column]
        classes = source.labels.tasks.named(column).classes
        return ["" if np.isnan(value) else classes[int(value)] for value in of_column]

    called = dict(zip(values, names, strict=True))
    expected = [called.get(str(VALUES[column](number)), "") for number in range(PICTURES)]
    choices, read = changed(TaskChoices(), names)
    assert (read.labels.tasks.named(column).classes, labels(read)) == (tuple(names), expected)
    # In another order afterwards each class keeps its pictures, and so it is written and read again.
    choices, read = changed(choices, names[::-1])
    assert (read.labels.tasks.named(column).classes, labels(read)) == (tuple(names[::-1]), expected)
    write_choices(folder, read, choices)
    assert labels(loading.open_labelled(DataConfig(source=str(folder)))) == expected


def test_only_what_was_changed_is_a_choice(tmp_path: Path) -> None:
    source = labelled(DataConfig(source=str(manifest(tmp_path / "set", 2))))
    assert source is not None
    rows = editor_rows(source.columns, source.labels.tasks)
    assert changed_choices(rows, rows, source.columns, TaskChoices()) == TaskChoices()


def test_what_a_model_is_asked_about_is_chosen_and_written(app: AppTest, tmp_path: Path) -> None:
    folder = manifest(tmp_path / "set", 2)
    add(app, folder)
    (radio,) = app.radio
    assert radio.value == "whole"
    radio.set_value("faces").run()
    assert (app.radio[0].value, chosen_labels_in(app, folder)) == ("faces", {"pictures": "faces"})
    app.button(key="data.columns_write").click().run()
    assert not app.exception
    assert 'pictures = "faces"' in (folder / "tasks.toml").read_text()
    assert (app.radio[0].value, chosen_labels_in(app, folder)) == ("faces", {})


def chosen_labels_in(app: AppTest, folder: Path) -> dict[str, Any]:
    return app.session_state[CHOSEN].get(str(folder.resolve()), {})
