"""Spellings of one value in a column are one: ``Rose``, ``rose`` and ``ROSE``; ``yes``, ``True`` and ``1``."""

import dataclasses
from collections.abc import Collection

import numpy as np
import pyarrow

from mtldemo.data.labels.choices import ColumnChoice
from mtldemo.data.labels.column import MISSING_TEXTS, Column
from mtldemo.data.labels.numbers import is_float
from mtldemo.data.labels.spelling import truth
from mtldemo.tasks.kinds.classes import MOST_CLASSES

SHOWN = 4
"""Pairs of spellings that are named."""


def merged_spellings(column: Column, choice: ColumnChoice) -> tuple[Column, str]:
    """``column`` with each value in its most frequent spelling, and what was taken for one, in words, or an empty text.

    Spellings that differ in upper and lower case or in spaces are one and, where all of a column are words for yes and
    no (or 1 and 0), so are the words of each. Those that a person chose for, ``choice``, stay what they are.
    """
    if len(column.distinct) > 10 * MOST_CLASSES:
        return column, ""
    texts = column.texts
    missing = {text.lower() for text in (*MISSING_TEXTS, *(choice.missing or ()))}
    chosen = {*choice.classes, *choice.values, *choice.names}
    keys = [" ".join(text.casefold().split()) for text in texts]
    words = [key for key in keys if key not in missing]
    truths = [truth(key) for key in words]
    if not chosen and all(truths) and not all(map(is_float, words)) and len(set(words)) > 2:
        keys = [key if key in missing else truth(key) for key in keys]
    key_of = {text: text if text in chosen else key for text, key in zip(texts, keys, strict=True)}
    spellings: dict[str, list[int]] = {}
    for index in np.argsort(-column.counts, kind="stable").tolist():
        spellings.setdefault(key_of[texts[index]], []).append(index)
    several = [alike for alike in spellings.values() if len(alike) > 1 and texts[alike[0]].lower() not in missing]
    if not several:
        return column, ""
    target = np.arange(len(texts))
    for alike in several:
        target[alike] = alike[0]
    distinct = pyarrow.array([texts[index] for index in np.unique(target)], pyarrow.string())
    codes = np.searchsorted(np.unique(target), target)[column.codes]
    counts = np.bincount(codes, minlength=len(distinct))
    same = "; ".join(_listed([texts[index] for index in alike]) for alike in several[:SHOWN])
    more = f"; and {len(several) - SHOWN} more" if len(several) > SHOWN else ""
    words_of = f"{column.name}: spellings are taken for one class: {same}{more}; if they are several, give its classes."
    return dataclasses.replace(column, codes=codes, distinct=distinct, counts=counts), words_of


def _listed(texts: Collection[str]) -> str:
    return ", ".join(text if len(text) <= 40 else text[:39] + "…" for text in texts)
