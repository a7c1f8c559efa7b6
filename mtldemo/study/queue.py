"""The queue: one process that prepares a study, shares its runs among workers, and keeps the study's status told.

Nothing is lost when it or a worker dies: what is finished is in the run folders, what isn't has its checkpoint, and the
next queue takes it from there.
"""

import contextlib
import dataclasses
import time
from collections.abc import Callable
from typing import Any

from mtldemo.errors import MtlDemoError
from mtldemo.processes import ProcessId
from mtldemo.progress import Stopped
from mtldemo.runs import Phase, RunFolder
from mtldemo.study import plan
from mtldemo.study.folder import StudyFolder
from mtldemo.study.ledger import Ledger
from mtldemo.study.measured_once import settled
from mtldemo.study.plan import Job
from mtldemo.study.status import StudyStatus
from mtldemo.study.workers import Worker

LOOK_EVERY, TELL_EVERY = 0.1, 0.5
"""Seconds between two looks at the workers, and between two writes of an unchanged status."""
GRACE = 90.0
"""Seconds that the workers have for a step and a checkpoint when they are asked to stop."""
Show = Callable[[StudyStatus], None]
Say = Callable[[str], None]


def work_off(study: StudyFolder, *, stop_requested: Callable[[], bool], show: Show, say: Say) -> StudyStatus:
    """Do what is left of ``study``, until all is done or a stop is requested, and return its last status.

    ``show`` gets each status, ``say`` lines for a person; both are written into the study's folder, too. A run that
    fails doesn't stop the others. Raises ``MtlDemoError`` for a study that can't begin: other people's, at work in
    another process, or with data that can't be read.
    """
    study.writable()
    with study.lock():
        if study.stored_status().state != "queued":  # one that waited may have been asked to stop meanwhile
            study.clear_stop()
        return _Queue(study, stop_requested, show, say).work()


