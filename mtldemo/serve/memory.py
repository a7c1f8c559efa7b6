"""How much memory the pictures that are looked at may take at once, over all threads: it goes by their pixels."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

BYTES_A_PIXEL = 17
"""Of a picture while it is read, at most: that is a WebP's; a JPEG or a PNG takes 8, with Pillow's four and the three
that are used."""
ROOM = 1280 * 2**20
"""Bytes for all of them: a picture of the largest size beside some of a usual one."""


class Memory:
    """Room for so many bytes, shared by threads that wait for it."""

    def __init__(self, room: int = ROOM) -> None:
        self._room, self._taken = room, 0
        self._free = threading.Condition()

    @contextmanager
    def pixels(self, count: int) -> Iterator[None]:
        """Room for a picture of ``count`` pixels; waits until there is, or until it would be the only one."""
        size = count * BYTES_A_PIXEL
        with self._free:
            self._free.wait_for(lambda: not self._taken or self._taken + size <= self._room)
            self._taken += size
        try:
            yield
        finally:
            with self._free:
                self._taken -= size
                self._free.notify_all()
