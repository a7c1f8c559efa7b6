from mtldemo.charts import RunFrame, loss_curves, themed
from mtldemo.charts.colours import contrast
from mtldemo.charts.style import swatch
from mtldemo.tasks import TASKS


def test_a_figure_has_no_colours_of_a_theme_until_it_is_given_one(frame: RunFrame) -> None:
    figure = loss_curves(frame, TASKS).figure
    assert figure.layout["font"].color is None
    assert figure.layout["paper_bgcolor"] == "rgba(0,0,0,0)"
    for dark in (False, True):
        page = themed(figure, dark=dark).layout
        assert contrast(page["font"].color, page["paper_bgcolor"]) > 7
    assert figure.layout["font"].color is None


def test_headings_carry_the_colour_and_no_markup_of_others() -> None:
    assert swatch("age", "Age") == "<span style='color:#0072B2'>■</span> Age"
