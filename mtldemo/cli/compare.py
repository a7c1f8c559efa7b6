"""``python -m mtldemo compare``: train several strategies, and ways of sharing, and say which did best."""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mtldemo.cli import study_results, targets
from mtldemo.cli.options import FLAGS, add_config_options, config_from, given_settings
from mtldemo.cli.study_display import study_display
from mtldemo.config import RunConfig, SharingConfig, leaves, value_at
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import strict_json
from mtldemo.paths import as_path
from mtldemo.runs import default_runs_dir
from mtldemo.study import StudyConfig, StudyFolder, create_study, open_study
from mtldemo.study.config import BUDGETS, EPOCHS, Arm, arms_from, merged, sharings_from, sharings_of, single_arms
from mtldemo.work.interrupt import Interrupt

ARMS = (
    "the arms, divided by commas: [NAME=]STRATEGY[@PLACE][:OPTION=VALUE]..., such as equal, mgda@features or "
    "fixed:weights.age=0.05; may be repeated"
)

SHARINGS = (
    "the ways of sharing that each strategy is trained with, divided by commas: SHARING[:OPTION=VALUE]..., such as "
    "hard,mtan,mmoe:experts=4 (default: the one of --sharing); the tasks alone have the plain network"
)


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser = commands.add_parser(
        "compare",
        usage="%(prog)s --strategies A,B,... [options]",
        help="train several strategies with several seeds and compare them",
        description="A study: every strategy on every way of sharing with every seed, on the same data, split, "
        "backbone and budget, in a folder of its own. Ctrl-C stops it with checkpoints; --resume goes on. Naming a "
        "study again with --study adds strategies or seeds to it.",
    )
    group = parser.add_argument_group("the study")
    group.add_argument("--strategies", metavar="A,B,...", action="append", default=[], help=ARMS)
    group.add_argument("--sharings", metavar="A,B,...", action="append", default=[], help=SHARINGS)
    group.add_argument("--seeds", metavar="N|A,B,...", help="so many seeds from 0 on, or these (default: 3)")
    group.add_argument("--baseline", action="store_true", help="also train each task alone: single-task learning")
    group.add_argument("--against", metavar="ARM", help="the arm that others are compared with (default: equal)")
    group.add_argument("--workers", metavar="N", type=int, help="processes that share the cores (default: 1)")
    group.add_argument(
        "--budget",
        choices=BUDGETS,
        help="what is equal for all strategies: the epochs (default), or the time that these take the plain sum",
    )
    group.add_argument("--study", metavar="NAME", help="its name (default: made from the time)")
    group.add_argument("--resume", metavar="STUDY", help="go on with a study, as it is")
    group.add_argument("--runs-dir", type=as_path, default=default_runs_dir(), help="default: %(default)s")
    group.add_argument("--json", action="store_true", help="print nothing but one JSON object at the end")
    group.add_argument(
        "--report",
        metavar="FILE.html",
        type=as_path,
        help="write the whole study as one HTML file that needs no server",
    )
    group.add_argument(
        "--export-metrics",
        nargs=2,
        metavar=("STUDY", "FOLDER"),
        help="write a study's metrics alone, thinned and without paths, into a new folder",
    )
    add_config_options(parser)
    return parser


def run(chosen: argparse.Namespace) -> int:
    """Work the study off, print its table, and return the exit code."""
    if chosen.export_metrics:
        return _export(chosen)
    if chosen.report:
        targets.check_writable_file(chosen.report, "--report")
    study = _study(chosen)
    if chosen.report and study.readonly:
        # A study that comes with the project has nothing left to train.
        return _report(study, chosen.report)
    if study.status().live and study.status().state != "queued":
        return _left_to_its_queue(study, chosen.json)
    from mtldemo.study import queue

    interrupt = Interrupt(study.stop_requested)
    with interrupt, study_display(chosen.json, study) as display:
        try:
            status = queue.work_off(study, stop_requested=interrupt, show=display.show, say=display.say)
        except (MtlDemoError, KeyboardInterrupt):
            raise
        except Exception as error:  # noqa: BLE001 - the trace is in the log; the terminal gets the sentence
            study.log_fault()
            print(f"mtldemo: {type(error).__name__}: {error} (details in {study.log_file})", file=sys.stderr)
            return 1
    if chosen.json:
        print(strict_json(study_results.study_json(study, status)))
    elif not display.silent:
        study_results.print_study(study, status)
    if chosen.report:
        _report(study, chosen.report, quiet=chosen.json)
    if status.state == "stopped":
        return interrupt.exit_code
    return 0 if status.state == "finished" else 1


def _left_to_its_queue(study: StudyFolder, as_json: bool) -> int:
    if as_json:
        print(strict_json(study_results.study_json(study, study.status())))
    else:
        print(f"The study {study.name!r} is at work already; what was added is taken up by it.")
    return 0


def _report(study: StudyFolder, file: Path, *, quiet: bool = False) -> int:
    from mtldemo.study.report import write_report

    write_report(study, file)
    if not quiet:
        print(f"The report on {study.name!r} is in {file}.")
    return 0


