import dataclasses
import os
import subprocess
import sys
import time

import pytest

from mtldemo.errors import MtlDemoError
from mtldemo.processes import ProcessId
from mtldemo.runs import Phase, Status
from mtldemo.runs.status import SILENCE, judged

ME = ProcessId.current()
AT_WORK = Status(state="training", pid=ME.pid, pid_started=ME.started, host=ME.host)


def test_comes_back_from_json_with_names_of_a_newer_version_left_out() -> None:
    status = Status(state="preparing", progress=Phase("Decoding", 3, 10), eta_s=1.5)
    assert Status.from_json({**status.to_json(), "colour": "blue"}) == status


@pytest.mark.parametrize("values", [[], "training", {"state": "asleep"}, {"progress": {"what": "x"}}])
def test_a_damaged_status_is_said_in_words(values: object) -> None:
    with pytest.raises(MtlDemoError, match="damaged"):
        Status.from_json(values)


def test_a_living_process_is_believed_however_old_its_heartbeat() -> None:
    assert judged(AT_WORK, None) == AT_WORK


def test_a_pid_that_another_process_has_by_now_is_a_crash() -> None:
    later = dataclasses.replace(AT_WORK, pid_started=ME.started - 3600)
    assert judged(later, None).state == "crashed"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no zombies")
def test_a_zombie_is_a_crash() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        zombie = ProcessId.of(child.pid)
        assert zombie.alive()
        child.kill()
        deadline = time.monotonic() + 60
        while zombie.alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not zombie.alive()


def test_another_machine_is_judged_by_its_heartbeat() -> None:
    far = dataclasses.replace(AT_WORK, host="elsewhere", updated=1000.0)
    assert judged(far, None, now=1000 + SILENCE - 1).state == "training"
    assert judged(far, None, now=1000 + SILENCE + 1).state == "crashed"


def test_a_queued_run_waits_unless_its_launched_process_died() -> None:
    queued = Status(state="queued")
    assert judged(queued, None).state == "queued"
    assert judged(queued, ME).state == "queued"
    assert judged(queued, dataclasses.replace(ME, started=1.0)).state == "crashed"


@pytest.mark.parametrize("state", ["finished", "stopped", "failed"])
def test_a_run_that_ended_stays_so(state: str) -> None:
    assert judged(Status(state=state), None).state == state
