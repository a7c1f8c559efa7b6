import dataclasses

import pytest
import torch

from mtldemo.config import ComputeConfig, RunConfig
from mtldemo.data.batches import Pictures
from mtldemo.errors import MtlDemoError
from mtldemo.training import compute
from mtldemo.training.compute import ResolvedCompute, measure


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
    assert measure(chosen, faces) == ResolvedCompute("cpu", "bf16", "contiguous", 3)
    assert measure(chosen, faces).measured == {}


def test_all_that_is_open_is_measured_and_the_fastest_taken(config: RunConfig, faces: Pictures, quick: None) -> None:
    found = measure(with_compute(config, threads=1), faces)
    assert "fp32 contiguous" in found.measured
    assert set(found.measured) <= {
        f"{p} {layout}" for p in ("fp32", "bf16") for layout in ("contiguous", "channels_last")
    }
    assert found.measured[f"{found.precision} {found.layout}"] == max(found.measured.values())
    assert found.threads == 1


def test_only_what_is_open_is_measured(config: RunConfig, faces: Pictures, quick: None) -> None:
    found = measure(with_compute(config, precision="fp32", threads=1), faces)
    assert set(found.measured) == {"fp32 contiguous", "fp32 channels_last"}


def test_a_hopeless_choice_is_dropped_after_its_trial(
    config: RunConfig, faces: Pictures, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = {"fp32": 0.001, "bf16": 1.0}
    monkeypatch.setattr(compute, "_step", lambda config, choice: choice)
    monkeypatch.setattr(compute, "_seconds", lambda choice, images: costs[choice.precision])
    monkeypatch.setattr(ResolvedCompute, "__call__", lambda *_: None, raising=False)
    found = measure(with_compute(config, layout="contiguous", threads=1), faces)
    assert list(found.measured) == ["fp32 contiguous"]
    assert found.precision == "fp32"


def test_threads_are_measured_on_more_than_two_cores(
    config: RunConfig, faces: Pictures, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compute, "cores", lambda: 8)
    monkeypatch.setattr(compute, "_step", lambda config, choice: lambda images: None)
    monkeypatch.setattr(compute, "_seconds", lambda step, images: 1.0 / (10 - abs(torch.get_num_threads() - 4)))
    found = measure(with_compute(config, precision="fp32", layout="contiguous"), faces)
    assert set(found.measured) == {"8 threads", "4 threads", "2 threads", "1 threads"}
    assert found.threads == 4
    assert torch.get_num_threads() == 1


def test_a_device_that_is_not_there_is_an_error_in_words(
    config: RunConfig, faces: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(MtlDemoError, match="'cuda' isn't available here; choose from cpu"):
        measure(with_compute(config, device="cuda"), faces)


def test_a_gpu_is_not_measured(config: RunConfig, faces: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    found = measure(with_compute(config, device="auto"), faces)
    assert (found.device, found.precision, found.layout, found.measured) == ("cuda", "bf16", "channels_last", {})


def test_it_comes_back_from_json(config: RunConfig) -> None:
    chosen = ResolvedCompute("cpu", "bf16", "channels_last", 2, {"fp32 contiguous": 130.0})
    again = ResolvedCompute.from_dict(chosen.to_dict())
    assert again == chosen
    assert again.measured == chosen.measured
    with pytest.raises(MtlDemoError, match="compute: expected device, precision"):
        ResolvedCompute.from_dict({"device": "cpu"})
