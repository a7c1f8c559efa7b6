"""What a study is made of: a base run, crossed with arms and seeds. To and from JSON, and from words."""

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mtldemo.config import RunConfig, SharingConfig, WeightingConfig, from_dict, to_dict
from mtldemo.errors import MtlDemoError
from mtldemo.model.sharing import sharing_named
from mtldemo.model.sharing_words import sharing_name
from mtldemo.runs import Origin, checked_name
from mtldemo.settings import LARGEST, field_named
from mtldemo.training.check import checked
from mtldemo.weighting import costs, strategy_named

EPOCHS, TIME = BUDGETS = ("epochs", "time")
LONGEST_ARM = 60
"""Characters of an arm's name: those of a run's less its seed."""
LONGEST_ID = 64
FORMAT = 1
MOST = 1000
"""Arms, and seeds, of a study."""


@dataclass(frozen=True)
class Arm:
    """One column of the comparison: a strategy with its options on a way of sharing, or single tasks.

    ``name`` is unique in its study and a part of its runs' names. ``tasks``: empty for the base's. ``steps``: of each
    run, 0 for the base's epochs.
    """

    name: str
    weighting: WeightingConfig
    tasks: tuple[str, ...] = ()
    steps: int = 0
    sharing: SharingConfig = field(default_factory=SharingConfig)


@dataclass(frozen=True)
class StudyConfig:
    """A study: ``base`` with each of ``arms`` and each of ``seeds``.

    ``budget``: ``epochs`` gives every run the base's epochs; ``time`` gives every arm the training time that the
    ``baseline`` arm needs for these, as steps that follow from ``seconds_a_step`` (measured, by arm). ``workers`` is
    how many processes share the cores. ``id`` is what its runs know it by, whatever it is called; empty for a study
    of an earlier version.
    """

    base: RunConfig
    arms: tuple[Arm, ...]
    seeds: tuple[int, ...] = (0, 1, 2)
    budget: str = EPOCHS
    baseline: str = "equal"
    workers: int = 1
    seconds_a_step: dict[str, float] = field(default_factory=dict)
    id: str = field(default="", compare=False)

    def arm(self, name: str) -> Arm:
        """The arm called ``name``; raises ``MtlDemoError`` where there is none."""
        for arm in self.arms:
            if arm.name == name:
                return arm
        raise MtlDemoError(f"The study has no arm {name!r}; it has {', '.join(arm.name for arm in self.arms)}.")


def run_name(arm: Arm, seed: int) -> str:
    """The name of the arm's run with that seed, such as ``uncertainty-s0``."""
    return f"{arm.name}-s{seed}"


def origin_of(study: StudyConfig, arm: Arm, seed: int) -> Origin:
    """What the arm's run with that seed says of where it comes from."""
    return Origin(study.id, arm.name, seed)


def run_config(study: StudyConfig, arm: Arm, seed: int) -> RunConfig:
    """The config of one run."""
    tasks = arm.tasks or study.base.tasks

    def of_these(values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name in tasks}

    return dataclasses.replace(
        study.base,
        tasks=tasks,
        losses=of_these(study.base.losses),
        loss_scales=of_these(study.base.loss_scales),
        sharing=arm.sharing,
        weighting=arm.weighting,
        seed=seed,
        steps=arm.steps or study.base.steps,
    )


def sharings_from(text: str) -> tuple[SharingConfig, ...]:
    """The ways of sharing that ``text`` names, divided by commas; each is ``SHARING[:OPTION=VALUE]...``. Raises
    ``MtlDemoError`` for what isn't one; whether a network can have it is for ``arm_of`` to say."""
    return tuple(_sharing(part.strip()) for part in text.split(",") if part.strip())


def sharings_of(study: StudyConfig) -> tuple[SharingConfig, ...]:
    """The ways of sharing that a study's strategies are trained with, each once."""
    sharings: list[SharingConfig] = []
    for arm in study.arms:
        if not arm.tasks and arm.sharing not in sharings:
            sharings.append(arm.sharing)
    return tuple(sharings) or (study.base.sharing,)


