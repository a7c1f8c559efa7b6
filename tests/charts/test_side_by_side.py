"""Many models' answers about one face as charts."""

import math
from typing import Any

import numpy as np
import pandas as pd

from mtldemo.charts.options import Chart
from mtldemo.charts.side_by_side import share_heat, value_dots
from mtldemo.tasks import AGE, GENDER


def ages(**answers: list[float]) -> pd.DataFrame:
    rows = [
        {"arm": arm, "seed": seed, "model": f"{arm} · seed {seed}", "value": value, "low": math.nan, "high": math.nan}
        for arm, values in answers.items()
        for seed, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


def genders(**shares: list[float]) -> pd.DataFrame:
    rows = [
        {"arm": arm, "seed": seed, "model": f"{arm} · seed {seed}", "male": 1 - female, "female": female,
         "label": "female" if female > 0.5 else "male", "sure": max(female, 1 - female) > 0.7}
        for arm, values in shares.items()
        for seed, female in enumerate(values)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def layout(chart: Chart) -> Any:
    return chart.figure.layout


def trace(figure: Any, name: str) -> Any:
    return next(trace for trace in figure.data if trace.uid == name)


def test_an_arm_has_one_row_for_all_its_seeds() -> None:
    chart = value_dots(ages(equal=[30, 34], dwa=[40]), AGE)
    places = np.asarray(trace(chart.figure, "age_values").y)
    assert abs(places[0] - places[1]) > 0.2
    assert {round(place) for place in places[:2]} == {0}
    assert places[2] == 1
    assert list(layout(chart).yaxis.ticktext) == ["equal", "dwa"]
    assert [note.text for note in layout(chart).annotations if note.xref == "paper"] == ["30 to 34", "40"]
    assert "from 30 (equal · seed 0) to 40 years (dwa · seed 0) over 3 models, the middle one 34" in chart.alt


def test_the_line_is_the_interval_and_only_there_where_there_is_one() -> None:
    table = ages(equal=[30], dwa=[40])
    table.loc[0, ["low", "high"]] = 25, 36
    chart = value_dots(table, AGE)
    x = np.asarray(trace(chart.figure, "intervals").x)
    assert list(x[:2]) == [25, 36]
    assert np.isnan(x[2:]).all()
    assert "1 of 2" in chart.caption
    assert layout(chart).annotations[0].text == "30 (25 to 36)"
    low, high = layout(chart).xaxis.range
    assert low < 25
    assert high > 40


def test_without_any_interval_the_caption_says_so() -> None:
    assert "none of them is calibrated" in value_dots(ages(equal=[30], dwa=[40]), AGE).caption


def test_models_that_tell_no_age_are_left_out() -> None:
    chart = value_dots(ages(equal=[30], single=[math.nan]), AGE)
    assert len(chart.table) == 1
    assert value_dots(ages(single=[math.nan]), AGE).empty


def test_shares_are_averaged_over_seeds_and_the_likeliest_is_bold() -> None:
    chart = share_heat(genders(equal=[0.9, 0.8], dwa=[0.45]), GENDER)
    notes = {(note.x, note.y): note for note in layout(chart).annotations if note.showarrow is False}
    assert notes[1, 0].text == "<b>85 %</b>"
    assert notes[0, 1].text == "<b>55 %</b>"
    assert notes[0, 1].opacity < 1, "a model that isn't sure is pale"
    assert notes[1, 0].opacity == 1
    assert "Seeds are averaged" in chart.caption
    assert chart.alt == "Gender: 2 of 3 say female, 1 of 3 say male."
    hover = trace(chart.figure, "side_by_side_gender_female").text[0][0]
    assert "seed 0 90 %" in hover
    assert "seed 1 80 %" in hover


def test_no_model_tells_the_class() -> None:
    table = genders(single=[0.9])
    table["label"] = None
    assert share_heat(table, GENDER).empty
