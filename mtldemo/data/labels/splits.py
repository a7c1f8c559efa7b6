"""What people call the three splits, in names of files and folders and in a column."""

import re

SPLITS = ("train", "val", "test")
_WORDS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "publictest": "val",
    "test": "test",
    "testing": "test",
    "eval": "test",
    "evaluation": "test",
    "holdout": "test",
    "privatetest": "test",
}


def split_of(word: str) -> str:
    """The split that a word stands for, or an empty text: ``Training`` is ``train``."""
    return _WORDS.get(word.strip().lower(), "")


def split_in_name(name: str) -> str:
    """The one split that a file's name speaks of, such as ``gt_avg_valid.csv``; empty where it is none, or several."""
    stem = name.rpartition("/")[2].partition(".")[0]
    words = {split_of(word) for word in re.split(r"[\W_\d]+", stem)} - {""}
    return words.pop() if len(words) == 1 else ""
