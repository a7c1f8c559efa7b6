"""The paths of all strategies, each worked out once; what is likely to be asked for is begun ahead of time."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from mtldemo.playground.descent import Descent, descend
from mtldemo.playground.landscape import STARTS, Landscape


class Walks:
    """Paths by strategy and scale, with the hyper-parameters as they are by default. Any thread may ask.

    One thread works, in the order of asking: more would only slow each other down. There are two paths of a
    landscape for each strategy, so nothing is ever forgotten.
    """

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, "walks")
        self._asked: dict[tuple[str, float], Future[tuple[Descent, ...]]] = {}
        self._lock = Lock()

    def begin(self, names: Iterable[str], scale: float) -> None:
        """Work out these paths in the background, after those asked for before."""
        for name in names:
            with self._lock:
                if (name, scale) not in self._asked:
                    self._asked[name, scale] = self._worker.submit(_from_all_starts, name, scale)

    def ready(self, names: Iterable[str], scale: float) -> bool:
        """Whether all of these paths are known."""
        return all((name, scale) in self._asked and self._asked[name, scale].done() for name in names)

    def get(self, name: str, scale: float) -> tuple[Descent, ...]:
        """The path from each of ``STARTS``, once it is known; raises ``MtlDemoError`` for an unknown strategy."""
        self.begin([name], scale)
        return self._asked[name, scale].result()


def _from_all_starts(name: str, scale: float) -> tuple[Descent, ...]:
    return tuple(descend(name, Landscape(scale), start) for start in STARTS)
