"""Which runs repeat each other, and what to call them: runs that differ only in seed and arithmetic are one arm."""

import dataclasses
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mtldemo.config import RunConfig, leaves, value_at
from mtldemo.errors import readable
from mtldemo.settings import SettingField, settings_of
from mtldemo.study.info import RunInfo, dataset_key, dataset_name
from mtldemo.titles import weights_title
from mtldemo.weighting import STRATEGIES

Key = tuple[tuple[str, str], ...]
OPTIONS = "weighting.options"
FREE = ("seed", "gradients_every", "checkpoint_every", "compute.")
"""Settings that may differ between the runs of an arm: they change what is drawn at random, or nothing."""
TELLING = (
    *(OPTIONS, "weighting.gradients_at", "weighting.weight_scale", "tasks", "losses", "loss_scales", "data.source"),
    *("data.image_size", "model.backbone", "model.pretrained", "model.init_from"),
    *("epochs", "steps", "optim.lr", "batch_size"),
)
"""Settings that tell arms apart best, the first before the next; then come the others in the config's order."""


@dataclass
class _Unit:
    """One arm in the making: its runs by place, its configs' keys, and its name so far."""

    config: RunConfig
    keys: set[Key]
    places: list[int] = field(default_factory=list)
    study: str = ""
    label: str = ""


def named(infos: Sequence[RunInfo]) -> list[RunInfo]:
    """The same runs, each with the name of its arm among them; those without a config have none.

    A run of a study belongs to the study's arm. Any other is called after its strategy (``uncertainty``) or task
    (``single task: age``), with weights that it was given (``fixed · age 0.05``) and as many other settings as it takes
    to tell the arms apart (``mgda · features``).
    """
    units: dict[Any, _Unit] = {}
    owners: dict[Key, _Unit] = {}
    filled = _with_defaults([info.config for info in infos])
    order = sorted(range(len(infos)), key=lambda place: not infos[place].study)
    for place in order:
        info, config = infos[place], filled[place]
        if config is None:
            continue
        key, arm = arm_key(config), _arm_in_study(info)
        ident = (info.runs_dir, arm) if arm else key
        unit = units.get(ident)
        if unit is None:
            same = owners.get(key)
            # A run outside of a study may repeat one of its arms, and two studies may share an arm of one name.
            joins = same is not None and (not arm or same.label == arm)
            unit = same if joins and same is not None else _Unit(config, set(), study=info.study if arm else "")
            unit.label = unit.label or arm
            units[ident] = unit
        unit.keys.add(key)
        owners.setdefault(key, unit)
        unit.places.append(place)
    distinct = list({id(unit): unit for unit in units.values()}.values())
    _label([unit for unit in distinct if not unit.label])
    _tell_apart(distinct)
    labels = {place: unit.label for unit in distinct for place in unit.places}
    return [dataclasses.replace(info, arm=labels.get(place, "")) for place, info in enumerate(infos)]


def arms(infos: Iterable[RunInfo]) -> dict[str, list[RunInfo]]:
    """The runs by arm, both in the order they come; runs without an arm are left out."""
    found: dict[str, list[RunInfo]] = {}
    for info in infos:
        if info.arm:
            found.setdefault(info.arm, []).append(info)
    return found


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


def flat(config: RunConfig) -> dict[str, Any]:
    """Every setting by its dotted name, such as ``optim.lr``, ``losses.age`` or ``weighting.options.temperature``; the
    data set by what it is rather than where."""
    values: dict[str, Any] = {}
    for path, name in _paths():
        _spread(values, name, value_at(config, path))
    _spread(values, OPTIONS, config.weighting.options)
    values["data.source"] = dataset_name(config.data)
    values["model.init_from"] = weights_title(config.model.init_from)
    if config.data.source != "synthetic":
        values = {name: value for name, value in values.items() if not name.startswith("data.synthetic")}
    else:
        values["data.source"] = dataset_key(config.data).partition(" ")[0]
    return values


def setting_of(name: str) -> SettingField | None:
    """The declaration of a setting that ``flat`` names; ``None`` for a strategy's option."""
    known = _declared()
    while name and name not in known:
        name = name.rpartition(".")[0]
    return known.get(name)


