"""A model's file comes into its place whole."""

from pathlib import Path

import pytest

from mtldemo.errors import MtlDemoError
from mtldemo.model import files


@pytest.mark.parametrize(("windows", "refusals", "written"), [(True, 3, True), (True, 99, False), (False, 1, False)])
def test_a_file_that_is_being_read_is_waited_for_on_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, windows: bool, refusals: int, written: bool
) -> None:
    plain, tried = Path.replace, []

    def replace(self: Path, target: Path) -> Path:
        tried.append(target)
        if len(tried) <= refusals:
            raise PermissionError(13, "it is being read")
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(files, "WINDOWS", windows)
    monkeypatch.setattr(files, "PAUSE", 0.0)
    target = tmp_path / "model"
    target.write_bytes(b"old")
    if written:
        files.write_whole(target, lambda file: file.write(b"new"))
    else:
        with pytest.raises(MtlDemoError, match="could not be written: it is being read"):
            files.write_whole(target, lambda file: file.write(b"new"))
    assert target.read_bytes() == (b"new" if written else b"old")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
