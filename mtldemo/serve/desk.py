"""What is under way: a few requests for each client and altogether, no more bytes than there is room for, and a pool of
threads that works on them."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from mtldemo.serve.refusal import Refusal

_Result = TypeVar("_Result")
THREADS = max(1, min(4, (os.cpu_count() or 1) // 2))
"""Requests that are worked on at once: the models and the detector use several cores for one."""
MOST, EACH = 16, 4
"""Requests that may be under way: altogether, and for each address, behind which there may be several programs."""
ROOM = 384 * 2**20
"""Bytes of pictures that may be held at once, as sent: more than one address can have. Each thread takes up to some
400 MB beside them, while it looks at a picture of the largest size."""


class Desk:
    """Used from the event loop alone; ``work`` is done in the pool's threads."""

    def __init__(self, threads: int = THREADS, most: int = MOST, room: int = ROOM) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="serve")
        self._most, self._room = most, room
        self._busy: Counter[str] = Counter()
        self._held = 0

    @contextmanager
    def place(self, client: str, size: int, *, each: int = EACH) -> Iterator[None]:
        """A place for ``client`` while a request of up to ``size`` bytes is under way. Raises ``Refusal``: 429 where it
        has ``each`` already, 503 where there is none left, or no room."""
        if self._busy[client] >= each:
            many = "Another request" if each == 1 else f"{each} other requests"
            verb = "is" if each == 1 else "are"
            raise Refusal(429, f"{many} of this client {verb} still under way; wait for an answer.", wait=1)
        if self._busy.total() >= self._most or (self._held and self._held + size > self._room):
            raise Refusal(503, "Too many requests are under way; try again in a moment.", wait=2)
        self._busy[client] += 1
        self._held += size
        try:
            yield
        finally:
            self._held -= size
            self._busy[client] -= 1
            if not self._busy[client]:
                del self._busy[client]

    async def work(self, does: Callable[[], _Result]) -> _Result:
        """What ``does()`` gives, done in a thread.

        A client that goes away gives up its place only once the thread is done: otherwise asking and hanging up again
        and again would fill the pool.
        """
        future = asyncio.get_running_loop().run_in_executor(self._pool, does)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise
