"""Figures of many tasks on a card and in a table: means of those that have one in common, and each measure's own."""

from typing import Any

import pytest
import streamlit as st

from mtldemo.records.frame import RunFrame
from mtldemo.runs import Status, Summary
from mtldemo.runs.metrics_scan import Scan
from mtldemo.tasks import BINARY, REGRESSION, Task, TaskSet
from mtldemo.ui.run_cards import key_metric_texts
from mtldemo.ui.run_details import metrics_table
from mtldemo.ui.run_view import _learned

PRICE = Task("price", "Price", REGRESSION, high=790_000, unit="EUR")
SIZE = Task("size", "Size", REGRESSION, high=55)
TASKS = TaskSet((PRICE, SIZE, *(Task(f"m{n}", f"Mark {n}", BINARY, classes=("no", "yes")) for n in range(9))))
ERRORS = {"price": {"mae": 164485.664, "within": 0.143}, "size": {"mae": 9.86, "within": 0.136}}
METRICS = {**ERRORS, **{f"m{number}": {"accuracy": number / 10} for number in range(9)}}


def test_a_card_has_the_mean_of_what_tasks_have_in_common_and_the_rest_by_title() -> None:
    test = {"kind": "test", "metrics": METRICS}
    assert key_metric_texts(Summary(Status(), Scan(test=test)), TASKS) == [
        ("Price", "164,485.66 EUR"),
        ("Size", "9.86"),
        ("Accuracy, mean of 9 tasks", "40.0 %"),
    ]


def test_a_column_of_measures_that_are_each_tasks_own_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[dict[str, Any]] = []
    monkeypatch.setattr(st, "dataframe", lambda table, **_: drawn.append(table))
    metrics_table(TASKS, METRICS, "table")
    assert drawn[0]["Within"][:3] == ["14.3 % within 39,500 EUR", "13.6 % within 2.75", ""]
    assert drawn[0]["Mean absolute error"][0] == "164,485.66 EUR"
    assert "Macro F1" in drawn[0]


def test_what_a_strategy_has_learned_is_by_the_tasks_titles(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(st, "markdown", written.append)
    tasks = TaskSet((Task("dogs_breed", "Dogs breed", BINARY, classes=("no", "yes")), PRICE))
    learned = {"sigma": {"dogs_breed": 1.354, "price": 12_345.0}}
    _learned(RunFrame([{"kind": "epoch", "step": 1, "epoch": 1, "time": 1.0, "learned": learned}]), tasks)
    assert written == [":material/functions: Learned sigma: dogs breed **1.35** · price **12,345**"]