def arms_from(text: str, base: RunConfig, sharings: Sequence[SharingConfig] = ()) -> tuple[Arm, ...]:
    """The arms that ``text`` names, divided by commas, each on each of the ``sharings``, by default on that of
    ``base``; an arm is ``[NAME=]STRATEGY[@PLACE][:OPTION=VALUE]...``.

    ``PLACE`` is where gradients are taken, else where ``base`` says, if the strategy can. An option with a value for
    each task is written ``weights.age=0.5``; ``weight_scale=sum_k`` is an option of every strategy. Without ``NAME``
    the arm is called after the rest. Raises ``MtlDemoError`` for anything that no run could have.
    """
    bases = [dataclasses.replace(base, sharing=sharing) for sharing in sharings or (base.sharing,)]
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(_arm(part, each, several=len(bases) > 1) for each in bases for part in parts)


def single_arms(base: RunConfig) -> tuple[Arm, ...]:
    """One arm for each task alone: single-task learning. With nobody to share with, its network is the plain one."""
    return tuple(Arm(f"single-{task}", WeightingConfig("equal"), (task,)) for task in base.tasks)


def _sharing(text: str) -> SharingConfig:
    name, *parts = text.split(":")
    way = sharing_named(name.strip())
    options: dict[str, Any] = {}
    for part in parts:
        key, sign, value = part.partition("=")
        if not sign:
            raise MtlDemoError(f"{text!r}: expected OPTION=VALUE after a colon, found {part!r}.")
        setting = field_named(way, key.strip(), way.title)
        options[setting.name] = setting.parse(value)
    return SharingConfig(way.name, options)


def _arm(text: str, base: RunConfig, *, several: bool) -> Arm:
    head, *parts = text.split(":")
    label, _, head = head.rpartition("=")
    name, at, gradients_at = head.partition("@")
    strategy = strategy_named(name.strip())
    wanted = WeightingConfig(
        strategy.name, {}, base.weighting.weight_scale, gradients_at.strip() if at else usual_place(strategy, base)
    )
    if at and not costs.places(strategy):
        raise MtlDemoError(f"{text!r}: {strategy.title} takes no gradients; leave out @{gradients_at}.")
    options: dict[str, Any] = {}
    for part in parts:
        key, sign, value = part.partition("=")
        key, dot, task = key.strip().partition(".")
        if not sign:
            raise MtlDemoError(f"{text!r}: expected OPTION=VALUE after a colon, found {part!r}.")
        if key == "weight_scale":
            wanted = dataclasses.replace(wanted, weight_scale=value.strip())
            continue
        setting = field_named(strategy, key, strategy.title)
        if dot:
            options[key] = {**options.get(key, {}), **setting.parse(f"{task}={value}")}
        else:
            options[key] = setting.parse(value)
    wanted = from_dict(WeightingConfig, to_dict(dataclasses.replace(wanted, options=options)), repr(text))
    # One name can't stand for a strategy on several ways of sharing.
    label = "+".join(filter(None, [label.strip(), sharing_name(base.sharing) if several and label else ""]))
    return arm_of(wanted, base, label)


def arm_of(wanted: WeightingConfig, base: RunConfig, name: str = "") -> Arm:
    """The arm that weighs as ``wanted``, called ``name`` or after its settings. Raises ``MtlDemoError`` where no run
    could have them."""
    config = checked(dataclasses.replace(base, weighting=wanted))
    name = name or arm_name(config.weighting, config.sharing)
    return Arm(_checked_arm(name), config.weighting, sharing=config.sharing)


def usual_place(strategy: Any, base: RunConfig) -> str:
    """Where the class ``strategy`` takes its gradients in a study: where ``base`` says, if it can and the way of
    sharing of ``base`` has that place."""
    wanted, places = base.weighting.gradients_at, sharing_named(base.sharing.sharing).places
    return wanted if wanted in costs.places(strategy) and wanted in places else "shared"


def arm_name(weighting: WeightingConfig, sharing: SharingConfig) -> str:
    """A name that says what differs from the strategy's defaults, and the way of sharing where that isn't hard sharing:
    ``mgda@features``, ``fixed-weights.age=0.05``, ``uncertainty+mtan``."""
    words = weighting.strategy
    if weighting.gradients_at != "shared":
        words += f"@{weighting.gradients_at}"
    options = dict(weighting.options)
    if weighting.weight_scale != "published":
        options["weight_scale"] = weighting.weight_scale
    for name, value in options.items():
        pairs = value if isinstance(value, Mapping) else {"": value}
        words += "".join(f"-{name}{'.' if key else ''}{key}={item}" for key, item in pairs.items())
    shared = f"+{sharing_name(sharing)}"[:LONGEST_ARM].rstrip("+")
    words = words[: LONGEST_ARM - len(shared)] + shared
    return re.sub(r"[^\w.,+=()@-]+", "_", words).rstrip(".-_")


