"""``python -m mtldemo runs``: the list of runs; ``runs import`` and ``runs export`` bring them in and out."""

import argparse
from pathlib import Path
from typing import Any

from mtldemo.cli import exchange, results
from mtldemo.cli.output import table_console
from mtldemo.cli.parser import Parser
from mtldemo.config import SharingConfig
from mtldemo.json_text import strict_json
from mtldemo.paths import as_path
from mtldemo.runs import default_runs_dir, list_runs


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser = commands.add_parser(
        "runs",
        help="list, import and export runs",
        description="List the runs, the newest first; or import or export some.",
    )
    parser.add_argument("--runs-dir", type=as_path, default=default_runs_dir(), help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    parser.set_defaults(action=None)
    exchange.add_parsers(parser.add_subparsers(title="actions", metavar="ACTION", parser_class=Parser))
    return parser


def run(chosen: argparse.Namespace) -> int:
    """Print the list, or do what is asked for."""
    if chosen.action is not None:
        return chosen.action(chosen)
    rows = [results.row(folder) for folder in list_runs(chosen.runs_dir)]
    if chosen.json:
        print(strict_json(rows, indent=2))
    elif rows:
        _print(rows)
    else:
        print(f"No runs in {chosen.runs_dir} yet. Start one: python -m mtldemo train --preset demo")
    return 0


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    # Of runs that all share hard it isn't said.
    shared = {row.get("sharing", SharingConfig.sharing) for row in rows} != {SharingConfig.sharing}
    table = Table("Run", "State", "Strategy", *(["Sharing"] if shared else []), "Data", "Epochs")
    for title in ("Result", "Split", "Started", "Time"):
        table.add_column(title, justify="right")
    for row in rows:
        if row["problem"]:
            table.add_row(Text(row["name"]), "unreadable")
            continue
        table.add_row(
            Text(row["name"]),
            row["state"],
            row["strategy"],
            *([row["sharing"]] if shared else []),
            Text(Path(row["data"]).name),
            f"{row['epoch']}/{row['epochs']}",
            Text(row["result"] or "-"),
            row["split"] or "-",
            row["started"][:16].replace("T", " "),
            results.duration_text(row["seconds"]),
        )
    table_console().print(table)
    for row in rows:
        for words in filter(None, [row["problem"], *row.get("remarks", ())]):
            print(f"{row['name']}: {words}")
