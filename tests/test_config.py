import dataclasses
import json
from typing import Any

import pytest

from mtldemo.config import (
    DataConfig,
    RunConfig,
    SharingConfig,
    WeightingConfig,
    from_dict,
    leaves,
    listed_settings,
    to_dict,
    value_at,
    with_value,
)
from mtldemo.errors import MtlDemoError
from mtldemo.presets import PRESETS
from mtldemo.tasks import BINARY, Task, TaskSet

CHANGED = RunConfig(
    tasks=("age",),
    losses={"age": "mse"},
    loss_scales={"age": 0.1},
    weighting=WeightingConfig("fixed", {"weights": {"age": 2.0}}),
    data=DataConfig(source="faces.zip", image_size=32),
)


@pytest.mark.parametrize("config", [RunConfig(), CHANGED, *(preset.config for preset in PRESETS)])
def test_comes_back_from_json(config: RunConfig) -> None:
    assert from_dict(RunConfig, json.loads(json.dumps(to_dict(config)))) == config


def test_what_is_missing_takes_its_default() -> None:
    config = from_dict(RunConfig, {"epochs": 2, "optim": {"lr": 0.5}})
    assert config == dataclasses.replace(RunConfig(epochs=2), optim=config.optim)
    assert config.optim.lr == 0.5
    assert config.optim.momentum == RunConfig().optim.momentum


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "config: expected named values"),
        ({"epoch": 1}, "config: no setting 'epoch'; there are: tasks"),
        ({"epochs": 0}, "epochs: expected 1 to 1000, found 0"),
        ({"optim": {"speed": 1}}, "config.optim: no setting 'speed'"),
        ({"optim": 1}, "config.optim: expected named values"),
        ({"tasks": "age"}, "tasks: expected a list"),
        ({"weighting": {"options": 3}}, "config.weighting.options: expected named values"),
    ],
)
def test_says_what_is_wrong(values: Any, words: str) -> None:
    with pytest.raises(MtlDemoError, match=words):
        from_dict(RunConfig, values)


def test_the_last_names_of_all_settings_are_unique() -> None:
    names = [path[-1] for path, _ in leaves()]
    assert len(set(names)) == len(names)


def test_every_default_is_in_its_own_range() -> None:
    for path, setting in leaves():
        assert setting.check(value_at(RunConfig(), path)) == value_at(RunConfig(), path), path


def test_a_value_is_replaced_deep_inside_and_checked() -> None:
    config = with_value(RunConfig(), ("data", "synthetic", "images"), 100)
    assert config.data.synthetic.images == 100
    assert value_at(config, ("data", "synthetic", "images")) == 100
    assert RunConfig().data.synthetic.images != 100
    with pytest.raises(MtlDemoError, match="images"):
        with_value(RunConfig(), ("data", "synthetic", "images"), 1)


def test_copies_count_once_unless_the_config_is_from_before_that_was_a_setting() -> None:
    old = to_dict(RunConfig())
    del old["data"]["copies"]
    assert from_dict(RunConfig, old).data.copies == "all"
    assert from_dict(RunConfig, to_dict(RunConfig())).data.copies == "once"
    assert from_dict(RunConfig, {"data": {"image_size": 32}}, stored=False).data.copies == "once"


def test_a_setting_that_means_nothing_for_the_data_is_listed_only_where_it_was_changed() -> None:
    def names(config: RunConfig, *, own_split: bool = False) -> set[str]:
        return {name for name, _, _ in listed_settings(config, own_split=own_split)}

    everything = {".".join(path) for path, _ in leaves()}
    of_portraits = {name for name in everything if name.startswith("data.synthetic.")}
    split = {"data.split", "data.fold"}
    everything.remove("sharing.sharing")
    assert names(RunConfig()) == everything - split
    assert names(RunConfig(), own_split=True) == everything
    assert names(RunConfig(sharing=SharingConfig("mtan"))) == everything - split | {"sharing.sharing"}
    assert names(RunConfig(data=DataConfig(fold=2))) == everything - {"data.split"}
    other = RunConfig(data=DataConfig(source="flowers")).on(
        TaskSet((Task("type", "Type", BINARY, classes=("rose", "daisy")),))
    )
    assert names(other) == everything - split - of_portraits
    drawn = with_value(other, ("data", "synthetic", "images"), 500)
    assert names(drawn) == everything - split - of_portraits | {"data.synthetic.images"}
