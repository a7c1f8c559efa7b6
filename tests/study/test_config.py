import dataclasses
import json
from typing import Any

import pytest

from mtldemo.config import RunConfig, SharingConfig, WeightingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.study.config import (
    Arm,
    StudyConfig,
    arms_from,
    checked_study,
    merged,
    run_config,
    run_name,
    sharings_from,
    single_arms,
    study_from_dict,
    study_to_dict,
)

BASE = RunConfig(losses={"age": "distribution"}, loss_scales={"gender": 2.0}, epochs=5)


def test_arms_in_words() -> None:
    arms = arms_from(
        "equal, mgda@features, fixed:weights.age=0.05:weights.gender=2, mine=cagrad:c=0.3:weight_scale=sum_k", BASE
    )
    assert [arm.name for arm in arms] == [
        "equal",
        "mgda@features",
        "fixed-weights.age=0.05-weights.gender=2.0",
        "mine",
    ]
    assert arms[0].weighting == WeightingConfig("equal")
    assert arms[1].weighting.gradients_at == "features"
    assert arms[2].weighting.options == {"weights": {"age": 0.05, "gender": 2.0}}
    assert arms[3].weighting == WeightingConfig("cagrad", {"c": 0.3}, weight_scale="sum_k")


def test_strategies_stand_on_every_way_of_sharing() -> None:
    sharings = sharings_from("hard, mtan, mmoe:experts=4")
    arms = arms_from("equal,mgda@features,mine=dwa", BASE, sharings)
    assert [arm.name for arm in arms] == [
        *("equal", "mgda@features", "mine"),
        *("equal+mtan", "mgda@features+mtan", "mine+mtan"),
        *("equal+mmoe-experts=4", "mgda@features+mmoe-experts=4", "mine+mmoe-experts=4"),
    ]
    assert arms[-1].sharing == SharingConfig("mmoe", {"experts": 4})
    study = StudyConfig(BASE, arms)
    assert run_config(study, arms[3], 1).sharing == SharingConfig("mtan")
    assert study_from_dict(json.loads(json.dumps(study_to_dict(study)))) == checked_study(study)
    assert checked_study(StudyConfig(BASE, (arms[4], arms[3]))).baseline == "equal+mtan"


def test_an_arm_that_says_nothing_shares_as_its_studys_base() -> None:
    base = dataclasses.replace(BASE, sharing=SharingConfig("mtan"))
    values = study_to_dict(StudyConfig(base, arms_from("equal", base)))
    del values["arms"][0]["sharing"]
    assert study_from_dict(values).arms[0].sharing == SharingConfig("mtan")
    assert all(arm.sharing == SharingConfig() for arm in single_arms(base))


def test_gradients_are_taken_where_the_sharing_has_a_place() -> None:
    base = dataclasses.replace(BASE, weighting=WeightingConfig(gradients_at="block"))
    hard, mtan = arms_from("mgda", base, sharings_from("hard,mtan"))
    assert (hard.weighting.gradients_at, mtan.weighting.gradients_at) == ("block", "shared")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nothing", "no way of sharing 'nothing'; choose from hard"),
        ("mmoe:experts", "expected OPTION=VALUE"),
        ("mtan:heads=2", "has no setting 'heads'"),
        ("hard:split=layer9", "can't be split at 'layer9'"),
        ("soft", "with soft sharing they meet nowhere; choose a weighting by losses"),
    ],
)
def test_a_sharing_that_cannot_be_is_refused(text: str, words: str) -> None:
    with pytest.raises(MtlDemoError, match=words):
        arms_from("mgda", BASE, sharings_from(text))


def test_a_plan_over_epochs_keeps_its_at_signs() -> None:
    (arm,) = arms_from("scheduled:weights.age=0 1@3", BASE)
    assert arm.weighting.options == {"weights": {"age": "0 1@3"}}
    assert arm.name == "scheduled-weights.age=0_1@3"


