"""Which models are asked side by side: those of a study, or some of all there are."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from mtldemo.predict.models import ModelChoice
from mtldemo.runs import RunFolder
from mtldemo.study.collect import collect
from mtldemo.ui.addresses import MODELS, STUDY
from mtldemo.ui.arm_titles import arm_titles
from mtldemo.ui.plain import plain
from mtldemo.ui.words import count

MOST = 24
"""Models that are asked at once."""
FIRST = 6
"""Models of no study that are asked before a person has chosen."""
ANY = "\0any"
"""Stands for models that a person picks out of all; no study can be called so."""
"""What the address calls a study and the models chosen."""
_KEPT = "predict.compare.chosen"


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
    """Draw the choice among the models ``found`` and return those that are chosen, the runs of an arm together. What is
    chosen is in the address, and kept for when the page comes back without it."""
    studies: dict[str, list[ModelChoice]] = {}
    for choice in found:
        if choice.study:
            studies.setdefault(choice.study, []).append(choice)
    studies = {name: members for name, members in studies.items() if len(members) > 1}
    options = [*sorted(studies, key=lambda name: -len(studies[name])), ANY]
    whole, asked = _wanted(options)
    names = f"{key}.study"
    if studies:
        st.session_state[names] = whole
        st.selectbox(
            "Models",
            options,
            format_func=lambda name: "Models of my choice" if name == ANY else f"Study {name}",
            key=names,
            on_change=lambda: _into_address(st.session_state[names], None),
        )
    members = named(studies.get(whole, list(found)))
    of_study = whole in studies
    titles = {_short(one.key, whole): one.name if of_study else _told(one) for one in members}
    first = [_short(one.key, whole) for one in (some(members) if of_study else members[:FIRST])]
    chosen = first if asked is None else [name for name in asked if name in titles]
    if asked is not None and len(chosen) < len(asked):
        gone = count(len(asked) - len(chosen), "model")
        st.warning(plain(f"{gone} of the address can't be found here."), icon=":material/search_off:")
    several = f"{key}.models.{whole}"
    st.session_state[several] = chosen[:MOST]

    def picked() -> None:
        now = st.session_state[several]
        _into_address(whole, None if now == first else now)

    place = st.expander(
        f"Which of its {count(len(members), 'model')}: {len(chosen)} chosen", icon=":material/checklist:"
    ) if of_study else st.container()  # fmt: skip
    with place:
        st.multiselect(
            f"Models, at most {MOST}",
            list(titles),
            format_func=lambda one: str(titles.get(one, one)),
            max_selections=MOST,
            placeholder="Choose at least two",
            key=several,
            on_change=picked,
        )
    # Without a study only the models themselves tell the choice from the one at first.
    _into_address(whole, first if asked is None and whole != options[0] and not of_study else asked)
    return [one for one in members if _short(one.key, whole) in chosen]


def leave_address() -> None:
    """Take the choice out of the address, where another way in is shown; it is kept."""
    for name in (STUDY, MODELS):
        st.query_params.pop(name, None)


def _wanted(options: Sequence[str]) -> tuple[str, list[str] | None]:
    """The study (or ``ANY``) and the models that the address names, None for those that are asked at first; where it
    names nothing, what was chosen before."""
    study = st.query_params.get(STUDY)
    models = [name for name in st.query_params.get_all(MODELS) if name] if MODELS in st.query_params else None
    if study is None and models is None:
        study, models = st.session_state.get(_KEPT, (options[0], None))
    elif study is None:
        study = ANY
    elif study not in options:
        st.warning(plain(f"There is no study {study[:100]!r} with models here."), icon=":material/search_off:")
    return (study, models) if study in options else (options[0], None)


def _into_address(study: str, models: Sequence[str] | None) -> None:
    """Put a study, or ``ANY``, and the chosen models into the address, None for those asked at first."""
    st.session_state[_KEPT] = study, models
    leave_address()
    if study != ANY:
        st.query_params[STUDY] = study
    if models is not None:
        st.query_params[MODELS] = list(models) or [""]


def _short(key: str, study: str) -> str:
    """A model's key as it stands in the address: of a study's it is the run alone."""
    return key.removeprefix(f"{study}/")


def _told(one: Picked) -> str:
    """A model among those of all kinds: a person knows a run by its name, others by how it was weighted."""
    title = one.choice.title.partition(" (")[0]
    return title if title == one.arm else f"{title} ({one.arm})"


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
    """All of them, or as many as can be asked at once: so many of each arm that all have the same number, where they
    have; of more arms than that the first ones."""
    if len(members) <= MOST:
        return list(members)
    arms: dict[str, list[Picked]] = {}
    for one in members:
        arms.setdefault(one.arm, []).append(one)
    each = max(1, MOST // len(arms))
    return [one for those in arms.values() for one in those[:each]][:MOST]


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
