"""The entry, for ``streamlit run``: the dashboard of ``dashboard.py`` and, beside it, the routes under ``/api``."""

from pathlib import Path

import streamlit as st

from mtldemo.serve.routes import routes

app = st.App(
    Path(__file__).with_name("dashboard.py"),
    routes=routes(st.get_option("server.baseUrlPath")),
)
