"""Widgets from declarations: their kinds, ranges, steps and what comes back."""

from typing import Annotated

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.settings import Setting, SettingField, settings_of
from mtldemo.ui.forms import help_text, label_text, number_step

SCRIPT = """
import streamlit as st
from mtldemo.config import RunConfig, leaves
from mtldemo.tasks import UTKFACE
from mtldemo.ui.forms import fill, form_for

form = form_for("form", RunConfig())
tasks = form.draw("tasks", choices=[task.name for task in UTKFACE])
form.draw("losses", choices={task.name: task.losses for task in UTKFACE}, tasks=tasks)
form.draw("loss_scales", tasks=tasks)
for path, _ in leaves(RunConfig):
    if path not in form.values:
        form.draw(*path)
config, errors = form.result()
st.session_state["config"], st.session_state["errors"] = config, errors
st.button("Other", key="fill", on_click=fill, args=("form", RunConfig(epochs=3, tasks=("age",))))
"""


@pytest.fixture
def form() -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=200).run()
    assert not app.exception
    return app


def field(setting: Setting, kind: type = float, default: object = 0.0) -> SettingField:
    return SettingField("name", kind, None, default, setting)


def test_an_untouched_form_is_the_config_it_started_from(form: AppTest) -> None:
    from mtldemo.config import RunConfig

    assert form.session_state["config"] == RunConfig()
    assert form.session_state["errors"] == []


def test_changes_come_back_in_their_types(form: AppTest) -> None:
    form.number_input(key="form.optim.lr").set_value(0.01)
    form.number_input(key="form.epochs").set_value(4)
    form.toggle(key="form.augment.augment").set_value(False)
    form.button_group(key="form.losses.age").set_value("mse")
    form.number_input(key="form.loss_scales.age").set_value(0.1)
    form.run()
    config = form.session_state["config"]
    assert (config.optim.lr, config.epochs, config.augment.augment) == (0.01, 4, False)
    assert isinstance(config.epochs, int)
    assert config.losses == {"age": "mse"}
    assert config.loss_scales == {"age": 0.1}


def test_a_task_left_out_loses_its_settings(form: AppTest) -> None:
    form.button_group(key="form.tasks").set_value(["gender", "ethnicity"]).run()
    assert form.session_state["config"].tasks == ("gender", "ethnicity")
    assert not [item for item in form.number_input if item.key == "form.loss_scales.age"]


def test_fill_sets_every_widget(form: AppTest) -> None:
    form.number_input(key="form.batch_size").set_value(32).run()
    form.button(key="fill").click().run()
    config = form.session_state["config"]
    assert (config.epochs, config.tasks, config.batch_size) == (3, ("age",), 128)
    assert form.number_input(key="form.epochs").value == 3


def test_what_is_out_of_bounds_reaches_the_form_and_is_told(form: AppTest) -> None:
    widget = form.number_input(key="form.data.image_size")
    assert widget.step == 16
    assert "16 to 256 px" in widget.help
    for value, found in ((300, "300"), (None, "an empty field")):
        form.number_input(key="form.data.image_size").set_value(value).run()
        assert not form.exception
        assert f":small[:red[Image size: expected 16 to 256 px, found {found}.]]" in [
            item.value for item in form.markdown
        ]


@pytest.mark.parametrize(
    ("declared", "value", "step"),
    [
        (field(Setting("x"), int), 10, 1),
        (field(Setting("x", step=16), int), 64, 16),
        (field(Setting("x")), 12.0, 10.0),
        (field(Setting("x")), 2e-3, 1e-4),
        (field(Setting("x", low=0, high=1)), 0.0, 0.01),
        (field(Setting("x", low=0)), 0.0, 0.1),
    ],
)
def test_a_step_suits_the_value(declared: SettingField, value: float, step: float) -> None:
    assert number_step(declared, value) == pytest.approx(step)


def test_words_hold_the_unit_and_the_range() -> None:
    def owner(*, size: Annotated[float, Setting("Size", "How large.", low=0, high=9, unit="px")] = 1.0) -> None: ...

    declared = settings_of(owner)[0]
    assert label_text(declared.setting) == "Size (px)"
    assert help_text(declared) == "How large. Range: 0 to 9 px."
    assert help_text(field(Setting("x"))) is None
