"""From the paths in a manifest, as people write them, to the pictures that are there."""

import posixpath
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

import numpy as np
import pyarrow

from mtldemo.data.labels.arrow import compute, numpy_of
from mtldemo.data.labels.splits import split_of

SAMPLE = 200
MOST_PREFIXES = 50
LEAST_SHARE = 0.05
"""Of a manifest's rows: what a folder must bring to be taken for one that the paths leave out."""
_ABSOLUTE = re.compile(r"/|[A-Za-z]:/")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
Prefix = tuple[str, str]
"""What the paths have before (to be dropped) and the pictures' names have instead; each is empty or ends in ``/``."""


def _folded(texts: Sequence[str], *, is_name: bool) -> list[str]:
    """Letters alike in upper and lower case, and accents alike however they are composed."""
    return [unicodedata.normalize("NFC", text.casefold()) for text in texts]


def _unquoted(texts: Sequence[str], *, is_name: bool) -> list[str]:
    """Without the ``%20`` of web addresses."""
    return _folded(texts if is_name else [unquote(text) for text in texts], is_name=is_name)


def _without_ending(texts: Sequence[str], *, is_name: bool) -> list[str]:
    """Without the names' endings, which paths may lack."""
    return _folded([text.rpartition(".")[0] for text in texts] if is_name else texts, is_name=is_name)


class Respelled(Protocol):
    """The names or the paths in a spelling that both may agree in."""

    def __call__(self, texts: Sequence[str], *, is_name: bool) -> list[str]: ...


SPELLINGS: dict[str, Respelled] = {
    "differ from the paths in upper and lower case, or in how accents are written": _folded,
    "are written in the paths as in web addresses": _unquoted,
    "have endings that the paths leave out": _without_ending,
}
"""By what names of pictures do then: looked up one after the other, for the paths that lead nowhere as they are."""


