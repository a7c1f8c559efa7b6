"""What each way of weighting costs: ResNet-18, 64 px, batch 64, three tasks, beside the plain sum and TorchJD.

    python -m benchmarks.strategy_cost [--rounds 15] [--threads 1 2] [--names equal famo ...] [--json]

Every number of time is a ratio to the plain sum's step (``equal``) of the same round, the median over the rounds; the
contestants take turns within a round, so that another program's load weighs on all alike. Memory is the peak that a
process of its own adds to what it had before it built its network, as a ratio to the plain sum's. TorchJD's lines are
its documented call for multi-task learning, and the same with the settings that its documentation advises.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402
import torch  # noqa: E402

from mtldemo import model as models  # noqa: E402
from mtldemo.config import ModelConfig, OptimConfig, RunConfig, WeightingConfig  # noqa: E402
from mtldemo.data.batches import Batch  # noqa: E402
from mtldemo.model.heads import task_loss  # noqa: E402
from mtldemo.model.sharing import Network  # noqa: E402
from mtldemo.tasks import UTKFACE  # noqa: E402
from mtldemo.training import optim  # noqa: E402
from mtldemo.training.compute import ResolvedCompute  # noqa: E402
from mtldemo.training.engine import Engine  # noqa: E402
from mtldemo.weighting import STRATEGIES, GradientStrategy, LossStrategy, Strategy, build, strategy_named  # noqa: E402
from mtldemo.weighting.costs import places  # noqa: E402

IMAGES, SIDE, GROUP, MEMORY_STEPS, PROCESSES = 64, 64, 6, 4, 3
PLAIN, EVERYWHERE = "equal", "upgrad"
"""The plain sum; and the gradient strategy that is measured at every place, the others at the shared weights alone."""
TORCHJD = {"torchjd upgrad": {}, "torchjd upgrad, advised": {"parallel_chunk_size": 1}}
SOLVES = 200
CONFIG = RunConfig(batch_size=IMAGES, model=ModelConfig(backbone="resnet18"), optim=OptimConfig(ema=0))
COMPUTE = ResolvedCompute("cpu", "fp32", "channels_last", 1)
Step = Callable[[int], Any]


def main() -> int:
    """Measure, print, and return 0 where the targets are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="steps of each contestant (default: %(default)s)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="CPU threads (default: 1 2)")
    parser.add_argument("--names", nargs="+", default=contestants(), help="what to measure (default: all)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--memory-of", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.memory_of:
        print(added_memory(chosen.memory_of))
        return 0
    names = [PLAIN, *(name for name in chosen.names if name != PLAIN)]
    times = {threads: step_times(names, threads, chosen.rounds) for threads in chosen.threads}
    memory = {name: memory_in_own_process(name) for name in names}
    rows = [
        {
            "name": name,
            "kind": kind(name),
            "time": {str(threads): round(times[threads][name], 3) for threads in chosen.threads},
            "memory": round(memory[name] / memory[PLAIN], 3),
            "solver_ms": solver_milliseconds(name),
            "target": target(name),
        }
        for name in names
    ]
    for row in rows:
        row["met"] = meets(row)
    result = {"torch": torch.__version__, "plain_mib": round(memory[PLAIN] / 2**20), "contestants": rows}
    result["met"] = all(row["met"] for row in rows)
    print(json.dumps(result) if chosen.json else told(rows, chosen.threads))
    return 0 if result["met"] else 1


def contestants() -> list[str]:
    """Each strategy as published, one at every place, and TorchJD; ``name@place`` where it isn't the shared weights."""
    names = [strategy.name for strategy in STRATEGIES]
    names += [f"{EVERYWHERE}@{place}" for place in places(strategy_named(EVERYWHERE)) if place != "shared"]
    return [*names, *TORCHJD]


def kind(name: str) -> str:
    """``losses``, ``shared``, ``block`` or ``features`` of a Gramian, ``merge``, or ``torchjd``."""
    if name in TORCHJD:
        return "torchjd"
    strategy, _, place = name.partition("@")
    if issubclass(strategy_named(strategy), LossStrategy):
        return "losses"
    return place or ("shared" if issubclass(strategy_named(strategy), GradientStrategy) else "merge")


def target(name: str) -> dict[str, float]:
    """The most that time (by threads), memory and the solver's milliseconds may be; empty where none is set."""
    if name == "famo":
        return {"1": 1.35, "2": 1.35}
    return {
        "losses": {"1": 1.03, "2": 1.03},
        "shared": {"1": 2.3, "2": 2.5, "memory": 1.35, "solver_ms": 1.0},
        "block": {"1": 1.3, "2": 1.4, "solver_ms": 1.0},
        "features": {"1": 1.06, "2": 1.06, "solver_ms": 1.0},
    }.get(kind(name), {})


def meets(row: dict[str, Any]) -> bool:
    """Whether the row keeps its targets."""
    found = {**row["time"], "memory": row["memory"], "solver_ms": row["solver_ms"]}
    return all(found.get(what) is None or found[what] <= most for what, most in row["target"].items())


def step_times(names: Sequence[str], threads: int, rounds: int) -> dict[str, float]:
    """The step time of each contestant as a ratio to the plain sum's, which runs in every group."""
    torch.set_num_threads(threads)
    ratios = {PLAIN: 1.0}
    others = [name for name in names if name != PLAIN]
    for start in range(0, max(1, len(others)), GROUP):
        group = [PLAIN, *others[start : start + GROUP]]
        steps = [step_of(name, shared) for name, shared in zip(group, one_network(len(group)), strict=True)]
        seconds: list[list[float]] = [[] for _ in group]
        for turn in range(rounds + 2):
            for index, step in enumerate(steps):
                began = time.perf_counter()
                step(turn + 1)
                # The first two rounds warm up.
                if turn >= 2:
                    seconds[index].append(time.perf_counter() - began)
        for name, taken in zip(group[1:], seconds[1:], strict=True):
            ratios[name] = statistics.median(own / plain for own, plain in zip(taken, seconds[0], strict=True))
    return ratios


def one_network(count: int) -> Iterator[tuple[Network, torch.optim.Optimizer]]:
    """The same network and optimizer, ``count`` times: the contestants of a group share them to spare memory."""
    torch.manual_seed(0)
    network = models.build(CONFIG.model, UTKFACE, SIDE)
    COMPUTE.move(network)
    optimizer = optim.build(network, CONFIG.optim)
    for _ in range(count):
        yield network, optimizer


def step_of(name: str, shared: tuple[Network, torch.optim.Optimizer]) -> Step:
    """A function that trains on the batch once, given the step's number."""
    network, optimizer = shared
    if name in TORCHJD:
        return torchjd_step(network, optimizer, TORCHJD[name])
    strategy, _, place = name.partition("@")
    weighting = WeightingConfig(strategy, gradients_at=place or "shared")
    config = RunConfig(batch_size=IMAGES, model=CONFIG.model, optim=CONFIG.optim, weighting=weighting)
    engine = Engine(network, build(weighting, UTKFACE), UTKFACE, config, COMPUTE, total_steps=1000)
    engine.optimizer = optimizer
    data = batch()
    return lambda number: engine.step(data, number)


def torchjd_step(network: Network, optimizer: torch.optim.Optimizer, options: dict[str, Any]) -> Step:
    """TorchJD's call: the Jacobian by ``mtl_backward``, then the aggregator over it."""
    from torchjd.aggregation import UPGrad
    from torchjd.autojac import jac_to_grad, mtl_backward

    aggregator, data, shared = UPGrad(), batch(), list(network.shared_parameters())

    def step(_: int) -> None:
        representation = network.represent(data.images)
        outputs = network.predict_from(representation)
        losses = [
            task_loss(task, outputs[task.name], data.targets[task.name], data.present[task.name]) for task in UTKFACE
        ]
        optimizer.zero_grad()
        mtl_backward(losses, list(representation.distinct), **options)
        jac_to_grad(shared, aggregator, optimize_gramian_computation=bool(options))
        optimizer.step()

    return step


def batch() -> Batch:
    """Noise with labels."""
    draw = torch.Generator().manual_seed(0)
    images = torch.randn(IMAGES, 3, SIDE, SIDE, generator=draw).contiguous(memory_format=torch.channels_last)
    targets = {
        "age": 100 * torch.rand(IMAGES, generator=draw),
        "gender": torch.randint(0, 2, (IMAGES,), generator=draw),
        "ethnicity": torch.randint(0, 5, (IMAGES,), generator=draw),
    }
    present = {task.name: torch.ones(IMAGES, dtype=torch.bool) for task in UTKFACE}
    return Batch(images, targets, present, torch.arange(IMAGES))


def memory_in_own_process(name: str) -> int:
    """Bytes that a fresh process adds at its peak to train ``name`` for a few steps; the median of some processes, as
    the allocator's luck is worth a few per cent."""
    command = [sys.executable, __file__, "--memory-of", name]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True) for _ in range(PROCESSES)]
    return int(statistics.median(int(run.stdout) for run in runs))


