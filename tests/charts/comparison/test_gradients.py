from typing import Any

from mtldemo.charts.comparison import ArmRun, compared_cosines, compared_norms, cosine_heat
from mtldemo.charts.comparison.gradients import pairs_of
from mtldemo.tasks import AGE, GENDER, UTKFACE


def test_a_panel_a_pair_with_a_zero_line(runs: list[ArmRun]) -> None:
    chart: Any = compared_cosines(runs, UTKFACE)
    assert chart.figure.layout["meta"]["panels"] == 3
    assert [shape.y0 for shape in chart.figure.layout.shapes] == [0, 0, 0]
    assert chart.figure.layout.yaxis.range == chart.figure.layout.yaxis3.range
    assert "Age and Gender: equal 0.3, uncertainty 0, a <b> & c -0.3." in chart.alt
    assert all(trace.line.color is None for trace in chart.figure.data if trace.fill is None)


def test_only_pairs_of_the_chosen_tasks(runs: list[ArmRun]) -> None:
    assert pairs_of(runs, (AGE, GENDER)) == ["age|gender"]
    assert compared_cosines(runs, (AGE,)).empty


def test_the_heat_map_tells_conflict_from_agreement(runs: list[ArmRun]) -> None:
    chart: Any = cosine_heat(runs, UTKFACE)
    assert [trace.z[0, 0] > 0 for trace in chart.figure.data] == [True, True, False]
    texts = [note.text for note in chart.figure.layout.annotations]
    assert "+0.30" in texts
    assert "−0.20" in texts
    assert "4 of 9 cells are in conflict" in chart.alt
    in_conflict = chart.table.set_index(["arm", "pair"])["share_in_conflict"]
    assert in_conflict["equal", "gender|ethnicity"] == 1


def test_norms_share_one_logarithmic_scale(runs: list[ArmRun]) -> None:
    chart: Any = compared_norms(runs, UTKFACE)
    assert chart.figure.layout.yaxis.type == "log"
    assert chart.figure.layout.yaxis.range == chart.figure.layout.yaxis3.range
    assert "Ethnicity: a <b> & c 3, uncertainty 2, equal 1." in chart.alt
