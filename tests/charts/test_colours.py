import pytest

from mtldemo.charts import colours
from mtldemo.tasks import TASKS

USED = (*colours.TASK_COLOURS.values(), colours.PURPLE, colours.NEUTRAL)


@pytest.mark.parametrize("background", [colours.LIGHT_BACKGROUND, colours.DARK_BACKGROUND, "#0E1117"])
@pytest.mark.parametrize("colour", USED)
def test_every_colour_stands_out_on_both_themes(colour: str, background: str) -> None:
    assert colours.contrast(colour, background) >= 3


def test_contrast_is_that_of_the_standard() -> None:
    assert colours.contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert colours.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_every_task_has_a_colour_of_its_own_and_another_is_purple() -> None:
    assert len({colours.task_colour(task.name) for task in TASKS}) == len(TASKS)
    assert colours.task_colour("smile") == colours.PURPLE


def test_alpha() -> None:
    assert colours.with_alpha("#0072B2", 0.3) == "rgba(0,114,178,0.3)"
