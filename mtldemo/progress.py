"""How long work reports how far it is, without knowing any display."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called as ``progress(what, done, total)``, at most some ten times a second; it may raise to stop the work."""


def no_progress(what: str, done: int, total: int) -> None:
    """Report to nobody."""


class Stopped(Exception):  # noqa: N818 - it is no error
    """Raised out of long work, by the function that it reports to, when it is asked to stop."""
