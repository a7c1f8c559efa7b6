import dataclasses

import pytest

from mtldemo.config import DataConfig, RunConfig, WeightingConfig
from mtldemo.study.collect import collect, results
from mtldemo.study.status import Underway
from mtldemo.study.verdict import SCOPE, clauses, verdict
from tests.study.made_up import results_of, run_in

PLAIN = {"age": [7.0, 7.1, 6.9], "gender": [0.90, 0.91, 0.92]}
FACES = RunConfig(data=DataConfig(source="/pictures/UTKFace.tar.gz", image_size=48), epochs=5)


def better(by: list[float], gender: list[float] | None = None) -> dict[str, list[float]]:
    """An arm whose age error is lower than the plain sum's ``by`` so many years in each seed."""
    ages = [age - gain for age, gain in zip(PLAIN["age"], by, strict=True)]
    return {"age": ages, "gender": gender or [0.91, 0.90, 0.925]}


def test_the_headline_names_the_winner_and_by_how_much():
    headline, *others = verdict(results_of({"equal": PLAIN, "uncertainty": better([0.70, 0.75, 0.80])}))
    assert headline == (
        "On this budget (3 seeds), uncertainty beats the plain sum on age by 0.63 to 0.87 years; no strategy is better "
        "on gender than chance allows."
    )
    assert others[-1] == SCOPE
    assert any(sentence.startswith("That isn't proof that they are equal: with 3 seeds") for sentence in others)


def test_accuracies_are_told_in_percentage_points():
    arms = {"equal": PLAIN, "gls": {"age": [7.0, 7.2, 6.8], "gender": [0.93, 0.94, 0.951]}}
    assert "gls beats the plain sum on gender by 2.89 to 3.18 percentage points" in verdict(results_of(arms))[0]


def test_of_many_winners_one_is_named_and_all_are_counted():
    arms = {f"arm{place}": better([0.1 * place + 0.5, 0.1 * place + 0.501, 0.1 * place + 0.499]) for place in range(6)}
    headline = verdict(results_of({"equal": PLAIN, **arms}))[0]
    assert "6 strategies beat the plain sum on age, such as arm5 by 0.9975 to 1.0025 years; no strategy" in headline
    assert "arm4" not in headline
    assert clauses(headline) == (
        "On this budget (3 seeds)",
        [
            "6 strategies beat the plain sum on age, such as arm5 by 0.9975 to 1.0025 years",
            "No strategy is better on gender than chance allows",
        ],
    )
    assert clauses("Nothing is known.") == ("", ["Nothing is known."])


def test_worse_arms_are_named_too():
    sentences = verdict(results_of({"equal": PLAIN, "mgda": better([-1.5, -1.52, -1.48])}))
    assert "no strategy beats the plain sum on age or gender" in sentences[0]
    assert "Worse than the plain sum on age: mgda by 1.45 to 1.55 years." in sentences


CLAIMS = ("beats the", "beat the plain", "Worse than", "is worse than", "beats one network")


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
def test_nothing_is_claimed_where_nothing_is_known(arms):
    sentences = verdict(results_of(arms))
    assert sentences[0]
    for sentence in sentences:
        claimed = sentence.replace("no strategy beats the", "").replace("one network for all tasks beats one", "")
        claimed = claimed.replace("Whether one network for all tasks beats one network", "")
        assert not any(claim in claimed for claim in CLAIMS), sentence


def test_one_seed_says_so():
    found = results_of({"equal": {"age": [7.0]}, "gls": {"age": [1.0]}})
    coming = Underway(4, 12, 3, live=True)
    assert verdict(found, underway=coming)[0] == "The first verdict comes after the second seed (4 of 12 runs)."
    assert "resume the study" in verdict(found, underway=coming._replace(live=False))[0]
    assert "add seeds" in verdict(found, underway=coming._replace(seeds=1))[0]
    headline = verdict(found)[0]
    assert headline.startswith("Nothing can be concluded from one seed: add seeds")


