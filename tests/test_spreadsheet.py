"""CSV that a person opens: nothing in it runs, numbers are numbers, and Excel reads its letters."""

import io

import pandas as pd
import pytest

from mtldemo.charts.options import Chart
from mtldemo.predict.answers import PictureAnswer
from mtldemo.predict.table import csv_text
from mtldemo.spreadsheet import as_file, csv_file, neutral
from mtldemo.tasks import UTKFACE

RUN = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "=HYPERLINK(x)", " =1+1", "=\n1+1")
HARMLESS = ("-5", "+0.5", "-1e-3", "-.5", " -5 ", "-", "=", "a=b", "Grüße", "", -5, -0.5, None, True)


@pytest.mark.parametrize("text", RUN)
def test_a_text_that_would_run_is_a_text(text: str) -> None:
    assert neutral(text) == f"'{text}"
    assert neutral(neutral(text)) == f"'{text}"


@pytest.mark.parametrize("cell", HARMLESS)
def test_what_is_harmless_stays_as_it_is(cell: object) -> None:
    assert neutral(cell) is cell


def test_a_table_as_a_file() -> None:
    table = pd.DataFrame(
        {"=name": ["=1+1", "Grüße"], "gain": [-0.5, 1.0], "n": [-1, 2], "kind": pd.Categorical(["+a", "b"])}
    )
    content = csv_file(table)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig") == "'=name,gain,n,kind\n'=1+1,-0.5,-1,'+a\nGrüße,1.0,2,b\n"
    assert list(pd.read_csv(io.BytesIO(content))["gain"]) == [-0.5, 1.0]
    assert list(table["kind"]) == ["+a", "b"], "the table itself stays as it is"
    assert csv_file(pd.DataFrame({"gain": [-0.5 / 3, 1 / 3]}), "%.3g") == b"\xef\xbb\xbfgain\n-0.167\n0.333\n"
    assert as_file("\udcff.jpg") == b"\xef\xbb\xbf\\udcff.jpg", "the name of a file that isn't UTF-8"


def test_predictions_and_charts_hold_to_it() -> None:
    text = csv_text([PictureAnswer("=cmd.jpg", error="-2 is no picture")], UTKFACE)
    assert text.splitlines()[1].startswith("'=cmd.jpg,")
    assert text.endswith(",'-2 is no picture\n")
    assert not text.startswith("\ufeff"), "programs read it"
    import plotly.graph_objects as go

    chart = Chart("t", "c", go.Figure(), "a", pd.DataFrame({"run": ["@mine"], "value": [-1.0]}))
    assert chart.csv().decode("utf-8-sig") == "run,value\n'@mine,-1.0\n"
