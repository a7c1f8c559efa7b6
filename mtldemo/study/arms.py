"""Which runs repeat each other, and what to call them: runs that differ only in seed and arithmetic are one arm."""

import dataclasses
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mtldemo.config import RunConfig, SharingConfig
from mtldemo.model.sharing_words import own_options, sharing_title
from mtldemo.sentences import counted
from mtldemo.settings import settings_of
from mtldemo.study.config import arm_name
from mtldemo.study.flat_config import OPTIONS, SHARING_OPTIONS, flat, setting_of, words_of
from mtldemo.study.info import GRADIENTS_AT, SHARING, ArmLabel, RunInfo
from mtldemo.weighting import STRATEGIES

Key = tuple[tuple[str, str], ...]
PLAIN_SUM = "equal"
FREE = ("seed", "gradients_every", "checkpoint_every", "compute.")
"""Settings that may differ between the runs of an arm: they change what is drawn at random, or nothing."""
NAMED_TASKS = 5
"""So many tasks are called by name where an arm's name says which it learns; more are counted."""
TELLING = (
    *(SHARING, SHARING_OPTIONS, OPTIONS, "weighting.gradients_at", "weighting.weight_scale"),
    *("tasks", "losses", "loss_scales", "data.source"),
    *("data.image_size", "model.backbone", "model.pretrained", "model.init_from"),
    *("epochs", "steps", "optim.lr", "batch_size"),
)
"""Settings that tell arms apart best, the first before the next; then come the others in the config's order."""


@dataclass
class _Unit:
    """One arm in the making: its runs by their index, its configs' keys, and of its name the study's own (``arm``),
    else the settings that tell it apart so far, by name and in words, and what stands in brackets behind it."""

    config: RunConfig
    keys: set[Key]
    runs: list[int] = field(default_factory=list)
    study: str = ""
    arm: str = ""
    settings: list[tuple[str, str]] = field(default_factory=list)
    mark: str = ""

    @property
    def name(self) -> str:
        """The name so far."""
        own = self.arm or " · ".join([_base(self.config), *(words for _, words in self.settings)])
        return own + self.mark

    @property
    def label(self) -> ArmLabel:
        """The name in its parts."""
        alone, strategy = _alone(self.config), self.config.weighting.strategy
        if self.arm and self.arm == f"single-{alone}":
            return ArmLabel(alone=alone, mark=self.mark)
        if self.arm and self.arm == arm_name(self.config.weighting, self.config.sharing):
            return ArmLabel(strategy=strategy, settings=tuple(_own_settings(self.config)), mark=self.mark)
        if self.arm:
            return ArmLabel(given=self.arm, mark=self.mark)
        strategy = "" if alone and strategy == PLAIN_SUM else strategy
        return ArmLabel(alone=alone, strategy=strategy, settings=tuple(self.settings), mark=self.mark)


def named(infos: Sequence[RunInfo]) -> list[RunInfo]:
    """The same runs, each with the name of its arm among them; those without a config have none.

    A run of a study belongs to the study's arm. Any other is called after its strategy (``uncertainty``) or task
    (``single task: age``), with weights that it was given (``fixed · age 0.05``) and as many other settings as it takes
    to tell the arms apart (``mgda · features``).
    """
    units: dict[Any, _Unit] = {}
    owners: dict[Key, _Unit] = {}
    filled = _with_defaults([info.config for info in infos])
    for number in sorted(range(len(infos)), key=lambda number: not infos[number].study):
        info, config = infos[number], filled[number]
        if config is None:
            continue
        key, arm = arm_key(config), info.origin.arm if info.study and info.origin else ""
        ident = (info.runs_dir, arm) if arm else key
        unit = units.get(ident)
        if unit is None:
            same = owners.get(key)
            # A run outside of a study may repeat one of its arms, and two studies may share an arm of one name.
            joins = same is not None and (not arm or same.arm == arm)
            unit = same if joins and same is not None else _Unit(config, set(), study=info.study if arm else "")
            unit.arm = unit.arm or arm
            units[ident] = unit
        unit.keys.add(key)
        owners.setdefault(key, unit)
        unit.runs.append(number)
    distinct = list({id(unit): unit for unit in units.values()}.values())
    _add_settings([unit for unit in distinct if not unit.arm])
    _tell_apart(distinct)
    names = {number: {"arm": unit.name, "label": unit.label} for unit in distinct for number in unit.runs}
    nameless = {"arm": "", "label": ArmLabel()}
    return [dataclasses.replace(info, **names.get(number, nameless)) for number, info in enumerate(infos)]


def arms(infos: Iterable[RunInfo]) -> dict[str, list[RunInfo]]:
    """The runs by arm, both in the order they come; runs without an arm are left out."""
    groups: dict[str, list[RunInfo]] = {}
    for info in infos:
        if info.arm:
            groups.setdefault(info.arm, []).append(info)
    return groups


def axes(infos: Iterable[RunInfo]) -> tuple[int, int]:
    """Of how many strategies and ways of sharing the arms with several tasks are made: their number and 1, where all
    share alike."""
    several = [info for info in infos if len(info.tasks) > 1 and info.config is not None]
    ways = {(info.config.sharing.sharing, repr(own_options(info.config.sharing))) for info in several if info.config}
    if len(ways) < 2:
        return len({info.arm for info in several}), 1
    return len({repr(info.config.weighting) for info in several if info.config}), len(ways)


def arm_key(config: RunConfig) -> Key:
    """Equal for configs whose runs repeat each other."""
    return _key_of(_Itself(config))


