"""A comparison on the page: what was compared, how far it is, the verdict, and its parts, of which only the open one is
worked out."""

from collections.abc import Callable

import streamlit as st

from mtldemo.predict.domain import DRAWINGS, domain_of_run
from mtldemo.predict.models import key_of
from mtldemo.study.statistics import single_arms
from mtldemo.ui.addresses import COMPARE_MODELS, MODELS, PICTURES, PREDICT_PAGE, STUDY, TRAIN_PAGE, WAY
from mtldemo.ui.arm_titles import what_was_compared
from mtldemo.ui.compare.actions import extend_study, study_note
from mtldemo.ui.compare.address import ARMS, BASELINE, show_runs
from mtldemo.ui.compare.choice import Choice
from mtldemo.ui.compare.clicked import open_clicked
from mtldemo.ui.compare.comparison import EACH_ALONE, Comparison, gathered, rows, said
from mtldemo.ui.compare.over_time import curves, gradients, weights
from mtldemo.ui.compare.progress import study_progress, told_problem
from mtldemo.ui.compare.results import results
from mtldemo.ui.compare.runs_table import FEWEST, runs_table
from mtldemo.ui.compare.share import share
from mtldemo.ui.compare.verdict_card import broken_card, headline, remarks_card
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import in_words

PARTS: dict[str, Callable[[Comparison], None]] = {
    "Curves": curves,
    "Weights": weights,
    "Gradients": gradients,
}
"""Those that need nothing but the comparison."""


def comparison_view(choice: Choice) -> None:
    """Everything about one choice. Raises ``MtlDemoError`` where the study can't be read."""
    told_problem()
    open_clicked(choice)
    if choice.study is None and len(choice.compared) < FEWEST:
        _choose_runs(choice)
        return
    if choice.picked and not choice.compared:
        st.warning("None of the runs in the address is in this study.", icon=":material/search_off:")
        show_all = {"on_click": show_runs, "args": ((),), "kwargs": {"of_study": True}}
        st.button("Show all its runs", key="compare.whole", **show_all)
        return
    whole = gathered(choice)
    coming = choice.study.underway() if choice.study is not None else None
    line = what_was_compared(whole.infos, coming)
    if line:
        st.caption(plain(line))
    if choice.study is not None:
        study_note(choice.study)
        study_progress(choice.study)
    broken_card(whole.broken)
    remarks_card(whole.remarks)
    if not whole.infos:
        st.info("No run can be shown yet.", icon=":material/hourglass_empty:")
        return
    place = st.container()
    shown = _choices(whole, choice)
    whole = whole.against(shown.baseline)
    verdict = said(whole, coming)
    with place:
        headline(verdict)
        _predict_link(choice)
    tabs = st.tabs(["Results", *PARTS, "Runs", "Share"], key="view", bind="query-params")
    if tabs[0].open:
        with tabs[0], in_words():
            results(shown, verdict)
    for tab, draw in zip(tabs[1:], PARTS.values(), strict=False):
        if tab.open:
            with tab, in_words():
                draw(shown)
    if tabs[-2].open:
        with tabs[-2], in_words():
            runs_table(choice, rows(choice.everything), shown.baseline)
    if tabs[-1].open:
        with tabs[-1], in_words():
            share(choice, whole)


def _choices(whole: Comparison, choice: Choice) -> Comparison:
    """What the arms are measured against and which of them are shown; returns the comparison of these."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        options = [*whole.several, *([EACH_ALONE] if single_arms(whole.results) else [])]
        options = options or whole.arms
        baseline = st.selectbox(
            "Compared with",
            options,
            index=options.index(whole.baseline) if whole.baseline in options else 0,
            key=BASELINE,
            bind="query-params",
            width=260,
            help="What all others are measured against. The plain sum (equal weights) is the one to beat.",
        )
        arms = _arms_shown(whole)
        if choice.study is not None and not choice.readonly:
            extend_study(choice.study)
    shown = whole.against(baseline or whole.baseline)
    return shown.only(arms) if arms else shown


def _arms_shown(whole: Comparison) -> list[str]:
    """The arms that a person wants to see; none means all."""
    if len(whole.arms) < 3:
        return []
    chosen = st.session_state.get(ARMS) or []
    title = f"{len(chosen)} of {len(whole.arms)} shown" if chosen else f"All {len(whole.arms)} shown"
    with st.popover(title, icon=":material/filter_list:"):
        return st.multiselect(
            "Show only",
            whole.arms,
            key=ARMS,
            bind="query-params",
            placeholder="All of them",
            help="The baseline always stays in. Verdict, marks, ranks and chances are those of the whole study, "
            "whatever is shown.",
            width=420,
        )


def _choose_runs(choice: Choice) -> None:
    """The table of all runs, to choose from."""
    if not choice.runs:
        st.info("There are no runs to choose from yet. Train some, or start a study.", icon=":material/info:")
        st.page_link(TRAIN_PAGE, label="Set up a run", icon=":material/model_training:")
        return
    st.markdown(
        "Tick the runs to compare in the first column: two or more, best the same strategies with several seeds."
    )
    runs_table(choice, rows(choice.everything), "")


def _predict_link(choice: Choice) -> None:
    """Draw the way to Predict with the models of what is compared, where two or more of its runs have one."""
    with_model = [run for run in choice.compared if run.model_file.is_file()]
    if len(with_model) < 2 or choice.readonly:
        return
    address: dict[str, str | list[str]] = {WAY: COMPARE_MODELS}
    if choice.study is not None:
        address[STUDY] = choice.study.name
    if choice.picked:
        address[MODELS] = [run.name if choice.study is not None else key_of(run.name) for run in with_model]
    domains = {domain_of_run(run.config(), run.model_file) for run in with_model}
    faces = all(domain.faces for domain in domains)
    label, icon = ("one face", ":material/face:") if faces else ("one picture", ":material/image:")
    label = f"See these strategies on {label}"
    if domains == {DRAWINGS}:
        label, icon = "See these strategies on one drawn portrait", ":material/draw:"
        address[PICTURES] = DRAWINGS.name
    st.page_link(PREDICT_PAGE, label=label, icon=icon, query_params=address)
