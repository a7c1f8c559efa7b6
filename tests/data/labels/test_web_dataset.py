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


def add(archive: tarfile.TarFile, files: dict[str, bytes]) -> None:
    for name, data in sorted(files.items()):
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))


@pytest.mark.parametrize("packed", [False, True])
def test_classes_and_objects(written: Written, tmp_path: Path, packed: bool) -> None:
    files = {**members(), "004.json": b"[1]"}
    root = written(files, PICTURES)
    if packed:
        root = tmp_path / "000.tar"
        with tarfile.open(root, "w") as archive:
            add(archive, {**files, **dict.fromkeys(PICTURES, b"picture")})
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


def test_several_shards_are_one_data_set(written: Written) -> None:
    root = written({"tasks.toml": '[tasks.cls]\nclasses = ["rose", "daisy", "tulip"]\n'})
    for shard, numbers in (("train-000", range(6)), ("train-001", range(6, 10)), ("val-000", range(10, 12))):
        of_shard = {f"{number:03d}" for number in numbers}
        files = {name: data for name, data in members().items() if name[:3] in of_shard}
        with tarfile.open(root / f"{shard}.tar", "w") as archive:
            add(archive, {**files, **{f"{stem}.jpg": stem.encode() for stem in of_shard}})
    found = opened(root)
    assert found.labels.tasks.named("cls").classes == ("rose", "daisy", "tulip")
    assert columns(found).split == ["train"] * 10 + ["val"] * 2
    content = {picture.name: picture.read() for picture in found.source.pictures()}
    assert content["train-001.tar/007.jpg"] == b"007"
    assert by_name(found, "size")["007.jpg"] == 10.5
