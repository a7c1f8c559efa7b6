"""A network as a drawing: its boxes, and what joins them."""

from typing import Any

from mtldemo.charts.colours import NEUTRAL, task_colour
from mtldemo.charts.network import network_diagram
from mtldemo.model.diagram import PICTURE, Part
from mtldemo.tasks import Task

TASKS = tuple(Task(name, name.title(), kind="binary", classes=("no", "yes")) for name in ("one", "two"))
PARTS = (
    Part("backbone", "backbone", (), "", 75, (PICTURE,), 0, pulled=True),
    Part("unit", "unit", ("one", "two"), "", 5, (0,), 1, pulled=True),
    Part("heads.one", "head", ("one",), "one", 10, (1,), 2),
    Part("heads.two", "head", ("two",), "two", 10, (0, 1), 2),
)


def test_shared_parts_are_grey_and_own_ones_of_their_tasks_colour() -> None:
    figure: Any = network_diagram(PARTS, TASKS).figure
    edges = [shape.line.color for shape in figure.layout.shapes]
    one, two = (task_colour(task, TASKS) for task in TASKS)
    assert edges == [NEUTRAL, one, two, one, two, NEUTRAL], "a part that is several tasks' own has the colours of all"
    texts = [annotation.text for annotation in figure.layout.annotations]
    assert texts == ["backbone", "unit", "One", "Two", "picture"]


def test_every_link_is_drawn_and_listed() -> None:
    chart = network_diagram(PARTS, TASKS)
    traces: Any = chart.figure.data
    links, pull, hover = traces
    assert list(links.x).count(None) == sum(len(part.reads) for part in PARTS)
    assert pull.line.dash == "dot"
    assert "10 parameters" in hover.hovertemplate[2]
    assert list(chart.table["reads"]) == ["picture", "backbone", "unit", "backbone, unit"]
    assert "75 % of the parameters are shared" in chart.alt
