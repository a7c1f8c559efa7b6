from typing import Any

import numpy as np

from mtldemo.charts import RunFrame, loss_curves, themed
from mtldemo.charts.colours import contrast
from mtldemo.charts.style import hover_name, line, swatch
from mtldemo.tasks import UTKFACE


def test_a_figure_has_no_colours_of_a_theme_until_it_is_given_one(frame: RunFrame) -> None:
    figure = loss_curves(frame, UTKFACE).figure
    assert "color" not in figure.to_dict()["layout"]["font"]
    assert figure.to_dict()["layout"]["paper_bgcolor"] == "rgba(0,0,0,0)"
    for dark in (False, True):
        page = themed(figure, dark=dark).to_dict()["layout"]
        assert contrast(page["font"]["color"], page["paper_bgcolor"]) > 7
    assert "color" not in figure.to_dict()["layout"]["font"]


def test_headings_carry_the_colour_and_no_markup_of_others() -> None:
    assert swatch("#0072B2", "Age") == "<span style='color:#0072B2'>■</span> Age"


def test_a_name_on_hovering_is_no_template() -> None:
    assert hover_name("<b>%{y}</b>") == "&lt;b&gt;&#37;{y}&lt;/b&gt;"


def test_a_curve_of_few_points_has_them_marked() -> None:
    for y, mode in (([1.0], "lines+markers"), ([1.0, np.nan, 2.0], "lines+markers"), ([1.0, 2.0, 3.0], "lines")):
        values = np.array(y)
        drawn: Any = line("age", np.arange(len(values)), values, 0, colour="#0072B2")
        assert drawn.mode == mode
        assert (drawn.marker.size is not None) == (mode != "lines")
