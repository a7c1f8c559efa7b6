import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest

from mtldemo.config import DataConfig, RunConfig, WeightingConfig
from mtldemo.study.collect import collect, results
from mtldemo.study.findings import Budget, LeftOut, OneNetwork, Verdict
from mtldemo.study.status import Underway
from mtldemo.study.verdict import verdict
from mtldemo.study.verdict_words import SCOPE, headline, verdict_sentences
from tests.study.made_up import results_of, run_in

PLAIN = {"age": [7.0, 7.1, 6.9], "gender": [0.90, 0.91, 0.92]}
FACES = RunConfig(data=DataConfig(source="/pictures/UTKFace.tar.gz", image_size=48), epochs=5)


def better(by: list[float], gender: list[float] | None = None) -> dict[str, list[float]]:
    """An arm whose age error is lower than the plain sum's ``by`` so many years in each seed."""
    ages = [age - gain for age, gain in zip(PLAIN["age"], by, strict=True)]
    return {"age": ages, "gender": gender or [0.91, 0.90, 0.925]}


def found_of(arms: dict[str, dict[str, list[float]]]) -> Verdict:
    """The verdict on made-up results, beside the plain sum."""
    return verdict(results_of(arms))


def test_a_winner_is_found_with_the_size_of_its_gain() -> None:
    found = found_of({"equal": PLAIN, "uncertainty": better([0.70, 0.75, 0.80])})
    (one,) = found.findings
    assert (one.kind, one.task, one.arm, one.unit, one.among) == ("better", "age", "uncertainty", "years", 1)
    # 0.75 with a scatter of 0.05 over three seeds: half of the interval is 4.303 * 0.05 / sqrt(3) = 0.124.
    assert (one.low, one.high) == (pytest.approx(0.626, abs=1e-3), pytest.approx(0.874, abs=1e-3))
    assert (found.silence, found.tasks, found.open, found.nearly) == (None, ("age", "gender"), ("gender",), ())
    assert found.power is not None
    assert (found.power.seeds, found.power.arms, [task for task, *_ in found.power.needed]) == (3, 1, ["gender"])


def test_the_sentences_are_made_of_the_verdict() -> None:
    found = found_of({"equal": PLAIN, "uncertainty": better([0.70, 0.75, 0.80])})
    first, *others = verdict_sentences(found)
    assert first == (
        "On this budget (3 seeds), uncertainty beats the plain sum on age by 0.63 to 0.87 years; no strategy is better "
        "on gender than chance allows."
    )
    assert others[-1] == SCOPE
    assert any(sentence.startswith("That isn't proof that they are equal: with 3 seeds") for sentence in others)
    assert headline(found).budget == "On this budget (3 seeds)"
    assert [clause.line for clause in headline(found).clauses] == [
        "uncertainty beats the plain sum on age by 0.63 to 0.87 years.",
        "No strategy is better on gender than chance allows.",
    ]
    arms = {"equal": PLAIN, "gls": {"age": [7.0, 7.2, 6.8], "gender": [0.93, 0.94, 0.951]}}
    assert "gls beats the plain sum on gender by 2.89 to 3.18 percentage points" in verdict_sentences(found_of(arms))[0]
    poor = verdict_sentences(found_of({"equal": PLAIN, "mgda": better([-1.5, -1.52, -1.48])}))
    assert "no strategy beats the plain sum on age or gender" in poor[0]
    assert "Worse than the plain sum on age: mgda by 1.45 to 1.55 years." in poor
    (silent,) = headline(found_of({"equal": PLAIN, "gls": {"age": [1.0], "gender": [0.99]}})).clauses
    assert silent.line == "Nothing can be concluded: no strategy shares two seeds with the plain sum; add seeds."


def test_winners_come_by_their_gain_and_the_headline_names_the_first() -> None:
    arms = {f"arm{place}": better([0.1 * place + 0.5, 0.1 * place + 0.501, 0.1 * place + 0.499]) for place in range(6)}
    found = found_of({"equal": PLAIN, **arms})
    assert [one.arm for one in found.of("better", "age")] == [f"arm{place}" for place in reversed(range(6))]
    assert found.findings[0].among == 6
    assert verdict_sentences(found)[0] == (
        "On this budget (3 seeds), 6 strategies beat the plain sum on age, such as arm5 by 0.9975 to 1.0025 years; "
        "no strategy is better on gender than chance allows."
    )


