"""Runs that diverged in a comparison: told everywhere, and never to their strategy's favour."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest

from mtldemo.charts.comparison import delta_m_bars, difference_forest, rank_heat
from mtldemo.cli import study_results
from mtldemo.config import DataConfig, RunConfig, WeightingConfig
from mtldemo.runs import RunFolder
from mtldemo.study import create_study, exports, shipping
from mtldemo.study.collect import collect, results
from mtldemo.study.differences import comparable_groups
from mtldemo.study.divergence import RULE, DivergedSeeds, lost_seeds
from mtldemo.study.queue import work_off
from mtldemo.study.ranking import p_best, pareto_front, ranks
from mtldemo.study.report import report
from mtldemo.study.statistics import SINGLE, delta_m, differences_to, seeds_by_arm, summary
from mtldemo.study.verdict import verdict
from mtldemo.study.verdict_words import verdict_sentences
from mtldemo.study.wording import around, interval, percent_span
from mtldemo.tasks import AGE, GENDER, UTKFACE
from tests.study.made_up import results_of, run_in

NAN = math.nan
PLAIN = {"age": [7.0, 7.1, 6.9, 7.0], "gender": [0.90, 0.91, 0.92, 0.91]}
LUCKY = {"age": [5.0, 5.1, 4.9, NAN], "gender": [0.96, 0.97, 0.98, NAN]}
POOR = {"age": [9.0, 9.11, 8.92, NAN], "gender": [0.80, 0.811, 0.822, NAN]}
OTHER = {"age": [6.5, 6.61, 6.4, 6.5], "gender": [0.89, 0.90, 0.91, 0.90]}
FACES = RunConfig(data=DataConfig(source="/pictures/UTKFace.tar.gz", image_size=48), epochs=5)


def better(frame: Any) -> dict[tuple[str, str], Any]:
    return {(row["arm"], row["task"]): row["better"] for row in frame.to_dict("records")}


def test_means_are_over_the_seeds_that_are_left_and_say_so() -> None:
    found = results_of({"equal": PLAIN, "gls": LUCKY})
    table = summary(found)
    row = table[(table["arm"] == "gls") & (table["task"] == "age")].iloc[0]
    assert (row["n"], row["mean"]) == (3, pytest.approx(5.0))
    assert table.attrs["lost"] == lost_seeds(found) == {"gls": DivergedSeeds(1, 4)}
    assert seeds_by_arm(found) == {"equal": 4, "gls": 3}


def test_an_arm_with_lost_seeds_is_never_called_better_but_may_be_worse() -> None:
    found = differences_to(results_of({"equal": PLAIN, "gls": LUCKY, "mgda": POOR, "dwa": OTHER}), "equal")
    says = better(found)
    assert says["gls", "age"] is says["gls", "gender"] is None
    assert says["mgda", "age"] is says["mgda", "gender"] is False
    assert says["dwa", "age"] is True
    expected = (
        "Over the seeds that are left of gls (1 of 4 seeds diverged) and mgda (1 of 4 seeds diverged): none of these"
    )
    assert found.attrs["note"].startswith(expected)
    against = differences_to(results_of({"equal": PLAIN, "gls": LUCKY, "dwa": OTHER}), "gls")
    assert better(against)["equal", "age"] is None, "what is left of the baseline flatters it"
    assert "nothing worse than the baseline" in against.attrs["note"]


def test_single_tasks_with_lost_seeds_are_not_called_better_either() -> None:
    alone = {"single-age": {"age": LUCKY["age"]}, "single-gender": {"gender": PLAIN["gender"]}}
    found = results_of({"equal": PLAIN, **alone})
    table = delta_m(found)
    assert table["mean"].iloc[0] < -15
    assert table["better"].iloc[0] is None
    assert better(differences_to(found, SINGLE))["equal", "age"] is None
    gone = delta_m(results_of({"equal": PLAIN, "single-age": {"age": [NAN, NAN]}, "single-gender": PLAIN}))
    assert gone.empty
    assert "Every run of single-age has diverged; add single-task baselines" in gone.attrs["reason"]


def test_an_arm_with_lost_seeds_is_not_ranked() -> None:
    found = results_of({"equal": PLAIN, "gls": LUCKY, "dwa": OTHER})
    for table in (ranks(found), p_best(found)):
        assert set(table["arm"]) == {"equal", "dwa"}
        assert set(table["n"]) == {4}, "the others are ranked over all of their seeds"
        note = "Over 2 strategies and 4 seeds; left out: gls (1 of 4 seeds diverged)."
        assert table.attrs["note"] == note
    front: Any = pareto_front(found, "age", "gender").set_index("arm")["front"]
    assert not front["gls"]
    assert front["dwa"]
    assert front["equal"], "gls doesn't keep others from the front"
    alone = p_best(results_of({"equal": PLAIN, "gls": LUCKY}))
    assert alone.empty, "the only one that is left isn't the best of anything"
    nobody = ranks(results_of({"equal": LUCKY, "gls": LUCKY}))
    assert nobody.empty
    assert nobody.attrs["note"].startswith("No strategy can be ranked; left out: equal (1 of 4")
    assert ranks(results_of({"equal": PLAIN, "dwa": OTHER})).attrs["note"] == ""


def test_the_verdict_says_who_diverged_and_what_follows() -> None:
    found = verdict(results_of({"equal": PLAIN, "gls": LUCKY, "mgda": {"age": [NAN] * 4}}))
    assert (found.findings, found.nearly, found.open) == ((), (), ("age", "gender"))
    assert {arm: tuple(lost) for arm, lost in found.lost.items()} == {"gls": (1, 4), "mgda": (4, 4)}
    _, first, second, *_ = verdict_sentences(found)
    assert first == (
        "gls: 1 of 4 seeds diverged, so its means are over 3 seeds; mgda: 4 of 4 seeds diverged, so it has no result."
    )
    assert second == RULE
    one = verdict_sentences(verdict(results_of({"equal": {"age": [7.0, NAN]}, "gls": {"age": [6.0, NAN]}})))
    assert one[0].startswith("Nothing can be concluded from one seed")
    assert one[1].startswith("equal: 1 of 2 seeds diverged, so its means are over one seed; gls: 1 of 2")
    none = verdict_sentences(verdict(results_of({"equal": {"age": [NAN, NAN]}, "gls": {"age": [NAN]}})))
    assert none[0] == "Every run that ended has diverged, so there is nothing to compare."
    lost = verdict(results_of({"equal": {"age": [NAN, NAN]}, "gls": {"age": [6.0, 6.1]}}))
    assert lost.silence == "baseline diverged"
    assert "the baseline, the plain sum, diverged in every seed" in verdict_sentences(lost)[0]


def test_charts_put_them_last() -> None:
    alone = {"single-age": {"age": PLAIN["age"]}, "single-gender": {"gender": PLAIN["gender"]}}
    found = results_of({"equal": PLAIN, "gls": LUCKY, "dwa": OTHER, **alone})
    forest = difference_forest(differences_to(found, "equal"), (AGE, GENDER), "equal")
    assert forest.figure.layout["yaxis"]["ticktext"][-1] == "gls"
    bars = delta_m_bars(delta_m(found))
    assert bars.table["arm"].iloc[-1] == "gls"
    for chart in (forest, bars):
        assert "gls (1 of 4 seeds diverged)" in chart.caption
    assert "gls (1 of 4 seeds diverged)" in rank_heat(ranks(found), (AGE, GENDER)).caption


def diverged(run: RunFolder) -> None:
    """Make the run one that failed before its test."""
    kept = [record for record in run.read()[0] if record["kind"] != "test"]
    run.truncate(0)
    run.append(kept)
    run.write_status(dataclasses.replace(run.stored_status(), state="failed", diverged=True, message="Lost."))


def with_metrics(run: RunFolder, **metrics: Any) -> None:
    """Change what the run's test says, as an earlier version wrote it."""
    records = run.read()[0]
    records[-1]["metrics"] |= metrics
    run.truncate(0)
    run.append(records)


