"""Charts of a run hold for 1 to 40 tasks: drawn for each, and never with a legend of more than eight."""

from collections.abc import Callable
from typing import Any

import pytest

from mtldemo import charts
from mtldemo.charts import ChartOptions, RunFrame
from mtldemo.charts.colours import MOST_IN_A_LEGEND
from mtldemo.charts.comparison import ArmRun, compared_curves, compared_norms, compared_weights
from mtldemo.tasks import Task

EVERY = [chart for row in charts.ROWS for chart in row]
COMPARED = (compared_curves, compared_weights, compared_norms)


@pytest.mark.parametrize("count", [1, 2, 5, 40])
@pytest.mark.parametrize("draw", EVERY, ids=lambda draw: draw.__name__)
def test_a_run_of_so_many_tasks_is_drawn(draw: Callable[..., Any], count: int) -> None:
    tasks = made(count)
    chart = draw(frame(tasks), tasks, ChartOptions())
    assert chart.alt
    assert sum(bool(trace.showlegend) for trace in chart.figure.data) <= MOST_IN_A_LEGEND


@pytest.mark.parametrize("count", [1, 2, 5, 40])
@pytest.mark.parametrize("draw", COMPARED, ids=lambda draw: draw.__name__)
def test_runs_of_so_many_tasks_are_compared(draw: Callable[..., Any], count: int) -> None:
    tasks = made(count)
    chart = draw([ArmRun(arm, 0, frame(tasks), arm) for arm in ("equal", "dwa")], tasks, ChartOptions())
    assert not chart.empty
    assert sum(trace.showlegend is None for trace in chart.figure.data) <= MOST_IN_A_LEGEND


def made(count: int) -> list[Task]:
    return [
        Task(f"mark_{place}", f"Mark {place}", "binary", ("bce",), "bce", "accuracy", ("no", "yes"))
        for place in range(count)
    ]


def frame(tasks: list[Task]) -> RunFrame:
    names = [task.name for task in tasks]
    records: list[dict[str, Any]] = []
    for step in range(1, 21):
        at = {"step": step, "epoch": step / 10, "time": float(step)}
        values = {name: 1 + place + 1 / step for place, name in enumerate(names)}
        rates = {"lr": 0.1, "images_per_second": 10.0, "objective": 1.0, "gradient_norm": 1.0}
        records.append({"kind": "step", **at, **rates, "losses": values, "weights": values})
        pairs = {f"{one}|{other}": 0.1 for place, one in enumerate(names) for other in names[place + 1 :]}
        records.append({"kind": "gradients", **at, "norms": values, "cosines": pairs})
    scores = {name: {"accuracy": 0.9, "balanced_accuracy": 0.8, "macro_f1": 0.8} for name in names}
    epoch = {"train_losses": {}, "val_losses": dict.fromkeys(names, 1.0), "metrics": scores, "best": True}
    records.append({"kind": "epoch", "step": 20, "epoch": 2, "time": 20.0, **epoch})
    return RunFrame(records)


def test_pairs_of_many_tasks_are_one_heat_map() -> None:
    tasks = made(40)
    chart: Any = charts.gradient_cosines(frame(tasks), tasks, ChartOptions())
    assert [trace.type for trace in chart.figure.data] == ["heatmap"]
    assert chart.figure.data[0].z.shape == (40, 40)
