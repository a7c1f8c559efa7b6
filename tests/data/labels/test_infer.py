"""The rule by which a column's kind is inferred."""

import numpy as np
import pyarrow
import pytest

from mtldemo.data.labels.choices import ColumnChoice
from mtldemo.data.labels.column import Column
from mtldemo.data.labels.infer import Inferred, infer
from mtldemo.errors import MtlDemoError


def inferred(cells: list[str], **choice: object) -> Inferred:
    return infer(Column.of("x", pyarrow.array(cells)), ColumnChoice(**choice))  # pyright: ignore[reportArgumentType]


KINDS: dict[str, tuple[list[str], str, tuple[str, ...]]] = {
    "two numbers": (["0", "1"] * 5, "binary", ("0", "1")),
    "two words": (["yes", "no"] * 5, "binary", ("no", "yes")),
    "truth": (["True", "False", ""] * 5, "binary", ("False", "True")),
    "counted": (["2", "0", "1"] * 2, "classes", ("0", "1", "2")),
    "one class in two spellings": (["2", "2.0", "0", "1"] * 2, "classes", ("0", "1", "2")),
    "small numbers": (["10", "30", "20"] * 5, "classes", ("10", "20", "30")),
    "few small numbers": (["10", "30", "20"], "regression", ()),
    "words": (["red", "blue", "green"] * 2, "classes", ("blue", "green", "red")),
    "grades": (["grade 10", "grade 2", "grade 9"] * 2, "classes", ("grade 2", "grade 9", "grade 10")),
    "ages": (["more than 70", "10-19", "0-2", "60-69"], "classes", ("0-2", "10-19", "60-69", "more than 70")),
    "intervals": (["(25, 32)", "(4, 6)", "13", "None"], "classes", ("(4, 6)", "13", "(25, 32)")),
    "plus": (["70+", "under 18", "18-69"], "classes", ("under 18", "18-69", "70+")),
    "numbers": ([str(1.5 * n) for n in range(9)], "regression", ()),
    "thousands": ([f"{n},000,000" for n in range(1, 9)], "regression", ()),
    "marks": (["a|b", "a", "b|c"], "marks", ("a", "b", "c")),
    "dates": (["2020-01-02", "2021-01-02", "2022-01-02"], "", ()),
    "nothing": (["", "NaN", "none"], "", ()),
    "many": ([str(n) + "x" for n in range(1001)] * 2, "", ()),
}


@pytest.mark.parametrize("what", KINDS)
def test_kinds(what: str) -> None:
    cells, kind, values = KINDS[what]
    found = inferred(cells)
    assert (found.kind, found.values) == (kind, values)
    assert found.reason


MINUS: dict[str, tuple[list[str], tuple[str, ...], str]] = {
    "beside 1": (["-1", "1"] * 5, ("-1", "1"), '"no", as in CelebA'),
    "beside 0 and 1": (["-1", "0", "1"] * 5, ("-1", "0", "1"), "three classes"),
    "beside classes": (["-1", "0", "1", "2"] * 5, ("0", "1", "2"), "unknown"),
    "beside letters": (["m", "f", "u"] * 5, ("f", "m"), "unknown"),
}


@pytest.mark.parametrize("what", MINUS)
def test_what_is_unsure_is_asked(what: str) -> None:
    cells, values, question = MINUS[what]
    found = inferred(cells)
    assert found.values == values
    assert question in found.question
    assert not inferred(cells, missing=()).question


def test_minus_one_among_other_negatives_is_a_number() -> None:
    found = inferred([str(number) for number in range(-20, 20)])
    assert (found.kind, found.low, found.question) == ("regression", -20, "")
    assert not found.missing.any()


def test_a_range_holds_its_labels_but_no_outlier() -> None:
    prices = np.random.default_rng(0).uniform(1000, 1e6, 5000)
    found = inferred([f"{price:.2f}" for price in [*prices, 1e12]])
    assert found.low <= prices.min() < prices.max() <= found.high < 1.2e6
    assert "1 label is outside" in found.reason


def test_chosen_classes_name_values_or_indices() -> None:
    cells = ["2", "0", "0", "2"]
    assert inferred(cells, kind="classes", classes=("a", "b", "c")).values == ("0", "1", "2")
    assert inferred(cells, kind="binary", classes=("a", "b")).classes == ("a", "b")
    assert inferred(["x", "y"], classes=("y", "x")).values == ("y", "x")
    assert inferred(["x", "y"], classes=("one", "two", "three")).kind == ""


def test_a_chosen_number() -> None:
    assert inferred(["1", "2", "3"] * 9, kind="regression").kind == "regression"


def test_values_are_named() -> None:
    assert inferred(["0", "1"] * 5, names={"0": "rose", "1": "daisy"}).classes == ("rose", "daisy")
    found = inferred(["b", "a", "-"] * 5, missing=("-",), names={"b": "bee"})
    assert (found.values, found.classes) == (("a", "b"), ("a", "bee"))
    # Names make classes of what is a number else; one that was given by its place stays.
    assert inferred([str(n) for n in range(40)] * 2, names={"0": "none"}).classes[:2] == ("none", "1")
    assert inferred(["0", "1"], classes=("no", "yes"), names={"1": "daisy"}).classes == ("no", "yes")
    with pytest.raises(MtlDemoError, match="no value '2' that could be named; it has: 0, 1"):
        inferred(["0", "1"], names={"2": "tulip"})
