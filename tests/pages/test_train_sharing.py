"""Train: the choice of how the tasks share the network, in the form of a new run."""

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.config import RunConfig, SharingConfig
from mtldemo.model.sharing import SHARINGS
from mtldemo.settings import settings_of


@pytest.fixture
def form(app: AppTest) -> AppTest:
    """The form of a new run."""
    app.run()
    return app.switch_page("pages/train.py").run()


def keys(app: AppTest) -> Iterator[str]:
    kinds: list[Any] = [app.number_input, app.selectbox]
    for kind in kinds:
        yield from (str(item.key) for item in kind)


def texts(app: AppTest) -> str:
    return " ".join(item.value for item in [*app.markdown, *app.caption])


@pytest.mark.parametrize("way", SHARINGS, ids=lambda way: way.name)
def test_every_way_of_sharing_has_its_settings_and_its_cost(form: AppTest, way: Any) -> None:
    form.selectbox(key="new_run.sharing.sharing").select(way.name).run()
    assert not form.exception
    assert way.idea in texts(form)
    drawn = set(keys(form))
    assert all(f"new_run.sharing.options.{way.name}.{field.name}" in drawn for field in settings_of(way))
    assert ("× the multiply-adds" in texts(form)) == (way.name != "hard")
    assert not form.error


def test_the_split_is_chosen_among_the_backbones_stages(form: AppTest, started_runs: list[RunConfig]) -> None:
    split = "new_run.sharing.options.hard.split"
    form.selectbox(key="new_run.model.backbone").select("squeezenet1_1").run()
    assert form.selectbox(key=split).options == ["stem", *(f"fire{n}" for n in range(2, 10)), "All, up to the pool"]
    form.selectbox(key=split).select("fire8").run()
    form.button(key="train.start").click().run()
    assert not form.exception
    assert started_runs[0].sharing == SharingConfig("hard", {"split": "fire8"})
    assert "SqueezeNet 1.1 (Hard sharing, split fire8)" in texts(form)


def test_a_split_needs_room_for_what_was_chosen_before_it(form: AppTest) -> None:
    form.selectbox(key="new_run.sharing.sharing").select("ple").run()
    split = "new_run.sharing.options.ple.split"
    assert form.selectbox(key=split).options == ["Default", "Nothing", "stem", "stage1", "stage2"]
    form.number_input(key="new_run.sharing.options.ple.levels").set_value(4).run()
    assert form.selectbox(key=split).options == ["Default", "Nothing", "stem"]


def test_what_cannot_be_together_is_refused_in_words(form: AppTest) -> None:
    form.selectbox(key="new_run.sharing.sharing").select("soft")
    form.selectbox(key="new_run.weighting.strategy").select("upgrad").run()
    assert not form.exception
    assert "they meet nowhere; choose a weighting by losses" in " ".join(error.value for error in form.error)
    assert form.button(key="train.start").disabled
    form.selectbox(key="new_run.sharing.sharing").select("mtan").run()
    assert not form.error
    assert "Last shared block" not in form.button_group(key="new_run.weighting.gradients_at").options
