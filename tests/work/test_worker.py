"""One process that does one run after the other."""

import dataclasses
import json
import queue
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mtldemo.cli.display import SilentDisplay
from mtldemo.config import ComputeConfig, DataConfig, OptimConfig, RunConfig, SyntheticConfig, WeightingConfig
from mtldemo.runs import RunFolder
from mtldemo.study import Arm, StudyConfig, StudyFolder, create_study
from mtldemo.work import worker
from mtldemo.work.interrupt import Interrupt
from mtldemo.work.session import work_on

BASE = RunConfig(
    epochs=1,
    batch_size=32,
    data=DataConfig(image_size=16, synthetic=SyntheticConfig(images=120)),
    optim=OptimConfig(lr=0.001, ema=0.5),
    compute=ComputeConfig(device="cpu", precision="fp32", layout="contiguous", threads=1),
)
STUDY = StudyConfig(BASE, (Arm("equal", WeightingConfig("equal")), Arm("dwa", WeightingConfig("dwa"))), (0,))


class Listed:
    """Orders from a list; the end of them is no wish to stop the last."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        for name in [*names, None]:
            self.names.put(name)
        self.over = threading.Event()

    def next(self) -> str | None:
        return self.names.get()


def records_of(run: RunFolder) -> str:
    timed = ("time", "images_per_second")
    kept = [{key: record[key] for key in record if key not in timed} for record in run.read()[0]]
    return json.dumps(kept)


@pytest.fixture
def study(own_folders: Path) -> StudyFolder:
    return create_study(own_folders / "runs", STUDY, "mine")


def work(study: StudyFolder, names: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(worker, "Orders", lambda: Listed(names))
    return worker.work(study.path)


def test_runs_share_a_process_and_are_as_in_one_of_their_own(
    study: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    equal, dwa = (study.run_for(STUDY, arm, 0) for arm in STUDY.arms)
    assert work(study, ["equal-s0", "dwa-s0"], monkeypatch) == 0
    assert [run.status().state for run in (equal, dwa)] == ["finished", "finished"]
    alone = RunFolder.create(study.path.parent, dwa.config(), "alone")
    with Interrupt(alone.stop_requested) as asked, SilentDisplay() as display:
        work_on(alone, asked, display)
    assert records_of(alone) == records_of(dwa)


def test_a_run_that_cannot_be_done_is_told_and_the_next_begins(
    study: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = study.run_for(STUDY, STUDY.arms[0], 0)
    held = study.run_for(STUDY, STUDY.arms[1], 0)
    (odd.path / "config.json").write_text("{}x")
    monkeypatch.setattr(worker, "work_on", _broken)
    assert work(study, ["equal-s0", "dwa-s0", "gone-s0"], monkeypatch) == 0
    assert (odd.stored_status().state, odd.stored_status().message) == ("failed", "odd")
    assert held.stored_status().state == "failed"
    assert "ValueError: odd" in held.log_tail()


def _broken(*_: object, **__: object) -> None:
    raise ValueError("odd")


def test_the_end_of_orders_stops_the_run_with_a_checkpoint(study: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    run = study.run_for(STUDY, dataclasses.replace(STUDY.arms[0], steps=500), 0)
    orders = Listed(["equal-s0"])
    monkeypatch.setattr(worker, "Orders", lambda: orders)
    append = RunFolder.append

    def append_and_end(self: RunFolder, records: list[Any]) -> None:
        append(self, records)
        orders.over.set()

    monkeypatch.setattr(RunFolder, "append", append_and_end)
    assert worker.work(study.path) == 0
    assert run.status().state == "stopped"
    assert run.checkpoint_file.exists()