def _checked_arm(name: str) -> str:
    if len(name) > LONGEST_ARM:
        raise MtlDemoError(f"An arm's name has at most {LONGEST_ARM} characters; {name[:20]!r}... has {len(name)}.")
    return checked_name(name)


def merged(known: Iterable[Arm], more: Iterable[Arm]) -> tuple[Arm, ...]:
    """``known`` and what is new in ``more``; raises ``MtlDemoError`` where one name means two things."""
    arms = {arm.name.lower(): arm for arm in known}
    for arm in more:
        old = arms.setdefault(arm.name.lower(), arm)
        if dataclasses.replace(old, steps=0) != dataclasses.replace(arm, steps=0):
            raise MtlDemoError(f"Two different arms are called {arm.name!r}; give one another name: NAME=STRATEGY.")
    return tuple(arms.values())


def checked_study(study: StudyConfig) -> StudyConfig:
    """``study``, each arm once and its baseline one of them; raises ``MtlDemoError`` where it can't be a study."""
    if not study.arms:
        raise MtlDemoError("A study needs at least one strategy.")
    if not study.seeds or len(set(study.seeds)) < len(study.seeds) or min(study.seeds) < 0:
        raise MtlDemoError("A study's seeds are different whole numbers from 0 on, at least one.")
    if len(study.arms) > MOST or len(study.seeds) > MOST or max(study.seeds) > LARGEST:
        raise MtlDemoError(f"A study has at most {MOST:,} arms and {MOST:,} seeds, each below 2^63.")
    if study.budget not in BUDGETS:
        raise MtlDemoError(f"budget: expected one of {', '.join(BUDGETS)}, found {study.budget!r}.")
    if study.workers < 1:
        raise MtlDemoError(f"workers: expected at least 1, found {study.workers}.")
    arms = merged((), study.arms)
    names = [arm.name for arm in arms]
    several = [arm.name for arm in arms if len(arm.tasks or study.base.tasks) > 1]
    # Where no arm is called so, the first that weighs so.
    plain = [arm.name for arm in arms if arm.name in several and arm.weighting == WeightingConfig(study.baseline)]
    baseline = study.baseline if study.baseline in names else (plain or several or names)[0]
    return dataclasses.replace(study, arms=arms, baseline=baseline)


def study_to_dict(study: StudyConfig) -> dict[str, Any]:
    """The study as plain JSON values."""
    return {"format": FORMAT, **to_dict(study)}


def study_from_dict(values: Any, where: str = "study") -> StudyConfig:
    """Read what ``study_to_dict`` gave. Raises ``MtlDemoError`` where it says something else."""
    try:
        if values["format"] != FORMAT:
            raise MtlDemoError(f"{where} is of format {values['format']}, expected {FORMAT}.")
        base = from_dict(RunConfig, values["base"], f"{where}: base")
        arms = tuple(
            Arm(
                _checked_arm(str(arm["name"])),
                from_dict(WeightingConfig, arm["weighting"], f"{where}: {arm['name']}"),
                _texts(arm.get("tasks", ())),
                int(arm.get("steps", 0)),
                from_dict(SharingConfig, arm.get("sharing", to_dict(base.sharing)), f"{where}: {arm['name']}"),
            )
            for arm in values["arms"]
        )
        study = StudyConfig(
            base=base,
            arms=arms,
            seeds=tuple(map(int, values["seeds"])),
            budget=str(values["budget"]),
            baseline=str(values["baseline"]),
            workers=int(values.get("workers", 1)),
            seconds_a_step={str(name): float(value) for name, value in values.get("seconds_a_step", {}).items()},
            id=str(values.get("id", ""))[:LONGEST_ID],
        )
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise MtlDemoError(f"{where} is damaged: it doesn't hold a study.") from error
    study.base.learned_tasks()
    return checked_study(study)


def _texts(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)
