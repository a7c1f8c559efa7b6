"""``python -m mtldemo model``: make a run's model ready to be used."""

import argparse
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtldemo.cli import targets
from mtldemo.errors import MtlDemoError
from mtldemo.files import write_atomic
from mtldemo.json_text import loads, strict_json
from mtldemo.paths import as_path
from mtldemo.predict.exporting import FORMATS, exported, format_named
from mtldemo.predict.usage import VIEWS
from mtldemo.runs import default_runs_dir
from mtldemo.tasks.measures import share_measure

if TYPE_CHECKING:
    from mtldemo.predict.crop import Crop
    from mtldemo.predict.measure import Figure
    from mtldemo.predict.predictor import Predictor
    from mtldemo.predict.release import Release
    from mtldemo.tasks import Measure

COVERED = share_measure("covered", "in its interval")
"""The share of labels that lie in a calibrated interval."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser = commands.add_parser(
        "model",
        help="calibrate a run's model, write it as a file of its own with a card, or export it",
        description="Calibrate a run's model on the validation split of its own data set. Without --to that is kept "
        "in the run's folder; with it the model is written as one file: halved where that costs nothing, measured once "
        "on the test split, with a model card beside it. With --export it is written as it is, for another program or "
        "copy, after a check that the file gives the model's answers; no data set is needed for that.",
    )
    parser.add_argument("model", metavar="RUN|FILE", help="a run, or its model.safetensors")
    parser.add_argument("--to", metavar="FILE", type=as_path, help="where to write it, such as utkface.safetensors")
    parser.add_argument(
        "--export",
        choices=[one.name for one in FORMATS],
        help="write it as it is: safetensors, torch (torch.export, .pt2) or onnx (needs onnx and onnxscript)",
    )
    parser.add_argument("--name", default="", help="the model's name (default: the run's)")
    parser.add_argument("--data", metavar="SOURCE", help="its data set (default: where the run's config says)")
    parser.add_argument("--crops", metavar="FILE", type=as_path, help="what benchmarks/crop.py --json printed for it")
    parser.add_argument(
        "--views",
        type=int,
        choices=VIEWS,
        help="of each face to ask and average: 2 with the mirror image, 4 also closer and further away (default: as "
        "many as help on validation)",
    )
    parser.add_argument("--command", dest="made_by", default="", help="the command that trained it, for the card")
    parser.add_argument("--runs-dir", type=as_path, default=default_runs_dir(), help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print what was measured as JSON")
    return parser


def run(chosen: argparse.Namespace) -> int:
    """Calibrate, and write the model or what was found. Raises ``MtlDemoError`` for what the person can fix."""
    import dataclasses

    from mtldemo import data
    from mtldemo.predict import card, models, release, usage
    from mtldemo.predict.predictor import Predictor

    crops = _crops(chosen.crops) if chosen.crops else None
    file, name = models.model_file(chosen.model, chosen.runs_dir)
    predictor = Predictor.load(file, name=chosen.name or name)
    if chosen.export:
        return _export(predictor, file, chosen)
    target = _target(chosen.to, ".safetensors", file) if chosen.to else None
    config = predictor.config.data
    dataset = data.load(dataclasses.replace(config, source=chosen.data) if chosen.data else config, progress=_progress)
    half = target is not None
    shipped = release.finish(predictor, dataset, crops=crops, views=chosen.views, half=half, progress=_progress)
    if target is None:
        usage.write_beside(shipped.predictor.usage, file)
        written = [file.with_name(usage.FILE)]
    else:
        release.write(shipped, target)
        command = "\n".join(filter(None, [chosen.made_by, _command(chosen)]))
        text = card.card(shipped, dataset, command=command, size=target.stat().st_size)
        card.write(text, target.with_suffix(".md"))
        written = [target, target.with_suffix(".md")]
    _show(shipped, written, chosen.json)
    return 0


def _export(predictor: "Predictor", file: Path, chosen: argparse.Namespace) -> int:
    """Write the model as it is, in one of the formats."""
    if chosen.data or chosen.crops or chosen.views:
        raise MtlDemoError(
            "--data, --crops and --views are for calibrating, and --export writes the model as it is; calibrate it "
            "first, without --export."
        )
    kind = format_named(chosen.export)
    target = _target(chosen.to or Path(f"{predictor.name}{kind.ending}"), kind.ending, file)
    content = exported(predictor, kind.name)
    write_atomic(target, content, durable=True)
    if chosen.json:
        print(strict_json({"format": kind.name, "bytes": len(content), "written": [str(target)]}))
    else:
        print(f"Written: {target} ({len(content) / 1e6:.1f} MB); it gives the model's answers.")
    return 0


def _target(wanted: Path, ending: str, model: Path) -> Path:
    """The file to write, in a folder that is there; said before any long work."""
    if os.path.isdir(wanted):  # noqa: PTH112 - False, not an error, for a name that is too long
        raise MtlDemoError(f"{wanted} is a folder; name a file in it with --to.")
    target = wanted if wanted.suffix else wanted.with_suffix(ending)
    if target.resolve() == model.resolve():
        raise MtlDemoError(f"{target} is the run's own model; choose another file with --to.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MtlDemoError(
            f"The folder {target.parent} can't be made ({(error.strerror or str(error)).lower()}); choose another with "
            "--to."
        ) from error
    targets.check_writable_file(target, "--to")
    return target


def _crops(file: Path) -> dict[str, "Crop"]:
    from mtldemo.predict.crop import Crop

    try:
        crops = loads(file.read_bytes())
        return {
            name: Crop(float(crop["margin"]), float(crop["shift"]), tuple(map(float, crop.get("points", ()))))
            for name, crop in crops.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MtlDemoError(f"{file} can't be read as crops; give what benchmarks/crop.py --json printed.") from error


def _progress(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{what}: {done:,} of {total:,}    ", end="" if done < total else "\n", file=sys.stderr, flush=True)


def _command(chosen: argparse.Namespace) -> str:
    """What was asked, with names in the place of this machine's paths."""
    given = {
        "--to": chosen.to.name,
        "--name": chosen.name,
        "--data": Path(chosen.data or "").name,
        "--crops": chosen.crops.name if chosen.crops else "",
        "--views": str(chosen.views or ""),
    }
    options = [part for option, value in given.items() if value for part in (option, value)]
    return shlex.join(["python", "-m", "mtldemo", "model", Path(chosen.model).name, *options])


