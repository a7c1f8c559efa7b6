"""Compare draws a study of any task set: three with a price in EUR, and forty."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.tasks import TaskSet
from tests.pages.test_compare import texts
from tests.study.test_any_tasks import FLOWERS, FORTY, study_of


@pytest.mark.parametrize("tasks", [FLOWERS, FORTY], ids=["flowers", "forty"])
def test_results_and_runs_of_any_tasks_are_drawn(
    compare: Callable[..., AppTest], own_folders: Path, tasks: TaskSet
) -> None:
    runs = [run.name for run in study_of(own_folders / "runs", tasks)]
    page = compare(runs=runs, view="Results")
    table = next(frame.value for frame in page.dataframe if "Rank" in frame.value)
    assert table["Strategy"].iloc[0] == "DWA"
    assert [task.title for task in tasks if task.title in table] == [task.title for task in tasks]
    assert "beats the plain sum on" in texts(page)
    page.query_params["view"] = "Runs"
    page.run()
    assert not page.exception
    rows = next(frame.value for frame in page.dataframe if "Run" in frame.value)
    assert f"{tasks[0].title} Δ" in rows
