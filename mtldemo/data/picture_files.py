"""Which files are taken for pictures, by their names."""

import os
import re

EXTENSIONS = (".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".png", ".webp", ".bmp", ".dib")
"""Endings of files that are taken for pictures; others are not looked at. Predict reads more kinds."""

_LABELLED = re.compile(r"\d{1,3}_\d_\d_\d{8,20}")
"""How UTKFace's names begin: a file that is called so is a picture, whatever its ending."""


def is_picture(name: str) -> bool:
    """Whether a path's last part looks like a picture that is meant to be seen (not hidden, not macOS's shadow)."""
    return name.lower().endswith(EXTENSIONS) and not is_hidden(name)


def is_hidden(name: str) -> bool:
    """Whether a path leads to what isn't meant to be seen: hidden, or macOS's shadow of something else."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def unread(name: str) -> str:
    """Why a file that isn't a picture, by its name, may be one that is missed, in words; empty where it isn't."""
    if _LABELLED.match(name.rpartition("/")[2]) and not is_picture(name) and not is_hidden(name):
        return f"named like a picture of the set, but its ending is none of {', '.join(EXTENSIONS)}"
    return ""


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder or leads to one. A link that leads to itself is none; where it is to be read it is said
    that it can't be."""
    try:
        return entry.is_dir()
    except OSError:
        return False