class PicturePaths:
    """Looks up paths among the pictures called ``names``, below ``root``: as they are and, unless ``names_exactly`` is
    False, in each of the ``SPELLINGS``. ``prefixes`` are those that were used, ``spellings`` count the rows whose
    picture goes by another name."""

    def __init__(self, names: pyarrow.Array, root: Path, *, names_exactly: bool = True) -> None:
        self._names = names
        self._names_exactly = names_exactly
        self.spellings: Counter[str] = Counter()
        self._root = root
        self.prefixes: Counter[Prefix] = Counter()

    def indices_of(self, paths: pyarrow.Array, base: str = "", split: str = "", of: int = 0) -> np.ndarray:
        """The index among the names, int64 [N], of the pictures at ``paths`` [N], which are counted from the folder
        ``base`` (empty, or with a ``/`` at its end) on; -1 where there is none. ``split`` is the one they belong to,
        ``of`` the number of rows that they are some of (by default all)."""
        indices = self._from(paths, base)
        missing = np.flatnonzero(indices < 0)
        if len(missing):
            written = self._plain(paths.take(pyarrow.array(missing)), base)
            indices[missing] = self._from(written, base)
            written, missing = self._still(indices, missing, written)
            if len(missing):
                indices[missing] = self._by_prefixes(written, split, base, of or len(paths))
                written, missing = self._still(indices, missing, written)
            for spelling, respelled in SPELLINGS.items() if self._names_exactly else ():
                if not len(missing):
                    break
                names = _unlike(respelled(self._names.to_pylist(), is_name=True))
                other = PicturePaths(names, self._root, names_exactly=False)
                respelled_paths = pyarrow.array(respelled(written.to_pylist(), is_name=False), pyarrow.string())
                indices[missing] = other.indices_of(
                    respelled_paths, respelled([base], is_name=False)[0], split, of or len(paths)
                )
                self.prefixes += other.prefixes
                count = len(missing)
                written, missing = self._still(indices, missing, written)
                self.spellings[spelling] += count - len(missing)
        return indices

    def _still(
        self, indices: np.ndarray, missing: np.ndarray, written: pyarrow.Array
    ) -> tuple[pyarrow.Array, np.ndarray]:
        """Of the ``missing`` rows with the paths ``written``, those that have none of ``indices`` yet (-1)."""
        still = indices[missing] < 0
        return written.filter(pyarrow.array(still)), missing[still]

    def _from(self, paths: pyarrow.Array, base: str) -> np.ndarray:
        """As ``indices_of``, exactly as written: from ``base`` on, which goes before the root, or from the root on."""
        indices = self._look_up(_joined(base, paths) if base else paths)
        if base and (missing := np.flatnonzero(indices < 0)).size:
            indices[missing] = self._look_up(paths.take(pyarrow.array(missing)))
        return indices

    def why_not(self, path: str) -> str:
        """Why there is no picture at ``path``, in words."""
        plain = path.replace("\\", "/")
        if not plain.strip():
            return "it names no picture"
        if _ADDRESS.match(plain):
            return f"{path} is an address, not a file in the folder"
        if _ABSOLUTE.match(plain) or posixpath.normpath(plain).startswith(".."):
            return f"the path {path} leads out of the folder {self._root}"
        return f"there is no picture {path}"

    def _plain(self, paths: pyarrow.Array, base: str) -> pyarrow.Array:
        """With plain slashes, without ``.`` and ``..``; what leads out of the folder still does."""
        if compute.any(compute.match_substring(paths, "\\")).as_py():
            paths = compute.replace_substring(paths, "\\", "/")
        odd = compute.match_substring_regex(paths, r"^\.|^/|//|/\.|^[A-Za-z]:")
        if not compute.any(odd).as_py():
            return paths
        inside = f"{self._root.resolve().as_posix().rstrip('/')}/"
        texts, which = numpy_of(paths).astype(object), np.flatnonzero(numpy_of(odd))
        for row in which.tolist():
            plain = posixpath.normpath(texts[row])
            if plain.startswith("../") and not _ABSOLUTE.match(above := posixpath.normpath(base + plain)):
                plain = above
            texts[row] = plain.removeprefix(inside)
        return pyarrow.array(texts, pyarrow.string())

    def _look_up(self, paths: pyarrow.Array) -> np.ndarray:
        return numpy_of(compute.fill_null(compute.index_in(paths, value_set=self._names), -1)).astype(np.int64)

    def _by_prefixes(self, paths: pyarrow.Array, split: str, base: str, count: int) -> np.ndarray:
        """As ``indices_of``, of ``count`` rows of which the ``paths`` [M] aren't where they say."""
        indices = np.full(len(paths), -1, dtype=np.int64)
        dominant = len(paths) > count / 2
        for prefix in self._candidates(paths, split, base):
            left = np.flatnonzero(indices < 0)
            if not len(left):
                break
            looked_up = self._look_up(_swapped(paths.take(pyarrow.array(left)), prefix))
            hits = int((looked_up >= 0).sum())
            # A single picture of the same name elsewhere is another picture; a folder left out concerns many rows.
            if dominant and hits >= max(LEAST_SHARE * count, 1):
                indices[left] = looked_up
                self.prefixes[prefix] += hits
        return indices

    def _candidates(self, paths: pyarrow.Array, split: str, base: str) -> list[Prefix]:
        step = max(1, len(paths) // SAMPLE)
        sample = [text for text in paths.take(pyarrow.array(np.arange(0, len(paths), step))).to_pylist() if text]
        endings = {text.rpartition("/")[2] for text in sample}
        by_ending: dict[str, list[str]] = {}
        for name in self._names.to_pylist():
            if name and (ending := name.rpartition("/")[2]) in endings:
                by_ending.setdefault(ending, []).append(name)
        votes: Counter[Prefix] = Counter()
        for text in sample:
            for name in by_ending.get(text.rpartition("/")[2], ())[:MOST_PREFIXES]:
                votes[_difference(text, name)] += 1
        allowed = [prefix for prefix in votes if not _other_split(prefix, split)]

        def order(prefix: Prefix) -> tuple[int, int, int, int, str]:
            fits = bool(split) and split in map(split_of, prefix[1].split("/"))
            return -votes[prefix], -fits, -prefix[1].startswith(base), len(prefix[1]), prefix[1]

        return sorted(allowed, key=order)[:MOST_PREFIXES]


def _unlike(names: Sequence[str]) -> pyarrow.Array:
    """``names``, each of which two pictures have being none: which one is meant isn't known."""
    times = Counter(names)
    return pyarrow.array([name if times[name] == 1 else None for name in names], pyarrow.string())


def _joined(prefix: str, paths: pyarrow.Array) -> pyarrow.Array:
    return compute.binary_join_element_wise(prefix, paths, "")


def _swapped(paths: pyarrow.Array, prefix: Prefix) -> pyarrow.Array:
    drop, put = prefix
    if drop:
        starts = compute.starts_with(paths, drop)
        paths = compute.if_else(starts, compute.utf8_slice_codeunits(paths, len(drop)), None)
    return _joined(put, paths)


def _difference(path: str, name: str) -> Prefix:
    """What ``path`` and ``name`` have before the parts that both end with."""
    ours, theirs = path.split("/"), name.split("/")
    same = 0
    while same < min(len(ours), len(theirs)) and ours[-1 - same] == theirs[-1 - same]:
        same += 1
    drop, put = ours[: len(ours) - same], theirs[: len(theirs) - same]
    return "".join(part + "/" for part in drop), "".join(part + "/" for part in put)


def _other_split(prefix: Prefix, split: str) -> bool:
    """Whether a path of one split would be looked up among another's pictures."""
    dropped, put = ({split_of(part) for part in side.split("/")} - {""} for side in prefix)
    wanted = dropped or ({split} if split else set[str]())
    return bool(put and wanted and not put & wanted)
