"""Compare draws many tasks as rows until a person chooses few of them, which have curves."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.pages.test_compare import texts
from tests.study.test_any_tasks import FLOWERS, FORTY, study_of


def test_chosen_tasks_have_curves(compare: Callable[..., AppTest], own_folders: Path) -> None:
    runs = [run.name for run in study_of(own_folders / "runs", FORTY)]
    page = compare(runs=runs, view="Curves")
    assert "A row a task, a panel a strategy" in texts(page)
    page.multiselect(key="tasks").set_value([FORTY[3].name, FORTY[9].name]).run()
    assert not page.exception
    assert "A row a task" not in texts(page)


def test_few_tasks_need_no_choice(compare: Callable[..., AppTest], own_folders: Path) -> None:
    runs = [run.name for run in study_of(own_folders / "runs", FLOWERS)]
    page = compare(runs=runs, view="Curves")
    assert not page.exception
    assert "tasks" not in [box.key for box in page.multiselect]
