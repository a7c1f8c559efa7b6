"""One column of labels: its different texts, how often each is there, and which of them are numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow

from mtldemo.data.labels.arrow import compute, numpy_of
from mtldemo.data.labels.numbers import ODD, is_float, plain_numbers

MISSING_TEXTS = ("", "nan", "none", "null", "na", "n/a", "<na>", "nat", "?", "unknown", "undefined", "missing")
"""What stands for no label in any column, in lower case."""


LARGEST = 1e18
"""The largest number that is learned: its square is still one in 32 bits."""


@dataclass(frozen=True)
class Column:
    """``codes`` int32 [N] are indices into ``distinct`` [D], texts of which each is there ``counts`` [D] times."""

    name: str
    codes: np.ndarray
    distinct: pyarrow.Array
    counts: np.ndarray

    @staticmethod
    def of(name: str, cells: pyarrow.Array) -> "Column":
        """The column of trimmed texts ``cells`` [N]."""
        encoded = cells.dictionary_encode()
        codes = numpy_of(encoded.indices)
        return Column(name, codes, encoded.dictionary, np.bincount(codes, minlength=len(encoded.dictionary)))

    def within(self, rows: np.ndarray) -> "Column":
        """The same texts, of which those in ``rows`` (bool [N]) alone are counted."""
        counts = np.bincount(self.codes[rows], minlength=len(self.distinct))
        return Column(self.name, self.codes, self.distinct, counts)

    @cached_property
    def texts(self) -> list[str]:
        """The different texts."""
        return self.distinct.to_pylist()

    @property
    def numbers(self) -> np.ndarray:
        """float64 [D]: the different texts as numbers, NaN for what is none and for those beyond
        ``LARGEST``; ``1,5`` and ``1,000,000`` are some."""
        return self._read[0]

    @property
    def unit(self) -> str:
        """The sign that most of the numbers are written with, such as ``%``; empty for none."""
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[np.ndarray, str]:
        unit = ""
        try:
            values = numpy_of(compute.cast(self.distinct, pyarrow.float64()))
        except pyarrow.ArrowInvalid:
            odd = compute.any(compute.match_substring_regex(self.distinct, ODD)).as_py()
            texts, unit = plain_numbers(self.texts) if odd else (self.texts, "")
            values = np.array([_number(text) for text in texts], dtype=np.float64)
        return np.where(np.abs(values) <= LARGEST, values, np.nan), unit

    def shorter_than(self, letters: int) -> np.ndarray:
        """bool [D]: which texts have fewer ``letters`` than that."""
        return numpy_of(compute.less(compute.utf8_length(self.distinct), letters)).astype(bool)

    def missing(self, marks: tuple[str, ...] | None) -> np.ndarray:
        """bool [D]: which texts stand for no label, by ``marks`` (and where empty), or by what always does."""
        if marks is None:
            return self.usually_missing
        wanted = ("", *(mark.strip().lower() for mark in marks))
        mask = self._is_one_of(wanted)
        numeric = {float(mark) for mark in wanted if is_float(mark)}
        if numeric:  # -1 is also -1.0
            mask |= np.isin(self.numbers, list(numeric))
        return mask

    @cached_property
    def usually_missing(self) -> np.ndarray:
        """bool [D]: which texts stand for no label in any column."""
        return self._is_one_of(MISSING_TEXTS)

    def _is_one_of(self, wanted: Sequence[str]) -> np.ndarray:
        return numpy_of(compute.is_in(compute.utf8_lower(self.distinct), value_set=pyarrow.array(wanted))).astype(bool)

    def look_ahead(self) -> None:
        """Look at every text now, rather than when the column is first asked."""
        _ = self.numbers, self.usually_missing


def _number(text: str) -> float:
    return float(text) if is_float(text) else float("nan")
