import dataclasses
import os
from typing import Any

import pytest

from mtldemo.errors import MtlDemoError
from mtldemo.processes import ProcessId
from mtldemo.runs import Phase
from mtldemo.runs.status import judged
from mtldemo.study.status import StudyStatus


def working(**changes: Any) -> StudyStatus:
    me = ProcessId.current()
    process = {"pid": me.pid, "pid_started": me.started, "host": me.host}
    at_work = StudyStatus("running", 4, 1, 0, 1, ("equal-s1", "dwa-s0"), 2, eta_s=12.5, updated=1000.0, **process)
    return dataclasses.replace(at_work, **changes)


def test_to_json_and_back() -> None:
    status = working(progress=Phase("Measuring", 1, 3))
    assert StudyStatus.from_json(status.to_json()) == status
    for broken in (None, {"state": "odd"}, {"progress": {"odd": 1}}):
        with pytest.raises(MtlDemoError, match="is damaged"):
            StudyStatus.from_json(broken)


def test_a_queue_that_is_gone_has_crashed() -> None:
    assert judged(working(), None).state == "running"
    gone = judged(working(pid_started=1.0), None)
    assert (gone.state, gone.running, gone.eta_s) == ("crashed", (), None)
    assert judged(dataclasses.replace(gone, state="finished"), None).state == "finished"


def test_a_queue_of_another_machine_is_judged_by_its_silence() -> None:
    there = working(host="elsewhere")
    assert judged(there, None, now=1010.0).state == "running"
    assert judged(there, None, now=1100.0).state == "crashed"


def test_one_that_waits_is_judged_by_the_process_that_was_started_for_it() -> None:
    waiting = working(state="queued", pid=0)
    assert judged(waiting, None).state == "queued"
    assert judged(waiting, ProcessId.of(os.getpid())).state == "queued"
    assert judged(waiting, ProcessId(os.getpid(), 1.0, ProcessId.current().host)).state == "crashed"