def test_worse_arms_are_found_too_the_worst_first() -> None:
    found = found_of({"equal": PLAIN, "gls": better([-0.5, -0.52, -0.48]), "mgda": better([-1.5, -1.52, -1.48])})
    assert [(one.kind, one.arm) for one in found.findings] == [("worse", "mgda"), ("worse", "gls")]
    assert found.open == ("age", "gender")
    assert found.findings[0].low == pytest.approx(1.45, abs=1e-2), "without a sign"


@pytest.mark.parametrize(
    "arms",
    [
        pytest.param({"equal": PLAIN, "gls": better([0.1, -0.2, 0.3])}, id="noise"),
        pytest.param({"equal": PLAIN, "gls": dict(PLAIN)}, id="the same"),
        pytest.param({"equal": PLAIN, "gls": better([0.5, 0.5, 0.5])}, id="the same difference in each of three seeds"),
        pytest.param({"equal": {"age": [7.0], "gender": [0.9]}, "gls": {"age": [1.0], "gender": [1.0]}}, id="one seed"),
        pytest.param(
            {"equal": PLAIN, "gls": {"age": [None, None, None, 1.0, 1.1], "gender": [None, None, None, 1, 1]}},
            id="no seed in common",
        ),
        pytest.param({"equal": PLAIN}, id="the baseline alone"),
        pytest.param({"gls": PLAIN, "mgda": better([3.0, 3.1, 3.0])}, id="no baseline"),
        pytest.param({}, id="nothing"),
        pytest.param({"equal": PLAIN, "gls": {"age": [1.0], "gender": [0.99]}}, id="one pair"),
        pytest.param(
            {
                "equal": PLAIN,
                "single-age": {"age": [7.2, 6.9, 7.0]},
                "single-gender": {"gender": [0.91, 0.9, 0.93]},
                "gls": better([0.1, -0.2, 0.3]),
            },
            id="single tasks within the noise",
        ),
    ],
)
def test_nothing_is_claimed_where_nothing_is_known(arms: dict[str, Any]) -> None:
    found = found_of(arms)
    assert found.findings == ()
    assert found.one_network is None or found.one_network.better is None
    assert verdict_sentences(found)[0]


@pytest.mark.parametrize(
    ("arms", "silence"),
    [
        ({}, "untested"),
        ({"equal": {"age": [7.0]}, "gls": {"age": [1.0]}}, "one seed"),
        ({"gls": PLAIN, "mgda": PLAIN}, "baseline untested"),
        ({"equal": {"age": [math.nan] * 2}, "gls": {"age": [6.0, 6.1]}}, "baseline diverged"),
        ({"equal": PLAIN}, "baseline alone"),
        ({"equal": PLAIN, "gls": {"age": [1.0], "gender": [0.99]}}, "no pairs"),
    ],
)
def test_why_nothing_can_be_known(arms: dict[str, Any], silence: str) -> None:
    assert found_of(arms).silence == silence


def test_one_seed_says_what_is_still_to_come() -> None:
    found = results_of({"equal": {"age": [7.0]}, "gls": {"age": [1.0]}})
    coming = Underway(4, 12, 3, live=True)

    def first(underway: Underway | None) -> str:
        return verdict_sentences(verdict(found, underway=underway))[0]

    assert first(coming) == "The first verdict comes after the second seed (4 of 12 runs)."
    assert "resume the study" in first(coming._replace(live=False))
    assert "add seeds" in first(coming._replace(seeds=1))
    assert first(None).startswith("Nothing can be concluded from one seed: add seeds")


