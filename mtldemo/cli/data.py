"""``python -m mtldemo data``: scan and prepare a data set, and tell what is in it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtldemo.cli import cache, targets
from mtldemo.cli.progress_bar import ProgressBar
from mtldemo.config import DataConfig
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import strict_json
from mtldemo.paths import as_path
from mtldemo.settings import field_named

if TYPE_CHECKING:
    from mtldemo.data import Dataset

OPTIONS = ("image_size", "val_share", "test_share", "split_seed")
SHOWN = 20
"""Rejected files that are listed on the terminal; all of them are in the file."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser = commands.add_parser(
        "data",
        help="scan and prepare a data set",
        description="Scan a data set, report rejected, repaired and duplicate pictures, and prepare it for training.",
    )
    parser.add_argument("source", metavar="SOURCE", nargs="?", help="a folder, .zip, .tar or .tar.gz, or 'synthetic'")
    for name in OPTIONS:
        setting = field_named(DataConfig, name, "A data set")
        words = f"{setting.setting.label}: {setting.setting.help} ({setting.range_text()}; default {setting.default})"
        parser.add_argument("--" + name.replace("_", "-"), metavar="N", help=words.replace("%", "%%"))
    parser.add_argument("--out", metavar="FOLDER", type=as_path, help="write the tables and the summary there as well")
    parser.add_argument("--json", action="store_true", help="print the summary, rejects and duplicates as JSON")
    cache.add_options(parser)
    return parser


def run(chosen: argparse.Namespace) -> int:
    """Prepare the data set and print its report, or look after the cache. Raises ``MtlDemoError`` for what the person
    can fix."""
    tidying = chosen.list_cache or chosen.clear_cache is not None
    if tidying and chosen.source is None:
        return cache.run(chosen)
    if tidying or chosen.source is None:
        raise MtlDemoError("Name either SOURCE, --list-cache or --clear-cache; see python -m mtldemo data --help.")
    from mtldemo.data import load, report

    if chosen.out:
        targets.check_folder(chosen.out, "--out")
    values: dict[str, Any] = {"source": chosen.source}
    for name in OPTIONS:
        if getattr(chosen, name) is not None:
            values[name] = field_named(DataConfig, name, "A data set").parse(getattr(chosen, name))
    with ProgressBar() as bar:
        dataset = load(DataConfig(**values), progress=bar.show)
    written = report.write(dataset, chosen.out) if chosen.out else []
    if chosen.json:
        tables = {name: getattr(dataset, name).to_dict("records") for name in ("rejects", "duplicates")}
        print(strict_json({**report.summary(dataset), **tables, "written": [str(path) for path in written]}, indent=2))
    else:
        _print(dataset, report.summary(dataset), written)
    return 0


def _print(dataset: "Dataset", told: dict[str, Any], written: list[Path]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    console = console if console.is_terminal else Console(width=150)
    refused, repaired = sum(told["rejected"].values()), sum(told["repaired"].values())
    console.print(Text.assemble((dataset.name, "bold"), f"  {dataset.source}"))
    if dataset.notice:
        console.print(Text(dataset.notice))
    console.print(
        f"{told['pictures']:,} pictures of {dataset.image_size} px; {refused:,} files rejected, "
        f"{repaired:,} read after a repair of their name, {told['ignored']:,} other files left aside."
    )
    if len(dataset.rejects):
        rejects = Table("File", "What happened", "Reason", title="Rejected and repaired files", title_justify="left")
        for row in dataset.rejects.sort_values(["repaired", "file"]).head(SHOWN).to_dict("records"):
            rejects.add_row(Text(row["file"]), "repaired" if row["repaired"] else "rejected", Text(row["reason"]))
        console.print(rejects)
        if len(dataset.rejects) > SHOWN:
            console.print(f"... and {len(dataset.rejects) - SHOWN:,} more.")

    groups = Table("Look-alikes", title="Groups of duplicates and what their labels disagree on", title_justify="left")
    for title in ("Groups", "Pictures", "Age", "Largest gap", "Gender", "Ethnicity"):
        groups.add_column(title, justify="right")
    for name, title in (("identical", "identical files"), ("alike", "identical or nearly so")):
        found = told["duplicates"][name]
        quarrels = (found["age_disagrees"], f"{found['age_spread']:g} years", found["gender_disagrees"])
        groups.add_row(title, *map(str, (found["groups"], found["pictures"], *quarrels, found["ethnicity_disagrees"])))
    console.print(groups)

    labels = Table("Pictures", title="Split, by group", title_justify="left")
    for title in ("Training", "Validation", "Test"):
        labels.add_column(title, justify="right")
    labels.add_row("all", *(f"{count:,}" for count in told["splits"].values()), end_section=True)
    for name, rows in told["labels"].items():
        for place, row in enumerate(rows):
            counts = (f"{row[split]:,}" for split in told["splits"])
            labels.add_row(f"{name} {row['label']}", *counts, end_section=place == len(rows) - 1)
    console.print(labels)
    for path in written or ([dataset.folder] if dataset.folder else []):
        console.print(Text(f"Written: {path}" if written else f"Tables and pixels: {path}"))