def test_where_gradients_are_taken_comes_from_the_base_where_the_strategy_can() -> None:
    base = dataclasses.replace(BASE, weighting=WeightingConfig(gradients_at="features"))
    equal, mgda, moco, shared = arms_from("equal,mgda,moco,imtl_g@shared", base)
    assert [arm.weighting.gradients_at for arm in (equal, mgda, moco, shared)] == [
        "shared",
        "features",
        "shared",
        "shared",
    ]
    assert mgda.name == "mgda@features"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "There is no loss weighting 'nonsense'"),
        ("fixed:weights.age", "expected OPTION=VALUE after a colon"),
        ("fixed:weight=1", "has no setting 'weight'"),
        ("fixed:weights.height=1", "'height' is no task of this run"),
        ("cagrad:c=-1", "expected"),
        ("equal@features", "takes no gradients"),
        ("mgda@nowhere", "expected one of"),
        ("a/b=equal", "A run's name has letters"),
        ("x" * 61 + "=equal", "at most 60 characters"),
    ],
)
def test_what_no_arm_can_be_is_said_in_words(text: str, said: str) -> None:
    with pytest.raises(MtlDemoError, match=said):
        arms_from(text, BASE)


def test_the_config_of_a_run() -> None:
    study = StudyConfig(BASE, (*arms_from("dwa", BASE), *single_arms(BASE)), (0, 7))
    dwa, age, gender, _ = study.arms
    assert run_config(study, dwa, 7) == dataclasses.replace(BASE, seed=7, weighting=WeightingConfig("dwa"))
    alone = run_config(study, age, 0)
    assert alone.tasks == ("age",)
    assert (alone.losses, alone.loss_scales) == ({"age": "distribution"}, {})
    assert run_config(study, gender, 0).loss_scales == {"gender": 2.0}
    assert run_config(study, dataclasses.replace(dwa, steps=12), 0).steps == 12
    assert run_name(age, 2) == "single-age-s2"


def test_to_json_and_back() -> None:
    single = Arm("single-age", WeightingConfig(), ("age",), 40)
    study = StudyConfig(BASE, (*arms_from("equal,fixed:weights.age=0.5", BASE), single), (3, 1))
    study = dataclasses.replace(study, budget="time", workers=2, seconds_a_step={"equal": 0.25})
    assert study_from_dict(json.loads(json.dumps(study_to_dict(study)))) == study


@pytest.mark.parametrize("broken", [None, [], {}, {"format": 2}, {"format": 1, "arms": [{}]}])
def test_what_is_no_study_is_said_in_words(broken: object) -> None:
    with pytest.raises(MtlDemoError, match=r"is damaged|of format 2"):
        study_from_dict(broken, "study.json")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"arms": ()}, "at least one strategy"),
        ({"seeds": ()}, "seeds"),
        ({"seeds": (1, 1)}, "seeds"),
        ({"budget": "money"}, "expected one of epochs, time"),
        ({"workers": 0}, "workers"),
        ({"arms": (Arm("a", WeightingConfig()), Arm("A", WeightingConfig()))}, "Two different arms are called 'A'"),
    ],
)
def test_what_no_study_can_be_is_said_in_words(changes: dict[str, Any], said: str) -> None:
    study = StudyConfig(BASE, arms_from("equal", BASE))
    with pytest.raises(MtlDemoError, match=said):
        checked_study(dataclasses.replace(study, **changes))


def test_the_baseline_is_an_arm_that_there_is() -> None:
    arms = (*single_arms(BASE), *arms_from("dwa,equal", BASE))
    assert checked_study(StudyConfig(BASE, arms)).baseline == "equal"
    assert checked_study(StudyConfig(BASE, arms[:-1])).baseline == "dwa", "the first that learns several tasks"
    with pytest.raises(MtlDemoError, match="no arm 'mgda'"):
        StudyConfig(BASE, arms).arm("mgda")


def test_arms_are_added_once() -> None:
    known = arms_from("equal,dwa", BASE)
    timed = dataclasses.replace(known[0], steps=10)
    assert merged((timed, known[1]), arms_from("equal,mgda", BASE)) == (timed, known[1], *arms_from("mgda", BASE))
    with pytest.raises(MtlDemoError, match="Two different arms are called 'dwa'"):
        merged(known, arms_from("dwa=equal", BASE))
