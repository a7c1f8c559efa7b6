"""What lies in a folder and below it."""

import os
import stat
from functools import cached_property
from pathlib import Path

import pyarrow

from mtldemo.data import picture_files
from mtldemo.data.labels.arrow import compute, texts
from mtldemo.data.labels.listed_source import ListedSource
from mtldemo.data.labels.listing import LARGEST_MANIFEST, Listing
from mtldemo.data.source import Source, folder_identity
from mtldemo.errors import MtlDemoError, readable

_USUAL = picture_files.EXTENSIONS[0]
_ANY_ENDING = f"({'|'.join(picture_files.EXTENSIONS)})$".replace(".", "[.]")


class FolderListing(Listing):
    """What lies in a folder and, once ``list_below`` ran, in those below it: each is read once with ``os.scandir``,
    without a look at any file. There may be millions of pictures: what is done for each of them counts, so their names
    are a column, and texts where these are wanted."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._folders = [("", str(path))]
        self._links: list[tuple[str, str]] = []
        self._identities = set[tuple[int, int]]()
        self._elsewhere: dict[str, str] = {}
        self._lines: list[str] = []
        self._columns = [texts([])]
        try:
            self._outer = {folder_identity(parent) for parent in path.resolve().parents}
            self._list_next()
        except OSError as error:
            raise MtlDemoError(f"The folder {path} can't be read ({error.strerror}).") from error
        self._divide()

    def list_below(self) -> None:
        """List the folders below, too."""
        while self._folders or self._links:
            prefix = (self._folders or self._links)[-1][0]
            try:
                self._list_next()
            except OSError as error:
                self.left_out.append((prefix, f"the folder can't be opened ({error.strerror or error})"))
        self._divide()

    @cached_property
    def array(self) -> pyarrow.Array:
        return pyarrow.concat_arrays(self._columns)

    @cached_property
    def pictures(self) -> list[str]:
        return self.array.to_pylist()

    def sample(self, count: int) -> list[str]:
        return self.array[:: max(1, len(self.array) // count)].to_pylist()

    def _list_next(self) -> None:
        # Links come last, so that a folder which is there and linked to, too, goes by its own name.
        self._links.sort(reverse=True)
        prefix, folder = (self._folders or self._links).pop()
        identity = folder_identity(Path(folder))
        if identity in self._outer:
            self.left_out.append((prefix, "a link to a folder that this one lies in is not followed"))
        elif identity not in self._identities:
            self._identities.add(identity)
            self._list(prefix, folder)

    def _list(self, prefix: str, folder: str) -> None:
        with os.scandir(folder) as scanned:
            entries = list(scanned)
        try:
            folders = [entry for entry in entries if entry.is_dir()]
        except OSError:
            folders = [entry for entry in entries if picture_files.is_folder(entry)]
        inner = {entry.name for entry in folders}
        files = [entry.name for entry in entries if entry.name not in inner]
        if len(files) < len(entries):
            for entry in folders:
                if not picture_files.is_hidden(entry.name):
                    name = f"{prefix}{readable(entry.name)}/"
                    (self._links if entry.is_symlink() else self._folders).append((name, entry.path))
        together = "/" + "/".join(files)
        if "/." in together:
            files = [name for name in files if not name.startswith(".")]
        if not together.isprintable() or not folder.isprintable():
            paths = {prefix + readable(name): f"{folder}/{name}" for name in files}
            self._elsewhere |= {name: path for name, path in paths.items() if not path.isprintable()}
            files = [readable(name) for name in files]
        if files:
            self._lines.append(prefix + f"\n{prefix}".join(files))

    def _divide(self) -> None:
        """Divide the files that were listed since the last time into pictures and others."""
        names = compute.list_flatten(compute.split_pattern(texts(self._lines), "\n"))
        self._lines = []
        pictures = compute.ends_with(names, _USUAL)
        if not compute.all(pictures).as_py():
            pictures = compute.match_substring_regex(names, _ANY_ENDING, ignore_case=True)
            self.others += names.filter(compute.invert(pictures)).to_pylist()
            names = names.filter(pictures)
        self._columns.append(names)

    def path_of(self, name: str) -> Path:
        """Where a file is."""
        return Path(self._elsewhere.get(name) or self.path / name)

    def file_of(self, name: str) -> Path:
        """Where a file is that can be read. Raises ``MtlDemoError`` for a pipe or a device, which would be waited for
        without end, and ``OSError``."""
        path = self.path_of(name)
        if not stat.S_ISREG(path.stat().st_mode):
            raise MtlDemoError(f"{self.path / name} can't be read (it is no file, but a pipe or a device).")
        return path

    def read(self, name: str, most: int = LARGEST_MANIFEST) -> bytes:
        try:
            path = self.file_of(name)
            if path.stat().st_size > LARGEST_MANIFEST:
                raise MtlDemoError(f"{name} is larger than {LARGEST_MANIFEST / 2**30:.0f} GB; divide it.")
            with path.open("rb") as file:
                return file.read(most)
        except OSError as error:
            raise MtlDemoError(f"{self.path / name} can't be read ({error.strerror or error}).") from error

    def source(self, chosen: pyarrow.Array, title: str) -> Source:
        return ListedSource(self.path, title, chosen, self._elsewhere, self.left_out)
