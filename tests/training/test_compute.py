import dataclasses
import json
import time
from pathlib import Path

import pytest
import torch

from mtldemo import cores
from mtldemo.config import ComputeConfig, RunConfig
from mtldemo.data.batches import Pictures
from mtldemo.errors import MtlDemoError
from mtldemo.training import compute
from mtldemo.training.compute import ResolvedCompute, resolve_compute


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "speeds"))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute, "SECONDS", 0.0)


def with_compute(config: RunConfig, **settings: str | int) -> RunConfig:
    return dataclasses.replace(config, compute=ComputeConfig(**{"device": "cpu", **settings}))  # type: ignore[arg-type]


def test_nothing_is_measured_where_nothing_is_open(
    config: RunConfig, faces: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compute, "_step", None)
    chosen = with_compute(config, precision="bf16", layout="contiguous", threads=3)
    assert resolve_compute(chosen, faces) == ResolvedCompute("cpu", "bf16", "contiguous", 3)
    assert resolve_compute(chosen, faces).measured == {}


def test_all_that_is_open_is_measured_and_the_fastest_taken(config: RunConfig, faces: Pictures, quick: None) -> None:
    found = resolve_compute(with_compute(config, threads=1), faces)
    assert "fp32 contiguous" in found.measured
    assert set(found.measured) <= {
        f"{p} {layout}" for p in ("fp32", "bf16") for layout in ("contiguous", "channels_last")
    }
    assert found.measured[f"{found.precision} {found.layout}"] == max(found.measured.values())
    assert found.threads == 1


def test_only_what_is_open_is_measured(config: RunConfig, faces: Pictures, quick: None) -> None:
    found = resolve_compute(with_compute(config, precision="fp32", threads=1), faces)
    assert set(found.measured) == {"fp32 contiguous", "fp32 channels_last"}


def test_a_hopeless_choice_is_dropped_after_its_trial(
    config: RunConfig, faces: Pictures, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = {"fp32": 0.001, "bf16": 1.0}
    monkeypatch.setattr(compute, "_step", lambda config, choice: choice)
    rounds: list[str] = []

    def seconds(choice: ResolvedCompute, images: int, clock: object) -> float:
        rounds.append(choice.precision)
        return costs[choice.precision]

    monkeypatch.setattr(compute, "_seconds", seconds)
    monkeypatch.setattr(ResolvedCompute, "__call__", lambda *_: None, raising=False)
    found = resolve_compute(with_compute(config, layout="contiguous", threads=1), faces)
    assert rounds.count("bf16") == compute.TRIALS < rounds.count("fp32")
    assert found.precision == "fp32"


def test_threads_are_measured_on_more_than_two_cores(
    config: RunConfig, faces: Pictures, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cores, "physical", lambda: 8)
    monkeypatch.setattr(compute, "_step", lambda config, choice: lambda images: None)
    monkeypatch.setattr(compute, "_seconds", lambda step, images, clock: 1.0 / (10 - abs(torch.get_num_threads() - 4)))
    before = torch.get_num_threads()
    found = resolve_compute(with_compute(config, precision="fp32", layout="contiguous"), faces)
    assert set(found.measured) == {"8 threads", "4 threads", "2 threads", "1 threads"}
    assert (found.threads, found.adapts, found.overlap) == (4, True, True)
    assert torch.get_num_threads() == before


def test_precision_is_chosen_by_processor_time_once_and_for_all(
    config: RunConfig, faces: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = {"fp32": 1.0, "bf16": 0.5}
    monkeypatch.setattr(cores, "physical", lambda: 2)
    monkeypatch.setattr(compute, "_step", lambda config, choice: choice)
    monkeypatch.setattr(ResolvedCompute, "__call__", lambda *_: None, raising=False)

    def seconds(choice: ResolvedCompute, images: int, clock: object) -> float:
        assert clock is time.thread_time
        assert torch.get_num_threads() == 1
        return costs[choice.precision]

    monkeypatch.setattr(compute, "_seconds", seconds)
    found = resolve_compute(with_compute(config), faces)
    assert (found.precision, found.threads, found.adapts, found.overlap) == ("bf16", 2, True, True)
    costs["bf16"] = 2.0
    assert resolve_compute(with_compute(config), faces) == found
    alone = resolve_compute(with_compute(config), faces, share=1)
    assert (alone.threads, alone.adapts, alone.overlap) == (1, False, False)
    shared = resolve_compute(with_compute(config), faces, share=2)
    assert (shared.threads, shared.adapts, shared.overlap) == (1, False, True)


def test_what_is_repeatable_is_chosen_by_no_clock(
    config: RunConfig, faces: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compute, "_step", None)
    monkeypatch.setattr(cores, "physical", lambda: 2)
    repeatable = dataclasses.replace(config, compute=ComputeConfig(device="cpu", repeatable=True))
    for fast in (False, True):
        monkeypatch.setattr(compute, "has_bfloat16", lambda fast=fast: fast)
        found = resolve_compute(repeatable, faces)
        assert found == ResolvedCompute("cpu", "bf16" if fast else "fp32", "channels_last", 1, overlap=True)
    exact = dataclasses.replace(config, compute=ComputeConfig("cpu", "fp32", "contiguous", 2, repeatable=True))
    assert resolve_compute(exact, faces) == ResolvedCompute("cpu", "fp32", "contiguous", 2)


def test_a_device_that_is_not_there_is_an_error_in_words(
    config: RunConfig, faces: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(MtlDemoError, match="'cuda' isn't available here; choose from cpu"):
        resolve_compute(with_compute(config, device="cuda"), faces)


def test_a_gpu_is_not_measured(config: RunConfig, faces: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    found = resolve_compute(with_compute(config, device="auto"), faces)
    assert (found.device, found.precision, found.layout, found.measured) == ("cuda", "bf16", "channels_last", {})


def test_it_comes_back_from_json() -> None:
    chosen = ResolvedCompute("cpu", "bf16", "channels_last", 2, True, True, ((5, 1),), {"fp32 contiguous": 130.0})
    again = ResolvedCompute.from_dict(json.loads(json.dumps(chosen.to_dict())))
    assert again == chosen
    assert (again.measured, again.changes) == (chosen.measured, chosen.changes)
    older = {"device": "cpu", "precision": "fp32", "layout": "contiguous", "threads": 2, "measured": {}}
    assert ResolvedCompute.from_dict(older) == ResolvedCompute("cpu", "fp32", "contiguous", 2)
    with pytest.raises(MtlDemoError, match="compute: expected device, precision"):
        ResolvedCompute.from_dict({"device": "cpu"})
    for wrong in ({"threads": "two"}, {"changes": [1]}, {"measured": 3}, {"precision": "fp8"}, {"layout": []}):
        with pytest.raises(MtlDemoError, match="compute: "):
            ResolvedCompute.from_dict({**older, **wrong})
