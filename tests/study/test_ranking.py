import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mtldemo.study.ranking import ALL, p_best, pareto_front, ranks
from tests.study.made_up import results_of

AGES = {"a": [5.0, 6.0, 5.0], "b": [6.0, 6.0, 7.0], "c": [7.0, 8.0, 6.0]}
GENDERS = {"a": [0.8, 0.8, 0.8], "b": [0.9, 0.9, 0.9], "c": [0.8, 0.7, 0.7]}


@pytest.fixture
def results() -> pd.DataFrame:
    return results_of({arm: {"age": AGES[arm], "gender": GENDERS[arm]} for arm in AGES})


def column(frame: pd.DataFrame, task: str, name: str) -> dict[str, float]:
    rows = frame[frame["task"] == task]
    return dict(zip(rows["arm"], rows[name], strict=True))


def test_ranks_are_scipys_averaged_over_seeds(results: pd.DataFrame) -> None:
    table = ranks(results)
    age = stats.rankdata(list(AGES.values()), axis=0).mean(axis=1)
    gender = stats.rankdata(-np.array(list(GENDERS.values())), axis=0).mean(axis=1)
    assert list(column(table, "age", "rank").values()) == pytest.approx(age)
    assert list(column(table, "gender", "rank").values()) == pytest.approx(gender)
    assert list(column(table, ALL, "rank").values()) == pytest.approx((age + gender) / 2)
    assert set(table["n"]) == {3}


def test_arms_that_tie_share_their_places(results: pd.DataFrame) -> None:
    same = results_of({arm: {"age": [7.0, 8.0], "gender": [0.9, 0.9]} for arm in "abc"})
    assert set(ranks(same)["rank"]) == {2.0}
    assert list(p_best(same)["probability"]) == pytest.approx([1 / 3] * 9)


def test_the_probability_of_being_best_counts_all_draws(results: pd.DataFrame) -> None:
    chance = column(p_best(results), "age", "probability")
    # a leads in two seeds and ties with b in one: only the draw of that seed alone, 1 of 27, is a tie.
    assert chance == pytest.approx({"a": 26.5 / 27, "b": 0.5 / 27, "c": 0})
    assert column(p_best(results), "gender", "probability") == {"a": 0, "b": 1, "c": 0}
    assert sum(column(p_best(results), ALL, "probability").values()) == pytest.approx(1)


def test_drawing_at_random_comes_near_all_draws_and_repeats(results: pd.DataFrame) -> None:
    drawn = p_best(results, draws=20)
    assert drawn.equals(p_best(results, draws=20))
    many = results_of({"a": {"age": [5.0, 7, 6, 5, 6, 7]}, "b": {"age": [6.0, 6, 6, 6, 6, 6.5]}})
    few, most = (column(p_best(many, draws=draws), "age", "probability")["a"] for draws in (10_000, 6**6))
    assert few == pytest.approx(most, abs=0.02)


def test_one_seed_says_nothing_of_being_best() -> None:
    chances = p_best(results_of({"a": {"age": [5.0]}, "b": {"age": [6.0]}}))
    assert np.all(np.isnan(chances["probability"]))
    assert set(chances["n"]) == {1}


def test_only_seeds_that_all_have_count() -> None:
    results = results_of({"a": {"age": [5.0, 9.0, None]}, "b": {"age": [6.0, 1.0, 1.0]}, "late": {"age": [7.0]}})
    table = ranks(results)
    assert column(table, "age", "rank") == {"a": 1, "b": 2, "late": 3}
    assert set(table["n"]) == {1}
    assert table.attrs["left_out"] == []


def test_an_arm_that_shares_no_seed_with_the_others_is_left_out() -> None:
    results = results_of({"a": {"age": [5.0, 6.0]}, "b": {"age": [6.0, 7.0]}, "odd": {"age": [None, None, 1.0]}})
    table = ranks(results)
    assert column(table, "age", "rank") == {"a": 1, "b": 2}
    assert table.attrs["left_out"] == ["odd"]


def test_single_task_arms_are_not_ranked_among_the_others(results: pd.DataFrame) -> None:
    more = pd.concat([results, results_of({"single-age": {"age": [1.0, 1.0, 1.0]}})])
    assert ranks(more).equals(ranks(results))
    assert p_best(more).equals(p_best(results))


def test_the_front_holds_those_that_none_beats_in_both(results: pd.DataFrame) -> None:
    front = pareto_front(results, "age", "gender")
    assert dict(zip(front["arm"], front["front"], strict=True)) == {"a": True, "b": True, "c": False}
    assert front["x"].to_list() == pytest.approx([16 / 3, 19 / 3, 7])
    assert np.all(front["x_low"] < front["x"])


def test_equal_arms_do_not_push_each_other_from_the_front() -> None:
    twins = results_of({arm: {"age": [5.0], "gender": [0.9]} for arm in "ab"})
    assert np.all(pareto_front(twins, "age", "gender")["front"])
    assert pareto_front(twins.head(0), "age", "gender").empty


def test_nothing_to_rank() -> None:
    empty = results_of({})
    assert ranks(empty).empty
    assert p_best(empty).empty
