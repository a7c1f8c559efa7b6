"""A path as a person writes it."""

import os
from pathlib import Path

QUOTES = ('"', "'")


def as_path(written: str | os.PathLike[str]) -> Path:
    """``~`` is the home folder, ``~name`` another one's; where nobody is called so it is taken as it stands. Quotes
    around it, as Windows copies a path and as shells show one, are left out, unless something is called so."""
    text = os.fspath(written)
    plain = text.strip()
    if len(plain) > 2 and plain[0] == plain[-1] and plain[0] in QUOTES and not os.path.lexists(text):
        text = plain[1:-1]
    return Path(os.path.expanduser(text))  # noqa: PTH111 - pathlib's own raises where nobody is called so
