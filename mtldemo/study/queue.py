"""The queue: one process that prepares a study, shares its runs among workers, and keeps the study's status told.

Nothing is lost when it or a worker dies: what is finished is in the run folders, what isn't has its checkpoint, and the
next queue takes it from there.
"""

import contextlib
import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mtldemo.errors import MtlDemoError
from mtldemo.runs import Phase, ProcessId, RunFolder
from mtldemo.study import plan
from mtldemo.study.folder import StudyFolder
from mtldemo.study.plan import Job
from mtldemo.study.settling import settled
from mtldemo.study.status import StudyStatus
from mtldemo.study.workers import Worker

if TYPE_CHECKING:
    from mtldemo.data.dataset import Dataset

LOOK_EVERY, TELL_EVERY = 0.1, 0.5
"""Seconds between two looks at the workers, and between two writes of an unchanged status."""
MOST_CRASHES = 3
"""A run whose worker died this many times is given up."""
GRACE = 90.0
"""Seconds that the workers have for a step and a checkpoint when they are asked to stop."""
Show = Callable[[StudyStatus], None]
Say = Callable[[str], None]


class Stopped(Exception):  # noqa: N818 - it is no error
    """Raised out of the preparation when the study is asked to stop."""


def work_off(study: StudyFolder, *, asked: Callable[[], bool], show: Show, say: Say) -> StudyStatus:
    """Do what is left of ``study``, until all is done or ``asked``, and return its last status.

    ``show`` gets each status, ``say`` lines for a person; both are written into the study's folder, too. A run that
    fails doesn't stop the others. Raises ``MtlDemoError`` for a study that can't begin: other people's, at work in
    another process, or with data that can't be read.
    """
    study.writable()
    with study.lock():
        if study.stored_status().state != "queued":  # one that waited may have been asked to stop meanwhile
            study.clear_stop()
        return _Queue(study, asked, show, say).work()


@dataclass
class _Books:
    """What is known of each run, by name."""

    finished: dict[str, float] = field(default_factory=dict)  # seconds of training
    given_up: dict[str, str] = field(default_factory=dict)  # why
    crashes: dict[str, int] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)  # at work in a process that isn't this queue's


