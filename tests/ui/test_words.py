"""Numbers as a person reads them."""

import pytest

from mtldemo.config import RunConfig
from mtldemo.runs import STATES
from mtldemo.tasks import AGE, GENDER, REGRESSION, UTKFACE, Task
from mtldemo.ui.words import (
    STATE_BADGES,
    count,
    duration,
    loss_title,
    metric_change,
    metric_text,
    since,
    training_length,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "—"), (-1, "—"), (0.4, "0 s"), (59.4, "59 s"), (75, "1 min 15 s"), (3 * 3600 + 300, "3 h 05 min")],
)
def test_duration(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("ago", "words"),
    [(5, "just now"), (90, "1 min ago"), (7200, "2 h ago"), (90_000, "1 day ago"), (2e5, "2 days ago")],
)
def test_since(ago: float, words: str) -> None:
    assert since(1e9, now=1e9 + ago) == words


def test_a_moment_that_is_not_known_is_no_day_of_1970() -> None:
    assert since(0.0) == "—"


def test_metrics_have_units_and_changes_their_sign() -> None:
    assert metric_text(AGE.measure, 5.8) == "5.80 years"
    assert metric_text(GENDER.measure, 0.925) == "92.5 %"
    assert metric_text(AGE.measure, None) == "—"
    assert metric_change(AGE.measure, 5.5, 6.0) == "-0.50 years"
    assert metric_change(GENDER.measure, 0.5, 0.45) == "+5.0 points"
    assert metric_change(GENDER.measure, 0.5, None) is None


def test_a_metric_is_said_in_its_task_s_own_unit() -> None:
    price = Task("price", "Price", REGRESSION, high=100.0, unit="EUR")
    assert metric_text(price.measure, 5.8) == "5.80 EUR"
    assert metric_change(price.measure, 5.5, 6.0) == "-0.50 EUR"
    assert metric_change(Task("score", "Score", REGRESSION).measure, 0.5, 0.25) == "+0.25"


def test_count() -> None:
    assert count(1, "run") == "1 run"
    assert count(12_000, "picture") == "12,000 pictures"
    assert count(2, "entry", "entries") == "2 entries"


def test_every_state_and_loss_has_words() -> None:
    assert set(STATE_BADGES) == set(STATES)
    for task in UTKFACE:
        for loss in task.losses:
            assert loss_title(loss) != loss


def test_a_run_is_as_long_as_its_epochs_or_its_steps() -> None:
    assert training_length(RunConfig(epochs=1)) == "1 epoch"
    assert training_length(RunConfig(epochs=12, steps=1500)) == "1,500 steps"
