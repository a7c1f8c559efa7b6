import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mtldemo.study.intervals import holm_corrected
from mtldemo.study.statistics import (
    SINGLE,
    by_seed,
    delta_m,
    differences_to,
    single_task_arms,
    summary,
    tables,
)
from tests.study.made_up import results_of


def one(frame: pd.DataFrame, **wanted: str) -> dict[str, Any]:
    """The only row of ``frame`` with these values."""
    rows = [row for row in frame.to_dict("records") if all(row[name] == value for name, value in wanted.items())]
    assert len(rows) == 1
    return {str(name): value for name, value in rows[0].items()}


@pytest.fixture(scope="module")
def drawn() -> pd.DataFrame:
    """Three arms and two tasks over five seeds, with scatter that the arms of a seed share."""
    random = np.random.default_rng(0)
    common = random.normal(0, 0.3, 5)
    return results_of(
        {
            arm: {
                "age": 7 + common + shift + random.normal(0, 0.1, 5),
                "gender": 0.9 + 0.02 * common + random.normal(0, 0.01, 5),
            }
            for arm, shift in (("equal", 0.0), ("gls", -0.4), ("mgda", 1.5))
        }
    )


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_mean_and_its_interval_are_those_of_scipy(drawn: pd.DataFrame, level: float) -> None:
    table = summary(drawn, level)
    assert len(table) == 6
    for arm, task in itertools.product(("equal", "gls", "mgda"), ("age", "gender")):
        values = drawn[(drawn["arm"] == arm) & (drawn["task"] == task)]["value"]
        low, high = stats.t.interval(level, 4, values.mean(), stats.sem(values))
        row = one(table, arm=arm, task=task)
        assert (row["n"], row["mean"], row["low"], row["high"]) == pytest.approx((5, values.mean(), low, high))
        assert row["sd"] == pytest.approx(values.std())


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_paired_differences_are_those_of_scipy(drawn: pd.DataFrame, level: float) -> None:
    table = differences_to(drawn, "equal", level)
    for arm, task, sign in (("gls", "age", -1), ("mgda", "age", -1), ("gls", "gender", 1)):
        values, base = (by_seed(drawn, task, "mae" if task == "age" else "accuracy")[name] for name in (arm, "equal"))
        expected = stats.ttest_rel(values, base)
        low, high = expected.confidence_interval(level)
        row = one(table, arm=arm, task=task)
        assert (row["low"], row["high"], row["p"]) == pytest.approx((low, high, expected.pvalue))
        assert row["mean"] == pytest.approx((values - base).mean())
        assert row["gain"] == pytest.approx(sign * row["mean"])
        assert (row["gain_low"], row["gain_high"]) == pytest.approx(sorted((sign * low, sign * high)))
    assert one(table, arm="gls", task="age")["better"] is True
    assert one(table, arm="mgda", task="age")["better"] is False


def test_a_difference_worked_by_hand() -> None:
    # Differences -1, -2, -3: mean -2, sd 1, se 1/sqrt(3), t(2, 0.975) = 4.302653.
    row = one(differences_to(results_of({"a": {"age": [9, 8, 7]}, "b": {"age": [10, 10, 10]}}), "b"), arm="a")
    half = 4.302652729911275 / 3**0.5
    assert (row["mean"], row["low"], row["high"]) == pytest.approx((-2, -2 - half, -2 + half))
    assert (row["gain"], row["n"], row["better"]) == (2, 3, None)


def test_pairs_see_what_two_separate_means_do_not() -> None:
    seeds = np.array([5.0, 7.0, 9.0, 11.0])
    results = results_of({"base": {"age": seeds}, "a": {"age": seeds - [0.4, 0.5, 0.6, 0.5]}})
    table = summary(results)
    assert one(table, arm="a")["high"] > one(table, arm="base")["low"]
    assert one(differences_to(results, "base"), arm="a")["better"] is True


def test_arms_that_tie_are_neither_better_nor_worse() -> None:
    tied = [0.1 + 0.2, 0.7, 0.9]
    results = results_of({"equal": {"gender": [0.3, 0.7, 0.9]}, "same": {"gender": tied}})
    row = one(differences_to(results, "equal"), arm="same")
    assert (row["mean"], row["low"], row["high"], row["p"], row["better"]) == (0, 0, 0, 1, None)
    assert str(row["gain_high"]) == "0.0"


@pytest.mark.parametrize(("seeds", "better"), [(2, None), (3, None), (5, None), (6, True)])
def test_the_same_difference_in_each_seed_is_judged_by_the_sign_test(seeds: int, better: bool | None) -> None:
    base = 0.8 + 0.013 * np.arange(seeds)
    row = one(differences_to(results_of({"base": {"gender": base}, "a": {"gender": base + 0.01}}), "base"), arm="a")
    assert (row["mean"], row["low"], row["high"]) == pytest.approx((0.01, 0.01, 0.01))
    assert row["p"] == 2.0 ** (1 - seeds)
    assert row["better"] is better


def test_one_seed_has_no_interval() -> None:
    results = results_of({"equal": {"age": [7]}, "a": {"age": [5]}})
    for row in (one(summary(results), arm="a"), one(differences_to(results, "equal"), arm="a")):
        assert row["n"] == 1
        assert np.isnan(row["low"])
        assert np.isnan(row["high"])
    assert one(differences_to(results, "equal"), arm="a")["better"] is None


