"""The paths of all strategies, each worked out once; what is likely to be asked for is begun ahead of time."""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any

from mtldemo.playground.descent import Descent, descend
from mtldemo.playground.landscape import STARTS, Landscape

MOST_OWN = 100
"""Paths with hyper-parameters of a person's own that are kept; the oldest is forgotten first."""

Options = Mapping[str, Mapping[str, Any]]
"""Hyper-parameters by strategy; one that isn't named has its defaults."""
_Walk = tuple[str, float, str]


class Walks:
    """Paths by strategy, scale and hyper-parameters. Any thread may ask.

    One thread works, in the order of asking: more would only slow each other down. There are two paths of a
    landscape for each strategy as it is by default, so these are never forgotten.
    """

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, "walks")
        self._futures: dict[_Walk, Future[tuple[Descent, ...]]] = {}
        self._lock = Lock()

    def begin(self, names: Iterable[str], scale: float, options: Options | None = None) -> None:
        """Work out these paths in the background, after those asked for before."""
        for name in names:
            self._future(name, scale, options)

    def ready(self, names: Iterable[str], scale: float, options: Options | None = None) -> bool:
        """Whether all of these paths are known."""
        with self._lock:
            futures = [self._futures.get(_walk(name, scale, options)) for name in names]
        return all(future is not None and future.done() for future in futures)

    def get(self, name: str, scale: float, options: Options | None = None) -> tuple[Descent, ...]:
        """The path from each of ``STARTS``, once it is known; raises ``MtlDemoError`` for an unknown strategy or
        option."""
        return self._future(name, scale, options).result()

    def _future(self, name: str, scale: float, options: Options | None) -> Future[tuple[Descent, ...]]:
        walk = _walk(name, scale, options)
        with self._lock:
            if walk not in self._futures:
                self._futures[walk] = self._worker.submit(_from_all_starts, *walk)
                own = [walk for walk, future in self._futures.items() if walk[2] != "{}" and future.done()]
                for forgotten in own[:-MOST_OWN]:
                    del self._futures[forgotten]
            return self._futures[walk]


def _walk(name: str, scale: float, options: Options | None) -> _Walk:
    return name, scale, json.dumps((options or {}).get(name, {}), sort_keys=True)


def _from_all_starts(name: str, scale: float, options: str) -> tuple[Descent, ...]:
    return tuple(descend(name, Landscape(scale), start, options=json.loads(options)) for start in STARTS)
