"""A run isn't resumed from files that aren't what it wrote."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mtldemo.cli import main
from mtldemo.cli.display import SilentDisplay
from mtldemo.config import ComputeConfig, DataConfig, OptimConfig, RunConfig, SyntheticConfig
from mtldemo.runs import RunFolder
from mtldemo.training import checkpoint
from mtldemo.work import interrupt
from mtldemo.work.interrupt import Interrupt
from mtldemo.work.session import work_on

CONFIG = RunConfig(
    epochs=2,
    batch_size=32,
    gradients_every=0,
    checkpoint_every=0,
    data=DataConfig(image_size=16, synthetic=SyntheticConfig(images=90)),
    optim=OptimConfig(lr=0.001, ema=0.5),
    compute=ComputeConfig(device="cpu", precision="fp32", layout="contiguous", threads=1),
)


@pytest.fixture
def stopped(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run that ended after its second step."""
    monkeypatch.setattr(interrupt, "LOOK_EVERY", 0.0)
    run = RunFolder.create(own_folders / "runs", CONFIG, "mine")
    asked = Interrupt(run.checkpoint_file.exists)
    with SilentDisplay() as display:
        work_on(run, asked, display)
    assert run.status().state == "stopped"
    return run


def cut(run: RunFolder) -> None:
    run.truncate(run.metrics_size() - 30)


def gone(run: RunFolder) -> None:
    run.metrics_file.unlink()


def other(run: RunFolder) -> None:
    content = run.metrics_file.read_bytes()
    run.metrics_file.write_bytes(content.replace(b'"step":1,', b'"step":2,', 1))


def flipped(run: RunFolder) -> None:
    content = bytearray(run.checkpoint_file.read_bytes())
    content[len(content) // 2] ^= 1
    run.checkpoint_file.write_bytes(content)


def config(run: RunFolder) -> None:
    file = run.path / "config.json"
    file.write_text(file.read_text().replace('"lr": 0.001', '"lr": 0.003'))


def compute(run: RunFolder) -> None:
    file = run.path / "compute.json"
    file.write_text(file.read_text().replace('"threads": 1', '"threads": 2'))


def kinds(run: RunFolder) -> None:
    run.write_compute({**(run.compute() or {}), "threads": "two"})


DAMAGE: tuple[tuple[Callable[[RunFolder], None], str], ...] = (
    (cut, "records are missing. Bring that file back"),
    (gone, "metrics.jsonl has 0 bytes"),
    (other, "metrics.jsonl has changed since the checkpoint"),
    (flipped, "not a whole checkpoint"),
    (config, "config.json has changed since it was written"),
    (compute, "compute.json has changed since it was written"),
    (kinds, "compute.json is damaged: it doesn't say how to compute"),
)


@pytest.mark.parametrize(("damage", "words"), DAMAGE, ids=[damage.__name__ for damage, _ in DAMAGE])
def test_a_damaged_run_is_not_resumed(
    stopped: RunFolder, damage: Callable[[RunFolder], None], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(stopped)
    assert main(["train", "--resume", "mine"]) == 2
    assert words in capsys.readouterr().err
    assert stopped.status().state in ("failed", "stopped")


def test_a_whole_run_and_one_without_checksums_are(stopped: RunFolder) -> None:
    for file in stopped.path.glob("*.json"):
        values = json.loads(file.read_text())
        assert values.pop("checksum").startswith("crc32:")
        file.write_text(json.dumps(values))
    saved = checkpoint.load(stopped.checkpoint_file)
    del saved["metrics_crc"]
    checkpoint.save(stopped.checkpoint_file, saved)
    assert main(["train", "--resume", "mine", "--json"]) == 0
    assert stopped.status().state == "finished"
    data = stopped.data()
    assert data is not None
    assert (len(data["key"]), data["pictures"]) == (32, 90)


def test_a_status_that_was_changed_is_said_and_can_be_gone_on_with(
    stopped: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    file = stopped.path / "status.json"
    file.write_text(file.read_text().replace('"stopped"', '"failed" '))
    assert main(["runs"]) == 0
    told = capsys.readouterr().out
    assert "status.json has changed since it was written" in told
    assert "failed" in told
    assert main(["train", "--resume", "mine", "--json"]) == 0
    assert main(["runs"]) == 0
    assert "has changed" not in capsys.readouterr().out
