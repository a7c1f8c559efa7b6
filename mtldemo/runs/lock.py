"""One process a run: a lock file that names its owner, so that a crash never leaves a run locked."""

import dataclasses
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mtldemo.errors import MtlDemoError
from mtldemo.files import disk_errors, read_json, write_json
from mtldemo.processes import ProcessId

SETTLE = 0.05  # seconds in which a rival that judged the same lock dead would replace it, too


@contextmanager
def locked(path: Path, refusal: str, heartbeat_fresh: bool) -> Iterator[None]:
    """Hold the lock file ``path``; raises ``MtlDemoError`` with ``refusal`` where a living process holds it.

    ``heartbeat_fresh`` decides about an owner on another machine, whose processes can't be seen from here.
    """
    me = ProcessId.current()
    if not _created(path, me):
        if _held(path, heartbeat_fresh):
            raise MtlDemoError(refusal)
        write_json(path, dataclasses.asdict(me))
        time.sleep(SETTLE)
        if _owner(path) != me:
            raise MtlDemoError(refusal)
    try:
        yield
    finally:
        if _owner(path) == me:
            path.unlink(missing_ok=True)


def _created(path: Path, me: ProcessId) -> bool:
    with disk_errors(path):
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return False
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(dataclasses.asdict(me), file)
        return True


def _owner(path: Path) -> ProcessId | None:
    try:
        return ProcessId.from_json(read_json(path))
    except MtlDemoError:
        return None


def _held(path: Path, heartbeat_fresh: bool) -> bool:
    owner = _owner(path)
    if owner is None:  # just being written, or left half written by a crash
        time.sleep(2 * SETTLE)
        owner = _owner(path)
    if owner is None:
        return False
    return owner.alive() if owner.here else heartbeat_fresh
