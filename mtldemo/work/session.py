"""One process's work on one run: prepare the data, train, and write all that happens into the run folder."""

import contextlib
import dataclasses
import math
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtldemo.config import RunConfig, to_dict
from mtldemo.errors import DivergedError, MtlDemoError
from mtldemo.files import disk_sentence
from mtldemo.json_text import strict_json
from mtldemo.progress import Stopped
from mtldemo.runs import Heartbeat, Phase, RunFolder, Status
from mtldemo.runs.metrics import Extent
from mtldemo.sentences import listed
from mtldemo.training.check import checked
from mtldemo.work.log_lines import metrics_line, status_line
from mtldemo.work.watcher import NullWatcher, Watcher

if TYPE_CHECKING:
    from mtldemo.data.dataset import Dataset
    from mtldemo.training.compute import ResolvedCompute
    from mtldemo.training.state import Checkpoint

    Load = Callable[..., Dataset]

Stop = Callable[[], bool]
FLUSH_EVERY = 0.25  # seconds between two writes of step records
LOG_EVERY = 30.0  # seconds between two lines about steps in the log
NO_MEMORY = "There isn't enough memory for this run; choose a smaller batch size, image size or backbone."


def work_on(run: RunFolder, stop: Stop, watcher: Watcher | None = None, load: "Load | None" = None) -> None:
    """Bring the run from where it is to its end, or to where ``stop`` says so. Its status says which.

    ``watcher`` is told how it gets on; ``load`` gives the data set in place of ``data.load``, where there is one
    already. A finished run is left as it is.

    Whatever goes wrong is in the status in words. What a person can fix is raised as ``MtlDemoError``; anything else is
    raised as it is, its trace in the log.
    """
    with run.lock():
        run.sweep()
        before = run.stored_status()
        if before.state == "finished":
            return
        if before.state != "queued":  # a queued run may have been asked to stop since it was queued
            run.clear_stop()
        begun = dataclasses.replace(
            before,
            state="preparing",
            message="",
            eta_s=None,
            images_per_second=None,
            progress=Phase("Starting", 0, 0),
            diverged=False,
        )
        with Heartbeat(run, begun) as beat:
            session = _Session(run, stop, watcher or NullWatcher(), beat, load)
            try:
                session.work()
            except Stopped:
                session.end("stopped", "Stopped before training began.")
            except KeyboardInterrupt:
                session.end("stopped", "Ended at once; resume goes on from the last checkpoint.")
                raise
            except Exception as error:
                fault = _fixable(error, run.path)
                if fault is None:
                    with contextlib.suppress(MtlDemoError, OSError):
                        run.log(traceback.format_exc())
                    session.end(
                        "failed", f"Something unexpected went wrong ({type(error).__name__}); the log has more."
                    )
                    raise
                session.end("failed", str(fault), diverged=isinstance(fault, DivergedError))
                raise fault from error


