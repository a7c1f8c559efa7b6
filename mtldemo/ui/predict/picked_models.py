"""Which models are asked side by side: those of a study, or some of all there are."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from mtldemo.predict.models import ModelChoice
from mtldemo.runs import RunFolder
from mtldemo.study.collect import collect
from mtldemo.ui.compare.words import arm_titles
from mtldemo.ui.words import count

MOST = 24
"""Models that are asked at once."""
FIRST = 6
"""Models of no study that are asked before a person has chosen."""
ANY = "\0any"
"""Stands for models that a person picks out of all; no study can be called so."""


@dataclass(frozen=True)
class Picked:
    """A model, the ``arm`` that it is one of, by title, and its ``seed``, NaN where there is none."""

    choice: ModelChoice
    arm: str
    seed: float = math.nan
    name: str = ""

    @property
    def key(self) -> str:
        """Its choice's."""
        return self.choice.key


def pick_models(found: Sequence[ModelChoice], *, key: str) -> list[Picked]:
    """Draw the choice among the models ``found`` and return those that are chosen, the runs of an arm together."""
    studies: dict[str, list[ModelChoice]] = {}
    for choice in found:
        if choice.study:
            studies.setdefault(choice.study, []).append(choice)
    studies = {name: members for name, members in studies.items() if len(members) > 1}
    options = [*sorted(studies, key=lambda name: -len(studies[name])), ANY]
    whole = ANY
    if studies:
        whole = st.selectbox(
            "Models",
            options,
            index=options.index(wanted) if (wanted := st.query_params.get("study")) in options else 0,
            format_func=lambda name: "Models of my choice" if name == ANY else f"Study {name}",
            key=f"{key}.study",
            persist_state="session",
        )
    members = named(studies.get(whole, list(found)))
    titles = {one.key: one.name for one in members}
    first = some(members) if whole in studies else members[:FIRST]
    place = st.expander(
        f"Which of its {count(len(members), 'model')}", icon=":material/checklist:"
    ) if whole in studies else st.container()  # fmt: skip
    with place:
        wanted = st.multiselect(
            f"Models, at most {MOST}",
            list(titles),
            default=[one.key for one in first],
            format_func=lambda one: str(titles.get(one, one)),
            max_selections=MOST,
            placeholder="Choose at least two",
            key=f"{key}.models.{whole}",
            persist_state="session",
        )
    return [one for one in members if one.key in wanted]


def named(choices: Sequence[ModelChoice]) -> list[Picked]:
    """The models with their arms among each other, the members of an arm together and by seed; each has a ``name`` of
    its own."""
    runs = [choice for choice in choices if not choice.shipped]
    infos = collect(RunFolder(choice.path.parent) for choice in runs)
    titles = arm_titles([info for info in infos if info.config is not None])
    picked = [Picked(choice, choice.title.partition(" (")[0]) for choice in choices if choice.shipped]
    for choice, info in zip(runs, infos, strict=True):
        seed = math.nan if info.seed is None else float(info.seed)
        picked.append(Picked(choice, titles.get(info.arm, info.arm) or choice.title, seed))
    order = {arm: place for place, arm in enumerate(dict.fromkeys(one.arm for one in picked))}
    picked.sort(key=lambda one: (order[one.arm], math.inf if math.isnan(one.seed) else one.seed))
    return _with_names(picked)


def some(members: Sequence[Picked]) -> list[Picked]:
    """All of them, or as many as can be asked at once: then the first of each arm before the second of any."""
    turns: dict[str, int] = {}
    order = []
    for place, one in enumerate(members):
        turn = turns[one.arm] = turns.get(one.arm, -1) + 1
        order.append((turn, place))
    kept = sorted(place for _, place in sorted(order)[:MOST])
    return [members[place] for place in kept]


def _with_names(picked: Sequence[Picked]) -> list[Picked]:
    """An arm of one member is called by its title; the members of others bear their seed, or their run's name."""
    members: dict[str, list[Picked]] = {}
    for one in picked:
        members.setdefault(one.arm, []).append(one)
    names = {}
    for arm, those in members.items():
        seeds = {one.seed for one in those if not math.isnan(one.seed)}
        for one in those:
            tail = f"seed {one.seed:.0f}" if len(seeds) == len(those) else one.choice.title
            names[one.key] = arm if len(those) == 1 else f"{arm} · {tail}"
    return [dataclasses.replace(one, name=names[one.key]) for one in picked]
