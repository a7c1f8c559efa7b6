"""One judge says whether a config may be a run, so each way to a run says the same about the same mistake."""

import argparse
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mtldemo.cli.options import config_from
from mtldemo.config import ModelConfig, RunConfig, WeightingConfig, to_dict
from mtldemo.errors import MtlDemoError
from mtldemo.model import build
from mtldemo.model.files import save_model
from mtldemo.runs import RunFolder
from mtldemo.study.config import arm_of
from mtldemo.training.check import checked
from mtldemo.ui import new_run
from mtldemo.work.session import work_on

MISTAKES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("no task", {"tasks": ()}, "Choose at least one task"),
    ("a task twice", {"tasks": ("age", "age")}, "named twice"),
    ("an unknown task", {"tasks": ("height",)}, "no task 'height'"),
    ("another task's loss", {"losses": {"gender": "huber"}}, "Gender has no loss"),
    ("an unknown task's loss", {"losses": {"height": "huber"}}, "no task 'height'"),
    ("an unknown task's scale", {"loss_scales": {"height": 2.0}}, "no task 'height'"),
    ("an unknown backbone", {"model": ModelConfig(backbone="vgg99")}, "vgg99"),
    ("an unknown strategy", {"weighting": WeightingConfig("magic")}, "no loss weighting 'magic'"),
    ("an unknown option", {"weighting": WeightingConfig("dwa", {"speed": 1})}, "speed"),
    ("an option out of range", {"weighting": WeightingConfig("dwa", {"temperature": -1.0})}, "temperature"),
    ("an option of another type", {"weighting": WeightingConfig("dwa", {"temperature": "hot"})}, "temperature"),
    ("a weight of no task", {"weighting": WeightingConfig("fixed", {"weights": {"height": 1.0}})}, "height"),
    (
        "a weight of a task left out",
        {"tasks": ("gender",), "weighting": WeightingConfig("fixed", {"weights": {"age": 1.0}})},
        "'age' is no task of this run",
    ),
    (
        "gradients at a place that is not enough",
        {"weighting": WeightingConfig("graddrop", gradients_at="block")},
        "gradients",
    ),
    (
        "another backbone's weights",
        {"model": ModelConfig(backbone="squeezenet1_1", init_from="MODEL")},
        "another backbone",
    ),
    ("no file of weights", {"model": ModelConfig(init_from="TEXT")}, "TEXT"),
)


def on_the_command_line(config: RunConfig, folder: Path) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(to_dict(config)), encoding="utf-8")
    config_from(argparse.Namespace(preset=None, config=file, runs_dir=folder / "runs"))


def on_the_train_page(config: RunConfig, folder: Path) -> None:
    for sentence in new_run._together(config):
        raise MtlDemoError(sentence)


def in_a_study(config: RunConfig, folder: Path) -> None:
    arm_of(config.weighting, dataclasses.replace(config, weighting=WeightingConfig()))


def at_work(config: RunConfig, folder: Path) -> None:
    work_on(RunFolder.create(folder / "runs", config, "mine"), lambda: False)


WAYS: tuple[Callable[[RunConfig, Path], None], ...] = (on_the_command_line, on_the_train_page, in_a_study, at_work)


def sentence_of(way: Callable[[], Any]) -> str:
    with pytest.raises(MtlDemoError) as caught:
        way()
    return str(caught.value)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("weights")
    config = RunConfig()
    facts = {"config": json.dumps(to_dict(config))}
    save_model(folder / "MODEL", build(config.model, config.learned_tasks(), 32).state_dict(), facts)
    (folder / "TEXT").write_text("no model")
    return {name: str(folder / name) for name in ("MODEL", "TEXT")}


@pytest.mark.parametrize(("changes", "words"), [mistake[1:] for mistake in MISTAKES], ids=[one[0] for one in MISTAKES])
def test_each_way_to_a_run_says_the_same(
    changes: dict[str, Any], words: str, files: dict[str, str], tmp_path: Path
) -> None:
    config = dataclasses.replace(RunConfig(), **changes)
    model = config.model
    config = dataclasses.replace(
        config, model=dataclasses.replace(model, init_from=files.get(model.init_from, model.init_from))
    )
    sentence = sentence_of(lambda: checked(config))
    assert words in sentence
    for way in WAYS:
        assert sentence_of(lambda way=way: way(config, tmp_path)) == sentence, way.__name__


def test_a_resumed_run_needs_its_initial_weights_no_more(tmp_path: Path) -> None:
    config = RunConfig(model=ModelConfig(init_from=str(tmp_path / "gone.safetensors")))
    with pytest.raises(MtlDemoError, match="gone"):
        checked(config)
    assert checked(config, resumed=True) == config


def test_options_come_back_in_their_declared_types() -> None:
    config = checked(RunConfig(weighting=WeightingConfig("dwa", {"temperature": 2})))
    assert repr(config.weighting.options) == "{'temperature': 2.0}"
