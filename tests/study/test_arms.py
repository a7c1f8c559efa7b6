import dataclasses
from pathlib import Path
from typing import Any

import pytest

from mtldemo.config import ComputeConfig, DataConfig, OptimConfig, RunConfig, WeightingConfig
from mtldemo.runs import origin
from mtldemo.study.arms import arms, named
from mtldemo.study.info import RunInfo, dataset_key, dataset_name, split_key
from mtldemo.tasks import BINARY, Task, TaskSet
from mtldemo.ui.arm_titles import arm_titles

BASE = RunConfig()
DIR = Path("/runs")


def info_of(config: RunConfig | None, name: str = "run", study: str = "") -> RunInfo:
    seed = None if config is None else config.seed
    tasks = () if config is None else config.tasks
    folder = DIR / study if study else DIR
    made_for = origin.by_name(name, seed) if study else None
    return RunInfo(name, folder / name, folder, config, seed=seed, tasks=tasks, study=study, origin=made_for)


def labels(*configs: RunConfig | None) -> list[str]:
    return [info.arm for info in named([info_of(config) for config in configs])]


def weighted(strategy: str, place: str = "shared", scale: str = "published", **options: Any) -> RunConfig:
    return dataclasses.replace(BASE, weighting=WeightingConfig(strategy, options, scale, place))


def test_seeds_and_arithmetic_make_no_arm() -> None:
    others = [
        dataclasses.replace(BASE, seed=1),
        dataclasses.replace(BASE, compute=ComputeConfig(device="cpu", threads=2), gradients_every=0),
        dataclasses.replace(BASE, checkpoint_every=0),
    ]
    infos = named([info_of(config) for config in (BASE, *others, weighted("gls"))])
    assert [info.arm for info in infos] == ["equal"] * 4 + ["gls"]
    assert {arm: len(members) for arm, members in arms(infos).items()} == {"equal": 4, "gls": 1}


def test_the_same_pictures_elsewhere_are_the_same_arm() -> None:
    places = ("/a/UTKFace.tar.gz", "b\\UTKFace.zip", "UTKFace/")
    assert set(labels(*(dataclasses.replace(BASE, data=DataConfig(source=place)) for place in places))) == {"equal"}
    assert {dataset_key(DataConfig(source=place)) for place in places} == {"utkface"}
    assert dataset_name(DataConfig(source="synthetic")) == "synthetic"
    assert split_key(DataConfig(split_seed=1)) != split_key(DataConfig())
    assert split_key(DataConfig(image_size=32)) == split_key(DataConfig())


@pytest.mark.parametrize(
    ("configs", "expected"),
    [
        ([weighted("fixed", weights={"age": 0.05})], ["fixed · age 0.05"]),
        ([weighted("fixed", weights={"age": 0.05, "gender": 2})], ["fixed · age 0.05, gender 2"]),
        ([weighted("mgda", "features"), weighted("mgda")], ["mgda · features", "mgda"]),
        ([weighted("mgda", "features")], ["mgda"]),
        ([weighted("gls"), weighted("gls", scale="sum_k")], ["gls", "gls · sum_k"]),
        (
            [weighted("dwa", temperature=2.0), weighted("dwa", temperature=4.0)],
            ["dwa · temperature 2", "dwa · temperature 4"],
        ),
        ([dataclasses.replace(BASE, tasks=("age",)), BASE], ["single task: age", "equal"]),
        ([dataclasses.replace(weighted("awl"), tasks=("age",))], ["single task: age · awl"]),
        ([dataclasses.replace(BASE, epochs=5), BASE], ["equal · 5 epochs", "equal · 10 epochs"]),
        (
            [dataclasses.replace(BASE, losses={"age": "mse"}), BASE],
            ["equal · age loss mse", "equal · age loss default"],
        ),
        (
            [dataclasses.replace(BASE, data=DataConfig(image_size=32)), BASE],
            ["equal · 32 px", "equal · 64 px"],
        ),
        (
            [dataclasses.replace(BASE, epochs=5, optim=OptimConfig(lr=0.1, momentum=0.5)), BASE, weighted("gls")],
            ["equal · 5 epochs", "equal · 10 epochs", "gls"],
        ),
        (
            [
                dataclasses.replace(BASE, optim=OptimConfig(lr=lr, ema=ema))
                for lr, ema in ((0.1, 0.5), (0.1, 0.9), (0.01, 0.5))
            ],
            ["equal · lr 0.1 · ema 0.5", "equal · lr 0.1 · ema 0.9", "equal · lr 0.01"],
        ),
        ([None, BASE], ["", "equal"]),
        ([], []),
    ],
)
def test_names_are_short_and_unique(configs: list[RunConfig], expected: list[str]) -> None:
    assert labels(*configs) == expected


def test_an_option_at_its_default_is_the_same_as_none() -> None:
    assert labels(weighted("dwa"), weighted("dwa", temperature=2.0)) == ["dwa", "dwa"]
    assert labels(weighted("dwa"), weighted("dwa", temperature=3.0)) == ["dwa · temperature 2", "dwa · temperature 3"]
    # A strategy of another version has no defaults to be known.
    assert len(set(labels(weighted("later"), weighted("later", x=1)))) == 2


def test_runs_of_a_study_bear_its_arms_names() -> None:
    infos = named(
        [
            info_of(weighted("mgda"), "slow-s0", "first"),
            info_of(dataclasses.replace(weighted("mgda"), seed=1), "slow-s1", "first"),
            info_of(weighted("gls"), "slow-s0", "second"),
            info_of(weighted("mgda"), "mine"),
            info_of(BASE, "odd", "first"),
        ]
    )
    # The third is another arm of that name; the fourth repeats the first's config; the last isn't named as runs are.
    assert [info.arm for info in infos] == ["slow (first)", "slow (first)", "slow (second)", "slow (first)", "equal"]


def test_many_tasks_are_counted_in_the_name_of_an_arm() -> None:
    tasks = TaskSet(Task(f"mark_{number}", f"Mark {number}", BINARY, classes=("no", "yes")) for number in range(45))
    every = BASE.on(tasks)
    few, most = (dataclasses.replace(every, tasks=tasks.names[:count]) for count in (2, 44))
    infos = named([info_of(config) for config in (every, few, most)])
    assert [info.arm for info in infos] == ["equal · 45 tasks", "equal · mark_0 + mark_1", "equal · 44 tasks"]
    assert arm_titles(infos)["equal · mark_0 + mark_1"] == "Equal weights · Mark 0, Mark 1"


def test_two_studies_share_an_arm_of_one_name_and_config() -> None:
    infos = [info_of(weighted("mgda"), "mgda-s0", study) for study in ("first", "second")]
    assert [info.arm for info in named(infos)] == ["mgda", "mgda"]


def test_an_ordinary_run_that_is_called_as_a_study_calls_another_is_told_apart() -> None:
    infos = named([info_of(weighted("gls"), "mgda-s0", "first"), info_of(weighted("mgda"), "mine")])
    assert [info.arm for info in infos] == ["mgda (first)", "mgda"]
