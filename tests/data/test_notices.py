"""What was left out or changed in reading a data set is told where it is learned from."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtldemo.data import load, report
from tests.data import profiles
from tests.data.pictures import faces, jpeg, lay, name, small

CONVERTED = "Its colours were converted from its profile (ProPhoto RGB) to sRGB."
REDUCED = "Its 16 bits a channel were reduced to 8; it uses 12 of them."


def deep() -> bytes:
    packed = io.BytesIO()
    Image.fromarray(np.linspace(0, 4095, 48 * 48, dtype=np.uint16).reshape(48, 48)).save(packed, "PNG")
    return packed.getvalue()


def test_pictures_that_were_changed_in_reading_are_counted_by_what_was_done(tmp_path: Path) -> None:
    prophoto = profiles.rgb(profiles.PROPHOTO, 1.8, "ProPhoto RGB")
    files = faces(12) | {name(number): jpeg(number, icc_profile=prophoto) for number in (3, 4)}
    files[name(20).replace(".jpg.chip.jpg", ".png")] = deep()
    config = small(lay(tmp_path / "set", files))
    dataset = load(config)
    assert dataset.changes == load(config).changes == {CONVERTED: 2, REDUCED: 1}
    sentence = f'3 of 13 pictures were read with a note: 2 x "{CONVERTED}", 1 x "{REDUCED}".'
    assert dataset.notice == dataset.reading_notice == sentence
    assert report.dataset_summary(dataset)["changes"] == {CONVERTED: 2, REDUCED: 1}
    assert load(small(lay(tmp_path / "plain", faces(12)))).reading_notice == ""


def test_what_was_left_out_is_of_the_source_and_not_of_another_one_with_the_same_pictures(tmp_path: Path) -> None:
    plain = lay(tmp_path / "plain", faces(12))
    beside = lay(tmp_path / "beside", faces(12) | {"more.tar.gz": b"packed"})
    archive = tmp_path / "set.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for path in beside.iterdir():
            out.write(path, path.name)
    for order in ((plain, beside, archive), (archive, plain, beside)):
        for source in (*order, *order):
            dataset = load(small(source))
            assert dataset.rejects["file"].tolist() == ([] if source == plain else ["more.tar.gz"])
            assert ("1 file or folder was left out" in dataset.reading_notice) == (source != plain)
            assert dataset.ignored == (source != plain)
        folder = load(small(plain)).folder
        assert folder is not None
        for path in folder.iterdir():
            path.unlink()


def test_a_run_and_its_comparison_tell_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from mtldemo.cli import main
    from mtldemo.runs import RunFolder
    from mtldemo.study.collect import collect, results
    from mtldemo.study.verdict import verdict
    from mtldemo.study.verdict_words import verdict_sentences

    source = lay(tmp_path / "set", faces(12) | {f"b/{file}": data for file, data in faces(12).items()} | {"x.zip": b""})
    run = ["--data", str(source), "--epochs", "1", "--batch-size", "4", "--image-size", "16", "--run", "one", "--json"]
    assert main(["train", *run, "--runs-dir", str(tmp_path / "runs")]) == 0
    told = json.loads(capsys.readouterr().out)["data_notice"]
    assert "1 file or folder was left out" in told
    assert "12 of 24 pictures are copies of others" in told
    infos = collect([RunFolder(tmp_path / "runs" / "one")])
    assert f"On the data: {told}" in verdict_sentences(verdict(results(infos), infos=infos))
    data = tmp_path / "runs" / "one" / "data.json"
    data.write_text(json.dumps({"key": "a", "pictures": 1, "notice": ["no text"]}))
    assert RunFolder(tmp_path / "runs" / "one").data_notice() == ""
