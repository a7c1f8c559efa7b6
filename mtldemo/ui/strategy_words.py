"""What the catalogue says of each strategy, gathered once from the classes."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mtldemo.titles import short_title
from mtldemo.weighting import STRATEGIES, costs, describe
from mtldemo.weighting.base import PROPERTIES

KIND_TITLES = {"losses": "Losses", "gradients": "Gradients", "merge": "Merge"}
KIND_WORDS = {
    "losses": "Looks at the loss values alone.",
    "gradients": "Looks at the lengths and angles of the task gradients, and gives each task one weight.",
    "merge": "Builds the shared gradient itself, element by element or with a memory of earlier ones.",
}
LONG_FORMULA = 64
"""Characters of LaTeX; a longer formula is wider than a phone."""
NEED_WORDS = {
    "performance": "each batch's key metric, which training measures anyway",
    "losses_after": "the same batch's losses once more after each step: one more forward pass",
    "parameters": "a memory of each task's gradient, so it can't take the gradients at the features",
}


@dataclass(frozen=True)
class Entry:
    """One strategy: what ``weighting.describe`` says, its ``kind``, what it ``needs`` and ``keeps`` in words, and its
    costs as ``(place, time, memory)``, the published way first."""

    name: str
    title: str
    label: str
    kind: str
    idea: str
    formula: str
    paper: str
    cost: str
    settings: tuple[dict[str, Any], ...]
    needs: tuple[str, ...]
    keeps: tuple[str, ...]
    costs: tuple[tuple[str, float, float], ...]

    @property
    def time(self) -> float:
        """The time of a step as published, as a multiple of the plain sum's."""
        return self.costs[0][1]


@functools.cache
def entries() -> tuple[Entry, ...]:
    """Every strategy, in the order of ``STRATEGIES``."""
    found = []
    for strategy, row in zip(STRATEGIES, describe(), strict=True):
        places = costs.places(strategy) or ("",)
        figures = [(place, costs.relative_cost(strategy, place)) for place in places]
        found.append(
            Entry(
                **{key: row[key] for key in ("name", "title", "idea", "formula", "paper", "cost")},
                label=short_title(row["title"]),
                kind=costs.kind(strategy),
                settings=tuple(row["settings"]),
                needs=tuple(NEED_WORDS.get(need, need) for need in sorted(strategy.needs)),
                keeps=tuple(PROPERTIES[name] for name in row["properties"]),
                costs=tuple((place, figure.time, figure.memory) for place, figure in figures),
            )
        )
    return tuple(found)


def in_lines(formula: str) -> str:
    """A long formula with each of its parts (divided by ``\\qquad``) on a line of its own, so that it fits a phone."""
    parts = [part.strip() for part in formula.split(r"\qquad")]
    if len(parts) == 1 or len(formula) < LONG_FORMULA:
        return formula
    lines = r" \\[0.5em] ".join(parts)
    return rf"\begin{{gathered}} {lines} \end{{gathered}}"


def setting_rows(settings: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The hyper-parameters as a table: label, default, range and meaning."""
    return [
        {
            "Setting": f"{setting['label']} (`{setting['name']}`)",
            "Default": _default(setting["default"]),
            "Range": _range(setting),
            "Meaning": setting["help"],
        }
        for setting in settings
    ]


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, dict):
        return "1 for every task" if not value else ", ".join(f"{key} {item}" for key, item in value.items())
    return f"{value:g}" if isinstance(value, int | float) else str(value) or "chosen by the method"


def _range(setting: Mapping[str, Any]) -> str:
    if setting["choices"]:
        return ", ".join(setting["choices"])
    low, high = setting["low"], setting["high"]
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    if low is not None:
        return f"at least {low:g}"
    return f"at most {high:g}" if high is not None else ""
