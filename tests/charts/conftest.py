"""A made-up run: records as training writes them, the same at every call."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mtldemo.records.frame import RunFrame
from mtldemo.tasks import UTKFACE

STARTS = {"age": 20.0, "gender": 0.69, "ethnicity": 1.6}
ENDS = {"age": 6.0, "gender": 0.22, "ethnicity": 0.6}
PAIRS = ("age|gender", "age|ethnicity", "gender|ethnicity")


def records(steps: int = 400, steps_an_epoch: int = 100, first: int = 1, seed: int = 0) -> list[dict[str, Any]]:
    """Steps ``first`` to ``steps`` with gradients every 20 steps, epochs, and no test record."""
    lines: list[dict[str, Any]] = []
    for step in range(first, steps + 1):
        # A generator a step, so that a later start gives the same records.
        random = np.random.default_rng((seed, step))
        part, common = step / steps, {"step": step, "time": 0.2 * step}
        losses = {name: _loss(name, part) * float(random.lognormal(0, 0.12)) for name in STARTS}
        weights = {"age": 1 / (1 + 9 * part), "gender": 1 + part, "ethnicity": 1 + 0.5 * part}
        lines.append(
            {
                "kind": "step",
                **common,
                "epoch": step / steps_an_epoch,
                "lr": 2e-3 * math.sin(math.pi * part),
                "images_per_second": 600.0 + float(random.normal(0, 25)),
                "losses": losses,
                "weights": weights,
                "objective": sum(weights[name] * losses[name] for name in losses),
                "gradient_norm": 3.0,
            }
        )
        if step % 20 == 0:
            cosines = {
                pair: float(0.3 * part - 0.1 * place + random.normal(0, 0.15)) for place, pair in enumerate(PAIRS)
            }
            norms = {
                name: losses[name] * factor for name, factor in (("age", 1.0), ("gender", 0.4), ("ethnicity", 0.5))
            }
            common_epoch = {**common, "epoch": step / steps_an_epoch}
            lines.append({"kind": "gradients", **common_epoch, "norms": norms, "cosines": cosines})
        if step % steps_an_epoch == 0:
            lines.append({"kind": "epoch", **common, "epoch": step // steps_an_epoch, **_epoch(part)})
    return lines


def _loss(name: str, part: float) -> float:
    return ENDS[name] + (STARTS[name] - ENDS[name]) * math.exp(-5 * part)


def _epoch(part: float) -> dict[str, Any]:
    metrics: dict[str, dict[str, Any]] = {"age": {"mae": 20 - 14 * part, "cs5": 0.2 + 0.4 * part}}
    for task, floor in ((UTKFACE[1], 0.5), (UTKFACE[2], 0.3)):
        right = floor + (0.92 - floor) * part
        count = len(task.classes)
        counts = np.full((count, count), round(100 * (1 - right) / (count - 1)))
        np.fill_diagonal(counts, round(100 * right))
        metrics[task.name] = {
            "accuracy": right,
            "balanced_accuracy": right - 0.05,
            "macro_f1": right - 0.04,
            "confusion": counts.tolist(),
        }
    losses = {name: 1.05 * _loss(name, part) for name in STARTS}
    return {
        "train_losses": losses,
        "val_losses": losses,
        "metrics": metrics,
        "learned": {},
        "score": part,
        "best": True,
    }


@pytest.fixture
def make_records() -> Callable[..., list[dict[str, Any]]]:
    """``make_records(steps=400, steps_an_epoch=100, first=1, seed=0)``."""
    return records


@pytest.fixture(scope="session")
def frame() -> RunFrame:
    """A run of 400 steps and four epochs; not to be changed."""
    return RunFrame(records())


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    """A data set's table of 600 pictures, some without a gender; not to be changed."""
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": random.integers(0, 100, 600).astype(np.float32),
            "gender": random.choice([0.0, 1.0, np.nan], 600),
            "ethnicity": random.choice(5, 600, p=[0.42, 0.19, 0.15, 0.17, 0.07]),
            "split": random.choice(["train", "val", "test"], 600, p=[0.8, 0.1, 0.1]),
        }
    )
