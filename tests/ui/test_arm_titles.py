"""What the Compare page calls arms: made of their runs' configs, never read out of their names."""

import dataclasses
from pathlib import Path

import pytest

from mtldemo.config import RunConfig, SharingConfig, WeightingConfig
from mtldemo.runs import Origin
from mtldemo.study.arms import named
from mtldemo.study.config import arm_name
from mtldemo.study.info import RunInfo
from mtldemo.ui.arm_titles import arm_titles

BASE = RunConfig()
RUNS = Path("/runs")


def info_of(config: RunConfig, arm: str = "") -> RunInfo:
    folder = RUNS / "ours" if arm else RUNS
    return RunInfo(
        "run", folder / "run", folder, config, seed=0, tasks=config.tasks, study="ours" if arm else "",
        origin=Origin("", arm, 0) if arm else None,
    )  # fmt: skip


def weighted(strategy: str, place: str = "shared", **options: object) -> RunConfig:
    return dataclasses.replace(BASE, weighting=WeightingConfig(strategy, options, gradients_at=place))


def shared(sharing: str, **options: object) -> RunConfig:
    return dataclasses.replace(BASE, sharing=SharingConfig(sharing, options))


FEATURES, LAST = weighted("mgda", "features"), weighted("mgda", "block")
FIXED, AWL = weighted("fixed", weights={"age": 0.05, "gender": 2.0}), weighted("awl")
AGE = dataclasses.replace(BASE, tasks=("age",))


@pytest.mark.parametrize(
    ("infos", "titles"),
    [
        ([info_of(weighted("dwa"), "dwa"), info_of(FEATURES, "mgda@features")], ["DWA", "MGDA"]),
        ([info_of(LAST, "mgda@block"), info_of(FEATURES, "mgda@features")], ["MGDA · block", "MGDA · features"]),
        ([info_of(FEATURES, "mgda@features"), info_of(weighted("mgda"), "mgda")], ["MGDA · features", "MGDA"]),
        ([info_of(weighted("dwa", temperature=4.0), "dwa-temperature=4.0")], ["DWA · temperature 4.0"]),
        (
            [info_of(FIXED, "fixed-weights.age=0.05-weights.gender=2.0")],
            ["Fixed weights · age 0.05 · gender 2.0"],
        ),
        ([info_of(FEATURES, "dwa@features-sharp")], ["dwa@features-sharp"]),
        ([info_of(shared("mtan"), "equal+mtan"), info_of(BASE, "equal")], ["Equal weights · MTAN", "Equal weights"]),
        ([info_of(shared("mtan"), "equal+mtan"), info_of(AGE, "single-age")], ["Equal weights", "Age alone"]),
        ([info_of(shared("mtan")), info_of(BASE)], ["Equal weights · MTAN", "Equal weights"]),
        ([info_of(shared("hard", split="stem")), info_of(BASE)],
         ["Equal weights · split stem", "Equal weights · split default"]),
        ([info_of(shared("hard", split="pool")), info_of(BASE)], ["Equal weights", "Equal weights"]),
        ([info_of(AGE, "single-age"), info_of(BASE, "equal")], ["Age alone", "Equal weights"]),
        ([info_of(AGE), info_of(dataclasses.replace(AWL, tasks=("age",)))], ["Age alone", "Age alone · awl"]),
        ([info_of(weighted("dwa")), info_of(dataclasses.replace(weighted("dwa"), epochs=3))],
         ["DWA · 10 epochs", "DWA · 3 epochs"]),
    ],
)  # fmt: skip
def test_titles(infos: list[RunInfo], titles: list[str]) -> None:
    arms = named(infos)
    assert [arm_titles(arms)[info.arm] for info in arms] == titles


def test_the_usual_names_are_those_of_the_config() -> None:
    for config in (
        FEATURES,
        shared("mmoe", experts=2),
        weighted("dwa", temperature=4.0),
        weighted("fixed", weights={"age": 0.05}),
    ):
        (info,) = named([info_of(config, arm_name(config.weighting, config.sharing))])
        assert (info.label.given, info.label.strategy) == ("", config.weighting.strategy)
