"""The copies of a network that answer faster, shared by all who ask it. Imports torch."""

import threading

from mtldemo.model.sharing import Network
from mtldemo.predict.bfloat16 import in_bfloat16
from mtldemo.predict.folded import folded


class Variants:
    """The copies of one network, in evaluation mode, that answer faster; each is made once, by the first to ask for it.

    May be asked by several threads.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._made: dict[bool, Network] = {}
        self._lock = threading.Lock()

    def get(self, *, quick: bool) -> Network:
        """The ``folded`` copy, or, ``quick``, the ``in_bfloat16`` one."""
        with self._lock:
            if False not in self._made:
                self._made[False] = folded(self._network)
            if quick not in self._made:
                self._made[quick] = in_bfloat16(self._made[False])
            return self._made[quick]
