"""Who watches a run while it is worked on."""

from typing import Protocol

from mtldemo.runs import Status


class Watcher(Protocol):
    """Is told where a run is (``show``, as often as one likes) and what happened (``say``)."""

    def show(self, status: Status) -> None:
        """Show the status, when it is time to."""
        ...

    def say(self, line: str) -> None:
        """Show a line that stays."""
        ...


class NullWatcher:
    """Watches nothing: the run's folder has it all."""

    def show(self, status: Status) -> None:
        """Nothing."""

    def say(self, line: str) -> None:
        """Nothing."""
