"""The own threads of OpenCV and torch, off where several threads of this process share the work out already: there they
would only get in each other's way. Both libraries keep the number for the whole process; others may be at work in it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside, _before = 0, 0


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
    """Have torch compute in the calling thread alone from now on; all others keep their threads.

    What a thread sets is its own number from then on, and also the number of each thread that has yet to ask torch for
    something. So another thread, which ends at once, sets that one back.
    """
    import torch

    with _lock:
        before = torch.get_num_threads()  # asked first: the first question takes over the number of the process
        torch.set_num_threads(1)
        back = threading.Thread(target=torch.set_num_threads, args=(before,))
        back.start()
        back.join()
