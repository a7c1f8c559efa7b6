"""A tiny study, its folders and its data set."""

from pathlib import Path

import pytest

from mtldemo.config import ComputeConfig, DataConfig, OptimConfig, RunConfig, SyntheticConfig, WeightingConfig
from mtldemo.study import Arm, StudyConfig


@pytest.fixture(scope="session")
def study_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all tests: the portraits are drawn once."""
    return tmp_path_factory.mktemp("study-cache")


@pytest.fixture
def runs_dir(study_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MTLDEMO_CACHE", str(study_cache))
    monkeypatch.setenv("MTLDEMO_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.fixture
def tiny() -> StudyConfig:
    """Two arms, two seeds, two epochs of three steps."""
    base = RunConfig(
        epochs=2,
        batch_size=32,
        gradients_every=2,
        checkpoint_every=0.0,
        data=DataConfig(image_size=16, synthetic=SyntheticConfig(images=120)),
        optim=OptimConfig(lr=0.001, ema=0.5),
        compute=ComputeConfig(device="cpu", precision="fp32", layout="contiguous", threads=1),
    )
    arms = (Arm("equal", WeightingConfig("equal")), Arm("single-age", WeightingConfig("equal"), ("age",)))
    return StudyConfig(base, arms, (0, 1), workers=2)
