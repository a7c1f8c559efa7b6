"""What the page tests share: the app on folders of the test, and runs that need no training."""

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo import launch
from mtldemo.config import DataConfig, RunConfig, SyntheticConfig, WeightingConfig
from mtldemo.runs import RunFolder, Status
from mtldemo.study import Arm, StudyConfig, StudyFolder, StudyStatus, create_study
from mtldemo.study.config import single_arms

ROOT = Path(__file__).parents[2]
TINY = DataConfig(image_size=16, synthetic=SyntheticConfig(images=60))
BASE = RunConfig(data=TINY, epochs=3)
GAINS = {"equal": 0.0, "uncertainty": -0.8, "dwa": 0.1, "single-age": -0.3}
"""Years of error that each arm has more than the plain sum."""


def records(steps: int) -> Iterator[dict[str, Any]]:
    """A run's records, an epoch every 20 steps; the last metrics are 6 years, 92 % and 80 %."""
    for step in range(1, steps + 1):
        common = {"step": step, "epoch": step / 20, "time": step / 10}
        losses = {"age": 6 + 20 / step, "gender": 0.2 + 0.5 / step, "ethnicity": 0.6 + 1 / step}
        pace = {"lr": 1e-3, "images_per_second": 500.0, "gradient_norm": 1.0}
        yield {"kind": "step", **common, **pace, "losses": losses, "weights": dict.fromkeys(losses, 1.0)}
        if step % 20 == 0:
            cosines = {"age|gender": 0.1, "age|ethnicity": -0.1, "gender|ethnicity": 0.2}
            yield {"kind": "gradients", **common, "norms": losses, "cosines": cosines}
            yield {
                "kind": "epoch",
                **common,
                "epoch": step // 20,
                "train_losses": losses,
                "val_losses": losses,
                "metrics": {
                    "age": {"mae": 6 + (steps - step) / 10, "cs5": 0.5},
                    "gender": _shares(0.92, [[46, 4], [4, 46]]),
                    "ethnicity": _shares(0.8, [[16, 1, 1, 1, 1]] * 5),
                },
                "learned": {"sigma": losses},
                "score": step / steps,
                "best": True,
            }


def _shares(accuracy: float, confusion: list[list[int]]) -> dict[str, Any]:
    return {"accuracy": accuracy, "balanced_accuracy": accuracy, "macro_f1": accuracy, "confusion": confusion}


@pytest.fixture(autouse=True)
def nothing_goes_on_behind_the_next_test(own_folders: Path) -> Iterator[None]:
    """What Predict loads in the background is loaded while this test's folders and patches are in place."""
    yield
    for thread in threading.enumerate():
        if thread.name == "predict-warm-up":
            thread.join()


@pytest.fixture
def app(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The dashboard on empty folders, not run yet; no data set but the built-in one."""
    monkeypatch.setenv("MTLDEMO_DATA", str(own_folders / "none"))
    monkeypatch.chdir(ROOT)
    return AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=200)


@pytest.fixture
def make_run(own_folders: Path) -> Callable[..., RunFolder]:
    """Make a run in some state, with curves of 60 steps: ``make_run("name", state="finished")``."""

    def make(name: str, *, state: str = "finished", message: str = "", steps: int = 60) -> RunFolder:
        config = RunConfig(data=TINY, epochs=3, weighting=WeightingConfig("uncertainty"))
        run = RunFolder.create(own_folders / "runs", config, name)
        lines = list(records(steps))
        if state == "finished":
            last = next(line for line in reversed(lines) if line["kind"] == "epoch")
            test = {"kind": "test", "images": 6, "best_epoch": 3, "losses": last["val_losses"]}
            lines.append({**test, **{name: last[name] for name in ("step", "epoch", "time", "metrics")}})
        run.append(lines)
        now = time.time()
        status = Status(state, steps, 60, 3, 3, message=message, created=now, updated=now)
        run.write_status(dataclasses.replace(status, pid=0, host="elsewhere"))
        run.log("the last words")
        return run

    return make


@pytest.fixture
def make_study(own_folders: Path) -> Callable[..., StudyFolder]:
    """Make a study whose runs are finished: ``make_study("name", arms=("equal", "dwa"), seeds=3, singles=True)``."""

    def make(
        name: str = "ours", *, arms: tuple[str, ...] = ("equal", "uncertainty", "dwa"), seeds: int = 3,
        singles: bool = False, state: str = "finished"
    ) -> StudyFolder:  # fmt: skip
        chosen = tuple(Arm(arm, WeightingConfig(arm)) for arm in arms) + (single_arms(BASE) if singles else ())
        study = create_study(own_folders / "runs", StudyConfig(BASE, chosen, tuple(range(seeds))), name)
        config, total = study.config(), len(chosen) * seeds
        for arm in chosen:
            for seed in config.seeds:
                finish(study.run_for(config, arm, seed), GAINS.get(arm.name, 0.0), seed)
        now = time.time()
        study.write_status(StudyStatus(state, total, total, created=now, updated=now, host="elsewhere"))
        return study

    return make


def finish(run: RunFolder, gain: float = 0.0, seed: int = 0) -> None:
    """Give a run curves and a test: 6 years, 92 % and 80 %, a little else with each seed."""
    tasks = run.config().tasks
    lines = [of_tasks(record, tasks) for record in records(60)]
    metrics = lines[-1]["metrics"]
    if "age" in metrics:
        metrics["age"] = {"mae": 6 + gain + 0.05 * seed + 0.01 * len(run.name) * (seed - 1), "cs5": 0.5}
    last = {name: lines[-1][name] for name in ("step", "epoch", "time", "metrics")}
    lines.append({"kind": "test", "images": 100, "best_epoch": 3, "losses": lines[-1]["val_losses"], **last})
    run.append(lines)
    now = time.time()
    run.write_status(Status("finished", 60, 60, 3, 3, created=now, updated=now, host="elsewhere"))


def of_tasks(value: Any, tasks: tuple[str, ...]) -> Any:
    """A record without what belongs to other tasks."""
    if not isinstance(value, dict):
        return value
    others = {"age", "gender", "ethnicity"} - set(tasks)
    return {key: of_tasks(item, tasks) for key, item in value.items() if not others & set(key.split("|"))}


@pytest.fixture
def compare(app: AppTest) -> Callable[..., AppTest]:
    """Open Compare at an address: ``show(study="ours", view="Curves")``."""

    def opened(**address: str) -> AppTest:
        app.run()
        app.switch_page("pages/compare.py")
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception, app.exception[0].message
        return app

    return opened


@pytest.fixture
def started_runs(monkeypatch: pytest.MonkeyPatch) -> list[RunConfig]:
    """The runs that were started, in place of processes."""
    configs: list[RunConfig] = []

    def start(config: RunConfig, *, runs_dir: Path, name: str | None = None) -> RunFolder:
        configs.append(config)
        return RunFolder.create(runs_dir, config, name)

    monkeypatch.setattr(launch, "start", start)
    return configs


@pytest.fixture
def started(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> list[StudyConfig]:
    """The studies that Compare's form starts from now on: they are made, and no process begins."""
    configs: list[StudyConfig] = []

    def start(config: StudyConfig, *, runs_dir: Path, name: str | None) -> StudyFolder:
        configs.append(config)
        return create_study(runs_dir, config, name)

    monkeypatch.setattr("mtldemo.ui.compare.new_study.start_study", start)
    return configs
