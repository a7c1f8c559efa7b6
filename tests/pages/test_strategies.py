"""Strategies: the catalogue from the classes, its filters and address, and the three playgrounds."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.ui.strategy_words import entries, in_lines, setting_rows
from mtldemo.weighting import STRATEGIES


@pytest.fixture
def show(app: AppTest) -> Callable[..., AppTest]:
    """Open the page at one of its tabs, with a strategy in the address if wanted."""

    def opened(tab: str = "Catalogue", strategy: str = "") -> AppTest:
        app.run()
        app.switch_page("pages/strategies.py")
        app.query_params["show"] = tab
        if strategy:
            app.query_params["strategy"] = strategy
        app.run()
        assert not app.exception, app.exception[0].message
        return app

    return opened


def texts(app: AppTest) -> str:
    return " ".join(item.value for item in [*app.markdown, *app.caption])


def test_every_strategy_is_in_the_catalogue_with_all_its_words(show: Callable[..., AppTest]) -> None:
    page = show()
    assert page.radio[0].options == [strategy.title for strategy in STRATEGIES]
    assert "strategy" not in page.query_params, "the first needs no mention"
    for strategy in reversed(STRATEGIES):
        page.radio[0].set_value(strategy.name).run()
        assert not page.exception
        assert page.query_params["strategy"] == strategy.name
        assert page.subheader[0].value == strategy.title
        assert page.latex[0].value.strip("$\n") == in_lines(strategy.formula)
        shown = texts(page)
        assert strategy.idea in shown
        assert strategy.paper in shown
        assert f"`--strategy {strategy.name}`" in shown


def test_the_address_and_the_filters_choose(show: Callable[..., AppTest]) -> None:
    page = show(strategy="cagrad")
    assert page.subheader[0].value == "Conflict-averse descent (CAGrad)"
    assert "Radius (`c`)" in page.table[0].value["Setting"].tolist()
    page.button_group(key="catalogue.kind").select("merge").run()
    kinds = {entry.title: entry.kind for entry in entries()}
    assert {kinds[title] for title in page.radio[0].options} == {"merge"}
    page.button_group(key="catalogue.cost").select("As a plain sum").run()
    assert not page.exception
    assert any("Widen the filters" in info.value for info in page.info)
    page.button_group(key="catalogue.kind").set_value(["losses"]).run()
    assert "FAMO" not in page.radio[0].options, "which costs one more forward pass"
    assert "Equal weights" in page.radio[0].options


def test_an_unknown_name_in_the_address_is_said_in_words(show: Callable[..., AppTest]) -> None:
    page = show(strategy="nobody")
    assert any("no strategy called “nobody”" in warning.value for warning in page.warning)
    assert page.subheader[0].value == STRATEGIES[0].title


def test_train_with_it_fills_the_form(show: Callable[..., AppTest]) -> None:
    page = show(strategy="cagrad")
    page.button(key="catalogue.train").click().run()
    assert not page.exception
    assert page.selectbox(key="new_run.weighting.strategy").value == "cagrad"


def test_losses_move_the_weights(show: Callable[..., AppTest]) -> None:
    page = show("Try losses")
    before = texts(page)
    assert "**Weight of each task**" in before
    page.select_slider(key="play.loss.age").set_value(0.1).run()
    assert not page.exception
    page.multiselect(key="play.losses.strategies").set_value([]).run()
    assert not page.exception


def test_gradients_are_said_in_words(show: Callable[..., AppTest]) -> None:
    page = show("Try gradients")
    assert "Equal weights makes Gender worse" in texts(page)
    page.slider(key="play.angle.gender").set_value(90).run()
    assert "make no task worse" in texts(page)
    assert "worse;" not in texts(page)
    page.button_group(key="play.tasks").select(3).run()
    page.slider(key="play.length.ethnicity").set_value(0.0).run()
    page.multiselect(key="play.gradients.strategies").set_value(["graddrop", "moco", "gradnorm"]).run()
    page.toggle(key="play.alike").set_value(False).run()
    assert not page.exception


def test_the_landscape_says_who_reaches_the_front(show: Callable[..., AppTest]) -> None:
    page = show("Landscape")
    assert not page.exception
    assert "Equal weights, PCGrad and CAGrad reach the Pareto front from 4 of 5 starts" in texts(page)
    page.multiselect(key="play.landscape.strategies").set_value(["nash_mtl"]).run()
    page.button_group(key="play.scale").select(1.0).run()
    assert "Nash-MTL reaches the Pareto front from all 5 starts" in texts(page)
    page.multiselect(key="play.landscape.strategies").set_value([]).run()
    assert not page.exception
    assert "Choose a strategy" in texts(page)


def test_a_strategys_own_settings_can_be_tried(show: Callable[..., AppTest]) -> None:
    page = show("Try gradients")
    assert "with settings of your own" not in texts(page)
    assert "PCGrad and CAGrad" not in texts(page).partition("makes")[2]
    page.number_input(key="play.gradients.own.cagrad.c").set_value(0.0).run()
    assert not page.exception
    # Around the mean gradient with no radius: the plain sum's direction, which makes a task worse.
    assert r"CAGrad \* make" in texts(page)
    assert "with settings of your own" in texts(page)
    page.multiselect(key="play.gradients.strategies").set_value(["pcgrad"]).run()
    assert "with settings of your own" not in texts(page)
    assert not page.expander


def test_own_settings_on_losses_and_in_the_landscape(show: Callable[..., AppTest]) -> None:
    page = show("Try losses")
    page.multiselect(key="play.losses.strategies").set_value(["fixed", "scheduled"]).run()
    page.number_input(key="play.losses.own.fixed.weights.age").set_value(0.25).run()
    assert not page.exception
    assert "with settings of your own" in texts(page)
    page.text_input(key="play.losses.own.scheduled.weights.gender").set_value("nonsense").run()
    assert not page.exception
    assert page.error
    page = show("Landscape")
    page.multiselect(key="play.landscape.strategies").set_value(["cagrad"]).run()
    page.number_input(key="play.landscape.own.cagrad.c").set_value(2.0).run()
    assert not page.exception
    assert r"CAGrad \* reaches" in texts(page)


def test_words_of_the_catalogue() -> None:
    assert len({entry.label for entry in entries()}) == len(STRATEGIES)
    by_name = {entry.name: entry for entry in entries()}
    long = " + x" * 20
    assert in_lines(r"a = b, \qquad c") == r"a = b, \qquad c"
    assert in_lines(rf"a{long}, \qquad c") == rf"\begin{{gathered}} a{long}, \\[0.5em] c \end{{gathered}}"
    assert setting_rows(by_name["cagrad"].settings)[0]["Range"] == "0 to 10"
    assert setting_rows(by_name["fixed"].settings)[0]["Default"] == "1 for every task"
    assert all(row["Default"] for entry in entries() for row in setting_rows(entry.settings))
