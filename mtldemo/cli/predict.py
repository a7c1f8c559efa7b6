"""``python -m mtldemo predict``: ask models about pictures, or the faces in them."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtldemo.errors import MtlDemoError
from mtldemo.paths import as_path
from mtldemo.predict import models
from mtldemo.runs import default_runs_dir

if TYPE_CHECKING:
    from mtldemo.predict.answers import PictureAnswer
    from mtldemo.predict.pipeline import Pipeline

MOST_THREADS = 256


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser = commands.add_parser(
        "predict",
        help="ask models about pictures, or the faces in them",
        description="Ask one or several models about pictures: models of faces about the faces that are found in them, "
        "others about each picture as a whole. A picture that can't be used is a row with its error; the others are "
        "done, and the exit code is 2. " + models.NOTICE,
    )
    parser.add_argument("images", metavar="IMAGE|FOLDER|-", nargs="+", help="pictures, folders of them, or - for stdin")
    parser.add_argument(
        "--model",
        metavar="RUN|FILE",
        action="append",
        default=[],
        help="a run, or a .safetensors file; repeat to ask several (default: the model that comes with the project)",
    )
    parser.add_argument("--runs-dir", type=as_path, default=default_runs_dir(), help="default: %(default)s")
    parser.add_argument(
        "--detector",
        default="auto",
        metavar="NAME|FILE",
        help="haar (built in), yunet (better; downloaded once from the OpenCV zoo, 0.2 MB), the path of a YuNet file, "
        "or auto: YuNet where it is there, else haar (default); only models of faces need one",
    )
    parser.add_argument(
        "--whole-image",
        action="store_true",
        help="take each whole picture as a face, without detector",
    )
    parser.add_argument(
        "--exact",
        action="store_true",
        help="answers to many pictures that are to the last digit those to each one alone; otherwise 100 or more are "
        "computed in bfloat16 where the processor has it, twice as fast, which moves numbers a little (an age by some "
        "hundredths of a year)",
    )
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="that share the work; 0: one a core")
    parser.add_argument(
        "--device",
        default="auto",
        choices=("auto", "cpu", "cuda", "mps"),
        help="that the models compute on; auto: a GPU where there is one (default)",
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print a JSON list with one object a picture")
    how.add_argument(
        "--csv",
        action="store_true",
        help="print CSV with one row a face (or whole picture) and model, in UTF-8; a text that a spreadsheet would "
        "run has ' before it",
    )
    return parser


def run(chosen: argparse.Namespace) -> int:
    """Predict and print. Raises ``MtlDemoError`` where a picture could not be used, after the others are printed."""
    from mtldemo.cli import predictions
    from mtldemo.predict import domain, table
    from mtldemo.predict.answers import incomparable_tasks

    if not 0 <= chosen.threads <= MOST_THREADS:
        raise MtlDemoError(f"--threads is a number from 0 to {MOST_THREADS}, found {chosen.threads}.")
    sources = list(predictions.expanded(chosen.images))
    files = _files(chosen.model or [""], chosen.runs_dir)
    pipeline = _pipeline(chosen, files)
    for warning in domain.domain_warnings({predictor.name: predictor.domain for predictor in pipeline.predictors}):
        print(f"mtldemo: {warning}", file=sys.stderr)
    if not chosen.json:
        for sentence in incomparable_tasks({predictor.name: predictor.tasks for predictor in pipeline.predictors}):
            print(f"mtldemo: {sentence}", file=sys.stderr)
    failures = _Failures(pipeline.predict_many(sources, threads=chosen.threads, exact=chosen.exact))
    answers = _watched(failures, len(sources), bar=not ((chosen.json or chosen.csv) and sys.stdout.isatty()))
    if chosen.json:
        sys.stdout.writelines(table.json_parts(answers, predictions.WORDS))
        print()
    elif chosen.csv:
        tasks = [task for item in pipeline.predictors for task in item.tasks]
        sys.stdout.writelines(table.csv_parts(answers, tasks, predictions.WORDS))
    else:
        _print_table(answers)
    if failures.failed and len(sources) == 1:
        raise MtlDemoError(failures.first)
    if failures.failed:
        others = "the others are done" if failures.failed < len(sources) else "nothing was predicted"
        raise MtlDemoError(f"{failures.failed} of {len(sources)} pictures can't be used; {others}. {failures.first}")
    return 0


def _files(names: list[str], runs_dir: Path) -> list[tuple[Path, str]]:
    """The models' files, each with its short name, or as it was asked for where two share that one."""
    model_files = [models.model_file(name, runs_dir) for name in names]
    uses = Counter(short for _, short in model_files)
    return [(file, short if uses[short] == 1 else name) for name, (file, short) in zip(names, model_files, strict=True)]


def _print_table(answers: Iterable["PictureAnswer"]) -> None:
    """Print the table, also of what is done when Ctrl-C comes."""
    from mtldemo.cli import predictions

    done: list[PictureAnswer] = []
    try:
        for answer in answers:
            done.append(answer)
    except KeyboardInterrupt:
        predictions.print_table(done)
        raise
    predictions.print_table(done)


class _Failures:
    """Answers as they come; counts those of pictures that can't be used, and keeps the ``first`` one's error."""

    def __init__(self, answers: Iterable["PictureAnswer"]) -> None:
        self._answers = answers
        self.failed, self.first = 0, ""

    def __iter__(self) -> Iterator["PictureAnswer"]:
        for answer in self._answers:
            if answer.error:
                self.failed += 1
                self.first = self.first or answer.error
            yield answer


def _pipeline(chosen: argparse.Namespace, files: list[tuple[Path, str]]) -> "Pipeline":
    from mtldemo.model.devices import device_named
    from mtldemo.predict import detectors
    from mtldemo.predict.pipeline import Pipeline
    from mtldemo.predict.predictor import Predictor
    from mtldemo.training.compute import keep_freed_memory

    # Of what a lot needs, all is freed and taken again by the next one.
    keep_freed_memory()
    device, detector = device_named(chosen.device), None
    predictors = [Predictor.load(file, name=name, device=device) for file, name in files]
    if not any(predictor.domain.faces for predictor in predictors):
        if chosen.detector != detectors.AUTO:
            print("mtldemo: These models take whole pictures, so --detector isn't used.", file=sys.stderr)
    elif not chosen.whole_image:
        detector, sentence = detectors.chosen(chosen.detector)
        if sentence:
            print(f"mtldemo: {sentence}", file=sys.stderr)
    return Pipeline(predictors, detector)


def _watched(answers: Iterable["PictureAnswer"], total: int, *, bar: bool) -> Iterator["PictureAnswer"]:
    """The answers as they come, with a progress bar on a terminal where there may be a ``bar``."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    hidden = not (bar and console.is_terminal) or total < 2
    # What is printed meanwhile goes to a file or pipe, not above the bar.
    with Progress(*columns, console=console, transient=True, disable=hidden, redirect_stdout=False) as progress:
        yield from progress.track(answers, total=total, description="Predicting")
