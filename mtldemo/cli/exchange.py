"""``python -m mtldemo runs import`` and ``runs export``: runs from elsewhere, and for other tools."""

import argparse
import sys
from pathlib import Path
from typing import Any

from mtldemo.cli import targets
from mtldemo.cli.progress_bar import ProgressBar
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import strict_json
from mtldemo.paths import as_path
from mtldemo.runs import STUDY_FILE, RunFolder, checked_name
from mtldemo.study import list_studies, open_study


def add_parsers(actions: Any) -> None:
    """Add the two actions."""
    bring = actions.add_parser(
        "import",
        help="copy runs or studies from elsewhere",
        description="Copy a run, a study, or several of them, into the folder of runs. Every file is checked.",
    )
    bring.add_argument(
        "source", metavar="PATH", type=as_path, help="a run's or study's folder, or a .zip of such folders"
    )
    bring.set_defaults(action=import_)
    send = actions.add_parser(
        "export",
        help="write runs for other tools",
        description="Write runs as TensorBoard event files, or as tables in the form of Weights & Biases.",
    )
    send.add_argument(
        "names", metavar="RUN", nargs="+", help="a run, a study (all its runs), or one run of a study: STUDY/RUN"
    )
    send.add_argument("--to", metavar="FOLDER", type=as_path, required=True, help="where to; made if need be")
    send.add_argument(
        "--format", choices=("tensorboard", "csv"), default="tensorboard", help="of the files (default: %(default)s)"
    )
    send.set_defaults(action=export)
    for parser in (bring, send):
        # Not given here, they are what was given before the action.
        parser.add_argument("--runs-dir", type=as_path, default=argparse.SUPPRESS, help="the folder of runs")
        parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print a JSON object")


def import_(chosen: argparse.Namespace) -> int:
    """Import, and say what came in. Raises ``MtlDemoError`` where nothing could."""
    from mtldemo.study.importing import import_runs

    with ProgressBar() as bar:
        got = import_runs(chosen.source, chosen.runs_dir, progress=bar.show)
    if chosen.json:
        names = {"runs": [run.name for run in got.runs], "studies": [study.name for study in got.studies]}
        print(strict_json({**names, "remarks": got.remarks, "runs_dir": str(chosen.runs_dir.absolute())}, indent=2))
        return 0
    for remark in got.remarks:
        print(remark, file=sys.stderr)
    for study in got.studies:
        print(f"Imported the study {study.name} with {len(study.runs())} runs.")
    for run in got.runs:
        print(f"Imported the run {run.name}.")
    return 0


def export(chosen: argparse.Namespace) -> int:
    """Export, and say what was written. Raises ``MtlDemoError`` where a run can't be found or read."""
    from mtldemo.study import exports

    targets.check_writable_folder(chosen.to, "--to")
    runs = [run for name in chosen.names for run in runs_named(chosen.runs_dir, name)]
    with ProgressBar() as bar:
        files = exports.FORMATS[chosen.format](runs, chosen.to, progress=bar.show)
    if chosen.json:
        print(strict_json({"runs": len(runs), "files": [str(file) for file in files]}, indent=2))
        return 0
    for file in files:
        print(file)
    if chosen.format == "tensorboard":
        print(
            f"To look at them: python -m pip install tensorboard && tensorboard --logdir {chosen.to}", file=sys.stderr
        )
    return 0


def runs_named(runs_dir: Path, name: str) -> list[RunFolder]:
    """The run ``name``, the runs of the study ``name``, or the run of a study, ``study/run``; the user's own before
    those that come with the project. Raises ``MtlDemoError`` where there are none."""
    study, slash, run = name.rstrip("/").rpartition("/")
    if slash:
        return [RunFolder.open(open_study(runs_dir, study).path, run)]
    own = Path(runs_dir) / checked_name(run)
    ordinary = own.is_dir() and not (own / STUDY_FILE).exists()
    if ordinary or run not in {known.name for known in list_studies(runs_dir)}:
        return [RunFolder.open(runs_dir, run)]
    runs = open_study(runs_dir, run).runs()
    if not runs:
        raise MtlDemoError(f"The study {run!r} has no runs yet.")
    return runs
