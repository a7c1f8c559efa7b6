"""The card of a model on Predict: from the file beside it, or from what a run has recorded."""

import dataclasses
from collections.abc import Callable

from mtldemo.predict.calibrate import Interval
from mtldemo.predict.models import ModelChoice
from mtldemo.predict.usage import Usage, write_beside
from mtldemo.runs import RunFolder
from mtldemo.ui.card_text import markdown_table, of_card
from mtldemo.ui.predict.model_card import card_parts
from tests.predict.tiny import tiny_config, write_model


def test_a_card_beside_the_model_is_shown_in_parts() -> None:
    sections = ["# Model card: x", "Intro.", "## Terms", "None.", "## Measured", "| a |", "## How it was made"]
    parts = of_card("\n\n".join([*sections, "```\n## no\n```\n"]))
    assert parts["What it is"] == "Intro."
    assert parts["Errors"] == "| a |"
    assert "## no" in parts["How it was made"]
    assert parts["Limits and terms"] == "None."


def test_a_run_tells_its_card_itself(make_run: Callable[..., RunFolder]) -> None:
    run = make_run("mine")
    write_model(run.model_file, tiny_config())
    choice = ModelChoice("mine", "mine", run.model_file)
    parts = card_parts(choice)
    assert "weighted by Uncertainty weighting" in parts["What it is"]
    assert "| Gender: male | 50 | 92.0 % |" in parts["Errors"]
    assert "isn't calibrated" in parts["How sure"]
    assert "drawn" in parts["Limits and terms"] or "drew" in parts["Limits and terms"]
    write_beside(dataclasses.replace(Usage(), intervals={"age": Interval(0.8, 50, 0.8)}), run.model_file)
    assert "80 % of the labels" in card_parts(choice)["How sure"]


def test_a_table_of_a_card_is_read_as_it_stands() -> None:
    table = markdown_table("| By age | Pictures |\n|---|---:|\n| 0-9 | 2,050 |\n| 10-19 | - |")
    assert table is not None
    assert list(table.columns) == ["By age", "Pictures"]
    assert table.to_numpy().tolist() == [["0-9", "2,050"], ["10-19", "-"]]
    assert markdown_table("Words | more words") is None
