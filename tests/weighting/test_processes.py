"""Several processes train one network: every strategy comes to the same weights in each of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, distributed

from mtldemo.config import WeightingConfig
from mtldemo.tasks import UTKFACE
from mtldemo.weighting import STRATEGIES, GradientMerge, GradientStrategy, LossStrategy, Strategy, build
from mtldemo.weighting.base import LOSSES_AFTER, PERFORMANCE

PROCESSES, STEPS, SIZE = 2, 3, 8


def exchanged(own: Tensor) -> Tensor:
    """The mean over all processes, as they exchange losses and gradients."""
    shared = own.clone()
    distributed.all_reduce(shared)
    return shared / PROCESSES


def outcome(kind: type[Strategy], losses: Tensor, after: Tensor, shares: Tensor, rows: Tensor) -> Tensor:
    """What a process applies in each step, and the strategy's state at the end, in one row of numbers."""
    strategy = build(WeightingConfig(kind.name), UTKFACE).train()
    strategy.seed(5)
    if isinstance(strategy, GradientMerge):
        strategy.prepare(SIZE)
    found = []
    for step in range(STEPS):
        strategy.zero_grad()
        if PERFORMANCE in strategy.needs:
            strategy.observe(shares[step])
        if isinstance(strategy, LossStrategy):
            objective, weights = strategy(losses[step])
            if list(strategy.parameters()):
                objective.backward()
        elif isinstance(strategy, GradientStrategy):
            own = rows[step].double()
            weights = strategy(own @ own.T, losses[step])
        else:
            direction, weights = strategy(rows[step].clone(), losses[step])
            found.append(direction.float())
        found.append(weights.float())
        for parameter in strategy.parameters():
            if parameter.grad is not None:
                parameter.data -= 0.1 * parameter.grad
        if LOSSES_AFTER in strategy.needs:
            strategy.after_step(after[step])
        strategy.end_epoch()
    return torch.cat([*found, *(value.float().flatten() for value in strategy.state_dict().values())])


def process(rank: int, meeting: str) -> None:
    """One of the processes, whose part of each batch is unlike the others'; fails where they don't come to the same."""
    torch.manual_seed(rank)  # torch's own generator differs, as it does by what a process has done before.
    distributed.init_process_group("gloo", init_method=Path(meeting).as_uri(), rank=rank, world_size=PROCESSES)
    try:
        own = torch.Generator().manual_seed(rank)
        losses, after, shares = exchanged(torch.rand(3, STEPS, len(UTKFACE), generator=own) + 0.1)
        rows = exchanged(torch.randn(STEPS, len(UTKFACE), SIZE, generator=own))
        found = {kind.name: outcome(kind, losses, after, shares.clamp(max=1), rows) for kind in STRATEGIES}
        whole = torch.cat(list(found.values()))
        everyone = [torch.empty_like(whole) for _ in range(PROCESSES)]
        distributed.all_gather(everyone, whole)
    finally:
        distributed.destroy_process_group()
    for other in everyone:
        parts = other.split([len(values) for values in found.values()])
        assert [name for part, name in zip(parts, found, strict=True) if not torch.equal(part, found[name])] == []


@pytest.mark.skipif(not distributed.is_available() or sys.platform == "win32", reason="needs torch's gloo")
def test_each_process_weighs_alike(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    meeting = str(tmp_path / "meeting")
    # This process is the first: each one of its own would have to load torch.
    others = [
        subprocess.Popen([sys.executable, __file__, str(rank), meeting], env=environment, stderr=subprocess.PIPE)
        for rank in range(1, PROCESSES)
    ]
    try:
        process(0, meeting)
        told = [other.communicate(timeout=200)[1].decode() for other in others]
    finally:
        for other in others:
            other.kill()
    assert [other.returncode for other in others] == [0] * len(others), told


if __name__ == "__main__":
    process(int(sys.argv[1]), sys.argv[2])