class _Queue:
    def __init__(self, study: StudyFolder, stop_requested: Callable[[], bool], show: Show, say: Say) -> None:
        self.study, self.stop_requested, self.show, self._say = study, stop_requested, show, say
        self.config = study.config()
        self.ledger = Ledger()
        self.workers: list[Worker] = []
        self.relative: dict[str, float] = {}
        self.dataset: Any = None
        self.changed = self.reported = 0.0
        created = study.stored_status().created or time.time()
        self.status = StudyStatus(state="preparing", workers=self.config.workers, created=created)

    def work(self) -> StudyStatus:
        """The whole way."""
        try:
            self.tell(state="preparing", progress=Phase("Starting", 0, 0))
            self.begin()
            self.run_all()
        except Stopped:
            self.over_for_all(state="stopped", message="Stopped before the first run began.")
        except KeyboardInterrupt:
            self.over_for_all(state="stopped", message="Ended at once; resume goes on with what is left.")
            raise
        except Exception as error:
            unexpected = f"Something unexpected went wrong ({type(error).__name__}); the log has more."
            with contextlib.suppress(MtlDemoError, OSError):
                self.over_for_all(state="failed", message=str(error) if isinstance(error, MtlDemoError) else unexpected)
            raise
        finally:
            for worker in self.workers:
                worker.end()
        return self.status

    def over_for_all(self, state: str, message: str) -> None:
        """The last status of a queue that waits for no worker."""
        for worker in self.workers:
            worker.run = None
        self.tell(state=state, message=message)

    def begin(self) -> None:
        """Read the runs that are there, prepare the pictures, and settle how to compute."""
        from mtldemo import data

        self.read()
        # First, so that their imports, most of a start's time, go on beside what follows.
        self.hire()
        self.dataset = data.load(self.config.base.data, progress=self.preparing)
        self.settle()

    def hire(self) -> None:
        """Start the workers once there is something to do."""
        if not self.workers and self.waiting():
            self.workers = [Worker(self.study) for _ in range(self.config.workers)]

    def preparing(self, what: str, done: int, total: int) -> None:
        """The progress of what comes before the first run."""
        if self.stop_requested():
            raise Stopped
        state = "running" if self.ledger.begun else "preparing"
        self.tell(state=state, progress=Phase(what, done, total))

    def settle(self) -> None:
        """Measure what is open, and read the runs that are there."""
        self.config = settled(self.study, self.dataset, self.preparing, self.say)
        self.relative = plan.relative_seconds(self.config)
        self.read()

    def read(self) -> None:
        """What is finished already, and what another process still works on."""
        self.changed = self.study.file.stat().st_mtime
        for job in self.jobs():
            run = self.study.run_of(job.arm, job.seed)
            known = {*self.ledger.finished, *self.ledger.given_up, *self.at_work()}
            if job.name in known or not run.path.is_dir():
                continue
            line = self.ledger.read(job.name, run)
            if line:
                self.say(line)

    def jobs(self) -> list[Job]:
        """All runs of the study as it is now."""
        return plan.jobs(self.config)

    def run_all(self) -> None:
        """Give each worker the next run until none is left."""
        while not self.stop_requested():
            for slot, worker in enumerate(self.workers):
                self.look(slot, worker)
            self.look_elsewhere()
            self.take_up_changes()
            self.hire()
            waiting = self.waiting()
            for worker in self.workers:
                if worker.run is None and waiting:
                    self.give(worker, waiting.pop(0))
            self.tell(state="running")
            if not waiting and not self.ledger.elsewhere and not any(worker.run for worker in self.workers):
                self.end()
                return
            time.sleep(LOOK_EVERY)
        self.stop()

    def waiting(self) -> list[Job]:
        """What could be begun now, in the order of the plan."""
        at_work = self.at_work()
        return [job for job in self.jobs() if not (job.name in at_work or self.ledger.closed(job.name))]

    def at_work(self) -> dict[str, RunFolder]:
        """The runs of the workers, by name."""
        return {worker.run.name: worker.run for worker in self.workers if worker.run}

    def give(self, worker: Worker, job: Job) -> None:
        """Let ``worker`` do ``job``; a folder that can't be a run is given up."""
        try:
            run = self.study.run_for(self.config, job.arm, job.seed)
            if run.problem:
                raise MtlDemoError(run.problem)
            if run.busy():  # it was resumed on its own page meanwhile
                self.ledger.elsewhere.add(job.name)
                return
            compute = self.study.compute()
            if run.compute() is None and compute is not None:
                run.write_compute(compute)
            worker.give(run)
            self.ledger.begun = True
        except MtlDemoError as error:
            self.ledger.given_up[job.name] = str(error)
            self.say(f"{job.name} can't be run. {error}")
            return
        total = len(self.jobs())
        self.say(f"{job.name} begins ({total - len(self.waiting())} of {total})")

    def look(self, slot: int, worker: Worker) -> None:
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
            self.workers[slot] = Worker(self.study)

    def over(self, run: RunFolder, state: str, message: str) -> None:
        """Note how a run ended, and tell."""
        if state == "finished":
            self.ledger.finished[run.name] = run.summary().time
            self.say(f"{run.name} is finished")
        elif state == "crashed":
            goes_on = self.ledger.crash(run.name)
            self.say(f"{run.name} crashed{', it goes on' if goes_on else '; giving up'}")
        elif not self.stop_requested():  # failed, or stopped on its own page
            self.ledger.given_up[run.name] = message or "It was stopped."
            self.say(f"{run.name} {state}. {message}".rstrip())

    def look_elsewhere(self) -> None:
        """A run that another process was at work on, such as a killed queue's orphan, comes free when that ends."""
        for name in list(self.ledger.elsewhere):
            run = RunFolder(self.study.path / name)
            if not run.busy():
                self.ledger.elsewhere.discard(name)
                if run.status().state == "finished":
                    self.over(run, "finished", "")

    def take_up_changes(self) -> None:
        """Arms or seeds that were added meanwhile."""
        if self.study.file.stat().st_mtime != self.changed:
            with contextlib.suppress(Stopped):  # the loop sees that it is to stop by itself
                self.settle()

    def stop(self) -> None:
        """Let the workers end their steps, each with a checkpoint."""
        self.tell(state="stopping")
        self.dismiss()
        for run in self.at_work().values():
            if run.status().state == "finished":
                self.over(run, "finished", "")
        self.over_for_all("stopped", f"Stopped after {len(self.ledger.finished)} of {len(self.jobs())} runs.")

    def end(self) -> None:
        """Nothing is left to do."""
        self.dismiss()
        self.tell(state="failed" if self.ledger.given_up else "finished", message=self.ledger.failures())

    def dismiss(self) -> None:
        """End the workers, all at once, and wait for them."""
        for worker in self.workers:
            worker.end()
        deadline = time.monotonic() + GRACE
        for worker in self.workers:
            worker.wait(deadline)

    def tell(self, state: str, message: str = "", progress: Phase | None = None) -> None:
        """Change the status on disk, at once where its words change, and show it."""
        total = len(self.jobs())
        at_work = self.at_work()
        finished, failed = len(self.ledger.finished), len(self.ledger.given_up)
        me, before = ProcessId.current(), self.status
        status = StudyStatus(
            state=state,
            total=total,
            finished=finished,
            failed=failed,
            left=total - finished - failed - len(at_work),
            running=tuple(at_work),
            workers=self.config.workers,
            eta_s=before.eta_s if state == "running" else None,
            progress=progress,
            message=message,
            pid=me.pid,
            pid_started=me.started,
            host=me.host,
            created=before.created,
            updated=before.updated,
        )
        if status == before and time.monotonic() - self.reported < TELL_EVERY:
            return
        if state == "running":
            status = dataclasses.replace(status, eta_s=self.seconds_left(list(at_work.values())))
        self.status = dataclasses.replace(status, updated=time.time())
        if not status.live:
            # Before the state says that it is over, so that no later request is taken away.
            self.study.clear_stop()
        self.study.write_status(self.status)
        self.reported = time.monotonic()
        self.show(self.status)

    def seconds_left(self, at_work: list[RunFolder]) -> float | None:
        """Seconds until all runs are over; ``None`` while no run has said anything about its pace."""
        arms = {job.name: job.arm.name for job in self.jobs()}
        known = self.ledger.seconds_by_arm(arms)
        left: list[tuple[str, float | None]] = []
        for run in at_work:
            status, arm = run.status(), arms[run.name]
            eta = status.eta_s if status.step else None
            left.append((arm, eta))
            if eta is not None:
                whole = eta * status.total_steps / max(1, status.total_steps - status.step)
                known.setdefault(arm, []).append(whole)
        expected = plan.expected_seconds(self.relative, known)
        if not expected:
            return None
        running = [expected[arm] if eta is None else eta for arm, eta in left]
        return plan.seconds_left(running, [expected[job.arm.name] for job in self.waiting()], self.config.workers)

    def say(self, line: str) -> None:
        """A line in the study's log and for whoever watches."""
        self.study.log(line)
        self._say(line)
