"""Processes that decode, since threads of one interpreter hinder each other when each picture takes only a moment.

They are plain children that talk through their pipes and not ``multiprocessing``, which would import the program's main
module again, a Streamlit page say, and run it. They end with their standard input, so also when their parent is killed.
"""

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np

from mtldemo.data.chunk import THUMB, Chunk, decode_chunk
from mtldemo.data.source import Picture

CRASHED = "reading the file ended the program that decodes it"


class Workers:
    """Up to ``count`` processes, each started when it is first needed. ``decode`` may be called from ``count`` threads
    at once."""

    def __init__(self, count: int) -> None:
        self._idle: queue.LifoQueue[subprocess.Popen[bytes] | None] = queue.LifoQueue()
        for _ in range(count):
            self._idle.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        while not self._idle.empty():
            _end(self._idle.get())

    def decode(self, pictures: list[Picture], image_size: int) -> Chunk:
        """What ``decode_chunk`` gives, from another process. A picture that ends the process is a row with a reason."""
        worker = self._idle.get()
        try:
            try:
                worker = worker or _start()
            except OSError:
                # No process can be had, for want of memory say: then it takes a little longer.
                return decode_chunk(pictures, image_size)
            assert worker.stdin is not None
            assert worker.stdout is not None
            try:
                pickle.dump((pictures, image_size), worker.stdin, protocol=5)
                worker.stdin.flush()
                return pickle.load(worker.stdout)
            except (EOFError, OSError, pickle.UnpicklingError):
                _end(worker)
                worker = None
        finally:
            self._idle.put(worker)
        if len(pictures) == 1:
            return _left_out(pictures[0], image_size)
        parts = [self.decode([picture], image_size) for picture in pictures]
        return Chunk(
            [row for part in parts for row in part.rows],
            np.concatenate([part.pixels for part in parts]),
            np.concatenate([part.thumbs for part in parts]),
            np.concatenate([part.moments for part in parts]),
            [note for part in parts for note in part.notes],
        )


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the requests end."""
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            pictures, image_size = pickle.load(requests)
            pickle.dump(decode_chunk(pictures, image_size), answers, protocol=5)
            answers.flush()


def main() -> None:
    """The process: what it prints by mistake must not get between its answers."""
    # Ctrl-C reaches the whole group; the parent decides when it is over.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)


def _start() -> subprocess.Popen[bytes]:
    home = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-P", "-c", "from mtldemo.data.workers import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"},
    )


def _end(worker: subprocess.Popen[bytes] | None) -> None:
    if worker is None:
        return
    for pipe in (worker.stdin, worker.stdout):
        with contextlib.suppress(OSError):
            if pipe is not None:
                pipe.close()
    try:
        worker.wait(2)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


def _left_out(picture: Picture, image_size: int) -> Chunk:
    return Chunk(
        [(picture.name, "", CRASHED)],
        np.zeros((0, image_size, image_size, 3), dtype=np.uint8),
        np.zeros((0, THUMB, THUMB), dtype=np.uint8),
        np.zeros((0, 2, 3)),
        [],
    )
