"""Options that look alike are told apart, so that the one that was chosen is the one that is taken."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.ui.distinct import distinct

SCRIPT = """
import os
import streamlit as st
from mtldemo.config import RunConfig
from mtldemo.ui.forms import form_for

form = form_for("form", RunConfig())
sources = os.environ["SOURCES"].split(os.pathsep)
chosen = form.draw("data", "source", choices=sources, show=lambda path: path.rpartition("/")[2], folded=True)
st.session_state["chosen"] = chosen
"""


def test_only_words_that_are_there_twice_get_more() -> None:
    words = distinct(["a/flowers", "b/flowers", "c/leaves"], lambda path: path[2:])
    assert [words(path) for path in ("a/flowers", "b/flowers", "c/leaves")] == [
        "flowers (a/flowers)",
        "flowers (b/flowers)",
        "leaves",
    ]


def test_of_two_folders_of_one_name_the_chosen_one_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [str(tmp_path / place / "flowers") for place in ("mine", "theirs")]
    monkeypatch.setenv("SOURCES", ":".join(sources))
    app = AppTest.from_string(SCRIPT, default_timeout=200).run()
    for source in (*sources, *reversed(sources)):
        app.selectbox[0].select(source).run()
        assert not app.exception
        assert app.session_state["chosen"] == source
