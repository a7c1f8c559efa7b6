"""A comparison on the page: what was compared, how far it is, the verdict, and its parts, of which only the open one is
worked out."""

from collections.abc import Callable, Sequence

import streamlit as st

from mtldemo.predict.domain import DRAWINGS, domain_of_run
from mtldemo.predict.models import key_of
from mtldemo.study.info import RunInfo
from mtldemo.study.statistics import single_task_arms
from mtldemo.ui.addresses import COMPARE_MODELS, MODELS, PICTURES, PREDICT_PAGE, STUDY, TRAIN_PAGE, WAY
from mtldemo.ui.arm_titles import what_was_compared
from mtldemo.ui.compare.comparison import EACH_ALONE, Comparison, comparison_of, titled_runs, verdict_of
from mtldemo.ui.compare.new_study import extend_study
from mtldemo.ui.compare.over_time import curves_tab, gradients_tab, weights_tab
from mtldemo.ui.compare.results import headline_card, results_tab
from mtldemo.ui.compare.runs import FEWEST, open_clicked, runs_tab
from mtldemo.ui.compare.selection import ARMS, BASELINE, Selection, show_runs
from mtldemo.ui.compare.share import share_tab
from mtldemo.ui.compare.studies import study_note
from mtldemo.ui.compare.study_progress import study_progress
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import in_words, last_problem
from mtldemo.ui.words import count

PARTS: dict[str, Callable[[Comparison], None]] = {
    "Curves": curves_tab,
    "Weights": weights_tab,
    "Gradients": gradients_tab,
}
"""Those that need nothing but the comparison."""
MOST_BROKEN = 20
"""Broken runs whose sentence is shown."""


def comparison_view(selection: Selection) -> None:
    """Everything about one selection. Raises ``MtlDemoError`` where the study can't be read."""
    last_problem()
    open_clicked(selection)
    if selection.study is None and len(selection.compared) < FEWEST:
        _choose_runs(selection)
        return
    if selection.picked and not selection.compared:
        st.warning("None of the runs in the address is in this study.", icon=":material/search_off:")
        show_all = {"on_click": show_runs, "args": ((),), "kwargs": {"of_study": True}}
        st.button("Show all its runs", key="compare.whole", **show_all)
        return
    whole = comparison_of(selection)
    coming = selection.study.underway() if selection.study is not None else None
    line = what_was_compared(whole.infos, coming)
    if line:
        st.caption(plain(line))
    if selection.study is not None:
        study_note(selection.study)
        study_progress(selection.study)
    broken_card(whole.broken)
    remarks_card(whole.remarks)
    if not whole.infos:
        st.info("No run can be shown yet.", icon=":material/hourglass_empty:")
        return
    top = st.container()
    shown = _choices(whole, selection)
    whole = whole.against(shown.baseline)
    verdict = verdict_of(whole, coming)
    with top:
        headline_card(verdict)
        _predict_link(selection)
    tabs = st.tabs(["Results", *PARTS, "Runs", "Share"], key="view", bind="query-params")
    if tabs[0].open:
        with tabs[0], in_words():
            results_tab(shown, verdict)
    for tab, draw in zip(tabs[1:], PARTS.values(), strict=False):
        if tab.open:
            with tab, in_words():
                draw(shown)
    if tabs[-2].open:
        with tabs[-2], in_words():
            runs_tab(selection, titled_runs(selection.everything), shown.baseline)
    if tabs[-1].open:
        with tabs[-1], in_words():
            share_tab(selection, whole)


def _choices(whole: Comparison, selection: Selection) -> Comparison:
    """What the arms are measured against and which of them are shown; returns the comparison of these."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        options = [*whole.several, *([EACH_ALONE] if single_task_arms(whole.results) else [])]
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
        if selection.study is not None and not selection.readonly:
            extend_study(selection.study)
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


def _choose_runs(selection: Selection) -> None:
    """The table of all runs, to choose from."""
    if not selection.runs:
        st.info("There are no runs to choose from yet. Train some, or start a study.", icon=":material/info:")
        st.page_link(TRAIN_PAGE, label="Set up a run", icon=":material/model_training:")
        return
    st.markdown(
        "Tick the runs to compare in the first column: two or more, best the same strategies with several seeds."
    )
    runs_tab(selection, titled_runs(selection.everything), "")


def _predict_link(selection: Selection) -> None:
    """Draw the way to Predict with the models of what is compared, where two or more of its runs have one."""
    with_model = [run for run in selection.compared if run.model_file.is_file()]
    if len(with_model) < 2 or selection.readonly:
        return
    address: dict[str, str | list[str]] = {WAY: COMPARE_MODELS}
    if selection.study is not None:
        address[STUDY] = selection.study.name
    if selection.picked:
        address[MODELS] = [run.name if selection.study is not None else key_of(run.name) for run in with_model]
    domains = {domain_of_run(run.config(), run.model_file) for run in with_model}
    faces = all(domain.faces for domain in domains)
    label, icon = ("one face", ":material/face:") if faces else ("one picture", ":material/image:")
    label = f"See these strategies on {label}"
    if domains == {DRAWINGS}:
        label, icon = "See these strategies on one drawn portrait", ":material/draw:"
        address[PICTURES] = DRAWINGS.name
    st.page_link(PREDICT_PAGE, label=label, icon=icon, query_params=address)


def remarks_card(remarks: Sequence[str]) -> None:
    """What makes the runs incomparable, said before anything is drawn."""
    if remarks:
        st.warning(
            "  \n".join(map(plain, remarks)),
            title="These runs aren't measured by the same yardstick",
            icon=":material/rule:",
        )


def broken_card(broken: Sequence[RunInfo]) -> None:
    """Runs that can't be read, or not in full, with what is wrong with each."""
    if not broken:
        return
    with st.expander(f"{count(len(broken), 'run')} with something wrong", icon=":material/warning:"):
        # A table, in which long sentences wrap.
        st.table(
            {f"**{plain(info.name)}**": plain(info.problem) for info in broken[:MOST_BROKEN]},
            border="horizontal",
            alt="Runs that can't be read, or not in full",
        )
        if len(broken) > MOST_BROKEN:
            st.caption(f"And {len(broken) - MOST_BROKEN} more; each says so in the table of runs.")
