"""Compare: which strategy wins, by how much, and how sure that is. What is compared is in the URL."""

import streamlit as st

from mtldemo.runs import default_runs_dir
from mtldemo.ui.compare.new_study import no_study_yet, start_study_form
from mtldemo.ui.compare.selection import selected, wants_new
from mtldemo.ui.compare.studies import study_picker
from mtldemo.ui.navigation import in_frame
from mtldemo.ui.problems import in_words

in_frame(__file__)
st.title("Compare")
with in_words():
    study_picker(default_runs_dir())
with in_words():
    if wants_new():
        start_study_form(default_runs_dir())
    else:
        chosen = selected(default_runs_dir())
        if chosen is None:
            no_study_yet()
        else:
            from mtldemo.ui.compare.view import comparison_view

            comparison_view(chosen)
