import argparse
import json
from pathlib import Path

import pytest
import torch

from mtldemo.cli.options import add_config_options, config_from, given_settings
from mtldemo.cli.parser import Parser
from mtldemo.config import RunConfig, leaves, to_dict
from mtldemo.errors import MtlDemoError
from mtldemo.model.files import save_model
from mtldemo.presets import preset_named
from tests.data.pictures import faces, lay


def parsed(*arguments: str) -> argparse.Namespace:
    parser = Parser(prog="train")
    add_config_options(parser)
    return parser.parse_args(arguments)


def config(*arguments: str) -> RunConfig:
    return config_from(parsed(*arguments))


def test_without_options_it_is_the_default() -> None:
    assert config() == RunConfig()
    assert given_settings(parsed()) == []


def test_every_setting_has_an_option_with_a_help_text() -> None:
    parser = Parser(prog="train")
    add_config_options(parser)
    text = " ".join(parser.format_help().split())
    for path, setting in leaves(RunConfig):
        assert " ".join(setting.setting.label.split()) + "." in text, path
    for flag in ("--data", "--strategy", "--set", "--loss ", "--loss-scale", "--tasks", "--no-augment", "--lr"):
        assert flag in text
    assert "resnet18_small" in text
    assert "1e-06 to 1; default 0.002" in text


def test_options_of_every_kind() -> None:
    made = config(
        *("--tasks", "gender,age", "--loss", "age=distribution", "--loss-scale", "age=0.1", "--loss-scale", "gender=2"),
        *("--image-size", "32", "--lr", "1e-4", "--no-augment", "--pretrained", "--optimizer", "sgd", "--epochs", "3"),
        *("--strategy", "dwa", "--set", "temperature=1.5", "--images", "100"),
    )
    assert made.tasks == ("gender", "age")
    assert made.losses == {"age": "distribution"}
    assert made.loss_scales == {"age": 0.1, "gender": 2.0}
    assert (made.data.image_size, made.optim.lr, made.optim.optimizer, made.epochs) == (32, 1e-4, "sgd", 3)
    assert (made.augment.augment, made.model.pretrained) == (False, True)
    assert made.weighting.options == {"temperature": 1.5}
    assert made.data.synthetic.images == 100


def test_options_win_over_a_preset(tmp_path: Path) -> None:
    source = lay(tmp_path / "set", faces(3))
    made = config("--preset", "utkface", "--epochs", "1", "--data", str(source))
    assert (made.epochs, made.data.source) == (1, str(source))
    assert made.losses == preset_named("utkface").config.losses


def test_a_config_file_is_a_beginning_too(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(to_dict(preset_named("demo").config)))
    assert config("--config", str(file)) == preset_named("demo").config
    assert config("--config", str(file), "--seed", "7").seed == 7


def test_another_strategy_drops_the_settings_of_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"weighting": {"strategy": "dwa", "options": {"temperature": 3}}}))
    assert config("--config", str(file)).weighting.options == {"temperature": 3.0}
    assert config("--config", str(file), "--strategy", "equal").weighting.options == {}


def test_a_path_is_kept_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path / "faces", faces(3))
    monkeypatch.chdir(tmp_path)
    assert config("--data", "faces").data.source == str(tmp_path / "faces")
    assert config("--data", "synthetic").data.source == "synthetic"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--epochs", "0"], "epochs: expected 1 to 1000, found 0"),
        (["--epochs", "many"], "epochs: expected a whole number, found 'many'"),
        (["--lr", "nan"], "lr: expected a number"),
        (["--optimizer", "lion"], "optimizer: expected one of adamw, sgd"),
        (["--strategy", "best"], "There is no loss weighting 'best'; choose from equal"),
        (["--backbone", "vgg"], "vgg"),
        (["--tasks", "age,height"], "There is no task 'height'"),
        (["--loss", "age=bce"], "Age has no loss 'bce'"),
        (["--loss", "age"], "name=value pairs"),
        (["--loss-scale", "height=1"], "There is no task 'height'"),
        (["--set", "temperature"], "expected NAME=VALUE"),
        (["--set", "temperature=1"], "Equal weights has no setting 'temperature'"),
        (["--strategy", "dwa", "--set", "temperature=cold"], "temperature: expected a number"),
        (["--strategy", "fixed", "--tasks", "age", "--set", "weights=gender:1"], "gender"),
        (["--preset", "best"], "best"),
        (["--preset", "utkface"], "utkface is for photographs of faces; name them with --data"),
        (["--preset", "utkface-96", "--epochs", "2"], "for photographs"),
        (["--preset", "utkface-128"], "for photographs"),
        (["--preset", "demo", "--config", "x.json"], "not both"),
        (["--config", "none.json"], "none.json can't be read"),
        (["--speed", "3"], "--speed"),
        (["--epoch", "3"], "--epoch"),
        (["--epochs"], "Argument --epochs: expected one argument; see train --help"),
    ],
)
def test_says_what_is_wrong(arguments: list[str], words: str) -> None:
    with pytest.raises(MtlDemoError, match=words):
        config(*arguments)


def test_a_broken_config_file_is_said_in_words(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text("{half")
    with pytest.raises(MtlDemoError, match="isn't JSON"):
        config("--config", str(file))
    file.write_text('{"colour": 1}')
    with pytest.raises(MtlDemoError, match="no setting 'colour'"):
        config("--config", str(file))


def test_names_the_settings_that_were_given() -> None:
    assert given_settings(parsed("--data", "x", "--loss", "age=l1", "--set", "a=1", "--preset", "demo")) == [
        "--loss",
        "--data",
        "--preset",
        "--set",
    ]


def test_another_strategy_keeps_the_settings_that_all_strategies_share(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"weighting": {"strategy": "dwa", "weight_scale": "sum_k"}}))
    assert config("--config", str(file), "--strategy", "equal").weighting.weight_scale == "sum_k"


def test_initial_weights_are_a_run_a_folder_or_a_file_and_kept_as_a_whole_path(tmp_path: Path) -> None:
    file = tmp_path / "runs" / "first" / "model.safetensors"
    file.parent.mkdir(parents=True)
    facts = {"config": json.dumps({"model": {"backbone": "resnet18_small"}})}
    save_model(file, {"weight": torch.zeros(1)}, facts)
    for name in ("first", str(file.parent), str(file)):
        chosen = parsed("--init-from", name)
        chosen.runs_dir = tmp_path / "runs"
        assert config_from(chosen).model.init_from == str(file)
    with pytest.raises(MtlDemoError, match="another backbone"):
        config("--init-from", str(file), "--backbone", "resnet18")
    with pytest.raises(MtlDemoError, match="There is no model 'nowhere'"):
        config("--init-from", "nowhere")
