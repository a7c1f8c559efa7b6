"""What is shown: the page's frame and the navigation. ``streamlit_app.py`` serves it; so does this file itself."""

from pathlib import Path

import streamlit as st

from mtldemo.ui.history import one_entry_an_act
from mtldemo.ui.icon import icon
from mtldemo.ui.navigation import frame


def dashboard() -> None:
    """Draw the frame and the page that the address names."""
    st.set_page_config(page_title="mtldemo", page_icon=icon(), layout="wide")
    st.logo(icon(), size="large")
    frame()

    page = st.navigation(
        {
            "": [
                st.Page(
                    "pages/home.py",
                    title="Home",
                    icon=":material/home:",
                    default=True,
                    help="What this is, a one-click demo and your latest runs.",
                )
            ],
            "Learn": [
                st.Page(
                    "pages/data.py",
                    title="Data",
                    icon=":material/photo_library:",
                    help="Pick a data set, prepare it and look at its faces, labels, rejects and duplicates.",
                ),
                st.Page(
                    "pages/train.py",
                    title="Train",
                    icon=":material/model_training:",
                    help="Start a run and watch its losses, weights and metrics live.",
                ),
                st.Page(
                    "pages/compare.py",
                    title="Compare",
                    icon=":material/compare_arrows:",
                    help="Which strategy wins, by how much and how sure: studies over strategies and seeds.",
                ),
                st.Page(
                    "pages/strategies.py",
                    title="Strategies",
                    icon=":material/balance:",
                    help="Every loss weighting explained, and a playground to see what each does.",
                ),
                st.Page(
                    "pages/sharing.py",
                    title="Sharing",
                    icon=":material/account_tree:",
                    help="How the tasks can share a network: every way drawn, explained and with what it costs.",
                ),
                st.Page(
                    "pages/predict.py",
                    title="Predict",
                    icon=":material/face:",
                    help="Your own face through any model, from a picture or the camera.",
                ),
            ],
        }
    )
    page.run()
    one_entry_an_act()


if __name__ == "__main__":
    dashboard()
else:
    # For ``streamlit run dashboard.py``, which looks for a server here and then has it run this file as its script.
    from mtldemo.ui.server import server_middleware, server_routes

    app = st.App(Path(__file__), routes=server_routes(), middleware=server_middleware())
