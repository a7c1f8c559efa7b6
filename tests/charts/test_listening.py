"""What a way of sharing has learned, drawn for few tasks and many."""

from collections.abc import Sequence
from typing import Any

import pytest

from mtldemo.charts.listening import DISTANCE, MOST_ROWS, listening
from mtldemo.charts.options import ChartOptions
from mtldemo.charts.rows import chart_rows
from mtldemo.records.frame import RunFrame
from mtldemo.tasks import Task, TaskSet


def tasks_of(count: int) -> TaskSet:
    return TaskSet(
        [Task(f"trait_{n}", f"Trait <b>{n}</b>", kind="binary", classes=("no", "yes")) for n in range(count)]
    )


def run_of(tasks: TaskSet, part: str, columns: Sequence[str]) -> RunFrame:
    def numbers(epoch: int) -> dict[str, Any]:
        return {task.name: dict.fromkeys(columns, epoch / 10) for task in tasks}

    return RunFrame({"kind": "epoch", "step": n, "epoch": n, "sharing": {part: numbers(n)}} for n in (1, 2, 3))


@pytest.mark.parametrize(("count", "over_time"), [(1, True), (2, True), (5, True), (40, False)])
def test_pairs_over_the_epochs_or_a_table_of_many(count: int, over_time: bool) -> None:
    tasks = tasks_of(count)
    chart = listening(run_of(tasks, "behind stage2", tasks.names), list(tasks), ChartOptions())
    (trace,) = chart.figure.data
    assert len(trace["y"]) == (count**2 if over_time else count)  # type: ignore[index]
    assert len(trace["x"]) == (3 if over_time else count)  # type: ignore[index]
    assert (count**2 <= MOST_ROWS) == over_time
    assert len(chart.table) == 3 * count**2
    assert chart.height < 800
    assert chart.figure.layout["yaxis"]["dtick"] == 1
    assert "<b>0" not in "".join(trace["y"])  # type: ignore[index]


def test_what_stands_out_is_said() -> None:
    tasks = tasks_of(2)
    frame = run_of(tasks, "gates", ["expert 1", "expert 2"])
    frame.epochs[-1]["sharing"]["gates"]["trait_1"]["expert 2"] = 0.75
    chart = listening(frame, list(tasks), ChartOptions())
    assert chart.alt == "After epoch 3 Trait <b>1</b> reads 0.75 of expert 2, gates: the most of all."
    apart = listening(run_of(tasks, DISTANCE, ["stem"]), list(tasks), ChartOptions())
    assert apart.title == "How far the networks are apart"
    assert "at stem: 0.3 of its length" in apart.alt


def test_a_run_that_shares_hard_has_no_such_chart() -> None:
    tasks = tasks_of(2)
    plain = RunFrame([{"kind": "epoch", "step": 1, "epoch": 1}])
    drawn = [chart for row in chart_rows(plain, list(tasks), comparing=False) for chart in row]
    assert listening not in drawn
    assert listening(plain, list(tasks), ChartOptions()).empty
    shown = chart_rows(run_of(tasks, "gates", ["expert 1"]), list(tasks), comparing=False)
    assert (listening,) in shown
