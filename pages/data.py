"""Data: pick or add a data set, prepare it, and look at its pictures, labels, rejects and look-alikes."""

import streamlit as st

from mtldemo import data
from mtldemo.preparation import PreparationJob
from mtldemo.ui.columns_editor import columns_card
from mtldemo.ui.data_labels import labelled
from mtldemo.ui.data_source import chosen_data, preparation
from mtldemo.ui.data_view import data_view, opened_dataset
from mtldemo.ui.navigation import in_frame
from mtldemo.ui.problems import in_words, problem

in_frame(__file__)
st.title("Data")
with in_words():
    config, errors = chosen_data()
    for error in errors:
        problem(error)
    if not errors:
        job = PreparationJob(config, data.cache_dir())
        seen = job.look()
        columns_card(config, expanded=seen.state != "done")
        if seen.state == "done":
            # The prepared pixels lie in the cache, so this only opens them; where the cache was emptied it starts over.
            source = labelled(config)
            data_view(opened_dataset(config, seen.updated, source.labels.mark() if source is not None else ""))
        else:
            preparation(job, seen)
