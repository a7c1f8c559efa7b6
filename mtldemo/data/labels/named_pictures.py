"""Pictures whose labels stand in their names: a table is made of what an expression finds there."""

import re

import numpy as np
import pyarrow

from mtldemo.data.labels.listing import Listing
from mtldemo.data.labels.table import Table

SAMPLE = 200


def named_so(listing: Listing, expression: re.Pattern[str]) -> bool:
    """Whether most of the pictures' names (of a sample, whole from the folder on) hold what is looked for."""
    sample = listing.sample(SAMPLE)
    return bool(sample) and 2 * sum(expression.search(name) is not None for name in sample) > len(sample)


def named_table(listing: Listing, expression: re.Pattern[str]) -> Table:
    """A row for each picture with a name like the rest: ``path``, and a column for each group of the expression. The
    others are rejected by name."""
    columns: dict[str, list[str]] = {"path": [], **{group: [] for group in expression.groupindex}}
    rejected = []
    for name in sorted(listing.pictures):
        match = expression.search(name)
        if match is None:
            rejected.append((name, "its name isn't like those of the others, so it has no label"))
            continue
        columns["path"].append(name)
        for group, text in match.groupdict(default="").items():
            columns[group].append(text)
    count = len(columns["path"])
    arrays = {name: pyarrow.array(texts, pyarrow.string()) for name, texts in columns.items()}
    return Table("the pictures' names", arrays, np.arange(1, count + 1), True, tuple(rejected))
