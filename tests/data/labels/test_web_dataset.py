"""Each picture's labels in files of its name."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from tests.data.labels.conftest import Written
from tests.data.labels.reading import by_name, columns, names, opened

PICTURES = [f"{number:03d}.jpg" for number in range(12)]


def members(split: str = "") -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for n, name in enumerate(PICTURES):
        stem = split + name.partition(".")[0]
        files[f"{stem}.cls"] = str(n % 3).encode()
        files[f"{stem}.json"] = json.dumps({"size": n * 1.5, "of": {"colour": ("red", "blue")[n % 2]}}).encode()
    return files


@pytest.mark.parametrize("packed", [False, True])
def test_classes_and_objects(written: Written, tmp_path: Path, packed: bool) -> None:
    files = {**members(), "004.json": b"[1]"}
    root = written(files, PICTURES)
    if packed:
        root = tmp_path / "000.tar"
        with tarfile.open(root, "w") as archive:
            for name, data in sorted({**files, **dict.fromkeys(PICTURES, b"picture")}.items()):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    found = opened(root)
    assert set(found.labels.tasks.names) == {"cls", "size", "of_colour"}
    assert by_name(found, "cls")["004.jpg"] == 1
    assert by_name(found, "size").get("004.jpg") is None
    assert by_name(found, "of_colour")["005.jpg"] == 0
    assert "004.json: it is no JSON object, so its labels are missing" in found.labels.notes.choices


def test_a_folder_for_each_split(written: Written) -> None:
    files = {**members("train/"), **members("val/")}
    found = opened(written(files, [f"{split}/{name}" for split in ("train", "val") for name in PICTURES]))
    assert columns(found).split == [name.partition("/")[0] for name in names(found)]
