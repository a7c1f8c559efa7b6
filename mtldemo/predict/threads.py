"""The own threads of OpenCV and torch, off where several threads of this process share the work out already: there they
would only get in each other's way. Both libraries keep the number for the whole process; others may be at work in it.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from mtldemo import cores

FIRST_LOOK, LOOK_EVERY = 0.05, 0.3
"""Seconds: how long the machine is watched before the first answer, and the least time between two looks at it."""
CROWDED = 0.8
"""Cores that others keep busy from where on one thread is the faster choice. Less, such as a browser that shows a
camera's picture, only delays two threads now and then."""
_lock = threading.Lock()
_inside, _before = 0, 0
_others: cores.OtherPrograms | None = None
_crowded, _all = False, 0


@contextmanager
def single_threaded_opencv() -> Iterator[None]:
    """OpenCV computes in the calling threads alone while any thread is inside; then with as many as before the first
    one came."""
    global _inside, _before
    import cv2

    with _lock:
        if not _inside:
            _before = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                cv2.setNumThreads(_before)


def alone_in_torch() -> None:
    """Have torch compute in the calling thread alone from now on; all others keep their threads. Done once a thread.

    What a thread sets is its own number from then on, and also the number of each thread that has yet to ask torch for
    something. So another thread, which ends at once, sets that one back.
    """
    import torch

    with _lock:
        before = torch.get_num_threads()  # asked first: the first question takes over the number of the process
        if before == 1:
            return
        torch.set_num_threads(1)
        back = threading.Thread(target=torch.set_num_threads, args=(before,))
        back.start()
        back.join()


def as_load_allows() -> None:
    """Have torch compute in the calling thread alone while other programs keep cores busy, else with all cores: two
    threads that share an operation wait for the one that was put aside, up to ten times as long as one alone needs."""
    import torch

    global _all
    with _lock:
        _all = _all or torch.get_num_threads()
    if _others_are_busy():
        alone_in_torch()
    elif torch.get_num_threads() != _all:
        torch.set_num_threads(_all)


def _others_are_busy() -> bool:
    """Whether fewer than all cores were free since the last look."""
    global _others, _crowded
    with _lock:
        first = _others is None
        if _others is None:
            _others = cores.OtherPrograms()
            time.sleep(FIRST_LOOK)
        if first or _others.seconds >= LOOK_EVERY:
            _crowded = _others() > CROWDED
        return _crowded
