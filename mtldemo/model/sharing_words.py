"""What is said of the ways of sharing: in lists, beside a network's name, and in the names of runs. Takes no torch."""

from typing import Any

from mtldemo.config import SharingConfig
from mtldemo.model.sharing import SHARINGS
from mtldemo.settings import setting_row, settings_of
from mtldemo.titles import short_title


def describe() -> list[dict[str, Any]]:
    """Every way of sharing as plain JSON values: name, title, idea, formula, paper, where the task gradients meet, the
    places at which a strategy may take them (``gradients_at``), and its settings."""
    return [
        {
            **{key: getattr(way, key) for key in ("name", "title", "idea", "formula", "paper", "meeting")},
            "gradients_at": list(way.places),
            "settings": [setting_row(field) for field in settings_of(way)],
        }
        for way in SHARINGS
    ]


def own_options(config: SharingConfig) -> dict[str, Any]:
    """The options that differ from their defaults: a form writes down all of them, the command line those given."""
    ways = {way.name: way for way in SHARINGS}
    fields = settings_of(ways[config.sharing]) if config.sharing in ways else ()
    defaults = {field.name: field.default for field in fields}
    return {name: value for name, value in config.options.items() if name not in defaults or value != defaults[name]}


def is_usual(config: SharingConfig) -> bool:
    """Whether the tasks share hard, up to the pool: what is meant where nothing is said."""
    return config.sharing == SharingConfig.sharing and not own_options(config)


def sharing_title(config: SharingConfig) -> str:
    """How the tasks share, for a line about a network: ``MTAN``, ``hard sharing, split stage3``; empty for hard sharing
    up to the pool, and the name where there is no such way."""
    if is_usual(config):
        return ""
    titles = {way.name: short_title(way.title) for way in SHARINGS}
    title = titles.get(config.sharing, config.sharing)
    return ", ".join([title, *(f"{name} {value}" for name, value in own_options(config).items())])


def sharing_name(config: SharingConfig) -> str:
    """The same for the names of runs and arms: ``mtan``, ``hard-split=stage3``; empty for hard sharing up to the
    pool."""
    if is_usual(config):
        return ""
    return "-".join([config.sharing, *(f"{name}={value}" for name, value in own_options(config).items())])
