"""Sharing: the catalogue of the ways of sharing, made from the classes."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.model.sharing import SHARINGS
from mtldemo.settings import settings_of


@pytest.fixture
def page(app: AppTest) -> AppTest:
    """The page as it opens."""
    app.run()
    return app.switch_page("pages/sharing.py").run()


def texts(page: AppTest) -> str:
    return " ".join(item.value for item in [*page.markdown, *page.caption, *page.subheader])


@pytest.mark.parametrize("way", SHARINGS, ids=lambda way: way.name)
def test_every_way_is_explained(page: AppTest, way: Any) -> None:
    page.radio(key="sharings.way").set_value(way.name).run()
    assert not page.exception
    assert all(words in texts(page) for words in (way.title, way.idea, way.meeting, way.paper))
    assert page.query_params.get("sharing", "hard") in (way.name, [way.name])
    tables = [table.value.to_string() for table in page.table]
    assert all(field.name in tables[0] for field in settings_of(way))
    assert all(other.title in tables[-1] for other in SHARINGS)


def test_the_cost_is_that_of_the_network_chosen(page: AppTest) -> None:
    page.selectbox(key="sharings.backbone").select("squeezenet1_1").run()
    page.number_input(key="sharings.image_size").set_value(16).run()
    assert not page.exception
    assert "at least 32 px" in page.table[-1].value.to_string()
    page.number_input(key="sharings.image_size").set_value(32).run()
    assert "0.9 M (1.0 ×)" in page.table[-1].value.to_string()


def test_a_way_leads_to_a_run_with_it(page: AppTest) -> None:
    page.radio(key="sharings.way").set_value("mtan").run()
    page.button(key="sharings.train").click().run()
    assert not page.exception
    assert page.selectbox(key="new_run.sharing.sharing").value == "mtan"
