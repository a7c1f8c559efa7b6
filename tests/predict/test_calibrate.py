import dataclasses
import json

import numpy as np
import pytest

from mtldemo.predict import calibrate
from mtldemo.predict.calibrate import bounds, covered, fit_confidence, fit_interval, tempered
from mtldemo.predict.usage import Usage
from mtldemo.tasks import AGE, UTKFACE

BY_YEAR = UTKFACE.chosen(["age"], {"age": "distribution"})[0]
YEARS = np.arange(117)
NONE = np.empty((0, 0), np.float32)


def people(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Predicted and labelled ages; the older, the larger the error."""
    generator = np.random.default_rng(seed)
    guess = generator.uniform(5, 90, count)
    return guess, np.clip(np.round(guess + generator.normal(0, 1 + guess / 8)), 0, 116)


def bells(centres: np.ndarray, sigma: float) -> np.ndarray:
    shares = np.exp(-0.5 * ((YEARS - centres[:, None]) / sigma) ** 2)
    return (shares / shares.sum(1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("sigma", [2.5, 15.0])  # far too sure, and far too unsure
def test_a_distribution_covers_what_it_says(sigma: float) -> None:
    guess, truth = people(2000, 0)
    interval = fit_interval(BY_YEAR, guess, bells(guess, sigma), truth, truth >= 0)
    assert interval is not None
    fresh, labels = people(4000, 1)
    low, high = bounds(interval, BY_YEAR, fresh, bells(fresh, sigma))
    assert (low <= high).all()
    assert covered(low, high, labels) == pytest.approx(0.8, abs=0.025)
    assert interval.count == 2000


def test_a_plain_regression_covers_what_it_says_and_is_wider_for_the_old() -> None:
    guess, truth = people(2000, 0)
    interval = fit_interval(AGE, guess, np.empty((2000, 0)), truth, truth >= 0)
    assert interval is not None
    fresh, labels = people(4000, 1)
    low, high = bounds(interval, AGE, fresh, np.empty((4000, 0)))
    assert covered(low, high, labels) == pytest.approx(0.8, abs=0.025)
    width = high - low
    assert width[fresh > 80].mean() > 3 * width[fresh < 15].mean()
    for part in (fresh < 20, fresh > 70):
        assert covered(low[part], high[part], labels[part]) == pytest.approx(0.8, abs=0.06)
    assert low.min() >= 0
    assert high.max() <= 116


def test_missing_labels_are_left_out_and_few_give_the_widest_interval() -> None:
    guess, truth = people(50, 0)
    truth[:10] = -1
    found = fit_interval(AGE, guess, np.empty((50, 0)), truth, truth >= 0)
    assert found is not None
    assert found.count == 40
    assert fit_interval(AGE, guess, np.empty((50, 0)), truth, np.zeros(50, dtype=bool)) is None
    two = fit_interval(BY_YEAR, guess[:2], bells(guess[:2], 3), truth[10:12], np.ones(2, dtype=bool))
    assert two is not None
    assert two.level == 1.0
    low, high = bounds(two, BY_YEAR, guess[:2], bells(guess[:2], 3))
    assert (high - low > 10).all()
    one = fit_interval(AGE, guess[:1], np.empty((1, 0)), truth[20:21], np.ones(1, dtype=bool))
    assert one is not None
    assert np.isfinite(one.widths).all()


@pytest.mark.parametrize("loss", AGE.losses)
def test_negative_numbers_of_any_size_are_calibrated_as_ages_are(loss: str) -> None:
    size, generator = 1e-3, np.random.default_rng(0)
    task = dataclasses.replace(AGE, low=-60 * size, high=56 * size, tolerance=5 * size, spread=2.5 * size, loss=loss)
    years = dataclasses.replace(AGE, loss=loss)
    guess, truth = people(500, 0)
    shares = bells(guess, 3.0) if loss == "distribution" else np.empty((500, 0))
    present = generator.random(500) < 0.7
    wanted = fit_interval(years, guess, shares, truth, present)
    moved = fit_interval(task, (guess - 60) * size, shares, (truth - 60) * size, present)
    assert wanted is not None
    assert moved is not None
    assert moved.count == wanted.count == present.sum()
    low, high = bounds(wanted, years, guess, shares)
    near, far = bounds(moved, task, (guess - 60) * size, shares)
    assert near / size + 60 == pytest.approx(low, abs=1e-3)
    assert far / size + 60 == pytest.approx(high, abs=1e-3)


def outputs(count: int, seed: int, factor: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities that are ``factor`` times too sharp, labels drawn from the right ones, and that all are there."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(0, 1.5, (count, 4))
    right = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = np.array([generator.choice(4, p=row) for row in right])
    sharp = np.exp(factor * logits)
    return sharp / sharp.sum(1, keepdims=True), labels, np.ones(count, dtype=bool)


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_the_temperature_undoes_a_wrong_sharpness(factor: float) -> None:
    found = fit_confidence(*outputs(4000, 0, factor))
    assert found is not None
    assert found.temperature == pytest.approx(factor, rel=0.1)
    assert found.error_after < 0.03
    p, labels, _ = outputs(4000, 1, factor)
    assert calibrate.calibration_error(tempered(p, found.temperature), labels) < 0.04


def test_above_the_threshold_half_the_errors_remain() -> None:
    found = fit_confidence(*outputs(4000, 0, 2.0))
    assert found is not None
    assert 1 - found.right == pytest.approx((1 - found.accuracy) / 2, abs=0.01)
    p, labels, _ = outputs(4000, 1, 2.0)
    mended = tempered(p, found.temperature)
    sure = mended.max(1) >= found.threshold
    assert (mended.argmax(1) == labels)[sure].mean() == pytest.approx(found.right, abs=0.03)
    assert sure.mean() == pytest.approx(found.answered, abs=0.03)


def test_a_perfect_model_is_sure_and_a_hopeless_one_is_not() -> None:
    labels = np.arange(100) % 2
    perfect = fit_confidence(np.eye(2)[labels] * 0.98 + 0.01, labels, labels >= 0)
    assert perfect is not None
    assert perfect.answered == 1
    hopeless = fit_confidence(np.full((100, 2), 0.5), labels, labels >= 0)
    assert hopeless is not None
    assert 0.5 <= hopeless.threshold <= 1
    assert fit_confidence(np.full((3, 2), 0.5), np.full(3, -1), np.zeros(3, dtype=bool)) is None


def test_tempering_keeps_the_order_and_sums_to_one() -> None:
    p = np.array([[0.7, 0.2, 0.1], [1.0, 0.0, 0.0]])
    for temperature in (0.5, 1.0, 4.0):
        mended = tempered(p, temperature)
        assert mended.sum(1) == pytest.approx(1)
        assert (np.argsort(mended[0]) == [2, 1, 0]).all()
    assert tempered(p, 1.0)[0] == pytest.approx(p[0])


def test_what_is_found_survives_json() -> None:
    guess, truth = people(300, 0)
    interval = fit_interval(AGE, guess, np.empty((300, 0)), truth, truth >= 0)
    confidence = fit_confidence(*outputs(300, 0, 1.0))
    assert interval is not None
    assert confidence is not None
    usage = Usage(views=4, intervals={"age": interval}, confidences={"gender": confidence})
    assert Usage.from_json(json.loads(json.dumps(usage.to_json())), "it") == usage
    assert usage.calibrated
    assert not dataclasses.replace(usage, intervals={}, confidences={}).calibrated
