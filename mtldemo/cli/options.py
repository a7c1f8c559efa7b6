"""The options of a run, made from the settings that the config declares, and read back into a config."""

import argparse
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mtldemo.cli.label_options import DESTINATIONS, add_label_options, chosen_labels
from mtldemo.cli.parser import Parser
from mtldemo.config import RunConfig, from_dict, leaves, value_at, with_value
from mtldemo.data import known_faces
from mtldemo.data.loading import source_tasks
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import loads
from mtldemo.paths import as_path
from mtldemo.predict.models import model_file
from mtldemo.presets import PRESETS, preset_named
from mtldemo.runs import default_runs_dir
from mtldemo.settings import SettingField, field_named
from mtldemo.training.check import checked

GROUPS = {
    (): "training",
    ("data",): "data",
    ("data", "synthetic"): "the built-in data set",
    ("model",): "model",
    ("sharing",): "sharing",
    ("weighting",): "loss weighting",
    ("optim",): "optimizer",
    ("augment",): "augmentation",
    ("compute",): "compute",
}
FAMILIES = (("sharing", "sharing"), ("weighting", "strategy"))
"""Settings that name a member of a family, which has settings of its own beside it, as ``options``."""
FLAGS = {("data", "source"): "--data", ("losses",): "--loss", ("loss_scales",): "--loss-scale"}
"""Flags that aren't the setting's own name."""


def add_config_options(parser: Parser) -> None:
    """Add ``--preset``, ``--config``, one option for each setting, and ``--set`` for the strategy's own."""
    start = parser.add_argument_group("where to begin")
    start.add_argument("--preset", help="one of " + ", ".join(f"{preset.name} ({preset.title})" for preset in PRESETS))
    start.add_argument(
        "--config", metavar="FILE.json", type=as_path, help="a config, such as another run's config.json"
    )
    groups = {path: parser.add_argument_group(title) for path, title in GROUPS.items()}
    for path, setting in leaves(RunConfig):
        _add(groups[path[:-1]], path, setting)
    add_label_options(parser)
    groups["weighting",].add_argument(
        "--set",
        dest="set",
        action="append",
        metavar="NAME=VALUE",
        default=argparse.SUPPRESS,
        help="one of the strategy's own settings, or as sharing.NAME=VALUE one of the way of sharing; repeat for more "
        "(see: python -m mtldemo strategies, and sharings)",
    )


def config_from(chosen: argparse.Namespace) -> RunConfig:
    """The config that the options ask for: a preset, a file or the defaults, changed by every option given.

    Raises ``MtlDemoError`` for anything that no run could have.
    """
    given = vars(chosen)
    config = _begin(chosen)
    for path, setting in leaves(RunConfig):
        dest = ".".join(path)
        if dest not in given:
            continue
        if setting.kind is dict:
            value: Any = dict(value_at(config, path))
            for text in given[dest]:
                value.update(setting.parse(text))
        elif setting.kind is bool:
            value = given[dest]
        else:
            value = setting.parse(given[dest])
        if path in FAMILIES and value != value_at(config, path):
            # The settings of another member of the family mean nothing to this one.
            config = with_value(config, (path[0], "options"), {})
        config = with_value(config, path, value)
    if labels := chosen_labels(given, config.data.source):
        config = dataclasses.replace(config, data=dataclasses.replace(config.data, labels=labels))
    config = _located(config, given.get("runs_dir") or default_runs_dir())
    config = _on_its_data(config, tasks_chosen="tasks" in given)
    return checked(_with_assignments(config, given.get("set", ())))


def given_settings(chosen: argparse.Namespace) -> list[str]:
    """The flags of a config's settings that were given, for messages."""
    given = vars(chosen)
    flags = [_flag(path) for path, _ in leaves(RunConfig) if ".".join(path) in given]
    flags += [flag for name, flag in DESTINATIONS.items() if name in given]
    return flags + [f"--{name}" for name in ("preset", "config", "set") if given.get(name)]


