"""``python -m mtldemo strategies``: the ways to weigh the task losses."""

import argparse
from typing import Any

from mtldemo.cli.output import settings_text, table_console
from mtldemo.json_text import strict_json

WIDE = 110


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser = commands.add_parser(
        "strategies", help="list the loss weightings", description="List the loss weightings with their settings."
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list, with formulas and papers")
    return parser


def run(chosen: argparse.Namespace) -> int:
    """Print the list."""
    from mtldemo import weighting

    described = weighting.describe()
    if chosen.json:
        print(strict_json(described, indent=2, ensure_ascii=False))
    else:
        _print(described)
    return 0


def _print(described: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("Name", "Method", "Idea", "Settings (--set)", show_lines=True)
    for strategy in described:
        settings = settings_text(strategy["settings"])
        table.add_row(strategy["name"], strategy["title"], strategy["idea"], settings)
    table_console(WIDE).print(table, markup=False)
