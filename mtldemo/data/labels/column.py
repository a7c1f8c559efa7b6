"""One column of labels: its different texts, how often each is there, and which of them are numbers."""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow

from mtldemo.data.labels.arrow import compute, numpy_of

MISSING_TEXTS = ("", "nan", "none", "null", "na", "n/a", "<na>", "nat", "?", "unknown", "undefined", "missing")
"""What stands for no label in any column, in lower case."""
_THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"
_COMMA = r"^[+-]?\d*,\d+$"


@dataclass(frozen=True)
class Column:
    """``codes`` int64 [N] are indices into ``distinct`` [D], texts of which each is there ``counts`` [D] times."""

    name: str
    codes: np.ndarray
    distinct: pyarrow.Array
    counts: np.ndarray

    @staticmethod
    def of(name: str, cells: pyarrow.Array) -> "Column":
        """The column of trimmed texts ``cells`` [N]."""
        encoded = cells.dictionary_encode()
        codes = numpy_of(encoded.indices).astype(np.int64)
        return Column(name, codes, encoded.dictionary, np.bincount(codes, minlength=len(encoded.dictionary)))

    def within(self, rows: np.ndarray) -> "Column":
        """The same texts, of which those in ``rows`` (bool [N]) alone are counted."""
        counts = np.bincount(self.codes[rows], minlength=len(self.distinct))
        return Column(self.name, self.codes, self.distinct, counts)

    @cached_property
    def texts(self) -> list[str]:
        """The different texts."""
        return self.distinct.to_pylist()

    @cached_property
    def numbers(self) -> np.ndarray:
        """float64 [D]: the different texts as numbers, NaN for what is none; ``1,5`` and ``1,000,000`` are some."""
        try:
            values = numpy_of(compute.cast(self.distinct, pyarrow.float64()))
        except pyarrow.ArrowInvalid:
            values = np.array([_number(text) for text in self._plain_numbers()], dtype=np.float64)
        return np.where(np.isfinite(values), values, np.nan)

    def _plain_numbers(self) -> list[str]:
        texts = self.distinct
        if not compute.any(compute.match_substring(texts, ",")).as_py():
            return self.texts
        others = [text for text in self.texts if "," in text]
        # 1,500 alone could be either; beside 1,5 or 0,25 it is a decimal comma.
        if all(re.match(_THOUSANDS, text) for text in others):
            return [text.replace(",", "") if "," in text else text for text in self.texts]
        return [text.replace(",", ".") if re.match(_COMMA, text) else text for text in self.texts]

    def missing(self, marks: tuple[str, ...] | None) -> np.ndarray:
        """bool [D]: which texts stand for no label, by ``marks`` (and where empty), or by what always does."""
        wanted = MISSING_TEXTS if marks is None else ("", *(mark.strip().lower() for mark in marks))
        mask = numpy_of(compute.is_in(compute.utf8_lower(self.distinct), value_set=pyarrow.array(wanted)))
        mask = mask.astype(bool)
        numeric = {float(mark) for mark in wanted if _is_float(mark)} if marks is not None else set[float]()
        if numeric:  # -1 is also -1.0
            mask |= np.isin(self.numbers, list(numeric))
        return mask


def _number(text: str) -> float:
    return float(text) if _is_float(text) else float("nan")


def _is_float(text: str) -> bool:
    return bool(_FLOAT.fullmatch(text))


_FLOAT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
