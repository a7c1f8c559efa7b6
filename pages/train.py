"""Train: set up a run and start it, or look at one, live while it is at work. The run is in the URL."""

import streamlit as st

from mtldemo.runs import RunFolder, default_runs_dir, list_runs
from mtldemo.ui.frame import in_frame
from mtldemo.ui.new_run import new_run_form, start_card
from mtldemo.ui.problems import in_words
from mtldemo.ui.run_controls import run_picker, show_run_named, shown_run, told_problem

in_frame(__file__)
st.title("Train")
with in_words():
    run_picker(list_runs(default_runs_dir()))
told_problem()
name = shown_run()
if name is not None:
    with in_words():
        run = RunFolder.open(default_runs_dir(), name)
        from mtldemo.ui.run_view import run_view

        run_view(run)
else:
    form, side = st.columns([2, 1], gap="large")
    with form:
        config, errors = new_run_form()
    with side:
        started = start_card(config, errors, default_runs_dir())
    if started is not None:
        show_run_named(started.name)
        st.rerun()
