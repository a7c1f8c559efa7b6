"""The entry, for ``streamlit run``: the dashboard of ``dashboard.py`` and, beside it, the routes under ``/api``."""

import runpy
from pathlib import Path

import streamlit as st

DASHBOARD = Path(__file__).with_name("dashboard.py")

if __name__ == "__main__":
    # As a script, without a server of its own: what Streamlit's AppTest does with the entry.
    runpy.run_path(str(DASHBOARD), run_name="__main__")
else:
    from mtldemo.ui.server import server_middleware, server_routes

    app = st.App(DASHBOARD, routes=server_routes(), middleware=server_middleware())
