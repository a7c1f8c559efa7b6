"""Made-up results and run folders: what a test says of them is all there is."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mtldemo.config import RunConfig, to_dict
from mtldemo.runs import RunFolder, Status
from mtldemo.study.measures import of_tasks
from mtldemo.tasks import UTKFACE, TaskSet

LABELS = {"gender": [60, 40], "ethnicity": [40, 20, 20, 15, 5]}
"""Of the true classes in the test split."""


def results_of(values: Mapping[str, Mapping[str, Iterable[float | None]]], tasks: TaskSet = UTKFACE) -> pd.DataFrame:
    """Results of ``tasks`` from arm, task and the key metric by seed; ``None`` for a run that is missing."""
    rows = []
    for arm, by_task in values.items():
        for task, numbers in by_task.items():
            metric, higher = tasks.named(task).metric, tasks.named(task).higher_is_better
            rows += [
                (f"{arm}-s{seed}", arm, seed, task, metric, float(value), higher, "test")
                for seed, value in enumerate(numbers)
                if value is not None
            ]
    columns = ["run", "arm", "seed", "task", "metric", "value", "higher_is_better", "split"]
    return of_tasks(pd.DataFrame(rows, columns=columns), tasks)


def metrics_of(config: RunConfig, part: float) -> dict[str, dict[str, Any]]:
    """Metrics by task that get better as ``part`` goes from 0 to 1."""
    metrics: dict[str, dict[str, Any]] = {}
    for task in config.tasks:
        if task == "age":
            metrics[task] = {"mae": 20 - 14 * part, "cs5": 0.2 + 0.4 * part}
            continue
        counts = np.diag(LABELS[task]).tolist()
        metrics[task] = {"accuracy": part, "balanced_accuracy": part - 0.01, "macro_f1": part, "confusion": counts}
    return metrics


def records_of(config: RunConfig, epochs: int = 3, steps: int = 4, *, tested: bool = True) -> list[dict[str, Any]]:
    """The records of a whole run: ``steps`` in each of ``epochs`` epochs, then the test."""
    lines: list[dict[str, Any]] = []
    for epoch in range(1, epochs + 1):
        part = 0.9 * epoch / epochs + 0.001 * config.seed
        for step in range((epoch - 1) * steps + 1, epoch * steps + 1):
            values = dict.fromkeys(config.tasks, 1 / step)
            lines.append(
                {"kind": "step", "step": step, "epoch": step / steps, "time": 0.5 * step, "lr": 0.1}
                | {"images_per_second": 100.0, "losses": values, "weights": values, "objective": 1.0}
                | {"gradient_norm": 1.0}
            )
        common = {"step": epoch * steps, "epoch": epoch, "time": 0.5 * epoch * steps}
        losses = dict.fromkeys(config.tasks, 1.0)
        lines.append(
            {"kind": "epoch", **common, "train_losses": losses, "val_losses": losses, "learned": {}, "best": True}
            | {"metrics": metrics_of(config, part), "score": 1 - part}
        )
    if tested:
        last = {"step": epochs * steps, "epoch": epochs, "time": 0.5 * epochs * steps + 1}
        metrics = metrics_of(config, 0.89 + 0.001 * config.seed)
        lines.append({"kind": "test", **last, "losses": {}, "metrics": metrics, "images": 100, "best_epoch": epochs})
    return lines


def run_in(
    runs_dir: Path, name: str, config: RunConfig, *, state: str = "finished", tested: bool = True, epochs: int = 3
) -> RunFolder:
    """A run folder with ``records_of``."""
    run = RunFolder.create(runs_dir, config, name)
    run.write_status(Status(state=state, epochs=epochs, created=1.0, updated=2.0))
    run.append(records_of(config, epochs, tested=tested))
    return run


def study_in(runs_dir: Path, name: str) -> Path:
    """The folder of a study, without runs."""
    folder = runs_dir / name
    folder.mkdir(parents=True)
    (folder / "study.json").write_text(json.dumps({"format": 1}))
    return folder


def with_unknown_setting(run: RunFolder) -> None:
    """Make the run one of another version."""
    (run.path / "config.json").write_text(json.dumps({**to_dict(run.config()), "warp": 9}))
