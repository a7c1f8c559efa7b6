"""What a gradient strategy's own work takes by the number of tasks: milliseconds a step, on one thread.

    python -m benchmarks.solver_cost [--tasks 3 12 40] [--features 512] [--names mgda ...] [--json]

The gradients are random, differ by 100 in length, and lean against each other; half of the problems have fewer
dimensions than tasks. A strategy that weighs is given their Gramian, one that merges the gradients at the features.
Aim: 20 ms for each, at any number of tasks up to 40.
"""

import argparse
import dataclasses
import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
from torch import Tensor  # noqa: E402

from mtldemo.config import WeightingConfig  # noqa: E402
from mtldemo.tasks import UTKFACE, Task  # noqa: E402
from mtldemo.weighting import STRATEGIES, GradientMerge, LossStrategy, build  # noqa: E402

AIM_MS, STEPS = 20.0, 30
NAMES = [strategy.name for strategy in STRATEGIES if not issubclass(strategy, LossStrategy)]


def main() -> int:
    """Measure, print, and return 0 where each strategy keeps the aim."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, nargs="+", default=[3, 12, 40], help="numbers of tasks (default: 3 12 40)")
    parser.add_argument("--features", type=int, default=512, help="length of a gradient (default: %(default)s)")
    parser.add_argument("--names", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help="default: all")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    times = {
        name: {str(count): round(milliseconds(name, count, chosen.features), 3) for count in chosen.tasks}
        for name in chosen.names
    }
    met = all(taken <= AIM_MS for row in times.values() for taken in row.values())
    if chosen.json:
        print(json.dumps({"aim_ms": AIM_MS, "features": chosen.features, "solver_ms": times, "met": met}))
    else:
        print(table(times, chosen.tasks))
    return 0 if met else 1


def milliseconds(name: str, count: int, features: int) -> float:
    """The median time of a step of the strategy on ``count`` tasks."""
    strategy = build(WeightingConfig(name), numbered_tasks(count))
    if isinstance(strategy, GradientMerge):
        strategy.prepare(features)
    taken = []
    for seed in range(STEPS):
        rows, losses = gradients(seed, count, features)
        given = rows.float() if isinstance(strategy, GradientMerge) else rows @ rows.T
        began = time.perf_counter()
        strategy(given, losses)
        taken.append(time.perf_counter() - began)
    return 1000 * statistics.median(taken)


def numbered_tasks(count: int) -> list[Task]:
    """So many tasks, alike but for their names."""
    return [dataclasses.replace(UTKFACE[0], name=f"task{number:02}") for number in range(count)]


def gradients(seed: int, count: int, features: int) -> tuple[Tensor, Tensor]:
    """Random gradients [K, features] (float64) and losses [K]; those of an odd ``seed`` are dependent."""
    draw = torch.Generator().manual_seed(seed)
    rank = max(2, count // 2) if seed % 2 else 2 * count
    rows = torch.randn(count, rank, generator=draw).double()
    rows -= 0.8 * rows.mean(dim=0)
    rows = rows @ torch.randn(rank, features, generator=draw).double() / rank**0.5
    return rows * 10 ** (2 * torch.rand(count, 1, generator=draw) - 1), torch.rand(count, generator=draw) + 0.1


def table(times: dict[str, dict[str, float]], counts: Sequence[int]) -> str:
    """The result as a table."""
    lines = [f"{'ms a step':16}" + "".join(f"{f'{count} tasks':>12}" for count in counts)]
    for name, row in times.items():
        over = "" if max(row.values()) <= AIM_MS else "   over"
        lines.append(f"{name:16}" + "".join(f"{taken:>12.3f}" for taken in row.values()) + over)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