def words_of(value: Any) -> str:
    """A setting's value as a person writes it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return " + ".join(words_of(item) for item in value)
    return readable(str(value))


def _label(units: list[_Unit]) -> None:
    """Name the arms: what each is, then the fewest settings that tell it from the others of that name."""
    settings = {id(unit): flat(unit.config) for unit in units}
    everywhere = {name for values in settings.values() for name in values}
    varied = {name for name in everywhere if len({repr(values.get(name)) for values in settings.values()}) > 1}
    for unit in units:
        unit.label = " · ".join([_base(unit.config), *_always(settings[id(unit)], varied)])
    for _, group in _grouped(units):
        names = {name: None for unit in group for name in settings[id(unit)] if name in varied}
        for name in sorted(names, key=_telling):
            alike = [members for _, members in _grouped(group) if len(members) > 1]
            for members in alike:
                if len({repr(settings[id(unit)].get(name)) for unit in members}) > 1:
                    for unit in members:
                        unit.label += f" · {_token(name, settings[id(unit)].get(name))}"


def _tell_apart(units: list[_Unit]) -> None:
    """A study's arms bear its name where another arm has the same one, and a number where that isn't enough."""
    for _, group in _grouped(units):
        for unit in group if len(group) > 1 else ():
            unit.label += f" ({unit.study})" if unit.study else ""
    for label, group in _grouped(units):
        for number, unit in enumerate(group[1:], 2):
            unit.label = f"{label} ({number})"


def _grouped(units: Iterable[_Unit]) -> list[tuple[str, list[_Unit]]]:
    groups: dict[str, list[_Unit]] = {}
    for unit in units:
        groups.setdefault(unit.label, []).append(unit)
    return list(groups.items())


def _base(config: RunConfig) -> str:
    strategy = config.weighting.strategy
    if len(config.tasks) > 1:
        return strategy
    alone = f"single task: {config.tasks[0]}" if config.tasks else strategy
    return alone if strategy == "equal" else f"{alone} · {strategy}"


def _always(values: Mapping[str, Any], varied: set[str]) -> list[str]:
    """What belongs to an arm's name whatever the others are: weights given by task, and a way of weighting that isn't
    the usual one where the comparison has several."""
    given = [name for name in values if name.startswith(f"{OPTIONS}.") and name.count(".") == 3]
    words = [", ".join(_token(name, values[name]) for name in given)] if given else []
    return words + [
        _token(name, values[name])
        for name in ("weighting.gradients_at", "weighting.weight_scale")
        if name in varied and (declared := setting_of(name)) and values[name] != declared.default
    ]


def _token(name: str, value: Any) -> str:
    last = name.rpartition(".")[2]
    if name.startswith(("losses.", "loss_scales.")):
        last += " loss" if name.startswith("losses.") else " scale"
    if value is None:
        return f"{last.replace('_', ' ')} default"
    if name in ("weighting.gradients_at", "weighting.weight_scale", "tasks", "data.source", "model.backbone"):
        return words_of(value)
    if name == "data.image_size":
        return f"{value} px"
    if name in ("epochs", "steps"):
        return f"{value} {name}"
    return f"{last.replace('_', ' ')} {words_of(value)}"


def _telling(name: str) -> int:
    places = (place for place, start in enumerate(TELLING) if name == start or name.startswith(f"{start}."))
    return next(places, len(TELLING))


def _arm_in_study(info: RunInfo) -> str:
    arm, sign, seed = info.name.rpartition("-s")
    return arm if info.study and sign and seed == str(info.seed) else ""


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


def _spread(values: dict[str, Any], name: str, value: Any) -> None:
    if isinstance(value, Mapping):
        for key in sorted(value):
            _spread(values, f"{name}.{key}", value[key])
    else:
        values[name] = value


@functools.cache
def _declared() -> dict[str, SettingField]:
    return {".".join(path): declared for path, declared in leaves()}


@functools.cache
def _paths() -> tuple[tuple[tuple[str, ...], str], ...]:
    return tuple((tuple(name.split(".")), name) for name in _declared())
