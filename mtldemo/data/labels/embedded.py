"""Pictures inside Parquet files, as Hugging Face's data sets are kept: ``data/train-00000-of-00002.parquet``.

A column holds each picture as ``{"bytes": ..., "path": ...}``, or as bytes alone; all other columns are labels. The
names of classes stand in the file's own description of its columns (``ClassLabel``). Source: Hugging Face datasets,
features/image.py and features/features.py.
"""

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet

from mtldemo.data.labels.choices import ColumnChoice, TaskChoices
from mtldemo.data.labels.columnar import text_table
from mtldemo.data.labels.folder_listing import FolderListing
from mtldemo.data.labels.format import DataLocation, Format, labelled_tables
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.listing import Listing
from mtldemo.data.labels.manifest import split_of_file
from mtldemo.data.source import Picture, Source
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import loads
from mtldemo.tasks.task import BINARY, CLASSES

BYTES, PATH = "bytes", "path of the picture"
IMAGES = ("image", "img", "picture", "photo", "jpg", "png", "bytes", "image_bytes")
"""What a column of bytes alone is called, where it holds pictures."""
ROWS_AT_A_TIME = 64


class EmbeddedPictures(Format):
    """One or many files, with a split each; a picture is called by its file and row."""

    title = "pictures inside Parquet files"

    def matches(self, location: DataLocation) -> bool:
        return any(_image_column(_schema(location, name)) for name in _files(location))

    def open(self, location: DataLocation) -> LabelledSource:
        shards = [Shard(location, name) for name in _files(location) if _image_column(_schema(location, name))]
        listing = EmbeddedListing(location.listing.path, shards)
        tables = []
        for shard in shards:
            table = text_table(shard.name, shard.labels(), np.arange(1, shard.rows + 1), [])
            columns = {PATH: pyarrow.array(shard.pictures, pyarrow.string()), **table.columns}
            split = "" if location.file else split_of_file(shard.name)
            tables.append(dataclasses.replace(table, columns=columns, split=split))
        tables.sort(key=lambda table: table.split != "train")
        files = ", ".join(shard.name for shard in shards[:4]) + (" and more" if len(shards) > 4 else "")
        note = f"Pictures and labels stand in {files}."
        inside = dataclasses.replace(location, pictures=listing, base="")
        return labelled_tables(inside, tables, TaskChoices(_classes(shards[0].schema), path=PATH), [note])


class Shard:
    """One file with pictures: its ``name`` in the listing, ``schema`` and number of ``rows``, and what its ``pictures``
    [rows] are called."""

    def __init__(self, location: DataLocation, name: str) -> None:
        self.name = name
        self._file = _parquet(location, name)
        self.schema = self._file.schema_arrow
        self.rows = self._file.metadata.num_rows
        self._image = _image_column(self.schema)
        stem = name.rpartition(".")[0]
        self.pictures = [f"{stem}/{row:06d}.jpg" for row in range(1, self.rows + 1)]

    def labels(self) -> pyarrow.Table:
        """All columns but the pictures'."""
        table = self._file.read(columns=[name for name in self.schema.names if name != self._image])
        # Without any other column a table has no rows, either.
        return table if table.num_columns else pyarrow.table({"row": [""] * self.rows})

    def content(self, chosen: frozenset[str]) -> Iterator[Picture]:
        """The ``chosen`` pictures, a few rows in memory at a time."""
        row = 0
        for batch in self._file.iter_batches(ROWS_AT_A_TIME, columns=[self._image]):
            for value in batch.column(0).to_pylist():
                name, row = self.pictures[row], row + 1
                if name in chosen:
                    data = value.get(BYTES) if isinstance(value, dict) else value
                    yield Picture(name, data=data) if data else Picture(name, problem="the table has no picture there")


class EmbeddedListing(Listing):
    """The pictures in ``shards``."""

    def __init__(self, path: Path, shards: Sequence[Shard]) -> None:
        super().__init__(path)
        self.shards = shards
        self.pictures = [picture for shard in shards for picture in shard.pictures]

    def read(self, name: str, most: int = 0) -> bytes:
        raise MtlDemoError(f"{name} is inside a table of pictures and can't be read alone.")

    def source(self, chosen: pyarrow.Array, title: str) -> Source:
        return EmbeddedSource(self.path, title, self.shards, frozenset(chosen.to_pylist()))


class EmbeddedSource(Source):
    """The ``chosen`` pictures of ``shards``."""

    def __init__(self, path: Path, name: str, shards: Sequence[Shard], chosen: frozenset[str]) -> None:
        super().__init__(path, name)
        self._shards = shards
        self._chosen = chosen

    def fingerprint(self) -> str:
        mark = hashlib.sha256(f"embedded:{self.path.resolve()}\n".encode(errors="replace"))
        for shard in self._shards:
            file = self.path / shard.name if self.path.is_dir() else self.path
            status = file.stat()
            mark.update(f"{shard.name}\0{status.st_size}:{status.st_mtime_ns}\n".encode(errors="replace"))
        return mark.hexdigest()

    def pictures(self) -> Iterator[Picture]:
        for shard in self._shards:
            yield from shard.content(self._chosen)

    def expected(self, read: int) -> int:
        return len(self._chosen)


def _files(location: DataLocation) -> list[str]:
    return [name for name in location.files if name.lower().endswith(".parquet")]


def _parquet(location: DataLocation, name: str) -> pyarrow.parquet.ParquetFile:
    listing = location.listing
    try:
        if isinstance(listing, FolderListing):
            return pyarrow.parquet.ParquetFile(listing.file_of(name))
        return pyarrow.parquet.ParquetFile(pyarrow.BufferReader(listing.read(name)))
    except (pyarrow.ArrowException, OSError) as error:
        raise MtlDemoError(f"{name} can't be read as Parquet; it is cut off, damaged or none; get it again.") from error


def _schema(location: DataLocation, name: str) -> pyarrow.Schema | None:
    try:
        return _parquet(location, name).schema_arrow
    except MtlDemoError:
        return None


def _image_column(schema: pyarrow.Schema | None) -> str:
    """The first column that holds pictures, or an empty text."""
    types = pyarrow.types
    for item in schema or ():
        kind = item.type
        of_struct = {kind.field(index).name: kind.field(index).type for index in range(kind.num_fields)}
        inside = of_struct.get(BYTES) if types.is_struct(kind) else kind if item.name.lower() in IMAGES else None
        if inside is not None and (types.is_binary(inside) or types.is_large_binary(inside)):
            return item.name
    return ""


def _classes(schema: pyarrow.Schema) -> dict[str, ColumnChoice]:
    """What the file says of its columns' classes."""
    try:
        described: Any = loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        features = {str(name): feature for name, feature in described.items() if isinstance(feature, dict)}
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}
    choices = {}
    for name, feature in features.items():
        names = feature.get("names")
        if feature.get("_type") == "ClassLabel" and isinstance(names, list) and len(names) > 1:
            kind = BINARY if len(names) == 2 else CLASSES
            values = tuple(str(index) for index in range(len(names)))
            choices[name] = ColumnChoice(kind=kind, values=values, classes=tuple(map(str, names)), missing=("-1",))
    return choices