def test_only_pairs_count_where_runs_are_missing() -> None:
    results = results_of(
        {"equal": {"age": [7, 8, None, 10]}, "a": {"age": [6, None, 1, 9.5]}, "b": {"age": [None, None, 5, None]}}
    )
    table = differences_to(results, "equal")
    expected = stats.ttest_rel([6, 9.5], [7, 10])
    row = one(table, arm="a")
    assert (row["n"], row["mean"], row["p"]) == pytest.approx((2, -0.75, expected.pvalue))
    assert one(table, arm="b")["n"] == 0
    assert np.isnan(one(table, arm="b")["mean"])
    # What can't be tested isn't counted by the correction.
    assert row["p_holm"] == row["p"]


def test_a_repeated_run_is_no_further_evidence() -> None:
    results = results_of({"equal": {"age": [7, 8]}, "a": {"age": [5, 7]}})
    again = pd.concat(
        [results, results[results["arm"] == "a"].assign(run="again", value=lambda rows: rows["value"] + 1)]
    )
    row = one(differences_to(again, "equal"), arm="a")
    assert (row["n"], row["mean"]) == (2, -1)


def test_a_baseline_without_runs_gives_no_rows(drawn: pd.DataFrame) -> None:
    assert differences_to(drawn, "nash").empty
    assert differences_to(drawn.head(0), "equal").empty
    assert summary(drawn.head(0)).empty


def test_holm_by_hand() -> None:
    # Sorted: 0.01 * 4, 0.02 * 3, 0.03 * 2 (at least the one before), 0.4 * 1.
    assert holm_corrected([0.03, 0.01, 0.4, 0.02]) == pytest.approx([0.06, 0.04, 0.4, 0.06])
    assert holm_corrected([0.9, np.nan, 0.8]) == pytest.approx([1, np.nan, 1], nan_ok=True)
    assert len(holm_corrected([])) == 0


def test_many_useless_arms_are_not_called_better() -> None:
    random, wrong, studies = np.random.default_rng(1), 0, 100
    for _ in range(studies):
        values = random.normal(7, 0.2, (20, 3))
        results = results_of({f"arm{place}": {"age": numbers} for place, numbers in enumerate(values)})
        wrong += any(better is not None for better in differences_to(results, "arm0")["better"])
    assert wrong / studies < 0.1


def test_many_arms_lend_each_other_what_their_scatter_tells() -> None:
    random = np.random.default_rng(2)
    effects = np.where(np.arange(16) % 2, 5.0, 0.0)
    values = 50 + random.normal(0, 1, (16, 3)) - effects[:, None]
    table = differences_to(results_of({f"arm{place}": {"age": row} for place, row in enumerate(values)}), "arm0")
    found = {row["arm"] for row in table.to_dict("records") if row["better"]}
    assert len(found) >= 5
    assert found <= {f"arm{place}" for place in range(1, 16, 2)}
    assert all(row["p"] < 0.05 for row in table.to_dict("records") if row["better"] is not None)
    alone = holm_corrected(table["p"])
    assert sum(alone < 0.05) < len(found)


def test_few_arms_stand_for_themselves(drawn: pd.DataFrame) -> None:
    table = differences_to(drawn, "equal")
    assert list(table["p_shared"]) == pytest.approx(list(table["p"]))


def test_each_task_has_its_own_single_task_baseline() -> None:
    results = results_of(
        {
            "equal": {"age": [7, 8, 9], "gender": [0.9, 0.92, 0.91]},
            "single-age": {"age": [6, 8, 7]},
            "single-gender": {"gender": [0.8, 0.85, 0.84]},
        }
    )
    table = differences_to(results, SINGLE)
    assert set(zip(table["arm"], table["baseline"], strict=True)) == {
        ("equal", "single-age"),
        ("equal", "single-gender"),
    }
    assert one(table, task="gender")["gain"] == pytest.approx(0.08)
    assert single_task_arms(results) == {"age": "single-age", "gender": "single-gender"}


def test_delta_m_by_hand() -> None:
    results = results_of(
        {
            "equal": {"age": [9.0, 11.0, 12.0], "gender": [0.88, 0.8, None]},
            "one": {"age": [10.0, 10.0, 10.0]},
            "two": {"gender": [0.8, 0.8, 0.8]},
        }
    )
    # Seed 0: (10 % fewer years, 10 % more right) / 2 = 10; seed 1: (-10 + 0) / 2 = -5; seed 2 lacks a task.
    row = one(delta_m(results), arm="equal")
    low, high = stats.t.interval(0.95, 1, 2.5, stats.sem([10, -5]))
    assert (row["n"], row["mean"], row["low"], row["high"]) == pytest.approx((2, 2.5, low, high))
    assert row["better"] is None


def test_delta_m_says_why_it_cannot_be_told() -> None:
    multi = {"equal": {"age": [9.0, 8.0], "gender": [0.8, 0.9]}}
    table = delta_m(results_of(multi))
    assert table.empty
    assert "learned age and gender alone" in table.attrs["reason"]
    assert "several tasks" in delta_m(results_of({"one": {"age": [9.0]}})).attrs["reason"]
    apart = {**multi, "one": {"age": [None, None, 9.0]}, "two": {"gender": [0.8, 0.8]}}
    row = one(delta_m(results_of(apart)), arm="equal")
    assert row["n"] == 0
    assert np.isnan(row["mean"])


def test_the_key_metric_of_a_task_comes_first() -> None:
    results = results_of({"equal": {"gender": [0.9], "age": [7]}})
    more = pd.concat([results.replace({"metric": {"mae": "cs5", "accuracy": "macro_f1"}}), results])
    assert list(tables(more)) == [("age", "mae"), ("age", "cs5"), ("gender", "accuracy"), ("gender", "macro_f1")]