def added_memory(name: str) -> int:
    """Bytes that this process adds at its peak."""
    torch.set_num_threads(1)
    if name in TORCHJD:
        import torchjd.autojac  # noqa: F401 - its modules are no part of a step
    before = psutil.Process().memory_info().rss
    (shared,) = one_network(1)
    step = step_of(name, shared)
    for number in range(MEMORY_STEPS):
        step(number + 1)
    return peak_memory() - before


def peak_memory() -> int:
    """The most bytes that this process ever held."""
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset
    status = Path("/proc/self/status")
    if status.exists():
        # The kernel's other count, ru_maxrss, begins with what the parent held.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def solver_milliseconds(name: str) -> float | None:
    """The median time of a strategy's own work on three tasks whose gradients differ by 100 in size."""
    if kind(name) not in ("shared", "block", "features"):
        return None
    strategy: Strategy = build(WeightingConfig(name.partition("@")[0]), UTKFACE)
    torch.set_num_threads(1)
    draw, taken = torch.Generator().manual_seed(0), []
    for _ in range(SOLVES):
        rows = torch.randn(3, 50, generator=draw).double() * torch.tensor([[100.0], [1.0], [10.0]])
        gramian, losses = rows @ rows.T, torch.rand(3, generator=draw) + 0.1
        began = time.perf_counter()
        strategy(gramian, losses)
        taken.append(time.perf_counter() - began)
    return round(1000 * statistics.median(taken), 3)


def told(rows: list[dict[str, Any]], threads: Sequence[int]) -> str:
    """The result as a table."""
    head = f"{'':24}" + "".join(f"{f'{count} thread(s)':>13}" for count in threads) + f"{'memory':>9}{'solver ms':>11}"
    lines = [head]
    for row in rows:
        solver = "" if row["solver_ms"] is None else f"{row['solver_ms']:.3f}"
        cells = "".join(f"{row['time'][str(count)]:>13.2f}" for count in threads)
        lines.append(f"{row['name']:24}{cells}{row['memory']:>9.2f}{solver:>11}{'' if row['met'] else '   over'}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
