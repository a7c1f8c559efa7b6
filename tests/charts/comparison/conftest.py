"""Made-up runs of three arms and two seeds, and the tables that statistics would make of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mtldemo.charts.comparison import ArmRun
from mtldemo.records.frame import RunFrame

ARMS, SEEDS = ("equal", "uncertainty", "a <b> & c"), (0, 1)


@pytest.fixture(scope="session")
def runs() -> list[ArmRun]:
    """Six runs of 200 steps and four epochs; not to be changed."""
    return made(ARMS, SEEDS)


@pytest.fixture
def make_runs() -> Callable[..., list[ArmRun]]:
    """``make_runs(arms, seeds, steps=200)``."""
    return made


def made(arms: tuple[str, ...], seeds: tuple[int | None, ...], steps: int = 200) -> list[ArmRun]:
    return [
        ArmRun(arm, seed, RunFrame(records(place, seed or 0, steps)), f"{arm}-s{seed}")
        for place, arm in enumerate(arms)
        for seed in seeds
    ]


def records(arm: int, seed: int, steps: int) -> list[dict[str, Any]]:
    random = np.random.default_rng((arm, seed))
    noise = random.lognormal(0, 0.05, (steps, 3))
    lines: list[dict[str, Any]] = []
    for step in range(1, steps + 1):
        part = step / steps
        low = {"age": 6.0 + arm, "gender": 0.25 + 0.01 * arm, "ethnicity": 0.6 - 0.02 * arm}
        losses = {
            name: (end + 2 * end * np.exp(-5 * part)) * noise[step - 1, place]
            for place, (name, end) in enumerate(low.items())
        }
        weights = {"age": 1.0 - 0.3 * arm * part, "gender": 1.0 + arm * part, "ethnicity": 1.0}
        common = {"step": step, "time": 0.5 * step}
        lines.append({"kind": "step", **common, "epoch": 4 * part, "losses": losses, "weights": weights})
        if step % 10 == 0:
            cosines = {"age|gender": 0.3 - 0.3 * arm, "age|ethnicity": 0.1, "gender|ethnicity": -0.2}
            norms = {"age": 5.0, "gender": 0.5, "ethnicity": 1.0 + arm}
            lines.append({"kind": "gradients", **common, "epoch": 4 * part, "norms": norms, "cosines": cosines})
        if step % (steps // 4) == 0:
            metrics = {
                "age": {"mae": losses["age"]},
                "gender": {"accuracy": 0.9 - 0.01 * arm},
                "ethnicity": {"accuracy": 0.7 + 0.01 * arm + 0.001 * seed},
            }
            epoch = {"epoch": round(4 * part), "val_losses": losses, "metrics": metrics}
            lines.append({"kind": "epoch", **common, **epoch, "best": True})
    return lines


@pytest.fixture
def differences() -> pd.DataFrame:
    """Differences to ``equal``: one sure gain, one sure loss, the others may be chance."""
    rows = [
        ("uncertainty", "age", "mae", 3, 0.6, 0.5, 0.7, 0.01, True),
        ("a <b> & c", "age", "mae", 3, -0.9, -1.1, -0.7, 0.02, False),
        ("uncertainty", "gender", "accuracy", 3, 0.01, -0.01, 0.03, 0.4, None),
        ("a <b> & c", "gender", "accuracy", 1, 0.02, np.nan, np.nan, np.nan, None),
        ("uncertainty", "gender", "balanced_accuracy", 3, 0.05, 0.04, 0.06, 0.01, True),
    ]
    names = ["arm", "task", "metric", "n", "gain", "gain_low", "gain_high", "p_holm", "better"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture
def front() -> pd.DataFrame:
    """Three arms in the plane of age and gender, two of them on the Pareto front."""
    rows = [
        ("equal", 3, 6.0, 5.8, 6.2, 0.90, 0.89, 0.91, True),
        ("uncertainty", 3, 5.5, 5.4, 5.6, 0.88, 0.87, 0.89, True),
        ("a <b> & c", 1, 6.5, np.nan, np.nan, 0.87, np.nan, np.nan, False),
    ]
    return pd.DataFrame(rows, columns=["arm", "n", "x", "x_low", "x_high", "y", "y_low", "y_high", "front"])
