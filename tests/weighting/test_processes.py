"""Several processes train one network: every strategy comes to the same weights in each of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, distributed

from mtldemo.config import WeightingConfig
from mtldemo.tasks import TASKS
from mtldemo.training.compute import threads
from mtldemo.weighting import STRATEGIES, GradientMerge, GradientStrategy, LossStrategy, Strategy, build
from mtldemo.weighting.base import LOSSES_AFTER, PERFORMANCE

PROCESSES, STEPS, SIZE = 2, 3, 8


def mean(own: Tensor) -> Tensor:
    """The mean over all processes, as they exchange losses and gradients."""
    shared = own.clone()
    distributed.all_reduce(shared)
    return shared / PROCESSES


def weights_of(kind: type[Strategy], rank: int) -> Tensor:
    """What a process applies in each step, and the strategy's state after them, in one row of numbers. The process's
    own part of each batch is unlike the others'."""
    strategy = build(WeightingConfig(kind.name), TASKS).train()
    strategy.seed(5)
    if isinstance(strategy, GradientMerge):
        strategy.prepare(SIZE)
    own, weights = torch.Generator().manual_seed(rank), []
    optimizer = torch.optim.Adam([*strategy.parameters(), torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    for _ in range(STEPS):
        losses = mean(torch.rand(len(TASKS), generator=own) + 0.1)
        rows = mean(torch.randn(len(TASKS), SIZE, generator=own))
        optimizer.zero_grad()
        if PERFORMANCE in strategy.needs:
            strategy.observe(mean(torch.rand(len(TASKS), generator=own)))
        if isinstance(strategy, LossStrategy):
            objective, applied = strategy(losses)
            if list(strategy.parameters()):
                objective.backward()
        elif isinstance(strategy, GradientStrategy):
            applied = strategy(rows.double() @ rows.double().T, losses)
        else:
            direction, applied = strategy(rows, losses)
            weights.append(direction.float())
        optimizer.step()
        if LOSSES_AFTER in strategy.needs:
            strategy.after_step(mean(torch.rand(len(TASKS), generator=own) + 0.1))
        strategy.end_epoch()
        weights.append(applied.float())
    return torch.cat([*weights, *(value.float().flatten() for value in strategy.state_dict().values())])


def process(rank: int, meeting: str) -> None:
    """One of the processes; fails where they don't come to the same."""
    torch.manual_seed(rank)  # torch's own generator differs, as it does by what a process has done before.
    distributed.init_process_group("gloo", init_method=Path(meeting).as_uri(), rank=rank, world_size=PROCESSES)
    try:
        for kind in STRATEGIES:
            found = weights_of(kind, rank)
            everyone = [torch.empty_like(found) for _ in range(PROCESSES)]
            distributed.all_gather(everyone, found)
            assert all(torch.equal(one, found) for one in everyone), kind.name
    finally:
        distributed.destroy_process_group()


@pytest.mark.skipif(not distributed.is_available() or sys.platform == "win32", reason="needs torch's gloo")
def test_each_process_weighs_alike(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
    meeting = str(tmp_path / "meeting")
    # This process is the first: each one of its own would have to load torch.
    others = [
        subprocess.Popen([sys.executable, __file__, str(rank), meeting], env=environment, stderr=subprocess.PIPE)
        for rank in range(1, PROCESSES)
    ]
    try:
        with threads(1):
            process(0, meeting)
        told = [other.communicate(timeout=60)[1].decode() for other in others]
    finally:
        for other in others:
            other.kill()
    assert [other.returncode for other in others] == [0] * len(others), told


if __name__ == "__main__":
    process(int(sys.argv[1]), sys.argv[2])
