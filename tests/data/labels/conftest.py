from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes a data set: files by name (text or bytes), and pictures that no test of labels looks into."""

    def write(files: Mapping[str, str | bytes], pictures: Iterable[str] = ()) -> Path:
        root = tmp_path / "set"
        for name in pictures:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(b"picture")
        for name, content in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    return write
