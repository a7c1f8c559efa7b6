"""The cameras that are running: which faces each one showed last, until it has been silent for a while."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mtldemo.serve.query import Query
from mtldemo.serve.refusal import Refusal

if TYPE_CHECKING:
    from mtldemo.predict.live import Live

MOST = 32
"""Cameras at once."""
SILENT = 20.0
"""Seconds after which a camera that sends nothing is forgotten."""


@dataclass(eq=False)
class _Camera:
    live: "Live"
    query: Query
    heard: float


class Cameras:
    """One ``Live`` for each client, kept in memory: the boxes and answers of the last frames, never a picture.

    May be used from several threads; a client's own frames come one at a time, as ``RequestLimits`` lets no
    more in. ``clock`` gives seconds.
    """

    def __init__(self, most: int = MOST, silent: float = SILENT, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._silent, self._clock = most, silent, clock
        self._known: dict[str, _Camera] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def live(self, client: str, query: Query, make: Callable[[], "Live"]) -> "Live":
        """The video of ``client``: the one before where it asks the same models and detector, else ``make()``. Raises
        ``Refusal`` (503) where there are too many cameras."""
        self.forget()
        with self._lock:
            known = self._known.get(client)
            if known is not None and known.query == query:
                known.heard = self._clock()
                return known.live
            if known is None and len(self._known) >= self._most:
                raise Refusal(503, "Too many cameras are running here; try again in a moment.", wait=5)
        live = make()
        with self._lock:
            self._known[client] = _Camera(live, query, self._clock())
        return live

    def forget(self) -> None:
        """Drop the cameras that have been silent for too long."""
        with self._lock:
            now = self._clock()
            for client in [client for client, one in self._known.items() if now - one.heard > self._silent]:
                del self._known[client]