def _export(chosen: argparse.Namespace) -> int:
    from mtldemo.study.shipping import export_metrics

    name, folder = chosen.export_metrics[0], as_path(chosen.export_metrics[1])
    targets.check_writable_folder(folder, "--export-metrics")
    runs = export_metrics(open_study(chosen.runs_dir, name), folder)
    if chosen.json:
        print(strict_json({"study": name, "path": str(folder.absolute()), "runs": runs}))
    else:
        print(f"{name}: the metrics of {runs} runs that have ended are in {folder}.")
    return 0


def _study(chosen: argparse.Namespace) -> StudyFolder:
    if chosen.resume:
        given = [*given_settings(chosen), *_given(chosen)]
        if given:
            flags = ", ".join(given)
            raise MtlDemoError(f"A resumed study stays as it is; leave out {flags} (--study NAME adds to a study).")
        return open_study(chosen.runs_dir, chosen.resume)
    name = chosen.study
    if name and (chosen.runs_dir / name).is_dir():
        return _extended(chosen, open_study(chosen.runs_dir, name))
    if not chosen.strategies and not chosen.baseline:
        raise MtlDemoError("Name the strategies to compare, such as --strategies equal,uncertainty,dwa; see --help.")
    base = _base(chosen)
    study = StudyConfig(
        base=base,
        arms=_arms(chosen, base),
        seeds=_seeds(chosen.seeds or "3"),
        budget=chosen.budget or EPOCHS,
        workers=_workers(chosen.workers) or 1,
        baseline=chosen.against or "equal",
    )
    if chosen.against:
        study.arm(chosen.against)
    return create_study(chosen.runs_dir, study, name)


def _extended(chosen: argparse.Namespace, study: StudyFolder) -> StudyFolder:
    """The study that is there, with the arms and seeds that are new."""
    study.writable()
    config = study.config()
    if given_settings(chosen):
        _check_same(config.base, _base(chosen), study.name)
    if chosen.budget and chosen.budget != config.budget:
        raise MtlDemoError(f"The study {study.name!r} has the budget {config.budget}; name another study.")
    changes: dict[str, Any] = {}
    if chosen.workers:
        changes["workers"] = _workers(chosen.workers)
    if chosen.against:
        changes["baseline"] = config.arm(chosen.against).name
    if changes:
        study.write_config(dataclasses.replace(config, **changes))
    # What is added stands on all ways of sharing that the study has.
    arms = _arms(chosen, config.base, sharings_of(config))
    study.extend(arms, _seeds(chosen.seeds) if chosen.seeds else ())
    return study


def _base(chosen: argparse.Namespace) -> RunConfig:
    """The settings that all runs have in common."""
    given = vars(chosen)
    for dest, flag in (("weighting.strategy", "--strategy"), ("set", "--set"), ("seed", "--seed")):
        if given.get(dest) is not None:
            use = {"seed": "--seeds", "set": "--strategies or --sharings with NAME:OPTION=VALUE"}.get(
                dest, "--strategies NAME:OPTION=VALUE"
            )
            raise MtlDemoError(f"A study has several; use {use} in place of {flag}.")
    if chosen.sharings and given.get("sharing.sharing") is not None:
        raise MtlDemoError("The study has several ways of sharing; leave out --sharing, and name all with --sharings.")
    # A preset's or file's own strategy and its settings are one arm's matter.
    return _plain(config_from(chosen))


def _plain(config: RunConfig) -> RunConfig:
    plain = dataclasses.replace(config.weighting, strategy="equal", options={})
    return dataclasses.replace(config, weighting=plain, seed=0)


def _arms(chosen: argparse.Namespace, base: RunConfig, sharings: Sequence[SharingConfig] = ()) -> tuple[Arm, ...]:
    sharings = sharings_from(",".join(chosen.sharings)) or sharings
    arms = arms_from(",".join(chosen.strategies), base, sharings)
    return merged((), [*arms, *(single_arms(base) if chosen.baseline else ())])


def _check_same(known: RunConfig, wanted: RunConfig, name: str) -> None:
    for path, _ in leaves(RunConfig):
        if path[0] != "compute" and value_at(known, path) != value_at(wanted, path):
            flag = FLAGS.get(path, "--" + path[-1].replace("_", "-"))
            raise MtlDemoError(
                f"The study {name!r} has {flag} {value_at(known, path)}, not {value_at(wanted, path)}; leave the "
                "settings out to add to it, or name another study."
            )


def _seeds(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isdecimal() for part in parts) or (len(parts) == 1 and not 1 <= int(parts[0]) <= 1000):
        raise MtlDemoError(f"--seeds: expected a number of seeds, or seeds divided by commas, found {text!r}.")
    return tuple(range(int(parts[0]))) if len(parts) == 1 and "," not in text else tuple(map(int, parts))


def _workers(number: int | None) -> int | None:
    if number is not None and number < 1:
        raise MtlDemoError(f"--workers: expected at least 1, found {number}.")
    return number


def _given(chosen: argparse.Namespace) -> list[str]:
    names = ("strategies", "sharings", "seeds", "baseline", "against", "workers", "budget", "study")
    return [f"--{name}" for name in names if getattr(chosen, name)]
