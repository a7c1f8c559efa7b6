"""The report as HTML: a page that holds all it needs, with everything that comes from a person's files escaped."""

import base64
import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from plotly.offline import get_plotlyjs

from mtldemo.charts import Chart
from mtldemo.charts.style import FIGURE_SCRIPT
from mtldemo.spreadsheet import csv_file

_ASSETS = Path(__file__).parent / "assets"
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
"""What a browser lets the page do: nothing that needs a network."""
ROWS = 4000
"""Of a chart's table that are embedded; of a longer one every so many rows."""


def page(title: str, body: str) -> str:
    """The whole document around ``body`` (HTML)."""
    style = (_ASSETS / "report.css").read_text(encoding="utf-8")
    script = FIGURE_SCRIPT.read_text(encoding="utf-8") + (_ASSETS / "report.js").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{body}\n"
        f"<script>{get_plotlyjs()}</script>\n<script>\n{script}</script>\n</body>\n</html>\n"
    )


def section(title: str, *parts: str) -> str:
    """A heading with what stands below it (HTML); empty where nothing does."""
    whole = "\n".join(part for part in parts if part)
    return f"<section>\n<h2>{escape(title)}</h2>\n{whole}\n</section>" if whole else ""


def paragraphs(sentences: Sequence[str], kind: str = "") -> str:
    """Texts as paragraphs, in a box of a ``kind`` where one is given."""
    lines = "\n".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    return f'<div class="{escape(kind)}">\n{lines}\n</div>' if kind and lines else lines


def definition_list(values: Mapping[str, str]) -> str:
    """Names with their values."""
    pairs = "\n".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in values.items())
    return f"<dl>\n{pairs}\n</dl>"


def table(caption: str, header: Sequence[str], rows: Sequence[tuple[str, str, Sequence[str]]], texts: int = 0) -> str:
    """A table of cells that are HTML already. A row is its class, its heading as text, and its cells; the first
    ``texts`` cells are words, the others numbers."""
    heads = "".join(
        f'<th scope="col"{_text(column <= texts)}>{escape(name)}</th>' for column, name in enumerate(header)
    )
    lines = []
    for kind, name, cells in rows:
        inner = "".join(f"<td{_text(column < texts)}>{cell}</td>" for column, cell in enumerate(cells))
        of_kind = f' class="{escape(kind)}"' if kind else ""
        lines.append(f'<tr{of_kind}><th scope="row">{escape(name)}</th>{inner}</tr>')
    about = escape(caption)
    return (
        f'<p class="about">{about}</p>\n<div class="wide"><table aria-label="{about}">\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n" + "\n".join(lines) + "\n</tbody>\n</table></div>"
    )


def details(title: str, inner: str) -> str:
    """HTML that is opened by a click."""
    return f"<details>\n<summary>{escape(title)}</summary>\n{inner}\n</details>" if inner else ""


def figures(charts: Sequence[tuple[Chart, bool]]) -> str:
    """Charts that have something to show, each with whether it takes the full width."""
    drawn = [_figure(chart, full=full) for chart, full in charts if not chart.empty]
    return '<div class="charts">\n' + "\n".join(drawn) + "\n</div>" if drawn else ""


def _figure(chart: Chart, *, full: bool) -> str:
    figure = (chart.figure.to_json(remove_uids=False) or "").replace("<", "\\u003c")
    name = json.dumps(chart.title)[1:-1]
    return (
        f'<figure data-height="{chart.height}"{" class=full" if full else ""}>\n<h3>{escape(chart.title)}</h3>\n'
        f'<div class="plot" role="img" aria-label="{escape(chart.alt)}"></div>\n'
        f"<figcaption>{escape(chart.caption)}</figcaption>\n"
        f"<details><summary>In words, and its data</summary><p>{escape(chart.alt)}</p>{_data(chart, name)}</details>\n"
        f'<script type="application/json">{figure}</script>\n</figure>'
    )


def _data(chart: Chart, name: str) -> str:
    every = -(-len(chart.table) // ROWS)
    rows = chart.table.iloc[::every]
    coded = base64.b64encode(csv_file(rows, "%.6g")).decode()
    file = "".join(letter if letter.isalnum() else "_" for letter in name.lower()).strip("_")
    which = f"every {every}th row" if every > 1 else f"{len(rows):,} rows"
    return f'<p><a download="{escape(file)}.csv" href="data:text/csv;base64,{coded}">CSV, {which}</a></p>'


def _text(words: bool) -> str:
    return ' class="text"' if words else ""
