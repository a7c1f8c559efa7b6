"""Predict for models of 1, 2, 5 and 40 tasks that aren't those of faces."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.predict.models import choice
from mtldemo.tasks import BINARY, Task, TaskSet
from mtldemo.ui.predict.model_card import card_parts
from tests.pages.test_predict import GREY, ran, texts, upload
from tests.predict.any_tasks import TASK_SETS, make_model, png

PICTURE = png(np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8))


@pytest.fixture(autouse=True)
def only_own_models(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mtldemo.predict.models.SHIPPED", own_folders / "none")
    monkeypatch.setattr("mtldemo.ui.predict.page.warm_up", lambda chosen: None)


def opened(app: AppTest, **address: str) -> AppTest:
    app.run()
    app.switch_page("pages/predict.py")
    for name, value in address.items():
        app.query_params[name] = value
    return ran(app)


def everything(app: AppTest) -> str:
    buttons: Any = [*app.button, *app.get("download_button")]
    return "\n".join([texts(app), *(button.label for button in buttons)])


@pytest.mark.parametrize("number", TASK_SETS)
def test_a_picture_is_answered_as_a_whole(app: AppTest, own_folders: Path, number: int) -> None:
    tasks = TASK_SETS[number]
    make_model(own_folders / "runs", tasks, "mine")
    app = opened(app)
    assert "face" not in app.file_uploader(key="predict.files").label
    app = upload(app, one_png=PICTURE)
    words = everything(app)
    assert "face" not in words.lower()
    assert "1 picture" in words
    if number <= 5:
        for task in tasks:
            assert task.title in words
    else:
        table = app.dataframe[0].value
        assert sorted(table["Task"]) == sorted(task.title for task in tasks)
        assert table["Share"].is_monotonic_decreasing
    if number == 5:
        assert "The 5 likeliest; 995 classes are less likely" in words
    app.button(key="predict.upload.0.face1.looks.where").click()
    assert "Grad-CAM" in texts(ran(app))


def test_the_card_of_a_run_speaks_of_its_pictures(own_folders: Path) -> None:
    make_model(own_folders / "runs", TASK_SETS[2], "mine")
    words = "\n".join(card_parts(choice("mine", own_folders / "runs")).values())
    assert "looks at a picture of 32 x 32 pixels" in words
    assert "none of these" in words
    assert "face" not in words


def test_one_name_for_two_questions_is_kept_apart(app: AppTest, own_folders: Path) -> None:
    other = Task(name="type", title="Type", kind=BINARY, classes=("bird", "plant"))
    make_model(own_folders / "runs", TASK_SETS[2], "flowers")
    make_model(own_folders / "runs", TaskSet([other]), "birds")
    app = upload(opened(app, way="Compare models"), one_png=GREY)
    words = texts(app)
    assert "isn't the same question" in words
    (table,) = [frame.value for frame in app.dataframe if "Model" in frame.value]
    titles = [name for name in table if name.startswith("Type") and not name.endswith("%")]
    assert len(titles) == 2
    # Each model has an answer under its own question alone.
    assert table[titles].notna().sum(axis=1).tolist() == [1, 1]


def test_models_of_different_tasks_bear_their_runs_names(app: AppTest, own_folders: Path) -> None:
    """The method that both were weighted by would make them seeds of one arm."""
    make_model(own_folders / "runs", TASK_SETS[40], "marks")
    make_model(own_folders / "runs", TaskSet([*TASK_SETS[40], *TASK_SETS[2]]), "all")
    app = upload(opened(app, way="Compare models"), one_png=GREY)
    assert "Only one of them answers Type and Colour." in texts(app)
    (table,) = [frame.value for frame in app.dataframe if "Task" in frame.value]
    assert len(table) == 42
    assert table.notna().sum()[["marks", "all"]].tolist() == [40, 42]
