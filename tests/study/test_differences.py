import dataclasses
from typing import Any

import pytest

from mtldemo.config import DataConfig, ModelConfig, OptimConfig, RunConfig, SyntheticConfig, WeightingConfig
from mtldemo.study.arms import named
from mtldemo.study.differences import comparable_groups, differences, incomparable
from mtldemo.study.info import RunInfo, dataset_key, split_key
from tests.study.made_up import metrics_of
from tests.study.test_arms import DIR

BASE = RunConfig(data=DataConfig(source="/x/UTKFace.tar.gz"))


def info_of(config: RunConfig | None, name: str, *, images: int = 100, tested: bool = True, study: str = "") -> RunInfo:
    known = {}
    if config is not None:
        known = {"seed": config.seed, "tasks": config.tasks, "dataset_key": dataset_key(config.data)}
        known["split_key"] = split_key(config.data)
        if tested:
            known["test"] = {"kind": "test", "images": images, "metrics": metrics_of(config, 0.9)}
    problem = "" if config else f"{name} is gone."
    return RunInfo(name, DIR / name, DIR / study, config, problem, study=study, **known)


def with_data(**changes: Any) -> RunConfig:
    return dataclasses.replace(BASE, data=dataclasses.replace(BASE.data, **changes))


def test_runs_of_one_study_are_comparable() -> None:
    alone = dataclasses.replace(BASE, tasks=("age",))
    gls = dataclasses.replace(BASE, weighting=WeightingConfig("gls"), seed=3)
    infos = named([info_of(BASE, "a"), info_of(alone, "b"), info_of(gls, "c"), info_of(gls, "d", tested=False)])
    assert incomparable(infos) == []
    assert [len(group) for group in comparable_groups(infos)] == [4]
    assert incomparable([]) == []
    assert comparable_groups([]) == []


@pytest.mark.parametrize(
    ("other", "words", "groups"),
    [
        (RunConfig(), "so their figures can't be compared: UTKFace (a, b) and Built-in portraits (c).", 2),
        (with_data(val_share=0.2), "split differently (validation share 0.1 or 0.2)", 2),
        (with_data(split_seed=7), "The pictures of UTKFace were split differently (split seed 0 or 7)", 2),
        (with_data(image_size=48), "different sizes, which alone makes a difference: 64 px (a, b) and 48 px (c).", 1),
        (dataclasses.replace(BASE, tasks=("age", "gender")), "learned different tasks together", 1),
        (dataclasses.replace(BASE, epochs=2), "10 epochs at batch size 128 (a, b) and 2 epochs at", 1),
        (dataclasses.replace(BASE, steps=90), "90 steps at batch size 128 (c)", 1),
        (dataclasses.replace(BASE, batch_size=64), "10 epochs at batch size 64 (c)", 1),
        (None, "c can't be read and is left out. c is gone.", 1),
        (
            dataclasses.replace(
                BASE, weighting=WeightingConfig("gls"), optim=OptimConfig(lr=0.1), model=ModelConfig(dropout=0.5)
            ),
            "Not only the weighting differs between these runs, but also: dropout, learning rate;",
            1,
        ),
    ],
)
def test_what_makes_runs_differ_is_said(other: RunConfig, words: str, groups: int) -> None:
    infos = [info_of(BASE, "a"), info_of(dataclasses.replace(BASE, seed=1), "b"), info_of(other, "c")]
    sentences = incomparable(infos)
    assert any(words.replace("(a, b)", "(a and b)") in sentence for sentence in sentences), sentences
    assert all(sentence.endswith((".", "?")) for sentence in sentences)
    assert len(comparable_groups(infos)) == groups
    assert comparable_groups(infos)[0][0].name == "a"


def test_pictures_that_were_changed_in_between_are_noticed() -> None:
    infos = [info_of(BASE, "a"), info_of(BASE, "b", images=90), info_of(BASE, "c", tested=False)]
    (sentence,) = incomparable(infos)
    assert "were tested on different pictures" in sentence
    assert "100 pictures (a and c) and 90 pictures (b)" in sentence
    assert [[info.name for info in group] for group in comparable_groups(infos)] == [["a", "c"], ["b"]]


def test_pictures_of_the_same_names_and_labels_and_another_content_are_noticed() -> None:
    infos = [info_of(BASE, name) for name in ("old", "a", "b", "c")]
    keys = ("", "1" * 32, "1" * 32, "2" * 32)
    infos = [dataclasses.replace(info, data_key=key) for info, key in zip(infos, keys, strict=True)]
    (sentence,) = incomparable(infos)
    assert "100 pictures of content 11111111 (a, b and old) and 100 pictures of content 22222222 (c)" in sentence
    assert [[info.name for info in group] for group in comparable_groups(infos)] == [["a", "b", "old"], ["c"]]
    assert incomparable(infos[:3]) == []


def test_portraits_that_are_drawn_otherwise_are_other_data() -> None:
    drawn = [RunConfig(data=DataConfig(synthetic=SyntheticConfig(difficulty=value))) for value in (0.1, 0.5)]
    (sentence,) = incomparable([info_of(config, f"run{place}") for place, config in enumerate(drawn)])
    assert "The drawn portraits differ from run to run (difficulty 0.1 or 0.5)" in sentence


def test_a_study_has_made_its_budgets_equal() -> None:
    infos = [info_of(dataclasses.replace(BASE, steps=steps), f"run{steps}", study="mine") for steps in (100, 250)]
    assert incomparable(infos) == []


def test_only_settings_that_differ_are_shown() -> None:
    fixed = WeightingConfig("fixed", {"weights": {"age": 0.5}})
    infos = [
        info_of(BASE, "a"),
        info_of(dataclasses.replace(BASE, weighting=fixed, optim=OptimConfig(lr=0.1)), "b"),
        info_of(None, "gone"),
    ]
    frame = differences(infos)
    assert frame.to_dict("index") == {
        "a": {"weighting.strategy": "equal", "optim.lr": "0.002", "weighting.options.weights.age": "–"},
        "b": {"weighting.strategy": "fixed", "optim.lr": "0.1", "weighting.options.weights.age": "0.5"},
    }
    assert frame.attrs["labels"]["optim.lr"] == "Learning rate"
    assert frame.attrs["labels"]["weighting.options.weights.age"] == "weights age"
    assert differences(infos[:1]).shape == (1, 0)
    assert differences([]).empty


def test_how_portraits_are_drawn_does_not_matter_to_other_pictures() -> None:
    assert list(differences([info_of(BASE, "a"), info_of(RunConfig(), "b")]).columns) == ["data.source"]
