"""How fast the dashboard answers: Home on a fresh server beside an empty app, and a page's rerun while a run trains.

    python benchmarks/dashboard.py [--rounds 5] [--reruns 20] [--json]

Pages are run by Streamlit's agent API, which runs the real app without a browser and answers when the page is done.
Targets: Home cold at most 1.5 x the empty app; a rerun during training at most 1.7 x the idle one.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mtldemo import launch  # noqa: E402
from mtldemo.config import DataConfig, RunConfig, SyntheticConfig  # noqa: E402
from mtldemo.preparation import PreparationJob  # noqa: E402
from mtldemo.runs import RunFolder, Status  # noqa: E402
from tests.serving import APP, served  # noqa: E402

EMPTY = "import streamlit as st\n\nst.title('Empty')\n"
PICTURES = DataConfig(image_size=64, synthetic=SyntheticConfig(images=600))
STEPS = 2000
AGENT = ("--server.enableAgentApi=true",)
TARGETS = {"cold": 1.5, "rerun": 1.7}


def main() -> int:
    """Measure, print, and return 0 where the targets are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="fresh servers of each kind (default: %(default)s)")
    parser.add_argument("--reruns", type=int, default=20, help="reruns of each page (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ |= {"MTLDEMO_CACHE": str(home / "cache"), "MTLDEMO_RUNS": str(home / "runs")}
        result: dict[str, Any] = {"cold": cold(home, chosen.rounds), "rerun": rerun(home, chosen.reruns)}
    result["met"] = all(result[name]["ratio"] <= most for name, most in TARGETS.items())
    print(json.dumps(result) if chosen.json else told(result))
    return 0 if result["met"] else 1


def cold(home: Path, rounds: int) -> dict[str, Any]:
    """Seconds from the start of a server to its first page, of an empty app and of Home in turn."""
    empty = home / "empty.py"
    empty.write_text(EMPTY)
    seconds: dict[str, list[float]] = {"empty": [], "home": []}
    for number in range(rounds + 1):
        for name, script in (("empty", empty), ("home", APP)):
            begun = time.perf_counter()
            with served(script, options=AGENT) as url:
                ask(url, {})
                if number:  # the first round fills the disk's cache
                    seconds[name].append(time.perf_counter() - begun)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    return {**medians, "ratio": medians["home"] / medians["empty"]}


def rerun(home: Path, times: int) -> dict[str, Any]:
    """Seconds of a page's rerun, idle and while a run trains; the ratio is the worst page's."""
    job = PreparationJob(PICTURES, home / "cache")
    job.start()
    while job.look().state == "working":
        time.sleep(0.2)
    finished_run(home / "runs")
    pages = {"home": {"page": ""}, "data": {"page": "data"}, "run": {"page": "train"}}
    with served(options=AGENT) as url:
        sessions = {}
        for name, where in pages.items():
            query = {"query_params": {"run": ["finished"]}} if name == "run" else {}
            sessions[name] = ask(url, {**where, **query})["session_id"]
        idle = {name: timed(url, session, times) for name, session in sessions.items()}
        training = launch.start(RunConfig(epochs=1000, data=PICTURES), runs_dir=home / "runs", name="busy")
        try:
            while training.status().step < 5:
                if not training.status().live:
                    raise SystemExit(f"The run ended early:\n{training.log_tail()}")
                time.sleep(0.2)
            busy = {name: timed(url, session, times) for name, session in sessions.items()}
        finally:
            launch.stop(training, force_after=20)
    ratios = {name: busy[name] / idle[name] for name in pages}
    return {"idle": idle, "busy": busy, "ratios": ratios, "ratio": max(ratios.values())}


def finished_run(runs_dir: Path) -> None:
    """A run with long curves, as training would have left it."""
    run = RunFolder.create(runs_dir, RunConfig(data=PICTURES), "finished")
    names = ("age", "gender", "ethnicity")
    run.append(
        {
            "kind": "step",
            "step": step,
            "epoch": step / 200,
            "time": step / 10,
            "lr": 1e-3,
            "images_per_second": 500.0,
            "losses": dict.fromkeys(names, 1 + 5 / step),
            "weights": dict.fromkeys(names, 1.0),
            "objective": 3.0,
            "gradient_norm": 1.0,
        }
        for step in range(1, STEPS + 1)
    )
    run.write_status(Status("finished", STEPS, STEPS, 10, 10, updated=time.time()))


def timed(url: str, session: str, times: int) -> float:
    """The median of ``times`` reruns of a session's page, in seconds."""
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        ask(url, {"session_id": session})
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def ask(url: str, request: dict[str, Any]) -> dict[str, Any]:
    """Run a page and return what it drew."""
    post = urllib.request.Request(
        f"{url}/_stcore/agent/interact", json.dumps(request).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(post, timeout=120) as answer:
            told = json.load(answer)
    except urllib.error.HTTPError as error:
        raise SystemExit(f"The server refused {request}: {error.read().decode(errors='replace')}") from error
    if told.get("status") != "ready":  # without one the server gave up waiting for the page
        raise SystemExit(f"The page failed: {told.get('status') or json.dumps(told)[:500]}")
    return told


def told(result: dict[str, Any]) -> str:
    """The result as a person reads it."""
    first, later = result["cold"], result["rerun"]
    lines = [
        f"Home cold: {first['home']:.2f} s, an empty app {first['empty']:.2f} s: {first['ratio']:.2f} x (at most 1.5)"
    ]
    lines += [
        f"Rerun of {name}: {1000 * later['idle'][name]:.0f} ms idle, {1000 * later['busy'][name]:.0f} ms while "
        f"training: {ratio:.2f} x (at most 1.7)"
        for name, ratio in later["ratios"].items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
