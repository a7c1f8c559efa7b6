from typing import Any

import pandas as pd

from mtldemo.charts.colours import PALETTE, with_alpha
from mtldemo.charts.comparison import best_heat, rank_heat
from mtldemo.charts.comparison.heat import STRONGEST
from mtldemo.tasks import UTKFACE


def table(name: str, **values: tuple[float, ...]) -> pd.DataFrame:
    tasks = ("age", "gender", "all")
    rows = [(arm, task, value) for arm, row in values.items() for task, value in zip(tasks, row, strict=True)]
    return pd.DataFrame(rows, columns=["arm", "task", name])


def test_ranks_are_sorted_by_their_mean_in_the_tasks_colours() -> None:
    chart: Any = rank_heat(table("rank", b=(2.0, 3.0, 2.5), a=(1.0, 2.0, 1.5), c=(3.0, 1.0, 2.0)), UTKFACE)
    assert chart.figure.layout.yaxis.ticktext == ("a", "c", "b")
    assert chart.figure.data[0].z[:, 0].tolist() == [1, 0, 0.5]
    assert chart.figure.data[0].colorscale[-1][1] == with_alpha(PALETTE[0], STRONGEST)
    assert chart.alt == "Mean rank over Age and Gender: a 1.5, c 2.0, b 2.5."
    bold = {note.text for note in chart.figure.layout.annotations if "<b>" in note.text}
    assert bold == {"<b>1.0</b>", "<b>1.5</b>"}


def test_probabilities_say_who_is_most_probably_the_best() -> None:
    chart: Any = best_heat(table("probability", a=(0.7, 0.002, 0.4), b=(0.3, 0.998, 0.6)), UTKFACE)
    assert chart.figure.layout.yaxis.ticktext == ("b", "a")
    assert chart.alt == "Most probably the best: Age a 70 %, Gender b 100 %, overall b 60 %."
    texts = {note.text: note.opacity for note in chart.figure.layout.annotations}
    assert texts["&lt; 1 %"] == 0.5


def test_one_arm_has_no_rank() -> None:
    assert rank_heat(table("rank", a=(1.0, 1.0, 1.0)), UTKFACE).figure.data == ()
    nothing = table("probability", a=(float("nan"),) * 3, b=(float("nan"),) * 3)
    assert best_heat(nothing, UTKFACE).empty
