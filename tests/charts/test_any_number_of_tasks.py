"""Every chart holds for 1, 2, 5 and 40 tasks of all kinds, with titles as people write them."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mtldemo import charts
from mtldemo.charts import Chart, RunFrame, comparison
from mtldemo.charts.colours import task_colour
from mtldemo.charts.comparison import ArmRun
from mtldemo.tasks import BINARY, CLASSES, REGRESSION, Task, TaskSet

ARMS, STEPS = ("equal", "uncertainty", "a <b> & c", "dwa"), 60
MOST_TRACES, MOST_NOTES, MOST_IN_LEGEND, TALLEST, MOST_BYTES = 200, 260, 8, 950, 160_000
"""Of one figure: its traces, annotations and shapes, legend entries, height in px of a row of panels, bytes of JSON."""


def tasks_of(count: int) -> TaskSet:
    """Mixed kinds, one title with markup, one very long, and two alike."""
    titles = ["Dog's <b>breed</b> %{x}", "A price that is given in the currency of the country " * 3, "Alike", "Alike"]
    kinds: list[dict[str, Any]] = [
        {"kind": BINARY, "classes": ("no", "yes & <i>no</i>")},
        {"kind": REGRESSION, "low": 0.0, "high": 9e5, "unit": "EUR"},
        {"kind": CLASSES, "classes": tuple(f"Bernese mountain dog number {place}" for place in range(60))},
        {"kind": REGRESSION, "low": -40.0, "high": -10.0},
    ]
    names = [f"task_{place}" for place in range(count)]
    return TaskSet(
        Task(name, titles[place] if place < len(titles) else f"Attribute {place}", **kinds[place % 4])
        for place, name in enumerate(names)
    )


def run_of(tasks: TaskSet, seed: int) -> RunFrame:
    random = np.random.default_rng(seed)
    names, records = tasks.names, []
    for step in range(1, STEPS + 1):
        at = {"step": step, "time": 0.5 * step, "epoch": step / 20, "lr": 0.1, "images_per_second": 9.0}
        values = dict(zip(names, random.uniform(0.1, 3, len(names)).tolist(), strict=True))
        records.append({"kind": "step", **at, "losses": values, "weights": values, "objective": 1.0})
        if step % 5 == 0:
            pairs = {f"{one}|{two}": 0.1 for place, one in enumerate(names) for two in names[place + 1 :]}
            records.append({"kind": "gradients", **at, "norms": values, "cosines": pairs})
        if step % 20 == 0:
            metrics = {task.name: dict.fromkeys(task.measures, float(random.uniform(0, 1))) for task in tasks}
            shared = {"behind stage2": dict.fromkeys(names, values)}
            results = {"val_losses": values, "metrics": metrics, "sharing": shared}
            records.append({"kind": "epoch", **at, **results, "best": step == 40})
    return RunFrame(records)


def table_of(tasks: TaskSet) -> pd.DataFrame:
    random, rows = np.random.default_rng(0), 300
    labels = {
        task.name: random.integers(0, len(task.classes), rows).astype(float)
        if task.classes
        else random.uniform(task.low, task.high, rows)
        for task in tasks
    }
    return pd.DataFrame({**labels, "split": random.choice(["train", "val", "test"], rows, p=[0.8, 0.1, 0.1])})


def results_of(tasks: TaskSet) -> pd.DataFrame:
    rows = [
        (f"{arm}-s{seed}", arm, seed, task.name, task.metric, 0.5 + 0.01 * place + 0.001 * seed)
        for arm in ARMS
        for seed in (0, 1)
        for place, task in enumerate(tasks)
    ]
    return pd.DataFrame(rows, columns=["run", "arm", "seed", "task", "metric", "value"])


def differences_of(tasks: TaskSet) -> pd.DataFrame:
    rows = [
        (arm, task.name, task.metric, 2, 0.01 * place, 0.0, 0.02 * place, 0.04, True if place % 3 else None)
        for arm in ARMS[1:]
        for place, task in enumerate(tasks)
    ]
    columns = ["arm", "task", "metric", "n", "gain", "gain_low", "gain_high", "p_holm", "better"]
    return pd.DataFrame(rows, columns=columns)


def ranks_of(tasks: TaskSet, value: str) -> pd.DataFrame:
    rows = [(arm, name, 0.2 * place) for place, arm in enumerate(ARMS) for name in (*tasks.names, "all")]
    return pd.DataFrame(rows, columns=["arm", "task", value])


def every_chart(tasks: TaskSet) -> Mapping[str, Callable[[], Chart]]:
    """Each chart that takes tasks, by its name."""
    frame, table, compare, results = run_of(tasks, 0), table_of(tasks), comparison, results_of(tasks)
    runs = [ArmRun(arm, seed, run_of(tasks, seed), f"{arm}-s{seed}") for arm in ARMS for seed in (0, 1)]
    settings = results[["run", "arm"]].drop_duplicates().assign(Rate=range(2 * len(ARMS)))
    counts = {task.name: {"confusion": np.eye(len(task.classes)).tolist()} for task in tasks if task.classes}
    run_charts = {chart.__name__: chart for row in charts.ROWS for chart in row}
    last = tasks[-1]
    return {
        **{name: lambda draw=draw: draw(frame, tasks, charts.ChartOptions()) for name, draw in run_charts.items()},
        "confusion": lambda: charts.confusion(counts, next(task for task in tasks if task.classes), tasks=tasks),
        "label_distribution": lambda: charts.label_distribution(table, last, tasks),
        "label_pairs": lambda: charts.label_pairs(table, tasks[0], last, tasks),
        "positive_shares": lambda: charts.positive_shares(table, tasks),
        "split_balance": lambda: charts.split_balance(table, tasks),
        **{f"compared_curves {what}": lambda what=what: compare.compared_curves(runs, tasks, what=what)
           for what in ("train", "validation", "metric")},
        **{f"compared_weights {shares}": lambda shares=shares: compare.compared_weights(runs, tasks, normalised=shares)
           for shares in (True, False)},
        "compared_cosines": lambda: compare.compared_cosines(runs, tasks),
        "cosine_heat": lambda: compare.cosine_heat(runs, tasks),
        "compared_norms": lambda: compare.compared_norms(runs, tasks),
        "difference_forest": lambda: compare.difference_forest(differences_of(tasks), tasks, ARMS[0]),
        "rank_heat": lambda: compare.rank_heat(ranks_of(tasks, "rank"), tasks),
        "best_heat": lambda: compare.best_heat(ranks_of(tasks, "probability"), tasks),
        "parallel_settings": lambda: compare.parallel_settings(settings, results, tasks),
    }  # fmt: skip


COUNTS = (1, 2, 5, 40)
OF_PAIRS = ("gradient_cosines", "compared_cosines", "cosine_heat")
NAMES = tuple(every_chart(tasks_of(2)))
CASES = [(count, name) for count in COUNTS for name in NAMES if count > 1 or name not in OF_PAIRS]


@pytest.fixture(scope="module")
def drawn() -> Mapping[int, Mapping[str, Callable[[], Chart]]]:
    return {count: every_chart(tasks_of(count)) for count in COUNTS}


@pytest.mark.parametrize(("count", "name"), CASES, ids=str)
def test_a_chart_of_so_many_tasks_fits(
    drawn: Mapping[int, Mapping[str, Callable[[], Chart]]], count: int, name: str
) -> None:
    chart = drawn[count][name]()
    text = chart.figure.to_json(remove_uids=False)
    assert text is not None
    data, layout = json.loads(text)["data"], json.loads(text)["layout"]
    assert not chart.empty
    assert len(data) <= MOST_TRACES
    assert len(layout.get("annotations", ())) <= MOST_NOTES
    assert len(layout.get("shapes", ())) <= MOST_NOTES
    entries = [trace for trace in data if trace["type"] != "heatmap" and trace.get("showlegend", True)]
    assert len(entries) <= MOST_IN_LEGEND
    assert layout["meta"]["panels"] <= 16
    assert layout["height"] == chart.height <= TALLEST
    assert len(text) <= MOST_BYTES
    assert len({trace["uid"] for trace in data}) == len(data)
    assert chart.alt.endswith(".")
    assert len(chart.alt) < 3000
    # A fuller cell is the darker one on white alone.
    assert "darker" not in chart.caption
    # What a person wrote is shown as it was written.
    shown = json.dumps([*data, layout.get("annotations"), *(axis for key, axis in layout.items() if "axis" in key)])
    assert "<b>breed</b>" not in re.sub(r'"(arms?|run)": ?(\[[^\]]*\]|"[^"]*")', "", shown)
    assert "<i>" not in shown


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("learning_rate", "throughput")])
def test_hovering_says_whose_it_is(drawn: Mapping[int, Mapping[str, Callable[[], Chart]]], name: str) -> None:
    figure = drawn[5][name]().figure
    labels = json.dumps(figure.to_dict()["layout"]["yaxis"].get("ticktext"))
    for trace in json.loads(str(figure.to_json(remove_uids=False)))["data"]:
        hovered = json.dumps([trace.get(part) for part in ("hovertemplate", "text", "y")]) + labels
        if trace.get("hoverinfo") != "skip" and name not in ("confusion", "label_pairs", "positive_shares"):
            assert re.search("Alike|Attribute|Dog&#x27;s|A price", hovered) or trace["uid"].endswith("_all"), trace[
                "uid"
            ]


@pytest.mark.parametrize(("name", "unit"), [("loss_curves", "EUR"), ("metric_curves", "EUR"), ("split_balance", "%")])
@pytest.mark.parametrize("count", [5, 40])
def test_hovering_says_the_unit(
    drawn: Mapping[int, Mapping[str, Callable[[], Chart]]], count: int, name: str, unit: str
) -> None:
    figure: Any = drawn[count][name]().figure
    assert unit in str([[trace.hovertemplate, trace.text] for trace in figure.data])


def test_rows_stand_in_the_order_of_their_colours() -> None:
    tasks = tasks_of(40)
    chart: Any = charts.task_weights(run_of(tasks, 0), tasks)
    (rows,) = chart.figure.data
    means = rows.z.mean(axis=1)
    assert rows.z.shape == (40, STEPS)
    assert (np.diff(means) <= 0.011).all()
    labels = chart.figure.layout["yaxis"]["ticktext"]
    assert sum("Attribute" in label for label in labels) == 36
    assert task_colour(tasks[39], tasks) in next(label for label in labels if "Attribute 39" in label)


def test_pairs_of_many_tasks_are_one_heat_map() -> None:
    tasks = tasks_of(40)
    chart: Any = charts.gradient_cosines(run_of(tasks, 0), tasks)
    assert [trace.type for trace in chart.figure.data] == ["heatmap"]
    assert chart.figure.data[0].z.shape == (40, 40)


@pytest.mark.parametrize(("count", "types"), [(8, {"scatter"}), (9, {"heatmap"})])
def test_beyond_eight_tasks_curves_become_rows(count: int, types: set[str]) -> None:
    tasks = tasks_of(count)
    frame = run_of(tasks, 0)
    runs = [ArmRun(arm, 0, frame, arm) for arm in ARMS]
    drawn: list[Any] = [
        charts.loss_curves(frame, tasks), charts.contributions(frame, tasks), charts.task_weights(frame, tasks),
        charts.metric_curves(frame, tasks), charts.gradient_norms(frame, tasks),
        comparison.compared_curves(runs, tasks), comparison.compared_weights(runs, tasks),
        comparison.compared_norms(runs, tasks),
    ]  # fmt: skip
    assert [{trace.type for trace in chart.figure.data} for chart in drawn] == [types] * len(drawn)
    # Compared weights and norms have a panel for each arm then.
    assert comparison.compared_weights(runs, tasks).figure.layout["meta"]["panels"] == len(ARMS)