def test_what_only_the_number_of_comparisons_forbids_is_told_as_such() -> None:
    arms = {f"arm{place}": better([0.1, -0.2, 0.05 * place]) for place in range(8)}
    found = found_of({"equal": PLAIN, **arms, "lucky": better([0.30, 0.36, 0.42])})
    assert found.findings == ()
    (near,) = [one for one in found.nearly if one.arm == "lucky"]
    assert (near.kind, near.task, near.among) == ("alone", "age", 9)
    assert (near.low, near.high) == (pytest.approx(0.21, abs=5e-3), pytest.approx(0.51, abs=5e-3))
    assert any("but among 9 strategies that isn't enough: " in sentence for sentence in verdict_sentences(found))


def test_one_network_for_all_against_one_a_task() -> None:
    def beside(*ages: float, **more: dict[str, list[float]]) -> OneNetwork:
        alone = {"single-age": {"age": list(ages)}, "single-gender": {"gender": [0.90, 0.91, 0.92]}}
        found = found_of({"equal": PLAIN, **more, **alone}).one_network
        assert found is not None
        return found

    gain = beside(8.0, 8.1, 7.9)
    # 12.5 % better on age in each seed, nothing on gender.
    assert (gain.better, gain.best) == (True, "equal")
    assert (gain.low, gain.high) == (pytest.approx(6.06, abs=0.01), pytest.approx(6.44, abs=0.01))
    poor = beside(5.0, 5.1, 4.9, gls=PLAIN)
    assert (poor.better, poor.arms_worse, poor.arms) == (False, 2, 2)
    unsure = beside(7.3, 6.8, 7.2)
    assert (unsure.better, unsure.low < 0 < unsure.high) == (None, True)
    missing = found_of({"equal": PLAIN, "gls": PLAIN}).one_network
    assert missing is not None
    assert (missing.unknown, missing.missing) == ("missing", ("age", "gender"))


def test_the_budget_is_in_words_and_unfinished_runs_are_left_out(own_folders: Path) -> None:
    runs = own_folders / "runs"
    made = [
        run_in(runs, f"{strategy}{seed}", dataclasses.replace(FACES, weighting=WeightingConfig(strategy), seed=seed))
        for strategy in ("equal", "gls")
        for seed in (0, 1)
    ]
    made.append(run_in(runs, "later", dataclasses.replace(FACES, seed=2), state="stopped", tested=False))
    infos = collect(made)
    found = verdict(results(infos), "equal", infos)
    assert found.budget == Budget("UTKFace", 48, epochs=5, seeds=2)
    assert found.left_out == LeftOut((("stopped", 1),))
    lines = verdict_sentences(found)
    assert lines[0].startswith("On this budget (UTKFace at 48 px, 5 epochs, 2 seeds), no strategy beats")
    assert "1 run has no test result and is left out (1 stopped)." in lines


def test_runs_on_different_data_get_no_verdict(own_folders: Path) -> None:
    runs = own_folders / "runs"
    infos = collect([run_in(runs, "faces", FACES), run_in(runs, "drawn", RunConfig())])
    found = verdict(results(infos), "equal", infos)
    assert (found.silence, found.findings) == ("incomparable", ())
    lines = verdict_sentences(found)
    assert lines[0] == "These runs can't be compared, so there is no verdict."
    assert "different data sets" in lines[1]


def test_fewer_seeds_are_told() -> None:
    found = found_of({"equal": PLAIN, "gls": {"age": [7.1, 7.0], "gender": [0.9, 0.91]}})
    assert (found.fewer, found.budget.seeds) == ((("gls", 2),), 3)
    expected = "Not all strategies have 3 seeds, and those with fewer have wider intervals: gls (2)."
    assert expected in verdict_sentences(found)


def test_the_plain_sum_is_known_by_what_it_does(own_folders: Path) -> None:
    runs = own_folders / "runs"
    made = [
        run_in(runs, f"{strategy}{seed}", dataclasses.replace(FACES, weighting=WeightingConfig(strategy), seed=seed))
        for strategy in ("equal", "gls")
        for seed in (0, 1)
    ]
    infos = [dataclasses.replace(info, arm=info.arm.upper()) for info in collect(made)]
    assert verdict(results(infos), "EQUAL", infos).plain_sum
    assert not verdict(results(infos), "GLS", infos).plain_sum
    assert "no strategy beats GLS on" in verdict_sentences(verdict(results(infos), "GLS", infos))[0]
