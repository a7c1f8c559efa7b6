"""A path as a person writes it."""

import os
from pathlib import Path


def as_path(written: str | os.PathLike[str]) -> Path:
    """``~`` is the home folder, ``~name`` another one's; where nobody is called so it is taken as it stands."""
    return Path(os.path.expanduser(written))  # noqa: PTH111 - pathlib's own raises where nobody is called so
