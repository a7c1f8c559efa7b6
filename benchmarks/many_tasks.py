"""How fast training is with forty binary tasks beside three of the same network.

    python -m benchmarks.many_tasks [--rounds 9] [--threads 1] [--json]

The small ResNet at 64 px, batches of 128 made-up pictures. The contestants take turns, a step each, so that another
program's load weighs on all alike; a ratio is that of images a second, the median over the rounds, and 1 is as fast as
three tasks.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from mtldemo import model as models
from mtldemo.config import ModelConfig, RunConfig, WeightingConfig
from mtldemo.data.batches import Batch
from mtldemo.tasks import BINARY, Task
from mtldemo.training.compute import ResolvedCompute, keep_freed_memory
from mtldemo.training.engine import Engine
from mtldemo.weighting import build

IMAGES, SIDE, FEW, MANY, WARM_UP = 128, 64, 3, 40, 2
ASKED = {"equal": 0.85, "uncertainty": 0.85, "upgrad@features": 0.7}
"""The least ratio, by strategy and the place where it takes gradients."""


def main() -> int:
    """Measure, print, and return 0 where every ratio is met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="steps of each contestant (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    keep_freed_memory()
    rows = [row(name, chosen.threads, chosen.rounds) for name in ASKED]
    result = {"torch": torch.__version__, "threads": chosen.threads, "tasks": [FEW, MANY], "strategies": rows}
    result["met"] = all(one["met"] for one in rows)
    if chosen.json:
        print(json.dumps(result))
    else:
        print(f"{'':18}{f'{FEW} tasks':>12}{f'{MANY} tasks':>12}{'ratio':>8}{'asked':>8}")
        for one in rows:
            speeds = "".join(f"{one['images_per_second'][str(count)]:>12.0f}" for count in (FEW, MANY))
            print(f"{one['name']:18}{speeds}{one['ratio']:>8.2f}{one['asked']:>8.2f}{'' if one['met'] else '  missed'}")
    return 0 if result["met"] else 1


def row(name: str, threads: int, rounds: int) -> dict[str, Any]:
    """The speeds with few and with many tasks, and their ratio."""
    few, many = taken([step_of(name, count, threads) for count in (FEW, MANY)], rounds)
    ratio = statistics.median(one / other for one, other in zip(few, many, strict=True))
    speeds = {str(count): IMAGES / statistics.median(each) for count, each in ((FEW, few), (MANY, many))}
    return {
        "name": name,
        "images_per_second": speeds,
        "ratio": ratio,
        "asked": ASKED[name],
        "met": ratio >= ASKED[name],
    }


def taken(steps: Sequence[Callable[[int], object]], rounds: int) -> list[list[float]]:
    """The seconds of each step, taking turns."""
    seconds: list[list[float]] = [[] for _ in steps]
    for number in range(rounds + WARM_UP):
        for own, step in zip(seconds, steps, strict=True):
            began = time.perf_counter()
            step(number + 1)
            if number >= WARM_UP:
                own.append(time.perf_counter() - began)
    return seconds


def step_of(name: str, count: int, threads: int) -> Callable[[int], object]:
    """A training step of ``count`` tasks, given its number."""
    torch.manual_seed(0)
    strategy, _, place = name.partition("@")
    weighting = WeightingConfig(strategy, gradients_at=place or "shared")
    config = RunConfig(batch_size=IMAGES, model=ModelConfig(backbone="resnet18_small"), weighting=weighting)
    tasks = [Task(f"task_{index}", f"Task {index}", BINARY, classes=("no", "yes")) for index in range(count)]
    compute = ResolvedCompute("cpu", "fp32", "channels_last", threads)
    network = models.build(config.model, tasks, SIDE)
    engine = Engine(network, build(weighting, tasks), tasks, config, compute, total_steps=1000)
    data = batch(tasks)
    return lambda number: engine.step(data, number)


def batch(tasks: Sequence[Task]) -> Batch:
    """Noise, with a label of each task for nine in ten pictures."""
    images = torch.randn(IMAGES, 3, SIDE, SIDE).contiguous(memory_format=torch.channels_last)
    targets = {task.name: torch.randint(0, 2, (IMAGES,)) for task in tasks}
    present = {task.name: torch.rand(IMAGES) < 0.9 for task in tasks}
    return Batch(images, targets, present, torch.arange(IMAGES))


if __name__ == "__main__":
    sys.exit(main())
