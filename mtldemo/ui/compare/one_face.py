"""From the comparison of many pictures to a single one, of the kind that the models learned from."""

import streamlit as st

from mtldemo.predict.domain import DRAWINGS, domain_of
from mtldemo.predict.models import key_of
from mtldemo.ui.compare.choice import Choice
from mtldemo.ui.predict.address import COMPARE, WAY
from mtldemo.ui.predict.picked_models import MODELS, STUDY
from mtldemo.ui.predict.picture_input import PICTURES

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
    label, icon = "See these strategies on one face", ":material/face:"
    if all(domain_of(run.config().data) == DRAWINGS for run in with_model):
        label, icon = "See these strategies on one drawn portrait", ":material/draw:"
        address[PICTURES] = DRAWINGS.name
    st.page_link(PREDICT_PAGE, label=label, icon=icon, query_params=address)