def _show(shipped: "Release", written: list[Path], as_json: bool) -> None:
    measured = shipped.measured
    if as_json:
        shown = {"metrics": measured.metrics, "sure": measured.sure, "images": measured.images, "gains": shipped.gains}
        covered = {task: figure.value for task, figure in measured.groups[0].covered.items()}
        # The first one alone is from when one task had an interval.
        shown |= {"covered": next(iter(covered.values()), None), "covered_by_task": covered, "half": shipped.halved}
        print(
            strict_json({**shown, "views": shipped.predictor.usage.views, "written": [str(path) for path in written]})
        )
        return
    everything = measured.groups[0]
    for task in shipped.predictor.tasks:
        _print_figure(f"{task.title}, {task.measure.plain}", everything.figures[task.name], task.measure)
        if task.name in everything.covered:
            _print_figure(f"{task.title}, {COVERED.title}", everything.covered[task.name], COVERED)
    print("Written: " + ", ".join(f"{path} ({path.stat().st_size / 1e6:.1f} MB)" for path in written))


def _print_figure(title: str, figure: "Figure", measure: "Measure") -> None:
    """A line: whose figure it is, its value with the unit, and its interval."""
    low, high = (f"{measure.factor * end:,.{measure.digits}f}" for end in (figure.low, figure.high))
    print(f"{title:32} {measure.shown(figure.value):>14} ({low} to {high})")
