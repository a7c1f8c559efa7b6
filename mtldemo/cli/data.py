"""``python -m mtldemo data``: scan and prepare a data set, and tell what is in it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtldemo.cli import cache, targets
from mtldemo.cli.label_options import add_label_options, chosen_labels
from mtldemo.cli.output import table_console
from mtldemo.cli.progress_bar import ProgressBar
from mtldemo.config import DataConfig
from mtldemo.data.duplicates import quarrel_column
from mtldemo.data.labels.base import FACES
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import strict_json
from mtldemo.paths import as_path
from mtldemo.settings import field_named
from mtldemo.tasks import REGRESSION, Task

if TYPE_CHECKING:
    from mtldemo.data import Dataset

OPTIONS = ("image_size", "val_share", "test_share", "split_seed", "split", "fold")
MOST_CLASSES = 8
"""Classes of a task that are named on the terminal."""
SHOWN = 20
"""Rejected files that are listed on the terminal; all of them are in the file."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser = commands.add_parser(
        "data",
        help="scan and prepare a data set",
        description="Scan a data set, report rejected, repaired and duplicate pictures, and prepare it for training.",
    )
    parser.add_argument(
        "source",
        metavar="SOURCE",
        nargs="?",
        help="a folder, an archive (.zip, .tar, .tar.gz), a list of pictures with their labels (.csv, .tsv, .txt, "
        ".json, .jsonl, .parquet), 'synthetic' or 'shapes'",
    )
    for name in OPTIONS:
        setting = field_named(DataConfig, name, "A data set")
        span = setting.range_text() or "one of " + ", ".join(setting.setting.choices)
        words = f"{setting.setting.label}: {setting.setting.help} ({span}; default {setting.default})"
        parser.add_argument("--" + name.replace("_", "-"), metavar="N", help=words.replace("%", "%%"))
    add_label_options(parser)
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
    from mtldemo.predict.domain import pictures_of

    if chosen.out:
        targets.check_writable_folder(chosen.out, "--out")
    values: dict[str, Any] = {"source": chosen.source}
    for name in OPTIONS:
        if getattr(chosen, name) is not None:
            values[name] = field_named(DataConfig, name, "A data set").parse(getattr(chosen, name))
    values["labels"] = chosen_labels(vars(chosen), chosen.source)
    with ProgressBar() as bar:
        dataset = load(DataConfig(**values), progress=bar.show)
    written = report.write(dataset, chosen.out) if chosen.out else []
    takes = pictures_of(dataset.tasks, dataset.pictures)
    if chosen.json:
        tables = {name: getattr(dataset, name).to_dict("records") for name in ("rejects", "duplicates")}
        content = {
            **report.dataset_summary(dataset),
            "takes": takes,
            **tables,
            "written": [str(path) for path in written],
        }
        print(strict_json(content, indent=2))
    else:
        _print(dataset, report.dataset_summary(dataset), takes, written)
    return 0


def _print(dataset: "Dataset", summary: dict[str, Any], takes: str, written: list[Path]) -> None:
    from rich.table import Table
    from rich.text import Text

    console = table_console()
    refused, repaired = sum(summary["rejected"].values()), sum(summary["repaired"].values())
    console.print(Text.assemble((dataset.name, "bold"), f"  {dataset.source}"))
    if dataset.notice:
        console.print(Text(dataset.notice))
    console.print(
        f"{summary['pictures']:,} pictures of {dataset.image_size} px; {refused:,} files rejected, "
        f"{repaired:,} read after a repair of their name, {summary['ignored']:,} other files left aside."
    )
    if len(dataset.rejects):
        rejects = Table("File", "What happened", "Reason", title="Rejected and repaired files", title_justify="left")
        for row in dataset.rejects.sort_values(["repaired", "file"]).head(SHOWN).to_dict("records"):
            rejects.add_row(Text(row["file"]), "repaired" if row["repaired"] else "rejected", Text(row["reason"]))
        console.print(rejects)
        if len(dataset.rejects) > SHOWN:
            console.print(f"... and {len(dataset.rejects) - SHOWN:,} more.")

    tasks = Table("Task", "Kind", title="What the pictures have labels for", title_justify="left")
    for title in ("Labels", "Range or classes"):
        tasks.add_column(title, justify="right" if title == "Labels" else "left")
    for task in dataset.tasks:
        classes = ", ".join(task.classes[:MOST_CLASSES]) + (", ..." if len(task.classes) > MOST_CLASSES else "")
        span = f"{task.low:g} to {task.high:g} {task.unit}".rstrip()
        labelled = dataset.counted[task.name].notna().tolist().count(True)
        tasks.add_row(Text(task.name), task.kind, f"{labelled:,}", Text(classes or span))
    console.print(tasks)
    about = "the faces in a picture" if takes == FACES else "the picture as a whole"
    console.print(f"A model of them is asked about {about}; --pictures chooses otherwise.")

    groups = Table("Look-alikes", title="Groups of duplicates and what their labels disagree on", title_justify="left")
    quarrels = [task for task in dataset.tasks if summary["duplicates"]["alike"][f"{task.name}_disagrees"]]
    for title in ("Groups", "Pictures", *(task.title for task in quarrels)):
        groups.add_column(title, justify="right")
    for name, title in (("identical", "identical files"), ("alike", "identical or nearly so")):
        counts = summary["duplicates"][name]
        cells = [f"{counts[f'{task.name}_disagrees']}{_gap(counts, task)}" for task in quarrels]
        groups.add_row(title, str(counts["groups"]), str(counts["pictures"]), *cells)
    console.print(groups)

    labels = Table("Pictures", title="Split, by group", title_justify="left")
    for title in ("Training", "Validation", "Test"):
        labels.add_column(title, justify="right")
    labels.add_row("all", *(f"{count:,}" for count in summary["splits"].values()), end_section=True)
    for name, rows in summary["labels"].items():
        for number, row in enumerate(rows, start=1):
            counts = (f"{row[split]:,}" for split in summary["splits"])
            labels.add_row(f"{name} {row['label']}", *counts, end_section=number == len(rows))
    console.print(labels)
    for path in written or ([dataset.folder] if dataset.folder else []):
        console.print(Text(f"Written: {path}" if written else f"Tables and pixels: {path}"))


def _gap(counts: dict[str, Any], task: Task) -> str:
    """The largest difference of a regression's labels within a group, in brackets."""
    gap = counts.get(quarrel_column(task), 0) if task.kind == REGRESSION else 0
    return f" (up to {gap:g} {task.unit}".rstrip() + ")" if gap else ""
