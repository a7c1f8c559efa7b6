"""How many requests are under way: one for each client, a few altogether, and a pool of threads that works on them."""

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from mtldemo.serve.refusal import Refusal

_Result = TypeVar("_Result")
THREADS = max(1, min(4, (os.cpu_count() or 1) // 2))
"""Requests that are worked on at once: the models and the detector use several cores for one."""
MOST = 16
"""Requests that may be under way; a picture of the largest size takes 200 MB while it is looked at."""


class Desk:
    """Used from the event loop alone; ``work`` is done in the pool's threads."""

    def __init__(self, threads: int = THREADS, most: int = MOST) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="serve")
        self._most = most
        self._busy: set[str] = set()

    @contextmanager
    def place(self, client: str) -> Iterator[None]:
        """A place for ``client`` while a request is under way. Raises ``Refusal``: 429 where it has one, 503 where
        there is none left."""
        if client in self._busy:
            raise Refusal(429, "Another request of this client is still under way; wait for its answer.", wait=1)
        if len(self._busy) >= self._most:
            raise Refusal(503, "Too many requests are under way; try again in a moment.", wait=2)
        self._busy.add(client)
        try:
            yield
        finally:
            self._busy.discard(client)

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
