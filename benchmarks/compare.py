"""How fast Compare answers: the table of 200 runs beside that of 10, and the curves of 20 runs.

    python -m benchmarks.compare [--runs 200] [--steps 5000] [--reruns 10] [--json]

Runs are made up, with records as training writes them. ``page`` figures are of the real page on a server, asked through
Streamlit's agent API; its first look at a folder finds no index, a rerun finds all in memory, another server finds the
index. ``alone`` figures are of the work behind it without the page: collecting the runs, and reading the records of 20
runs and drawing their losses. Targets: a rerun with the table of 200 runs at most 3 x that of 10, and a first look as
well; curves of 20 runs, records not in memory, at most 1 s.
"""

import argparse
import json
import math
import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.dashboard import AGENT, ask, timed
from mtldemo.charts.comparison.curves import compared_curves
from mtldemo.config import RunConfig, WeightingConfig
from mtldemo.runs import RunFolder, Status, frames, list_runs
from mtldemo.study import index
from mtldemo.study.arm_runs import arm_runs
from mtldemo.study.collect import RunInfo, collect, results
from mtldemo.study.verdict import verdict
from mtldemo.tasks import UTKFACE
from tests.serving import served

FEW, CURVES, EPOCHS = 10, 20, 10
MOST_RATIO, MOST_SECONDS = 3.0, 1.0
LONG_AGO = 1.7e9  # when the runs were made
STRATEGIES = ("equal", "uncertainty", "dwa", "rlw", "gls", "mgda", "pcgrad", "cagrad", "imtl_g", "famo")


def main() -> int:
    """Measure, print, and return 0 where the targets are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200, help="in the large folder (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=5000, help="of each run (default: %(default)s)")
    parser.add_argument("--reruns", type=int, default=10, help="of each page (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["MTLDEMO_CACHE"] = str(home / "cache")
        lines = records(chosen.steps)
        for name, count in (("few", FEW), ("many", chosen.runs)):
            make_runs(home / name, count, lines)
        result: dict[str, Any] = {"runs": chosen.runs, "steps": chosen.steps}
        result["alone"] = {name: alone(home / name) for name in ("few", "many")}
        result["curves_alone"] = curves_alone(home / "many")
        os.environ["MTLDEMO_CACHE"] = str(home / "cache-of-pages")
        result["page"] = {name: page(home / name, chosen.reruns) for name in ("few", "many")}
    tables = result["page"]
    result["ratios"] = {look: tables["many"][look] / tables["few"][look] for look in ("first", "rerun", "index")}
    result["curves"] = tables["many"]["curves"]
    result["met"] = max(result["ratios"].values()) <= MOST_RATIO and result["curves"] <= MOST_SECONDS
    print(json.dumps(result) if chosen.json else told(result))
    return 0 if result["met"] else 1


def alone(runs_dir: Path) -> dict[str, float]:
    """Seconds to collect the runs of a folder with their results and verdict: the first time, as another process with
    the index, and again."""
    index.forget()
    first = seconds(lambda: collected(runs_dir))
    index.forget()
    return {
        "first": first,
        "index": seconds(lambda: collected(runs_dir)),
        "again": seconds(lambda: collected(runs_dir)),
    }


def collected(runs_dir: Path) -> list[RunInfo]:
    """What the page works out of a folder before it draws."""
    infos = collect(list_runs(runs_dir))
    verdict(results(infos), "equal", infos)
    return infos


def curves_alone(runs_dir: Path) -> float:
    """Seconds to read the records of some runs, as the page does, and to draw their losses."""
    infos = collect(list_runs(runs_dir))[:CURVES]

    def draw() -> None:
        frames.forget()
        compared_curves(arm_runs(infos, "losses"), UTKFACE, what="train")

    draw()  # imports are no part of it
    return seconds(draw)


def page(runs_dir: Path, reruns: int) -> dict[str, float]:
    """Seconds of the Compare page on a server: the table of all runs, and the curves of some."""
    names = [f"run-{number:03}" for number in range(CURVES)]
    table = {"page": "compare", "query_params": {"runs": [""]}}
    found = {}
    with served(env={"MTLDEMO_RUNS": str(runs_dir)}, options=AGENT) as url:
        ask(url, {"page": ""})  # the server's imports are no part of it
        found["first"] = seconds(lambda: ask(url, table))
    with served(env={"MTLDEMO_RUNS": str(runs_dir)}, options=AGENT) as url:
        ask(url, {"page": ""})
        found["index"] = seconds(lambda: ask(url, table))
        session = ask(url, table)["session_id"]
        found["rerun"] = timed(url, session, reruns)
        if (runs_dir / names[-1]).exists():
            chosen = {"view": ["Curves"], "curve": ["train"]}
            ask(url, {"page": "compare", "query_params": {"runs": ["run-020", "run-021"], **chosen}})
            found["curves"] = seconds(lambda: ask(url, {"page": "compare", "query_params": {"runs": names, **chosen}}))
    return found


def seconds(work: Callable[[], Any]) -> float:
    """How long ``work`` takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def make_runs(runs_dir: Path, count: int, lines: str) -> None:
    """``count`` finished runs: some strategies, each with seeds from 0 on."""
    for number in range(count):
        strategy, seed = STRATEGIES[number % len(STRATEGIES)], number // len(STRATEGIES)
        config = RunConfig(epochs=EPOCHS, seed=seed, weighting=WeightingConfig(strategy))
        run = RunFolder.create(runs_dir, config, f"run-{number:03}")
        run.metrics_file.write_text(lines)
        run.append([final(number)])
        run.write_status(Status("finished", 1, 1, EPOCHS, EPOCHS, created=float(number), updated=float(number)))
        for path in run.path.iterdir():
            os.utime(path, (LONG_AGO, LONG_AGO))


def records(steps: int) -> str:
    """The lines of a run's steps, gradients and epochs."""
    draw, lines = random.Random(0), []
    for step in range(1, steps + 1):
        common = {"step": step, "epoch": EPOCHS * step / steps, "time": step * 0.0512345}
        losses = {task.name: draw.random() * 4 / math.sqrt(step) for task in UTKFACE}
        weights = {task.name: draw.random() for task in UTKFACE}
        figures = {"lr": draw.random() * 1e-3, "images_per_second": 600 + draw.random(), "losses": losses}
        figures |= {"weights": weights, "objective": draw.random(), "gradient_norm": draw.random()}
        lines.append({"kind": "step", **common, **figures})
        if step % 20 == 0:
            cosines = {"age|gender": draw.random(), "age|ethnicity": draw.random(), "gender|ethnicity": draw.random()}
            lines.append({"kind": "gradients", **common, "norms": losses, "cosines": cosines})
        if step % (steps // EPOCHS) == 0:
            figures = {"train_losses": losses, "val_losses": losses, "metrics": measured(step / steps, draw)}
            lines.append({"kind": "epoch", **common, **figures, "learned": {}, "score": 1 / step, "best": True})
            lines[-1]["epoch"] = round(common["epoch"])
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def final(number: int) -> dict[str, Any]:
    """The record of a run's test."""
    metrics = measured(0.9, random.Random(number))
    return {"kind": "test", "step": 1, "epoch": EPOCHS, "time": 260.0, "metrics": metrics, "images": 2400, "losses": {}}


def measured(part: float, draw: random.Random) -> dict[str, dict[str, Any]]:
    """Metrics that get better as ``part`` goes from 0 to 1."""
    found: dict[str, dict[str, Any]] = {"age": {"mae": 15 - 8 * part + draw.random(), "cs5": part / 2}}
    for task in UTKFACE[1:]:
        right = 0.2 + 0.7 * part + 0.01 * draw.random()
        counts = [[400] * len(task.classes) for _ in task.classes]
        found[task.name] = {"accuracy": right, "balanced_accuracy": right, "macro_f1": right, "confusion": counts}
    return found


def told(result: dict[str, Any]) -> str:
    """The result as a person reads it."""
    few, many = result["page"]["few"], result["page"]["many"]
    looks = {"first": "first look", "index": "another server", "rerun": "rerun"}
    lines = [
        f"Table, {words}: {FEW} runs {1000 * few[look]:.0f} ms, {result['runs']} runs {1000 * many[look]:.0f} ms: "
        f"{result['ratios'][look]:.2f} x (at most {MOST_RATIO:.0f})"
        for look, words in looks.items()
    ]
    lines.append(
        f"Curves of {CURVES} runs of {result['steps']:,} steps: {result['curves']:.2f} s on the page (at most "
        f"{MOST_SECONDS:.0f}), {result['curves_alone']:.2f} s without it"
    )
    for name, count in (("few", FEW), ("many", result["runs"])):
        times = ", ".join(f"{look} {1000 * taken:.0f} ms" for look, taken in result["alone"][name].items())
        lines.append(f"Collecting {count} runs with their verdict, without the page: {times}")
    lines.append("All targets are met." if result["met"] else "Not all targets are met.")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
