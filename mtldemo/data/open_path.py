"""The source at a path: a folder, an archive, or a folder of archives."""

from pathlib import Path

from mtldemo.data import picture_files
from mtldemo.data.open_archive import open_archive
from mtldemo.data.parts import PartsSource
from mtldemo.data.source import FolderSource, Source
from mtldemo.errors import MtlDemoError, readable
from mtldemo.paths import as_path


def open_path(source: str) -> Source:
    """The source at a path: a folder or an archive. Raises ``MtlDemoError`` where there is none."""
    if not source.strip():
        raise MtlDemoError(
            "No data set is named; name a folder, an archive, a list of pictures, 'synthetic' or 'shapes'."
        )
    path = as_path(source)
    try:
        if path.is_dir():
            return _folder(path)
        if path.is_file():
            return open_archive(path)
    except (OSError, ValueError) as error:
        raise MtlDemoError(f"The data set {source} can't be opened ({error}).") from error
    raise MtlDemoError(
        f"There is no data set at {source}; name a folder, a .zip, .tar or .tar.gz file, "
        "or 'synthetic' for the drawn portraits."
    )


def _folder(path: Path) -> Source:
    """The pictures in a folder or, where there are none, in all of its archives."""
    name = readable(path.resolve().name) or "pictures"
    source = FolderSource(path, name)
    if len(source):
        return source
    if len(source.archives) > 1:
        return PartsSource(path, name, sorted(source.archives))
    hint = f"; it holds {source.archives[0][0]}: choose that file instead" if source.archives else ""
    hint += "".join(f"; left out is {name}: {reason}" for name, reason in source.left_out[:1])
    raise MtlDemoError(f"The folder {path} holds no pictures ({', '.join(picture_files.EXTENSIONS)}){hint}.")
