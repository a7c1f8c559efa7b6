"""``python -m mtldemo data --list-cache`` and ``--clear-cache``: what prepared data takes up, and getting rid of it."""

import argparse
import dataclasses
import time
from typing import TYPE_CHECKING, Any

from mtldemo.cli.output import table_console
from mtldemo.errors import MtlDemoError
from mtldemo.files import MB
from mtldemo.json_text import strict_json

if TYPE_CHECKING:
    from mtldemo.data.inventory import CachedSet


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group("the cache, without SOURCE")
    group.add_argument("--list-cache", action="store_true", help="list the prepared and drawn sets, and who uses them")
    group.add_argument(
        "--clear-cache",
        metavar="DAYS",
        nargs="?",
        const="0",
        help="remove the sets that no running process uses and nobody opened for so many days (default: 0); they are "
        "made again when they are needed",
    )


def run(chosen: argparse.Namespace) -> int:
    """List or clear. Raises ``MtlDemoError`` for a wrong number of days."""
    from mtldemo.data import cache_dir, inventory
    from mtldemo.preparation import forget_done

    if chosen.clear_cache is None:
        left, removed = inventory.cached_sets(), []
    else:
        removed, left = inventory.clear(unused_for=inventory.DAY * _days(chosen.clear_cache))
        if removed:
            forget_done(cache_dir())
    if chosen.json:
        listing = {"folder": str(cache_dir()), "kept": _plain(left), "removed": _plain(removed)}
        print(strict_json(listing, indent=2))
        return 0
    if chosen.clear_cache is not None:
        print(f"Removed {len(removed)} sets, {_megabytes(removed)}.")
    if left:
        _print(left)
    print(f"{len(left)} sets, {_megabytes(left)}, in {cache_dir()}")
    return 0


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days < 1e6:
        raise MtlDemoError(f"--clear-cache: expected a number of days from 0 on, found {text!r}.")
    return days


def _plain(sets: "list[CachedSet]") -> list[dict[str, Any]]:
    return [{**dataclasses.asdict(one), "folder": str(one.folder)} for one in sets]


def _megabytes(sets: "list[CachedSet]") -> str:
    return f"{sum(one.size for one in sets) / MB:,.0f} MB"


def _print(sets: "list[CachedSet]") -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("Kind", "From", "Last opened", "In use")
    for title in ("Pictures", "Size", "MB"):
        table.add_column(title, justify="right")
    for one in sets:
        table.add_row(
            one.kind,
            Text(one.source),
            time.strftime("%Y-%m-%d %H:%M", time.localtime(one.used)),
            "yes" if one.in_use else "no",
            f"{one.pictures:,}",
            f"{one.image_size} px" if one.image_size else "-",
            f"{one.size / MB:,.0f}",
        )
    table_console().print(table)