@pytest.fixture
def two_arms(own_folders: Path) -> dict[str, RunFolder]:
    """Three seeds each of ``equal`` and ``gls``, all finished."""
    configs = {
        f"{name}{seed}": dataclasses.replace(FACES, weighting=WeightingConfig(name), seed=seed)
        for name in ("equal", "gls")
        for seed in range(3)
    }
    return {name: run_in(own_folders / "runs", name, config) for name, config in configs.items()}


def test_who_diverged_is_known_by_what_the_runs_say(two_arms: dict[str, RunFolder]) -> None:
    diverged(two_arms["gls0"])
    with_metrics(two_arms["gls1"], age={"mae": None, "cs5": 0.0})
    with_metrics(two_arms["equal2"], gender={"accuracy": None, "confusion": [[3, 0], [1, 2]]})
    found: Any = results(collect(two_arms.values()))
    assert lost_seeds(found) == {"equal": DivergedSeeds(1, 3), "gls": DivergedSeeds(2, 3)}
    assert found[found["run"] == "gls1"]["value"].isna().all(), "of a run that diverged nothing else counts either"
    assert set(found["run"]) == set(two_arms)
    for run in two_arms.values():
        with_metrics(run, age={"mae": None, "cs5": None})
    unlabelled = [two_arms[name] for name in ("equal0", "equal1")]
    assert lost_seeds(results(collect(unlabelled))) == {}, "nobody had a label there"


