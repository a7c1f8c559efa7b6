"""``python -m mtldemo train``: start a run, or go on with one, in this process."""

import argparse
import sys
from typing import Any

from mtldemo.cli import results
from mtldemo.cli.display import BarDisplay, Display, LineDisplay, SilentDisplay
from mtldemo.cli.options import add_config_options, config_from, given_settings
from mtldemo.cli.output import writes_to
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import strict_json
from mtldemo.paths import as_path
from mtldemo.runs import RunFolder, default_runs_dir
from mtldemo.work.interrupt import Interrupt
from mtldemo.work.session import work_on


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser = commands.add_parser(
        "train",
        usage="%(prog)s [options]",
        help="train a network, or go on with a run",
        description="Train a network. The run's folder holds its config, metrics, log, checkpoint and weights. "
        "Ctrl-C ends it after the current step with a checkpoint; --resume goes on.",
    )
    where = parser.add_argument_group("the run")
    where.add_argument("--run", metavar="NAME", help="the run's name (default: made from the strategy and the time)")
    where.add_argument("--resume", metavar="RUN", help="go on with a run that was stopped, failed or crashed")
    where.add_argument("--runs-dir", type=as_path, default=default_runs_dir(), help="default: %(default)s")
    where.add_argument("--json", action="store_true", help="print nothing but one JSON object at the end")
    add_config_options(parser)
    return parser


def run(chosen: argparse.Namespace) -> int:
    """Train, print the metrics, and return the exit code."""
    folder = _folder(chosen)
    interrupt = Interrupt(folder.stop_requested)
    if folder.status().state != "finished":
        try:
            with interrupt, _display(chosen, folder) as display:
                work_on(folder, interrupt, display)
        except (MtlDemoError, KeyboardInterrupt):
            raise
        except Exception as error:  # noqa: BLE001 - the trace is in the log; the terminal gets the sentence
            print(
                f"mtldemo: {type(error).__name__}: {' '.join(str(error).split())} (details in {folder.log_file})",
                file=sys.stderr,
            )
            return 1
    summary = folder.summary()
    if chosen.json:
        print(strict_json(results.as_json(folder, summary)))
    elif not writes_to(folder.log_file):
        results.print_metrics(folder, summary)
        if summary.status.state == "stopped":
            where = "" if chosen.runs_dir == default_runs_dir() else f" --runs-dir {chosen.runs_dir}"
            print(f"{summary.status.message} Go on: python -m mtldemo train --resume {_quoted(folder.name)}{where}")
    return interrupt.exit_code if summary.status.state == "stopped" else 0


def _folder(chosen: argparse.Namespace) -> RunFolder:
    if not chosen.resume:
        return RunFolder.create(chosen.runs_dir, config_from(chosen), chosen.run)
    given = [*given_settings(chosen), *(["--run"] if chosen.run else [])]
    if given:
        raise MtlDemoError(f"A resumed run keeps its name and settings; leave out {', '.join(given)}.")
    folder = RunFolder.open(chosen.runs_dir, chosen.resume)
    if folder.problem:
        raise MtlDemoError(f"{chosen.resume!r} can't be resumed. {folder.problem}")
    return folder


def _display(chosen: argparse.Namespace, folder: RunFolder) -> Display:
    if chosen.json or writes_to(folder.log_file):
        return SilentDisplay()
    return BarDisplay() if sys.stdout.isatty() else LineDisplay(sys.stdout)


def _quoted(name: str) -> str:
    return f'"{name}"' if not name.replace("-", "").replace("_", "").replace(".", "").isalnum() else name
