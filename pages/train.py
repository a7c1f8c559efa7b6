"""Train: set up a run and start it, or look at one, live while it is at work. The run is in the URL, with its study."""

import streamlit as st

from mtldemo.runs import RunFolder, default_runs_dir, list_runs
from mtldemo.ui.form_parts import form_and_card
from mtldemo.ui.navigation import in_frame
from mtldemo.ui.new_run import new_run_form, start_card
from mtldemo.ui.problems import in_words
from mtldemo.ui.run_controls import last_click, run_picker, show_run_named, shown_run, shown_study, study_line

in_frame(__file__)
st.title("Train")
study, runs_dir, found = None, default_runs_dir(), False
with in_words():
    study = shown_study()
    if study is not None:
        runs_dir = study.path
        study_line(study)
    run_picker(study.runs() if study is not None else list_runs(runs_dir))
    found = True
last_click()
name = shown_run()
if name is not None:
    with in_words():
        run = RunFolder.open(runs_dir, name) if found else None
        from mtldemo.ui.run_view import run_view

        if run is not None:
            run_view(run, study)
elif study is not None:
    st.info("Choose one of the study's runs above.", icon=":material/arrow_upward:")
elif found:
    form, side = form_and_card()
    with form:
        config, errors = new_run_form()
    with side:
        started = start_card(config, errors, default_runs_dir())
    if started is not None:
        show_run_named(started.name)
        st.rerun()
