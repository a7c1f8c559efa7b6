"""The entry: the server for ``streamlit run``, and the dashboard itself where it is run as a script."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.web.server.app_discovery import discover_asgi_app

ROOT = Path(__file__).parents[2]
ENTRY = ROOT / "streamlit_app.py"


def test_streamlit_run_finds_the_server() -> None:
    assert discover_asgi_app(ENTRY).import_string == "streamlit_app:app"


def test_as_a_script_it_is_the_dashboard(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTLDEMO_DATA", str(own_folders / "none"))
    app = AppTest.from_file(str(ENTRY), default_timeout=200).run()
    assert not app.exception
    assert [title.value for title in app.title]
    app.switch_page("pages/strategies.py").run()
    assert not app.exception
    assert app.title[0].value == "Strategies"


def test_a_server_of_one_page_alone_says_what_to_start(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(st.context), "headers", {"Host": "localhost"})
    app = AppTest.from_file(str(ROOT / "pages" / "train.py"), default_timeout=200).run()
    assert [error.value for error in app.error] == [
        "This is a page of the dashboard; start that: python -m streamlit run streamlit_app.py"
    ]
    assert not app.title