def test_the_report_and_the_terminal_say_it(two_arms: dict[str, RunFolder], capsys: Any) -> None:
    diverged(two_arms["gls0"])
    infos = collect(two_arms.values())
    text = report(comparable_groups(infos)[0])
    assert "gls: 1 of 3 seeds diverged, so its means are over 2 seeds." in text
    assert "left out: gls (1 of 3 seeds diverged)." in text or "No strategy" in text
    assert "<small>1 of 3 seeds diverged</small>" in text
    assert '<td class="text">diverged</td>' in text
    study_results._print_table(["equal", "gls"], UTKFACE.chosen(FACES.tasks), summary(results(infos)))
    assert "2, 1 diverged" in capsys.readouterr().out
    rows: Any = exports.summary_table(two_arms.values()).set_index("Name")["State"]
    assert rows["gls0"] == "diverged"


def test_a_diverged_run_is_an_outcome_for_queue_and_export(runs_dir: Path, tiny: Any, tmp_path: Path) -> None:
    study = create_study(runs_dir, tiny, "mine")
    config = study.config()
    for arm in config.arms:
        for seed in config.seeds:
            run = study.run_for(config, arm, seed)
            lost = (arm.name, seed) == ("equal", 1)
            state = {"state": "failed", "diverged": True, "message": "Lost."} if lost else {"state": "finished"}
            run.write_status(dataclasses.replace(run.stored_status(), **state))
    study.write_compute({"device": "cpu"})
    lines: list[str] = []
    status = work_off(study, stop_requested=lambda: False, show=lambda _: None, say=lines.append)
    assert (status.state, status.finished, status.failed) == ("failed", 3, 1)
    assert status.message == "equal-s1 didn't finish. Lost."
    assert lines[0].startswith("equal-s1 has diverged and isn't trained again")
    assert shipping.export_metrics(study, tmp_path / "out") == 4
    new = type(study)(tmp_path / "out")
    assert new.status().message == "3 of 4 runs are finished, 1 diverged."
    assert [run.status().diverged for run in new.runs()] == [False, True, False, False]


def test_figures_that_say_nothing_are_words() -> None:
    age, gender = AGE.measure, GENDER.measure
    assert around(gender, 0.61, 0.67, 1) == "± 3.0"
    assert around(gender, 0.24, 1.04, 1) == "(24 to 100)"
    assert around(gender, -2.5, 3.8, 1) == around(age, -9.0, 200.0, 2) == "(too few seeds to tell)"
    assert around(gender, NAN, NAN, 1) == ""
    assert around(age, 6.8, 7.2, 2) == "± 0.20"
    assert interval(gender, -0.2, 3.0, difference=True) == "-20 to 100"
    assert interval(gender, -4.8, 4.8, difference=True) == "too few seeds to tell"
    assert percent_span(-317.7, 20.0) == "more than 100 % worse and 20 % better"
    assert percent_span(120.0, 317.7) == "more than 100 % better"
    assert percent_span(-0.4, 2.3) == "0.4 % worse and 2.3 % better"


def test_two_seeds_that_scatter_give_no_figure_beyond_what_there_can_be() -> None:
    wild = {"age": [20.0, 60.0], "gender": [0.2, 0.9]}
    alone = {"single-age": {"age": [10.0, 11.0]}, "single-gender": {"gender": [0.3, 0.31]}}
    text = " ".join(
        verdict_sentences(
            verdict(results_of({"equal": {"age": [70.0, 20.0], "gender": [0.9, 0.3]}, "gls": wild, **alone}))
        )
    )
    assert "on age or gender not even the largest that there can be would have shown" in text
    assert "too few seeds tell how" in text
    assert "e+0" not in text
