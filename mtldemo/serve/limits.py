"""What is under way: a few requests for each client and altogether, no more bytes than there is room for, and a pool of
threads that works on them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from mtldemo import cores
from mtldemo.serve.refusal import Refusal

Result = TypeVar("Result")
THREADS = max(1, min(4, cores.usable() // 2))
"""Requests that are worked on at once: the models and the detector use several cores for one."""
MOST, EACH = 16, 4
"""Requests that may be under way: altogether, and for each address, behind which there may be several programs."""
ROOM, EACH_ROOM = 384 * 2**20, 256 * 2**20
"""Bytes of pictures that may be held at once, as sent: altogether, and for each address."""


class RequestLimits:
    """At most ``most`` requests and ``room`` bytes of pictures at once, of which one address holds ``each_room``,
    worked on by ``threads`` threads. Used from the event loop alone; ``work`` is done in the pool's threads.

    A request has no place before its picture is there as a whole: who sends slowly, or never, takes none from others.
    """

    def __init__(
        self, threads: int = THREADS, most: int = MOST, room: int = ROOM, *, each_room: int = EACH_ROOM
    ) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="serve")
        self._most, self._room, self._each_room = most, room, each_room
        self._busy: Counter[str] = Counter()
        self._held: Counter[str] = Counter()

    @contextmanager
    def arrival(self, client: str) -> Iterator[Callable[[int], None]]:
        """While a picture of ``client`` arrives: gives the function that is told how many bytes more are there. That
        one raises ``Refusal``: 429 where the client holds too many, 503 where all together do."""
        own = 0

        def arrived(size: int) -> None:
            nonlocal own
            if self._held.total() > own and self._held.total() + size > self._room:
                raise _crowded()
            if self._held[client] > own and self._held[client] + size > self._each_room:
                raise Refusal(429, "The pictures that this client sends at once are too large; send fewer.", wait=2)
            own += size
            self._held[client] += size

        try:
            yield arrived
        finally:
            self._let_go(self._held, client, own)

    @contextmanager
    def slot(self, client: str, size: int, *, each: int = EACH) -> Iterator[None]:
        """A place for ``client`` while it is worked at its picture of ``size`` bytes. Raises ``Refusal`` as ``check``
        does."""
        self.check(client, size, each=each)
        self._busy[client] += 1
        self._held[client] += size
        try:
            yield
        finally:
            self._let_go(self._held, client, size)
            self._let_go(self._busy, client, 1)

    def check(self, client: str, size: int, *, each: int = EACH) -> None:
        """Raise ``Refusal`` where there is no place now: 429 where ``client`` has ``each`` already, 503 where none is
        left, or no room for ``size`` bytes."""
        if self._busy[client] >= each:
            many = "Another request" if each == 1 else f"{each} other requests"
            verb = "is" if each == 1 else "are"
            raise Refusal(429, f"{many} of this client {verb} still under way; wait for an answer.", wait=1)
        held = self._held.total()
        if self._busy.total() >= self._most or (held and held + size > self._room):
            raise _crowded()

    @staticmethod
    def _let_go(counts: Counter[str], client: str, count: int) -> None:
        counts[client] -= count
        if not counts[client]:
            del counts[client]

    async def work(self, does: Callable[[], Result]) -> Result:
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


def _crowded() -> Refusal:
    return Refusal(503, "Too many requests are under way; try again in a moment.", wait=2)
