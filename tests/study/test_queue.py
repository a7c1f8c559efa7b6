"""The queue's decisions, with workers that only pretend; ``test_study_survives`` has real ones."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest

from mtldemo import data
from mtldemo.config import WeightingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.processes import ProcessId
from mtldemo.runs import RunFolder
from mtldemo.study import Arm, StudyConfig, StudyFolder, StudyStatus, create_study, ledger, queue
from mtldemo.training.compute import ResolvedCompute

COMPUTE = ResolvedCompute("cpu", "fp32", "contiguous", 1).to_dict()


class Pretender:
    """A worker whose runs end at once as ``ends`` says: by name, a list of states, the last one for good."""

    ends: ClassVar[dict[str, list[str]]] = {}
    given: ClassVar[list[str]] = []
    made = 0

    def __init__(self, study: StudyFolder) -> None:
        type(self).made += 1
        self.study, self.run, self.alive = study, None, True

    def give(self, run: RunFolder) -> None:
        self.run = run
        self.given.append(run.name)
        states = self.ends.get(run.name, ["finished"])
        state = states.pop(0) if len(states) > 1 else states[0]
        if state == "dies":
            self.alive = False
            return
        record = {"kind": "test", "step": 6, "epoch": 2, "time": 4.0, "metrics": {"age": {"mae": 7.5}}}
        run.append([record] if state == "finished" else [])
        run.write_status(dataclasses.replace(run.stored_status(), state=state, message=f"It {state}."))

    def end(self) -> None:
        self.alive = False

    def wait(self, deadline: float) -> None:
        pass


@pytest.fixture
def study(runs_dir: Path, tiny: StudyConfig, monkeypatch: pytest.MonkeyPatch) -> StudyFolder:
    monkeypatch.setattr(queue, "Worker", Pretender)
    monkeypatch.setattr(queue, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(queue, "TELL_EVERY", 0.0)
    monkeypatch.setattr(Pretender, "ends", {})
    monkeypatch.setattr(Pretender, "given", [])
    monkeypatch.setattr(Pretender, "made", 0)
    monkeypatch.setattr(data, "load", lambda config, progress=None: None)
    study = create_study(runs_dir, tiny, "mine")
    study.write_compute(COMPUTE)
    return study


def worked_off(
    study: StudyFolder, asked: Callable[[], bool] = lambda: False, shown: list[StudyStatus] | None = None
) -> tuple[StudyStatus, list[str]]:
    said: list[str] = []
    shown = [] if shown is None else shown
    return queue.work_off(study, stop_requested=asked, show=shown.append, say=said.append), said


def test_all_runs_are_done_seed_by_seed(study: StudyFolder) -> None:
    shown: list[StudyStatus] = []
    status, _ = worked_off(study, shown=shown)
    assert (status.state, status.total, status.finished, status.left) == ("finished", 4, 4, 0)
    assert Pretender.given == ["equal-s0", "single-age-s0", "equal-s1", "single-age-s1"]
    assert study.status() == status
    assert [one.state for one in shown][:2] == ["preparing", "running"]
    assert all(run.compute() == COMPUTE for run in study.runs())
    assert study.config().arms[0].steps == 0
    assert not (study.path / "lock").exists()


def test_what_is_finished_is_skipped(study: StudyFolder, tiny: StudyConfig) -> None:
    run = study.run_for(tiny, tiny.arms[1], 0)
    run.write_status(dataclasses.replace(run.stored_status(), state="finished"))
    worked_off(study)
    assert Pretender.given == ["equal-s0", "equal-s1", "single-age-s1"]
    made = Pretender.made
    status, _ = worked_off(study)
    assert (status.state, status.finished) == ("finished", 4)
    assert Pretender.made == made, "nothing to do needs no worker"


def test_a_run_that_fails_does_not_stop_the_others(study: StudyFolder) -> None:
    Pretender.ends = {"equal-s0": ["failed", "finished"]}
    status, said = worked_off(study)
    assert (status.state, status.finished, status.failed, status.left) == ("failed", 3, 1, 0)
    assert status.message == "equal-s0 didn't finish. It failed."
    assert "equal-s0 failed. It failed." in said
    status, _ = worked_off(study)
    assert status.state == "finished", "the next go tries again"


def test_a_run_whose_worker_dies_goes_on_in_another(study: StudyFolder) -> None:
    Pretender.ends = {"equal-s0": ["dies", "finished"]}
    status, said = worked_off(study)
    assert (status.state, status.finished) == ("finished", 4)
    assert "equal-s0 crashed, it goes on" in said
    assert Pretender.given.count("equal-s0") == 2
    assert Pretender.made == 3


def test_a_run_that_kills_its_workers_is_given_up(study: StudyFolder) -> None:
    Pretender.ends = {"equal-s0": ["dies"]}
    status, _ = worked_off(study)
    assert (status.state, status.finished, status.failed) == ("failed", 3, 1)
    assert Pretender.given.count("equal-s0") == ledger.MOST_CRASHES
    assert "died 3 times" in status.message


def test_a_run_that_was_stopped_by_hand_is_left_for_the_next_go(study: StudyFolder) -> None:
    Pretender.ends = {"equal-s0": ["stopped", "finished"]}
    assert worked_off(study)[0].state == "failed"
    assert worked_off(study)[0].state == "finished"


def test_a_folder_that_is_no_run_is_given_up(study: StudyFolder) -> None:
    (study.path / "equal-s0").mkdir()
    status, _ = worked_off(study)
    assert (status.finished, status.failed) == (3, 1)
    assert "no config.json" in status.message


def test_it_stops_when_it_is_asked_to(study: StudyFolder) -> None:
    status, _ = worked_off(study, asked=lambda: len(Pretender.given) >= 2)
    assert status.state == "stopped"
    assert len(Pretender.given) == 2
    assert worked_off(study)[0].state == "finished"


def test_a_stop_before_the_first_run_is_heard(study: StudyFolder) -> None:
    (study.path / "compute.json").unlink()
    status, _ = worked_off(study, asked=lambda: True)
    assert (status.state, Pretender.given) == ("stopped", [])


def test_arms_that_are_added_meanwhile_are_taken_up(study: StudyFolder) -> None:
    def asked() -> bool:
        if len(Pretender.given) == 2:
            study.extend([Arm("dwa", WeightingConfig("dwa"))])
        return False

    status, _ = worked_off(study, asked=asked)
    assert (status.state, status.total, status.finished) == ("finished", 6, 6)
    assert Pretender.given[-4:] == ["dwa-s0", "equal-s1", "single-age-s1", "dwa-s1"]


def test_a_stop_while_new_arms_are_measured_waits_for_the_workers(
    study: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measured(*_: object) -> None:
        raise queue.Stopped

    def asked() -> bool:
        if len(Pretender.given) == 2:
            study.extend([Arm("dwa", WeightingConfig("dwa"))])
            monkeypatch.setattr(queue, "settled", measured)
        return len(Pretender.given) >= 4

    status, _ = worked_off(study, asked=asked)
    assert (status.state, status.message) == ("stopped", "Stopped after 4 of 4 runs.")


def test_an_orphan_of_a_killed_queue_is_waited_for(study: StudyFolder, tiny: StudyConfig) -> None:
    run = study.run_for(tiny, tiny.arms[0], 0)
    me = ProcessId.current()
    at_work = dataclasses.replace(
        run.stored_status(), state="training", pid=me.pid, pid_started=me.started, host=me.host
    )
    run.write_status(at_work)

    def asked() -> bool:
        if len(Pretender.given) == 3:
            run.write_status(dataclasses.replace(at_work, state="stopped"))
        return False

    status, _ = worked_off(study, asked=asked)
    assert status.state == "finished"
    assert Pretender.given == ["single-age-s0", "equal-s1", "single-age-s1", "equal-s0"]


def test_a_run_that_is_resumed_on_its_own_page_is_left_to_that(study: StudyFolder, tiny: StudyConfig) -> None:
    me, run = ProcessId.current(), study.run_for(tiny, tiny.arms[1], 1)
    queued = run.stored_status()
    at_work = dataclasses.replace(queued, state="training", pid=me.pid, pid_started=me.started, host=me.host)

    def asked() -> bool:
        if len(Pretender.given) == 2 and run.stored_status() == queued:
            run.write_status(at_work)
        if len(Pretender.given) == 3 and run.stored_status() == at_work:
            run.write_status(dataclasses.replace(at_work, state="finished"))
        return False

    status, _ = worked_off(study, asked=asked)
    assert (status.state, status.finished) == ("finished", 4)
    assert "single-age-s1" not in Pretender.given


def test_an_orphan_with_the_only_run_that_is_left_is_followed_by_a_worker(
    study: StudyFolder, tiny: StudyConfig
) -> None:
    me, first = ProcessId.current(), study.run_for(tiny, tiny.arms[0], 0)
    worked_off(study)
    done = first.stored_status()
    made = Pretender.made
    living = dataclasses.replace(done, state="training", pid=me.pid, pid_started=me.started, host=me.host)
    first.write_status(living)
    looks = iter(range(100))

    def asked() -> bool:
        if next(looks) == 5:
            first.write_status(dataclasses.replace(living, state="stopped"))
        return False

    assert worked_off(study, asked=asked)[0].state == "finished"
    assert Pretender.made == made + 2


def test_what_went_wrong_is_in_the_status(study: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(*_: object, **__: object) -> None:
        raise MtlDemoError("There is no such data set.")

    monkeypatch.setattr(data, "load", unreadable)
    with pytest.raises(MtlDemoError, match="no such data set"):
        worked_off(study)
    assert (study.status().state, study.status().message) == ("failed", "There is no such data set.")


def test_two_queues_do_not_share_a_study(study: StudyFolder) -> None:
    with study.lock(), pytest.raises(MtlDemoError, match="Another process is working on the study 'mine'"):
        worked_off(study)


def test_the_time_that_is_left_counts_every_run(study: StudyFolder) -> None:
    seen: list[StudyStatus] = []
    worked_off(study, shown=seen)
    times = [status.eta_s for status in seen if status.state == "running" and status.finished]
    assert times[0] == pytest.approx(4.0), "two runs of four seconds on two workers"
