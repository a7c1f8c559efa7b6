"""``python -m mtldemo runs``: the list of runs."""

import argparse
import json
from pathlib import Path
from typing import Any

from mtldemo.cli import results
from mtldemo.runs import default_runs_dir, list_runs
from mtldemo.tasks import TASKS

WIDE = 150  # columns for a pipe or file, where rich would assume 80 and cut


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser = commands.add_parser("runs", help="list the runs", description="List the runs, the newest first.")
    parser.add_argument("--runs-dir", type=Path, default=default_runs_dir(), help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    return parser


def run(chosen: argparse.Namespace) -> int:
    """Print the list."""
    rows = [results.row(folder) for folder in list_runs(chosen.runs_dir)]
    if chosen.json:
        print(json.dumps(rows, indent=2))
    elif rows:
        _print(rows)
    else:
        print(f"No runs in {chosen.runs_dir} yet. Start one: python -m mtldemo train --preset demo")
    return 0


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("Run", "State", "Strategy", "Data", "Epochs")
    for title in ("Age MAE", "Gender", "Ethnicity", "Split", "Started", "Time"):
        table.add_column(title, justify="right")
    for row in rows:
        if row["problem"]:
            table.add_row(Text(row["name"]), "unreadable")
            continue
        table.add_row(
            Text(row["name"]),
            row["state"],
            row["strategy"],
            Text(Path(row["data"]).name),
            f"{row['epoch']}/{row['epochs']}",
            *(results.metric_text(task, row["metrics"]) for task in TASKS),
            row["split"] or "-",
            row["started"][:16].replace("T", " "),
            results.duration_text(row["seconds"]),
        )
    console = Console()
    console = console if console.is_terminal else Console(width=WIDE)
    console.print(table)
    for row in rows:
        if row["problem"]:
            print(f"{row['name']}: {row['problem']}")
