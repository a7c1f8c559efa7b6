"""The models that are compared: those of a study, or some of all there are, and their pipeline."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from mtldemo.errors import MtlDemoError
from mtldemo.predict import detectors
from mtldemo.predict.loaded import detector, loaded
from mtldemo.predict.models import ModelChoice
from mtldemo.runs import RunFolder
from mtldemo.study.collect import RunInfo, collect
from mtldemo.ui.addresses import COMPARE_PAGE, MODELS, STUDY, TRAIN_PAGE
from mtldemo.ui.arm_titles import arm_titles
from mtldemo.ui.plain import plain
from mtldemo.ui.words import count

if TYPE_CHECKING:
    from mtldemo.predict.pipeline import Pipeline

MOST = 24
"""Models that are asked at once."""
FIRST = 6
"""Models of no study that are asked before a person has chosen."""
ANY = "\0any"
"""Stands for models that a person picks out of all; no study can be called so."""
_CHOSEN, _PROBLEMS = "predict.compare.chosen", "predict.panel.problems"


@dataclass(frozen=True)
class ComparedModel:
    """A model, the ``arm`` that it is one of, by title, and its ``seed``, NaN where there is none."""

    choice: ModelChoice
    arm: str
    seed: float = math.nan
    name: str = ""

    @property
    def key(self) -> str:
        """Its choice's."""
        return self.choice.key


def pick_models(choices: Sequence[ModelChoice], *, key: str) -> list[ComparedModel]:
    """Draw the choice among the model ``choices`` and return those that are chosen, the runs of an arm together.

    What is chosen is in the address, and kept for when the page comes back without it."""
    studies: dict[str, list[ModelChoice]] = {}
    for choice in choices:
        if choice.study:
            studies.setdefault(choice.study, []).append(choice)
    studies = {name: members for name, members in studies.items() if len(members) > 1}
    options = [*sorted(studies, key=lambda name: -len(studies[name])), ANY]
    study, wanted = _wanted(options)
    names = f"{key}.study"
    if studies:
        st.session_state[names] = study
        st.selectbox(
            "Models",
            options,
            format_func=lambda name: "Models of my choice" if name == ANY else f"Study {name}",
            key=names,
            on_change=lambda: _into_address(st.session_state[names], None),
        )
    members = with_arms(studies.get(study, list(choices)))
    of_study = study in studies
    titles = {_short(one.key, study): one.name if of_study else _choice_title(one) for one in members}
    first = [_short(one.key, study) for one in (at_most(members) if of_study else members[:FIRST])]
    chosen = first if wanted is None else [name for name in wanted if name in titles]
    if wanted is not None and len(chosen) < len(wanted):
        gone = count(len(wanted) - len(chosen), "model")
        st.warning(plain(f"{gone} of the address can't be found here."), icon=":material/search_off:")
    several = f"{key}.models.{study}"
    st.session_state[several] = chosen[:MOST]

    def picked() -> None:
        now = st.session_state[several]
        _into_address(study, None if now == first else now)

    title = f"Which of its {count(len(members), 'model')}: {len(chosen)} chosen"
    with st.expander(title, icon=":material/checklist:") if of_study else st.container():
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
    _into_address(study, first if wanted is None and study != options[0] and not of_study else wanted)
    return [one for one in members if _short(one.key, study) in chosen]


def no_models_view() -> None:
    """Say that there is nothing to compare yet, and how to come by it."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown("**One model alone has nothing to compare with.**", text_alignment="center")
        st.caption(
            "Every run keeps its best weights once its first epoch has ended. Train two runs with different loss "
            "weightings, or start a study over many, and see here what each says about your picture.",
            text_alignment="center",
        )
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.page_link(TRAIN_PAGE, label="Train a run", icon=":material/model_training:")
            st.page_link(
                COMPARE_PAGE,
                label="Start a study",
                icon=":material/compare_arrows:",
                query_params={"new": "study"},
            )


def link_to_study(models: Sequence[ComparedModel]) -> None:
    """Draw the way to how a study's strategies did on all test pictures: one picture says little."""
    studies = {one.choice.study for one in models}
    if len(studies) == 1 and (study := studies.pop()):
        st.page_link(
            COMPARE_PAGE,
            label="How well they do on all test pictures",
            icon=":material/compare_arrows:",
            query_params={"study": study},
        )


def leave_address() -> None:
    """Take the choice out of the address, where another tab is shown; it is kept."""
    for name in (STUDY, MODELS):
        st.query_params.pop(name, None)


def _wanted(options: Sequence[str]) -> tuple[str, list[str] | None]:
    """The study (or ``ANY``) and the models that the address names, None for those that are asked at first; where it
    names nothing, what was chosen before."""
    study = st.query_params.get(STUDY)
    models = [name for name in st.query_params.get_all(MODELS) if name] if MODELS in st.query_params else None
    if study is None and models is None:
        study, models = st.session_state.get(_CHOSEN, (options[0], None))
    elif study is None:
        study = ANY
    elif study not in options:
        st.warning(plain(f"There is no study {study[:100]!r} with models here."), icon=":material/search_off:")
    return (study, models) if study in options else (options[0], None)


