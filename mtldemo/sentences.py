"""Lists of names and counted things as sentences need them."""

from collections.abc import Sequence


def listed(names: Sequence[str], word: str = "and", *, most: int | None = None) -> str:
    """``a``, ``a and b``, ``a, b and c``; empty for none. Of more than ``most`` the first ones stand with how many
    there are beside them: ``a, b and 3 more``."""
    if most is not None and len(names) > most:
        names = [*names[:most], f"{len(names) - most} more"]
    return names[0] if len(names) == 1 else f" {word} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def counted(count: int, one: str = "strategy", more: str = "strategies") -> str:
    """``1 strategy``, ``2 strategies``."""
    return f"{count} {one if count == 1 else more}"
