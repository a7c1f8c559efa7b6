"""From the comparison of many pictures to a single one: the same models asked about a person's own face."""

import streamlit as st

from mtldemo.predict.models import key_of
from mtldemo.ui.compare.choice import Choice
from mtldemo.ui.predict.picked_models import MODELS, STUDY
from mtldemo.ui.predict.ways import COMPARE, WAY

PREDICT_PAGE = "pages/predict.py"


def one_face(choice: Choice) -> None:
    """Draw the way to Predict with the models of what is compared, where two or more of its runs have one."""
    with_model = [run for run in choice.compared if run.model_file.is_file()]
    if len(with_model) < 2 or choice.readonly:
        return
    address: dict[str, str | list[str]] = {WAY: COMPARE}
    if choice.study is not None:
        address[STUDY] = choice.study.name
    if choice.picked:
        address[MODELS] = [run.name if choice.study is not None else key_of(run.name) for run in with_model]
    st.page_link(PREDICT_PAGE, label="See these strategies on one face", icon=":material/face:", query_params=address)