class _Queue:
    def __init__(self, study: StudyFolder, asked: Callable[[], bool], show: Show, say: Say) -> None:
        self.study, self.asked, self.show, self._say = study, asked, show, say
        self.config = study.config()
        self.books = _Books()
        self.workers: list[Worker] = []
        self.relative: dict[str, float] = {}
        self.dataset: Dataset | None = None
        self.changed = self.told = 0.0
        created = study.stored_status().created or time.time()
        self.status = StudyStatus(state="preparing", workers=self.config.workers, created=created)

    def work(self) -> StudyStatus:
        """The whole way."""
        try:
            self.tell(state="preparing", progress=Phase("Starting", 0, 0))
            self.begin()
            self.run_all()
        except Stopped:
            self.tell(state="stopped", message="Stopped before the first run began.")
        except KeyboardInterrupt:
            self.tell(state="stopped", message="Ended at once; resume goes on with what is left.", running=())
            raise
        except Exception as error:
            known = isinstance(error, MtlDemoError)
            message = str(error) if known else f"Something unexpected went wrong ({type(error).__name__})."
            with contextlib.suppress(MtlDemoError, OSError):
                self.tell(state="failed", message=message, running=(), eta_s=None, progress=None)
            raise
        finally:
            self.study.clear_stop()
            for worker in self.workers:
                worker.end()
        return self.status

    def begin(self) -> None:
        """Prepare the pictures, settle how to compute, and read the runs that are there."""
        from mtldemo import data

        self.dataset = data.load(self.config.base.data, progress=self.preparing)
        self.settle()

    def preparing(self, what: str, done: int, total: int) -> None:
        """The progress of what comes before the first run."""
        if self.asked():
            raise Stopped
        state = "running" if self.workers else "preparing"
        self.tell(state=state, progress=Phase(what, done, total))

    def settle(self) -> None:
        """Measure what is open, and read the runs that are there."""
        assert self.dataset is not None
        self.config = settled(self.study, self.dataset, self.preparing, self.say)
        self.relative = plan.relative_seconds(self.config)
        self.read()

    def read(self) -> None:
        """What is finished already, and what another process still works on."""
        self.changed = self.study.file.stat().st_mtime
        for job in self.jobs():
            run = self.study.run_of(job.arm, job.seed)
            if job.name in self.books.finished or not run.path.is_dir():
                continue
            if run.status().state == "finished":
                self.books.finished[job.name] = run.summary().time
            elif run.busy():
                self.books.elsewhere.add(job.name)

    def jobs(self) -> list[Job]:
        """All runs of the study as it is now."""
        return plan.jobs(self.config)

    def run_all(self) -> None:
        """Give each worker the next run until none is left."""
        if self.waiting():
            self.workers = [Worker(self.study) for _ in range(self.config.workers)]
        while not self.asked():
            for place, worker in enumerate(self.workers):
                self.look(place, worker)
            self.look_elsewhere()
            self.take_up_changes()
            waiting = self.waiting()
            for worker in self.workers:
                if worker.run is None and waiting:
                    self.give(worker, waiting.pop(0))
            self.tell(state="running", progress=None)
            if not waiting and not self.books.elsewhere and not any(worker.run for worker in self.workers):
                self.end()
                return
            time.sleep(LOOK_EVERY)
        self.stop()

    def waiting(self) -> list[Job]:
        """What could be begun now, in the order of the plan."""
        at_work = {worker.run.name for worker in self.workers if worker.run}
        out = {*self.books.finished, *self.books.given_up, *self.books.elsewhere, *at_work}
        return [job for job in self.jobs() if job.name not in out]

    def give(self, worker: Worker, job: Job) -> None:
        """Let ``worker`` do ``job``; a folder that can't be a run is given up."""
        try:
            run = self.study.run_for(self.config, job.arm, job.seed)
            if run.problem:
                raise MtlDemoError(run.problem)
            compute = self.study.compute()
            if run.compute() is None and compute is not None:
                run.write_compute(compute)
            worker.give(run)
        except MtlDemoError as error:
            self.books.given_up[job.name] = str(error)
            self.say(f"{job.name} can't be run. {error}")
            return
        total = len(self.jobs())
        self.say(f"{job.name} begins ({total - len(self.waiting())} of {total})")

    def look(self, place: int, worker: Worker) -> None:
        """Whether the worker's run is over, and whether the worker lives; a dead one is replaced where it is needed."""
        alive = worker.alive  # before the status, or a run that ends between the two would count as crashed
        run, worker_run = worker.run, worker.run.status() if worker.run else None
        if run is not None and worker_run is not None and not worker_run.live:
            worker.run = None
            self.over(run, worker_run.state, worker_run.message)
        if alive:
            return
        if worker.run is not None:  # queued or at work in the eyes of a process that is gone
            self.over(worker.run, "crashed", "")
            worker.run = None
        if self.waiting():
            self.workers[place] = Worker(self.study)

    def over(self, run: RunFolder, state: str, message: str) -> None:
        """Note how a run ended."""
        if state == "finished":
            self.books.finished[run.name] = run.summary().time
            self.say(f"{run.name} is finished")
        elif state == "crashed":
            crashes = self.books.crashes[run.name] = self.books.crashes.get(run.name, 0) + 1
            if crashes >= MOST_CRASHES:
                self.books.given_up[run.name] = f"Its process died {crashes} times; the study's log may say why."
            self.say(f"{run.name} crashed{'; giving up' if crashes >= MOST_CRASHES else ', it goes on'}")
        elif not self.asked():  # failed, or stopped on its own page
            self.books.given_up[run.name] = message or "It was stopped."
            self.say(f"{run.name} {state}. {message}".rstrip())

    def look_elsewhere(self) -> None:
        """A run that another process was at work on, such as a killed queue's orphan, comes free when that ends."""
        for name in list(self.books.elsewhere):
            run = RunFolder(self.study.path / name)
            if not run.busy():
                self.books.elsewhere.discard(name)
                if run.status().state == "finished":
                    self.over(run, "finished", "")

    def take_up_changes(self) -> None:
        """Arms or seeds that were added meanwhile."""
        if self.study.file.stat().st_mtime == self.changed:
            return
        self.settle()

    def stop(self) -> None:
        """Let the workers end their steps, each with a checkpoint."""
        self.tell(state="stopping", eta_s=None)
        for worker in self.workers:
            worker.end()
        deadline = time.monotonic() + GRACE
        for worker in self.workers:
            worker.wait(deadline)
            if worker.run is not None and worker.run.status().state == "finished":
                self.over(worker.run, "finished", "")
            worker.run = None
        done, total = len(self.books.finished), len(self.jobs())
        self.tell(state="stopped", message=f"Stopped after {done} of {total} runs.", eta_s=None)

    def end(self) -> None:
        """Nothing is left to do."""
        for worker in self.workers:
            worker.end()
        deadline = time.monotonic() + GRACE
        for worker in self.workers:
            worker.wait(deadline)
        failed = self.books.given_up
        if not failed:
            self.tell(state="finished", message="", eta_s=None)
            return
        name, why = next(iter(failed.items()))
        others = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        self.tell(state="failed", message=f"{name}{others} didn't finish. {why}", eta_s=None)

    def tell(self, **changes: Any) -> None:
        """Change the status on disk, at once where its words change, and show it."""
        total = len(self.jobs())
        at_work = [worker.run for worker in self.workers if worker.run]
        finished, failed = len(self.books.finished), len(self.books.given_up)
        me, before = ProcessId.current(), self.status
        counts = {
            "total": total,
            "finished": finished,
            "failed": failed,
            "left": total - finished - failed - len(at_work),
            "running": tuple(run.name for run in at_work),
            "workers": self.config.workers,
        }
        status = dataclasses.replace(before, **counts, **changes, pid=me.pid, pid_started=me.started, host=me.host)
        same = dataclasses.replace(status, updated=before.updated, eta_s=before.eta_s) == before
        if same and time.monotonic() - self.told < TELL_EVERY:
            return
        if status.state == "running":
            status = dataclasses.replace(status, eta_s=self.seconds_left(at_work))
        self.status = dataclasses.replace(status, updated=time.time())
        self.study.write_status(self.status)
        self.told = time.monotonic()
        self.show(self.status)

    def seconds_left(self, at_work: list[RunFolder]) -> float | None:
        """Seconds until all runs are over; ``None`` while no run has said anything about its pace."""
        arms = {job.name: job.arm.name for job in self.jobs()}
        known: dict[str, list[float]] = {}
        for name, seconds in self.books.finished.items():
            known.setdefault(arms.get(name, ""), []).append(seconds)
        known.pop("", None)
        going = []
        for run in at_work:
            status = run.status()
            if status.eta_s is None or not status.step:
                going.append((run, None))
                continue
            going.append((run, status.eta_s))
            whole = status.eta_s * status.total_steps / max(1, status.total_steps - status.step)
            known.setdefault(arms[run.name], []).append(whole)
        expected = plan.expected_seconds(self.relative, known)
        if not expected:
            return None
        running = [expected[arms[run.name]] if eta is None else eta for run, eta in going]
        return plan.seconds_left(running, [expected[job.arm.name] for job in self.waiting()], self.config.workers)

    def say(self, line: str) -> None:
        """A line in the study's log and for whoever watches."""
        self.study.log(line)
        self._say(line)
