"""The script that lays figures out in a page, in a real Chromium."""

import re
from typing import TYPE_CHECKING, Any

import pytest

from mtldemo.charts.style import FIGURE_SCRIPT, panels

if TYPE_CHECKING:
    from playwright.sync_api import Page

PLACE = """([layout, width]) => { arrange(layout, width, 400); return layout }"""
BOXES = """([layout, width]) => {
  arrange(layout, width, 400)
  const { l, r, t, b } = layout.margin
  const [wide, tall] = [width - l - r, 400 - t - b]
  return layout.annotations.map((note) => {
    const x = (note.x / 10) * wide + note.ax, y = (1 - note.y / 10) * tall + note.ay
    const size = note.text.length * LETTER + 4
    const left = note.xanchor === "left" ? x : note.xanchor === "right" ? x - size : x - size / 2
    return [left, y - 7, left + size, y + 7]
  })
}"""


@pytest.fixture
def page(chromium_page: "Page") -> "Page":
    """A page with the script."""
    chromium_page.set_content("<p></p>")
    chromium_page.add_script_tag(content=FIGURE_SCRIPT.read_text(encoding="utf-8"))
    return chromium_page


def layout(count: int, **grid: Any) -> dict[str, Any]:
    figure = panels([str(place) for place in range(count)], revision="", height=250, grid=grid)
    return figure.to_plotly_json()["layout"]


@pytest.mark.browser
@pytest.mark.parametrize(("width", "columns"), [(1440, 7), (390, 2)])
def test_small_panels_wrap_and_write_shared_axes_once(page: "Page", width: int, columns: int) -> None:
    wanted = layout(20, narrowest=180, across=18, down=40, shared="xy")
    drawn = page.evaluate(PLACE, [wanted, width])
    lefts = [drawn[f"xaxis{place or ''}"]["domain"][0] for place in (0, *range(2, 21))]
    assert len(set(lefts)) == columns
    labelled = [drawn[f"yaxis{place or ''}"]["showticklabels"] for place in (0, *range(2, 21))]
    assert sum(labelled) == -(-20 // columns)
    assert sum(drawn[f"xaxis{place or ''}"]["showticklabels"] for place in (0, *range(2, 21))) == columns
    bottoms = [drawn[f"yaxis{place or ''}"]["domain"][0] for place in (0, *range(2, 21))]
    assert min(bottoms) >= 0


@pytest.mark.browser
def test_a_figure_keeps_its_least_width(page: "Page") -> None:
    assert page.evaluate(PLACE, [layout(1, least=700), 390])["width"] == 700
    assert page.evaluate(PLACE, [layout(1, least=700), 1440])["width"] == 1440


@pytest.mark.browser
@pytest.mark.parametrize("width", [1000, 390])
def test_names_of_points_do_not_cover_each_other(page: "Page", width: int) -> None:
    wanted = layout(1)
    wanted["xaxis"]["range"] = wanted["yaxis"]["range"] = [0, 10]
    spots = [(2 + 0.45 * place, 3 + (place * 7 % 11) / 3) for place in range(14)]
    wanted["annotations"] = [
        {"name": "label", "x": x, "y": y, "xref": "x", "yref": "y", "text": f"strategy{place}"}
        for place, (x, y) in enumerate(spots)
    ]
    boxes = page.evaluate(BOXES, [wanted, width])
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one, other)


@pytest.mark.browser
@pytest.mark.parametrize(("width", "lines"), [(1440, 1), (390, 3), (330, 5)])
def test_a_legend_of_many_lines_moves_the_panels_down(page: "Page", width: int, lines: int) -> None:
    data = [{"type": "scatter", "name": f"Distance to the sea {place}", "showlegend": True} for place in range(5)]
    before = layout(1)
    drawn = page.evaluate("([layout, width, data]) => { arrange(layout, width, 250, data); return layout }",
                          [layout(1), width, data])  # fmt: skip
    needed = 19 * lines + 12
    assert drawn["margin"]["t"] >= needed
    # The panel stays as high as it was.
    assert drawn["height"] - drawn["margin"]["t"] == pytest.approx(250 - before["margin"]["t"])


@pytest.mark.browser
def test_a_heading_fits_its_panel_and_keeps_its_markup(page: "Page") -> None:
    title = "The price &amp; the &#x27;value&#x27; in the currency of the country where it stands"
    figure = panels([f"<b>{title}</b> mean error", "<b>Short</b> L1"], revision="", height=250)
    drawn = page.evaluate(PLACE, [figure.to_plotly_json()["layout"], 390])
    long, short = (note["text"] for note in drawn["annotations"])
    assert short == "<b>Short</b> L1"
    assert re.fullmatch(r"<b>The price &amp; .*….*</b> mean error", long)
    assert len(re.sub(r"<[^>]*>|&[#a-z0-9]+;", "x", long)) <= 390 / 6.5
