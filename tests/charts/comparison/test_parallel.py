from typing import Any

import pandas as pd

from mtldemo.charts.comparison import parallel_settings
from mtldemo.tasks import AGE, GENDER, UTKFACE

SETTINGS = pd.DataFrame(
    {
        "run": ["a-0", "b-0", "c-0"],
        "arm": ["a", "b", "c"],
        "seed": [0, 0, 0],
        "Loss weighting": ["equal", "dwa", "dwa"],
        "Learning rate": ["0.0001", "0.001", "0.01"],
        "Augment": [True, False, True],
        "Same": [1, 1, 1],
    }
)
RESULTS = pd.DataFrame(
    [
        ("a-0", "age", "mae", 6.0),
        ("b-0", "age", "mae", 5.0),
        ("c-0", "age", "mae", 7.0),
        ("a-0", "gender", "accuracy", 0.9),
        ("b-0", "gender", "accuracy", 0.8),
    ],
    columns=["run", "task", "metric", "value"],
)


def headings(chart: Any) -> list[str]:
    return [note.text for note in chart.figure.layout.annotations if note.yanchor == "bottom"]


def test_an_axis_a_setting_that_differs_and_a_result() -> None:
    chart: Any = parallel_settings(SETTINGS, RESULTS, UTKFACE)
    assert [text.split("</span> ")[-1] for text in headings(chart)] == [
        "Loss<br>weighting",
        "Learning<br>rate",
        "Augment",
        "Age<br>mean error, years",
        "Gender<br>accuracy, %",
    ]
    assert chart.alt == (
        "3 runs on 5 axes. The best on Age is b-0: Loss weighting dwa, Learning rate 0.001, Augment False, Age mean "
        "error 5 years, Gender accuracy 80 %."
    )


def test_up_is_better_and_wide_numbers_are_logarithmic() -> None:
    chart: Any = parallel_settings(SETTINGS, RESULTS, (AGE,))
    places = {trace.meta["run"]: trace.y.round(3).tolist() for trace in chart.figure.data}
    assert places["b-0"][-1] == 1
    assert places["c-0"][-1] == 0
    assert [places[run][1] for run in ("a-0", "b-0", "c-0")] == [0, 0.5, 1]


def test_colour_by_a_task_and_focus() -> None:
    by_gender: Any = parallel_settings(SETTINGS, RESULTS, UTKFACE, by=GENDER)
    assert all("213,94,0" in trace.line.color for trace in by_gender.figure.data)
    focused: Any = parallel_settings(SETTINGS, RESULTS, UTKFACE, focus=["a"])
    assert ["128,128,128" in trace.line.color for trace in focused.figure.data] == [False, True, True]


def test_where_nothing_differs_the_arm_is_an_axis() -> None:
    chart: Any = parallel_settings(SETTINGS.filter(["run", "arm", "Same"]), RESULTS, (AGE,))
    assert headings(chart)[0] == "Strategy"


def test_a_narrow_page_scrolls_it() -> None:
    chart: Any = parallel_settings(SETTINGS, RESULTS, UTKFACE)
    assert chart.figure.layout["meta"]["least"] > 400