def test_what_only_the_number_of_comparisons_forbids_is_told_as_such():
    arms = {f"arm{place}": better([0.1, -0.2, 0.05 * place]) for place in range(8)}
    sentences = verdict(results_of({"equal": PLAIN, **arms, "lucky": better([0.30, 0.36, 0.42])}))
    assert "no strategy beats" in sentences[0]
    assert any(
        sentence.startswith("Looked at alone, these would count as better on age, but among 9 strategies")
        and "lucky by 0.21 to 0.51 years" in sentence
        for sentence in sentences
    )


def test_one_network_for_all_against_one_a_task():
    alone = {"single-age": {"age": [8.0, 8.1, 7.9]}, "single-gender": {"gender": [0.90, 0.91, 0.92]}}
    gains = " ".join(verdict(results_of({"equal": PLAIN, **alone})))
    assert (
        "One network for all tasks beats one network a task with equal: its metrics are on average 6.06 to 6.44 %"
        in gains
    )
    poor = {"single-age": {"age": [5.0, 5.1, 4.9]}, "single-gender": {"gender": [0.90, 0.91, 0.92]}}
    worse = " ".join(verdict(results_of({"equal": PLAIN, "gls": PLAIN, **poor})))
    assert "is worse than one network a task with every strategy, with equal least: by 19" in worse
    unsure = {"single-age": {"age": [7.3, 6.8, 7.2]}, "single-gender": {"gender": [0.90, 0.91, 0.92]}}
    text = " ".join(verdict(results_of({"equal": PLAIN, **unsure})))
    assert "beats one network a task is open: the best, equal, is between" in text
    assert "% worse and" in text
    assert "add single-task baselines" in " ".join(verdict(results_of({"equal": PLAIN, "gls": PLAIN})))


def test_the_budget_is_in_words_and_unfinished_runs_are_left_out(own_folders):
    runs = own_folders / "runs"
    made = [
        run_in(runs, f"{strategy}{seed}", dataclasses.replace(FACES, weighting=WeightingConfig(strategy), seed=seed))
        for strategy in ("equal", "gls")
        for seed in (0, 1)
    ]
    made.append(run_in(runs, "later", dataclasses.replace(FACES, seed=2), state="stopped", tested=False))
    infos = collect(made)
    sentences = verdict(results(infos), "equal", infos)
    assert sentences[0].startswith("On this budget (UTKFace at 48 px, 5 epochs, 2 seeds), no strategy beats")
    assert "1 run has no test result and is left out (1 stopped)." in sentences


def test_runs_on_different_data_get_no_verdict(own_folders):
    runs = own_folders / "runs"
    infos = collect([run_in(runs, "faces", FACES), run_in(runs, "drawn", RunConfig())])
    sentences = verdict(results(infos), "equal", infos)
    assert sentences[0] == "These runs can't be compared, so there is no verdict."
    assert "different data sets" in sentences[1]


def test_fewer_seeds_are_told():
    sentences = verdict(results_of({"equal": PLAIN, "gls": {"age": [7.1, 7.0], "gender": [0.9, 0.91]}}))
    expected = "Not all strategies have 3 seeds, and those with fewer have wider intervals: gls (2)."
    assert expected in sentences


def test_the_plain_sum_is_known_by_what_it_does(own_folders):
    runs = own_folders / "runs"
    made = [
        run_in(runs, f"{strategy}{seed}", dataclasses.replace(FACES, weighting=WeightingConfig(strategy), seed=seed))
        for strategy in ("equal", "gls")
        for seed in (0, 1)
    ]
    infos = [dataclasses.replace(info, arm=info.arm.upper()) for info in collect(made)]
    assert "no strategy beats the plain sum on" in verdict(results(infos), "EQUAL", infos)[0]
    assert "no strategy beats GLS on" in verdict(results(infos), "GLS", infos)[0]