def _with_assignments(config: RunConfig, assignments: Sequence[str]) -> RunConfig:
    """``config`` with the settings that ``assignments`` name, each ``name=value``: the strategy's own, or those of the
    way of sharing as ``sharing.name=value``."""
    from mtldemo.model.sharing import sharing_named
    from mtldemo.weighting import strategy_named

    owners = {
        "sharing": sharing_named(config.sharing.sharing),
        "weighting": strategy_named(config.weighting.strategy),
    }
    for text in assignments:
        name, sign, value = text.partition("=")
        if not sign:
            raise MtlDemoError(f"--set: expected NAME=VALUE, found {text!r}.")
        family, dot, own = name.strip().replace("-", "_").rpartition(".")
        family = family if dot else "weighting"
        if family not in owners:
            raise MtlDemoError(f"--set: {name.strip()!r} begins with {family!r}; choose from {', '.join(owners)}.")
        setting = field_named(owners[family], own, owners[family].title)
        options = {**value_at(config, (family, "options")), setting.name: setting.parse(value)}
        config = with_value(config, (family, "options"), options)
    return config


def _begin(chosen: argparse.Namespace) -> RunConfig:
    if chosen.preset and chosen.config:
        raise MtlDemoError("Choose --preset or --config, not both.")
    if chosen.preset:
        preset = preset_named(chosen.preset)
        if preset.photographs and "data.source" not in vars(chosen):
            raise MtlDemoError(
                f"The preset {preset.name} is for photographs of faces; name them with --data, such as "
                f"{known_faces() or 'the UTKFace archive'}."
            )
        return preset.config
    if not chosen.config:
        return RunConfig()
    try:
        values = loads(chosen.config.read_bytes(), names=True)
    except OSError as error:
        raise MtlDemoError(f"{chosen.config} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise MtlDemoError(f"{chosen.config} isn't JSON: {error}.") from error
    return from_dict(RunConfig, values, str(chosen.config), stored=False)


def _on_its_data(config: RunConfig, *, tasks_chosen: bool) -> RunConfig:
    """``config`` with the tasks that its data set has labels for; all of them are learned, unless some were chosen."""
    task_set = source_tasks(config.data)
    return dataclasses.replace(config, task_set=task_set) if tasks_chosen else config.on(task_set)


def _located(config: RunConfig, runs_dir: Path) -> RunConfig:
    """A path is kept whole, so that the run can be resumed from any folder."""
    source, weights = config.data.source, config.model.init_from
    if source not in ("synthetic", "shapes") and as_path(source).exists():
        source = str(as_path(source).absolute())
    if weights:
        weights = str(model_file(weights, runs_dir)[0].absolute())
    return with_value(with_value(config, ("data", "source"), source), ("model", "init_from"), weights)


def _flag(path: tuple[str, ...]) -> str:
    return FLAGS.get(path, "--" + path[-1].replace("_", "-"))


def _add(group: Any, path: tuple[str, ...], setting: SettingField) -> None:
    arguments: dict[str, Any] = {
        "dest": ".".join(path),
        "default": argparse.SUPPRESS,
        "help": _help(setting, path).replace("%", "%%"),
    }
    if setting.kind is bool:
        arguments["action"] = argparse.BooleanOptionalAction
    elif setting.kind is dict:
        arguments |= {"action": "append", "metavar": "TASK=VALUE"}
    else:
        arguments["metavar"] = _metavar(setting)
    group.add_argument(_flag(path), **arguments)


def _metavar(setting: SettingField) -> str:
    if setting.setting.choices:
        return "{" + ",".join(setting.setting.choices) + "}"
    return {int: "N", float: "X", tuple: "A,B"}.get(setting.kind, setting.name.upper())


def _help(setting: SettingField, path: tuple[str, ...]) -> str:
    words = f"{setting.setting.label}. {setting.setting.help}".strip()
    facts = [setting.range_text(), "repeat for more" if setting.kind is dict else _default(setting)]
    if path == ("model", "backbone"):
        from mtldemo.model.catalogue import BACKBONES

        facts.insert(0, "one of " + ", ".join(backbone.name for backbone in BACKBONES))
    if path == ("sharing", "sharing"):
        from mtldemo.model.sharing import SHARINGS

        facts.insert(0, "one of " + ", ".join(sharing.name for sharing in SHARINGS))
    details = "; ".join(filter(None, facts))
    return f"{words} ({details})" if details else words


def _default(setting: SettingField) -> str:
    value = setting.default
    if isinstance(value, Mapping) or value == "":
        return ""
    if isinstance(value, bool):
        return f"default {'on' if value else 'off'}"
    if isinstance(value, tuple):
        return "default " + ",".join(map(str, value))
    return f"default {value:g}" if isinstance(value, float) else f"default {value}"
