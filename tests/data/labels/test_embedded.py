"""Pictures inside Parquet files."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from mtldemo.config import DataConfig
from mtldemo.data import load
from mtldemo.data.labels.choices import TaskChoices
from tests.data.labels.reading import columns, names, opened


def picture(number: int) -> bytes:
    file = io.BytesIO()
    pixels = np.random.default_rng(number).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def shard(numbers: range, *, struct: bool = True) -> bytes:
    images = [{"bytes": picture(n) if n != 3 else None, "path": f"{n}.png"} for n in numbers]
    table = pyarrow.table(
        {
            "image": images if struct else [picture(n) for n in numbers],
            "label": pyarrow.array([n % 3 - 1 for n in numbers]),
            "size": pyarrow.array([n * 1.5 for n in numbers]),
        }
    )
    label = {"_type": "ClassLabel", "names": ["rose", "daisy"]}
    described = {"info": {"features": {"image": {"_type": "Image"}, "label": label}}}
    file = io.BytesIO()
    pyarrow.parquet.write_table(table.replace_schema_metadata({"huggingface": json.dumps(described)}), file)
    return file.getvalue()


def lay(folder: Path) -> Path:
    (folder / "data").mkdir(parents=True)
    for name, numbers in (("train-00000-of-00002", range(10)), ("train-00001-of-00002", range(10, 20))):
        (folder / "data" / f"{name}.parquet").write_bytes(shard(numbers))
    (folder / "data" / "test-00000-of-00001.parquet").write_bytes(shard(range(20, 30)))
    return folder


def test_shards_with_splits_and_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "cache"))
    root = lay(tmp_path / "set")
    found = opened(root)
    assert found.labels.tasks.names == ("label", "size")
    assert found.labels.tasks.named("label").classes == ("rose", "daisy")
    known = columns(found)
    labels = dict(zip(names(found), known.values["label"].tolist(), strict=True))
    assert [labels[f"data/train-00001-of-00002/{row:06d}.jpg"] for row in (1, 2)] == [0, 1]
    assert np.isnan(labels["data/test-00000-of-00001/000002.jpg"])
    assert sorted(set(known.split or ())) == ["test", "train"]
    content = {picture.name: picture for picture in found.source.pictures()}
    assert content["data/train-00001-of-00002/000005.jpg"].read() == picture(14)
    dataset = load(DataConfig(source=str(root), image_size=16))
    assert len(dataset) == 29
    assert dataset.rejects["reason"].tolist() == ["the table has no picture there"]


def test_one_file_and_an_archive(tmp_path: Path) -> None:
    file = tmp_path / "pictures.parquet"
    file.write_bytes(shard(range(12), struct=False))
    assert len(names(opened(file))) == 12
    packed = tmp_path / "set.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(file, "set/pictures.parquet")
    assert opened(packed, TaskChoices(pictures="faces")).pictures == "faces"
    assert len(opened(packed).source.fingerprint()) == 64