class _Itself:
    """A config that is equal to itself alone: so what was worked out of it is found again without comparing it."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config

    def __hash__(self) -> int:
        return id(self.config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other.config is self.config


@functools.lru_cache(maxsize=2048)
def _key_of(itself: _Itself) -> Key:
    config = itself.config
    return tuple((name, repr(value)) for name, value in flat(config).items() if not name.startswith(FREE))


def _add_settings(units: list[_Unit]) -> None:
    """Name the arms: what each is, then the fewest settings that tell it from the others of that name."""
    settings = {id(unit): flat(unit.config) for unit in units}
    everywhere = {name for values in settings.values() for name in values}
    varied = {name for name in everywhere if len({repr(values.get(name)) for values in settings.values()}) > 1}
    for unit in units:
        unit.settings = _always(settings[id(unit)], varied)
    for _, group in _grouped(units):
        names = {name: None for unit in group for name in settings[id(unit)] if name in varied}
        for name in sorted(names, key=_telling):
            alike = [members for _, members in _grouped(group) if len(members) > 1]
            for members in alike:
                if len({repr(settings[id(unit)].get(name)) for unit in members}) > 1:
                    for unit in members:
                        unit.settings.append((name, _token(name, settings[id(unit)].get(name))))


def _tell_apart(units: list[_Unit]) -> None:
    """A study's arms bear its name where another arm has the same one, and a number where that isn't enough."""
    for _, group in _grouped(units):
        for unit in group if len(group) > 1 else ():
            unit.mark = f" ({unit.study})" if unit.study else ""
    for _, group in _grouped(units):
        for number, unit in enumerate(group[1:], 2):
            unit.mark += f" ({number})"


def _grouped(units: Iterable[_Unit]) -> list[tuple[str, list[_Unit]]]:
    groups: dict[str, list[_Unit]] = {}
    for unit in units:
        groups.setdefault(unit.name, []).append(unit)
    return list(groups.items())


def _base(config: RunConfig) -> str:
    strategy, alone = config.weighting.strategy, _alone(config)
    if not alone:
        return strategy
    return f"single task: {alone}" if strategy == PLAIN_SUM else f"single task: {alone} · {strategy}"


def _alone(config: RunConfig) -> str:
    """The one task of a run that learns no other; else empty."""
    return config.tasks[0] if len(config.tasks) == 1 else ""


def _own_settings(config: RunConfig) -> list[tuple[str, str]]:
    """What the usual name of a study's arm says beside the strategy (``study.config.arm_name``): how the tasks share,
    where gradients are taken, and the strategy's options."""
    weighting, settings = config.weighting, []
    if sharing := sharing_title(config.sharing):
        settings.append((SHARING, sharing))
    if weighting.gradients_at != "shared":
        settings.append((GRADIENTS_AT, weighting.gradients_at))
    for name, value in weighting.options.items():
        pairs = value if isinstance(value, Mapping) else {name: value}
        settings += [(f"{OPTIONS}.{name}.{key}", f"{key} {item}") for key, item in pairs.items()]
    if weighting.weight_scale != "published":
        settings.append(("weighting.weight_scale", f"weight_scale {weighting.weight_scale}"))
    return settings


def _always(values: Mapping[str, Any], varied: set[str]) -> list[tuple[str, str]]:
    """What belongs to an arm's name whatever the others are: weights given by task, and a way of sharing or weighting
    that isn't the usual one where the comparison has several."""
    given = [name for name in values if name.startswith(f"{OPTIONS}.") and name.count(".") == 3]
    settings = [(OPTIONS, ", ".join(_token(name, values[name]) for name in given))] if given else []
    return settings + [
        (name, _token(name, values[name]))
        for name in (SHARING, GRADIENTS_AT, "weighting.weight_scale")
        if name in varied and (declared := setting_of(name)) and values[name] != declared.default
    ]


def _token(name: str, value: Any) -> str:
    last = name.rpartition(".")[2]
    if name.startswith(("losses.", "loss_scales.")):
        last += " loss" if name.startswith("losses.") else " scale"
    if value is None:
        return f"{last.replace('_', ' ')} default"
    if name == SHARING:
        return sharing_title(SharingConfig(value)) or f"{value} sharing"
    if name == "tasks" and len(value) > NAMED_TASKS:
        return counted(len(value), "task", "tasks")
    if name in (GRADIENTS_AT, "weighting.weight_scale", "tasks", "data.source", "model.backbone"):
        return words_of(value)
    if name == "data.image_size":
        return f"{value} px"
    if name in ("epochs", "steps"):
        return f"{value} {name}"
    return f"{last.replace('_', ' ')} {words_of(value)}"


def _telling(name: str) -> int:
    ranks = (rank for rank, start in enumerate(TELLING) if name == start or name.startswith(f"{start}."))
    return next(ranks, len(TELLING))


def _with_defaults(configs: Sequence[RunConfig | None]) -> list[RunConfig | None]:
    """The configs with the strategies' options filled in, where runs of one strategy name different ones: a form writes
    all of them down, the command line those that were given."""
    names: dict[str, set[frozenset[str]]] = {}
    for config in configs:
        if config is not None:
            names.setdefault(config.weighting.strategy, set()).add(frozenset(config.weighting.options))
    unclear = {
        strategy.name: {setting.name: setting.default for setting in settings_of(strategy)}
        for strategy in STRATEGIES
        if len(names.get(strategy.name, ())) > 1
    }
    return [
        config
        if config is None or not unclear.get(config.weighting.strategy)
        else dataclasses.replace(
            config,
            weighting=dataclasses.replace(
                config.weighting, options={**unclear[config.weighting.strategy], **config.weighting.options}
            ),
        )
        for config in configs
    ]