class _Session:
    def __init__(self, run: RunFolder, stop: Stop, watcher: Watcher, beat: Heartbeat, load: "Load | None") -> None:
        self.run, self.stop, self.watcher, self.beat, self.load = run, stop, watcher, beat, load
        self.waiting: list[Any] = []
        self.flushed = self.logged = time.monotonic()
        self.first: tuple[int, float] | None = None
        self.recorded = Extent()

    def work(self) -> None:
        """Prepare, train and calibrate."""
        self.say(f"Starting {self.run.name}")
        config = self.run.config()
        checked(config, resumed=self.run.checkpoint_file.exists())
        from mtldemo import data
        from mtldemo.training import loop
        from mtldemo.training.start import check_tasks
        from mtldemo.training.state import Checkpoint

        dataset = (self.load or data.load)(config.data, progress=self.preparing)
        check_tasks(config, dataset.tasks)
        for notice in filter(None, (dataset.notice, dataset.left_out_notice)):
            self.say(notice)
        total, epochs = loop.length(config, dataset)  # first, as it refuses what can't be trained on
        compute = self.compute(config, dataset)
        state = self.saved_state()
        if state is None or state.get("dataset") == dataset.key:  # else it is refused, and stays as it is
            self.run.write_data(dataset.key, len(dataset), dataset.reading_notice, own_split=dataset.own_split)
        self.update(state="training", progress=None, total_steps=total, epochs=epochs)
        last: Checkpoint | None = None
        for event in loop.train(config, dataset, compute=compute, state=state, stop=self.stop):
            if isinstance(event, Checkpoint):
                last = event
                self.keep(event, config, dataset)
            else:
                if event["kind"] == "threads":
                    compute = compute.changed(event["step"], event["threads"])
                    self.run.write_compute(compute.to_dict())
                    self.run.log(f"From step {event['step']} on: {event['threads']} of {compute.threads} threads")
                self.record(event)
        self.flush()
        if last is not None and last.reason == "stop":
            self.end("stopped", f"Stopped after step {last.step} of {total}.")
        else:
            self.calibrate(dataset, compute.device)
            self.end("finished", "")

    def preparing(self, what: str, done: int, total: int) -> None:
        """The progress of what comes before training."""
        if self.stop():
            raise Stopped
        self.update(progress=Phase(what, done, total))

    def compute(self, config: RunConfig, dataset: "Dataset") -> "ResolvedCompute":
        """How to compute: measured at the first start, as recorded afterwards, so that a resumed run repeats it."""
        from mtldemo.training.compute import ResolvedCompute, resolve_compute

        known = self.run.compute()
        if known is not None:
            return ResolvedCompute.from_dict(known)
        self.preparing("Measuring this machine", 0, 0)
        compute = resolve_compute(config, dataset)
        self.run.write_compute(compute.to_dict())
        self.say(f"Computing on {compute.log_line()}")
        if self.stop():
            raise Stopped
        return compute

    def saved_state(self) -> dict[str, Any] | None:
        """The last checkpoint's state, with the metrics file cut back to where it was then.

        Raises ``MtlDemoError`` where either isn't what was written.
        """
        from mtldemo.training import checkpoint

        if not self.run.checkpoint_file.exists():
            self.run.truncate(0)
            return None
        saved = checkpoint.load(self.run.checkpoint_file)
        try:
            size, state, step = int(saved["metrics_bytes"]), saved["training"], int(saved["step"])
            crc = None if saved.get("metrics_crc") is None else int(saved["metrics_crc"])
        except (KeyError, TypeError, ValueError) as error:
            raise MtlDemoError(
                f"{self.run.checkpoint_file} is no run's checkpoint; delete it to start the run from the beginning."
            ) from error
        self.recorded = self.run.cut_back(size, crc)
        self.say(f"Going on from step {step}")
        return state

    def figures(self, record: dict[str, Any]) -> str:
        """What a record measured, in words."""
        return metrics_line(record["metrics"], self.run.config().learned_tasks())

    def record(self, record: Any) -> None:
        """Keep a record, and tell where the run is."""
        self.waiting.append(record)
        status, kind, step, now = self.beat.status, record["kind"], record["step"], record["time"]
        if kind == "step":
            self.first = self.first or (step, now)
            pace = (now - self.first[1]) / (step - self.first[0]) if step > self.first[0] else None
            self.update(
                step=step,
                epoch=math.ceil(record["epoch"] - 1e-9),
                images_per_second=record["images_per_second"],
                eta_s=None if pace is None else pace * (status.total_steps - step),
            )
        elif kind == "epoch":
            best = ", the best so far" if record["best"] else ""
            if record.get("unsound"):
                tasks = listed(record["unsound"])
                best = f"; its answers about {tasks} are no finite numbers, so it can't be the best"
            self.say(f"Epoch {record['epoch']}/{status.epochs}: {self.figures(record)}{best}")
            if record["epoch"] == status.epochs:
                self.update(state="testing", eta_s=None)
        elif kind == "test":
            self.say(f"Test, epoch {record['best_epoch']}'s weights: {self.figures(record)}")
        if kind in ("epoch", "test") or time.monotonic() - self.flushed > FLUSH_EVERY:
            self.flush()
        if time.monotonic() - self.logged > LOG_EVERY:
            self.logged = time.monotonic()
            self.run.log(status_line(self.beat.status))

    def flush(self) -> None:
        """Write the records that wait."""
        records, self.waiting, self.flushed = self.waiting, [], time.monotonic()
        self.run.append(records)

    def keep(self, event: "Checkpoint", config: RunConfig, dataset: "Dataset") -> None:
        """Save a checkpoint. The best weights come first: a crash in between repeats them from the older checkpoint.

        At the end there is nothing to go on to, so a crash in that moment repeats the test from the checkpoint before.
        """
        from mtldemo.predict.domain import PICTURES, pictures_of
        from mtldemo.training import checkpoint

        self.flush()
        if event.best is not None:
            described = {
                "format": "mtldemo",
                "run": self.run.name,
                "config": strict_json(to_dict(config)),
                "mean": strict_json(dataset.mean),
                "std": strict_json(dataset.std),
                "dataset": dataset.name,
                PICTURES: pictures_of(dataset.tasks, dataset.pictures),
            }
            checkpoint.save_model(self.run.model_file, event.best, described)
        if event.reason == "end":
            return
        self.run.settle()
        self.recorded = self.run.metrics_extent(self.recorded)
        checkpoint.save(
            self.run.checkpoint_file,
            {
                "metrics_bytes": self.recorded.size,
                "metrics_crc": self.recorded.crc,
                "step": event.step,
                "training": event.state,
            },
        )

    def calibrate(self, dataset: "Dataset", device: str) -> None:
        """Fit what Predict says beside an answer, intervals and how sure it is, in the time of one more validation; the
        runs of a study are asked about the same face, so they need it too. A run is finished with or without."""
        try:
            from mtldemo.predict import release

            release.calibrate_beside(self.run.model_file, dataset, device=device)
        except Exception as error:  # noqa: BLE001 - whatever it is, the training was worth its time
            self.run.log(f"Its answers aren't calibrated ({type(error).__name__}: {error})")

    def update(self, **changes: Any) -> None:
        """Change the status, on disk and for whoever watches."""
        self.beat.update(**changes)
        self.watcher.show(self.beat.status)

    def say(self, line: str) -> None:
        """A line in the log and for whoever watches."""
        self.run.log(line)
        self.watcher.say(line)

    def end(self, state: str, message: str, *, diverged: bool = False) -> None:
        """The last status. A disk that is full has room for it in the place of the one before."""
        with contextlib.suppress(MtlDemoError, OSError):
            self.flush()
        last: Status = self.beat.status
        with contextlib.suppress(MtlDemoError):
            # Before the state says that it is over, so that no later request is taken away.
            self.run.clear_stop()
        try:
            self.beat.update(state=state, message=message, eta_s=None, progress=None, diverged=diverged)
            self.run.log(f"{state.capitalize()}. {message}".rstrip() if state != "stopped" else message)
        except (MtlDemoError, OSError):
            self.run.overwrite_status(
                dataclasses.replace(last, state=state, message=message, eta_s=None, progress=None, diverged=diverged)
            )
        if state == "finished":
            # There is nowhere left to go on to, and it is thrice the size of the model.
            with contextlib.suppress(OSError):
                self.run.checkpoint_file.unlink(missing_ok=True)


def _fixable(error: Exception, path: Path) -> MtlDemoError | None:
    """``error`` as one that a person can do something about; ``None`` for a bug."""
    if isinstance(error, MtlDemoError):
        return error
    if isinstance(error, OSError) and error.errno is not None:
        return MtlDemoError(disk_sentence(error, Path(error.filename) if isinstance(error.filename, str) else path))
    # torch tells of memory by its own class on a GPU and by a plain RuntimeError on a CPU.
    memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    if memory or (isinstance(error, RuntimeError) and "can't allocate memory" in str(error)):
        return MtlDemoError(NO_MEMORY)
    return None
