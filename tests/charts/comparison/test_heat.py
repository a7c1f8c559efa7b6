"""What heat maps of arms write beside and above their cells, and how differences of many tasks are coloured."""

from typing import Any

import pandas as pd

from mtldemo.charts.colours import NEUTRAL, with_alpha
from mtldemo.charts.comparison import difference_forest
from mtldemo.charts.comparison.heat import STRONGEST, Heading, heat
from mtldemo.tasks import REGRESSION, Task, TaskSet

TASKS = TaskSet(Task(f"price_{place}", f"Price {place}", REGRESSION, high=1e5, unit="EUR") for place in range(40))
GAINS = {"price_0": 12_345.0, "price_1": -0.51}


def test_names_of_arms_are_parted_or_turned_but_not_cut_while_there_is_room() -> None:
    headings = {task.name: Heading((task.title,)) for task in TASKS}
    few: Any = heat(["Uncertainty weighting", "DWA", "PCGrad"], headings, {}, name="few").layout
    assert few.xaxis.ticktext == ("Uncertainty<br>weighting", "<br>DWA", "<br>PCGrad")
    many: Any = heat(
        ["Uncertainty weighting", "Equal weights", "DWA", "PCGrad", "MGDA"], headings, {}, name="many"
    ).layout
    assert (many.xaxis.ticktext[0], many.xaxis.tickangle) == ("Uncertainty weighting", -90)
    assert "Attractive and Male" in Heading(("Attractive", "Male")).beside()


def test_differences_of_many_tasks_have_one_colour_for_better_and_separators() -> None:
    rows = [
        {"arm": "dwa", "baseline": "equal", "task": task.name, "metric": "mae", "higher_is_better": False, "n": 3,
         "mean": 0.0, "low": 0.0, "high": 0.0, "gain": GAINS.get(task.name, 0.0), "gain_low": 0.0, "gain_high": 0.0,
         "p": 0.5, "p_shared": 0.5, "p_holm": 0.5, "better": None}
        for task in TASKS
    ]  # fmt: skip
    figure: Any = difference_forest(pd.DataFrame(rows), TASKS, "equal").figure
    assert {trace.colorscale[2][1] for trace in figure.data} == {with_alpha(NEUTRAL, STRONGEST)}
    assert {note.text for note in figure.layout.annotations} >= {"+12,000", "−0.51", "0"}
