"""What is to be written is looked at before the work begins, and a path may be written as people write it."""

import json
import shutil
from pathlib import Path

import pytest

from mtldemo.cli import main
from mtldemo.cli.options import config_from
from mtldemo.cli.parser import Parser
from mtldemo.cli.train import add_parser
from mtldemo.config import RunConfig, to_dict
from mtldemo.runs import list_runs
from mtldemo.study import list_studies
from tests.predict.tiny import tiny_config, write_model
from tests.study.made_up import run_in

MISSING: tuple[tuple[str, ...], ...] = (
    ("compare", "--strategies", "equal", "--study", "mine", "--report", "{}/none/r.html"),
    ("compare", "--strategies", "equal", "--study", "mine", "--report", "{}"),
    ("runs", "export", "whatever", "--to", "{}/file/under"),
    ("compare", "--export-metrics", "whatever", "{}/file/under"),
    ("data", "synthetic", "--out", "{}/file"),
    ("model", "mine", "--to", "{}/file/face.safetensors"),
)


@pytest.mark.parametrize("arguments", MISSING, ids=" ".join)
def test_where_nothing_can_be_written_is_said_before_the_work(
    arguments: tuple[str, ...], own_folders: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the work has begun")

    monkeypatch.setattr("mtldemo.data.load", never)
    run = run_in(own_folders / "runs", "mine", RunConfig())
    write_model(run.model_file, tiny_config())
    (own_folders / "file").write_text("a file")
    assert main([part.format(own_folders) for part in arguments]) == 2
    said = capsys.readouterr().err
    assert any(words in said for words in ("doesn't exist", "is a file, not a folder", "is a folder", "can't be made"))
    assert not [study for study in list_studies(own_folders / "runs") if not study.readonly]
    assert [run.name for run in list_runs(own_folders / "runs")] == ["mine"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("path", ["{}", '"{}"', " '{}'"])
def test_a_config_as_windows_writes_and_names_it(own_folders: Path, mark: str, path: str) -> None:
    file = own_folders / "my config.json"
    file.write_text(mark + json.dumps({**to_dict(RunConfig(epochs=7)), "checksum": "crc32:0"}), encoding="utf-8")
    commands = Parser().add_subparsers(parser_class=Parser)
    chosen = add_parser(commands).parse_args(["--config", path.format(file)])
    assert config_from(chosen).epochs == 7


def test_a_quoted_picture_and_model(own_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from PIL import Image

    Image.new("RGB", (64, 64), (90, 120, 30)).save(own_folders / "a face.png")
    model = write_model(own_folders / "a model.safetensors", tiny_config())
    quoted = [f'"{own_folders / "a face.png"}"', "--model", f'"{model}"', "--whole-image", "--json"]
    assert main(["predict", *quoted]) == 0
    assert json.loads(capsys.readouterr().out)[0]["image"] == str(own_folders / "a face.png")


def test_a_study_given_as_a_model_names_its_runs(own_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = own_folders / "runs" / "ours"
    study.mkdir(parents=True)
    (study / "study.json").write_text("{}")
    assert main(["predict", "a.jpg", "--model", "ours"]) == 2
    assert "ours is a study; choose one of its runs: none of them has finished an epoch yet." in capsys.readouterr().err
    for seed in range(7):
        write_model(run_in(study, f"equal-s{seed}", RunConfig()).model_file, tiny_config())
    assert main(["predict", "a.jpg", "--model", "ours/"]) == 2
    said = capsys.readouterr().err
    assert "choose one of its runs: ours/equal-s0, ours/equal-s1," in said
    assert "and 2 more." in said
    assert main(["predict", "none.jpg", "--model", "ours/equal-s0"]) == 2
    assert "is a study" not in capsys.readouterr().err


@pytest.mark.slow
def test_an_export_given_as_a_model_is_known(own_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = run_in(own_folders / "runs", "mine", RunConfig())
    write_model(run.model_file, tiny_config())
    exports = [own_folders / "face.pt2"]
    assert main(["model", "mine", "--export", "torch", "--to", str(exports[0])]) == 0
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    exports.append(own_folders / "face.onnx")
    assert main(["model", "mine", "--export", "onnx", "--to", str(exports[1])]) == 0
    for file in exports:
        for name in (file, own_folders / "renamed"):
            if name != file:
                shutil.copy(file, name)
            capsys.readouterr()
            assert main(["predict", "a.jpg", "--model", str(name)]) == 2
            assert "is a model exported for other programs; give the run" in capsys.readouterr().err
