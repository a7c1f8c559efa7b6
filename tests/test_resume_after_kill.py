"""Kill -9 at any moment, resume, and the result is bit by bit that of the uninterrupted run."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file

from mtldemo.config import (
    AugmentConfig,
    ComputeConfig,
    DataConfig,
    ModelConfig,
    OptimConfig,
    RunConfig,
    SyntheticConfig,
    WeightingConfig,
    to_dict,
)
from mtldemo.runs import RunFolder

ROOT = Path(__file__).parent.parent
CONFIG = RunConfig(
    epochs=3,
    batch_size=8,
    gradients_every=4,
    checkpoint_every=0.3,
    data=DataConfig(image_size=32, synthetic=SyntheticConfig(images=120)),
    model=ModelConfig(dropout=0.3),
    weighting=WeightingConfig("dwa"),
    optim=OptimConfig(ema=0.9),
    augment=AugmentConfig(augment=True),
    compute=ComputeConfig(device="cpu", precision="fp32", layout="contiguous", threads=1),
)
KILL_AT = (3, 17, 27)  # of 36 steps: before and after the first epoch's checkpoint, and in the last epoch
PATIENCE = 200.0  # seconds for a step to come, on a busy machine


def command(runs_dir: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "mtldemo", "train", "--runs-dir", str(runs_dir), *arguments]


def environment(cache: Path) -> dict[str, str]:
    return {**os.environ, "MTLDEMO_CACHE": str(cache), "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


def train(tmp_path: Path, *arguments: str) -> None:
    done = subprocess.run(
        command(tmp_path / "runs", *arguments), env=environment(tmp_path / "cache"), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def killed(tmp_path: Path, steps: int, *arguments: str) -> int:
    """Start a training process and kill it once its metrics file holds ``steps`` steps; how many it held then."""
    run = RunFolder(tmp_path / "runs" / "killed")
    with subprocess.Popen(
        command(tmp_path / "runs", *arguments), env=environment(tmp_path / "cache"), stdout=subprocess.DEVNULL
    ) as child:
        deadline = time.monotonic() + PATIENCE
        while steps_of(run) < steps and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert child.poll() is None, "the run ended before it could be killed"
        child.kill()
    return steps_of(run)


def steps_of(run: RunFolder) -> int:
    return sum(record["kind"] == "step" for record in run.read()[0])


def without_times(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in ("time", "images_per_second")}


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_killed_run_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(to_dict(CONFIG)))
    settings = ["--config", str(tmp_path / "config.json")]
    train(tmp_path, *settings, "--run", "whole")
    whole, run = (RunFolder(tmp_path / "runs" / name) for name in ("whole", "killed"))
    assert steps_of(whole) == 36

    start = [*settings, "--run", "killed"]
    for steps in KILL_AT:
        held = killed(tmp_path, steps, *start)
        # It may have come as far as its test before it was gone.
        assert steps <= held <= 36
        assert run.status().state == "crashed"
        start = ["--resume", "killed"]
    train(tmp_path, "--resume", "killed", "--json")

    assert run.status().state == "finished"
    expected, found = (list(map(without_times, folder.read()[0])) for folder in (whole, run))
    assert json.dumps(found) == json.dumps(expected)
    expected, found = (load_file(folder.model_file) for folder in (whole, run))
    assert found.keys() == expected.keys()
    for name, weights in expected.items():
        assert found[name].tobytes() == weights.tobytes(), name
    assert not list(run.path.glob(".*")), "nothing half written is left"