def _into_address(study: str, models: Sequence[str] | None) -> None:
    """Put a study, or ``ANY``, and the chosen models into the address, None for those asked at first."""
    st.session_state[_CHOSEN] = study, models
    leave_address()
    if study != ANY:
        st.query_params[STUDY] = study
    if models is not None:
        st.query_params[MODELS] = list(models) or [""]


def _short(key: str, study: str) -> str:
    """A model's key as it stands in the address: of a study's it is the run alone."""
    return key.removeprefix(f"{study}/")


def _choice_title(one: ComparedModel) -> str:
    """A model among those of all kinds: a person knows a run by its name, others by how it was weighted."""
    title = one.choice.title.partition(" (")[0]
    return title if title == one.arm else f"{title} ({one.arm})"


def with_arms(choices: Sequence[ModelChoice]) -> list[ComparedModel]:
    """The models with their arms among each other, the members of an arm together and by seed; each has a ``name`` of
    its own. Runs that learned different tasks, or from different data, are no seeds of one arm: each is one by its own
    title."""
    runs = [choice for choice in choices if not choice.shipped]
    infos = collect(RunFolder(choice.path.parent) for choice in runs)
    known = [info for info in infos if info.config is not None]
    titles = arm_titles(known) if _are_comparable(known) else {}
    picked = [ComparedModel(choice, choice.title.partition(" (")[0]) for choice in choices if choice.shipped]
    for choice, info in zip(runs, infos, strict=True):
        seed = math.nan if info.seed is None else float(info.seed)
        picked.append(ComparedModel(choice, titles.get(info.arm) or choice.title, seed))
    order = {arm: rank for rank, arm in enumerate(dict.fromkeys(one.arm for one in picked))}
    picked.sort(key=lambda one: (order[one.arm], math.inf if math.isnan(one.seed) else one.seed))
    return _with_names(picked)


def _are_comparable(infos: Sequence[RunInfo]) -> bool:
    """Whether all runs learned one task set, and those of an arm from one data set."""
    arms: dict[str, set[str]] = {}
    for info in infos:
        arms.setdefault(info.arm, set()).add(info.dataset_name)
    task_sets = {info.config.task_set for info in infos if info.config is not None}
    return len(task_sets) < 2 and all(len(names) == 1 for names in arms.values())


def at_most(members: Sequence[ComparedModel]) -> list[ComparedModel]:
    """All of them, or as many as can be asked at once: so many of each arm that all have the same number, where they
    have; of more arms than that the first ones."""
    if len(members) <= MOST:
        return list(members)
    arms: dict[str, list[ComparedModel]] = {}
    for one in members:
        arms.setdefault(one.arm, []).append(one)
    each = max(1, MOST // len(arms))
    return [one for members in arms.values() for one in members[:each]][:MOST]


def _with_names(picked: Sequence[ComparedModel]) -> list[ComparedModel]:
    """An arm of one member is called by its title; the members of others bear their seed, or their run's name."""
    members: dict[str, list[ComparedModel]] = {}
    for one in picked:
        members.setdefault(one.arm, []).append(one)
    names = {}
    for arm, runs in members.items():
        seeds = {one.seed for one in runs if not math.isnan(one.seed)}
        for one in runs:
            tail = f"seed {one.seed:.0f}" if len(seeds) == len(runs) else one.choice.title
            names[one.key] = arm if len(runs) == 1 else f"{arm} · {tail}"
    return [dataclasses.replace(one, name=names[one.key]) for one in picked]


@dataclass(frozen=True)
class ComparedModels:
    """The ``models`` that are asked and the name of the ``detector`` before them."""

    models: tuple[ComparedModel, ...]
    detector: str

    @property
    def mark(self) -> str:
        """Changes whenever the answers might: with the models, their files and the detector."""
        versions = [(one.key, _changed(one)) for one in self.models]
        return f"{versions}|{self.detector}|{detectors.yunet_file()}"

    @property
    def loading(self) -> str:
        """What is said while the models are loaded."""
        return f"Asking {count(len(self.models), 'model')}"

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence on each model that couldn't be loaded for the answers that there are."""
        return st.session_state.get(_PROBLEMS, {}).get(self.mark, ())

    def pipeline(self) -> "Pipeline":
        """The models that can be loaded behind the detector. Raises ``MtlDemoError`` where none can, or the detector
        can't be used."""
        from mtldemo.predict.pipeline import Pipeline

        predictors, problems = [], []
        bar = st.progress(0.0)
        for number, one in enumerate(self.models):
            bar.progress(number / len(self.models), f"Loading {plain(one.name)}")
            try:
                predictors.append(loaded(one.choice.path, one.key))
            except MtlDemoError as error:
                problems.append(str(error))
        bar.empty()
        st.session_state.setdefault(_PROBLEMS, {})[self.mark] = tuple(problems)
        if not predictors:
            raise MtlDemoError(" ".join(problems))
        faces = any(one.domain.faces for one in predictors)
        return Pipeline(predictors, detector(self.detector)[0] if faces else None)


def _changed(one: ComparedModel) -> int:
    try:
        return one.choice.path.stat().st_mtime_ns
    except OSError:  # said when the model is loaded
        return 0
