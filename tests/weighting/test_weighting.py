import json
from typing import Any

import pytest
import torch

from mtldemo import weighting
from mtldemo.config import WeightingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.settings import field_named
from mtldemo.tasks import UTKFACE
from mtldemo.weighting import STRATEGIES, GradientMerge, build, check_options, describe, strategy_named
from mtldemo.weighting.base import PARAMETERS
from mtldemo.weighting.fixed import Fixed
from mtldemo.weighting.scheduled import Scheduled


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
def test_a_strategy_is_found_and_built_by_its_name(strategy: Any) -> None:
    assert strategy_named(strategy.name) is strategy
    assert isinstance(build(WeightingConfig(strategy.name), UTKFACE), strategy)


@pytest.mark.parametrize(
    ("strategy", "options", "words"),
    [
        ("magic", {}, "There is no loss weighting 'magic'; choose from equal, fixed, scheduled, uncertainty, awl, "),
        ("dwa", {"t": 2}, "Dynamic weight average has no setting 't'; it has: temperature."),
        ("equal", {"t": 2}, "Equal weights has no setting 't'; it has: none."),
        ("dwa", {"temperature": 0}, "temperature: expected 0.01 to 100, found 0."),
        ("uncertainty", {"form": "full"}, "form: expected one of by_task, half, found 'full'."),
        ("fixed", {"weights": {"age": -1}}, "weights: expected 0 to 1e+06, found -1."),
        ("fixed", {"weights": {"height": 1}}, "weights: 'height' is no task of this run; its tasks are age, gender."),
        ("fixed", {"weights": {"ethnicity": 1}}, "weights: 'ethnicity' is no task of this run"),
        ("fixed", {"weights": {"age": 0, "gender": 0}}, "every task has weight 0"),
        ("scheduled", {"weights": {"age": "1 x@3"}}, "weights: 'x@3' in the plan of age isn't a weight"),
        ("scheduled", {"weights": {"age": "1@3 0@2"}}, "'0@2' in the plan of age"),
        ("scheduled", {"weights": {"age": "-1"}}, "'-1' in the plan of age"),
        ("scheduled", {"weights": {"age": " "}}, "the plan of age is empty"),
        ("scheduled", {"weights": {"age": "0 1@2", "gender": "1 0@1"}}, "every task has weight 0 in epoch 1"),
    ],
)
def test_a_mistake_is_answered_in_words(strategy: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(MtlDemoError) as raised:
        build(WeightingConfig(strategy, options), UTKFACE.chosen(["age", "gender"]))
    assert words in str(raised.value)


def test_fixed_weights_are_read_from_the_command_line() -> None:
    weights = field_named(Fixed, "weights", "Fixed weights").parse("age=0.1, gender:2")
    strategy = build(WeightingConfig("fixed", {"weights": weights}), UTKFACE)
    assert strategy(torch.ones(3))[1].tolist() == pytest.approx([0.1, 2, 1])


def test_a_schedule_is_read_from_the_command_line() -> None:
    plan = field_named(Scheduled, "weights", "Scheduled weights").parse("age=0 1@3, gender:2")
    strategy = build(WeightingConfig("scheduled", {"weights": plan}), UTKFACE)
    assert strategy(torch.ones(3))[1].tolist() == [0, 2, 1]


class Remembering(GradientMerge):
    """Keeps gradients from step to step, so it can't take them at the features."""

    name = title = "remembering"
    needs = frozenset({PARAMETERS})


class Forgetting(GradientMerge):
    """Keeps nothing."""

    name = title = "forgetting"


def test_gradients_are_taken_where_a_strategy_can_use_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weighting, "STRATEGIES", (Remembering, Forgetting))
    for strategy, place, words in (
        ("remembering", "block", "builds the direction of all shared weights itself"),
        ("forgetting", "block", "choose shared or features"),
        ("remembering", "features", "those at the features belong to one batch's pictures; choose shared"),
    ):
        with pytest.raises(MtlDemoError, match=words):
            check_options(WeightingConfig(strategy, gradients_at=place), UTKFACE)
    check_options(WeightingConfig("forgetting", gradients_at="features"), UTKFACE)
    check_options(WeightingConfig("remembering"), UTKFACE)


def test_the_learning_speed_reaches_the_engine() -> None:
    assert build(WeightingConfig("equal"), UTKFACE).speed == 1
    assert build(WeightingConfig("awl", {"speed": 3}), UTKFACE).speed == 3


def test_the_catalogue_is_plain_json() -> None:
    rows = describe()
    assert json.loads(json.dumps(rows)) == rows
    assert [row["name"] for row in rows] == [strategy.name for strategy in STRATEGIES]
    (temperature,) = next(row["settings"] for row in rows if row["name"] == "dwa")
    assert (temperature["default"], temperature["low"], temperature["high"]) == (2.0, 0.01, 100)
