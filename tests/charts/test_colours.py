"""A task's colour is that of its place, stands out on both themes, and is told from the others by any eyes."""

from itertools import combinations

import numpy as np
import pytest

from mtldemo.charts import colours
from mtldemo.tasks import AGE, ETHNICITY, GENDER, Task

VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Of linear RGB: Machado, Oliveira and Fernandes (2009), severity 1."""
XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
LEAST = 16
"""Between two colours in CIELAB; about 2 can just be seen."""


@pytest.mark.parametrize("background", [colours.LIGHT_BACKGROUND, colours.DARK_BACKGROUND, "#0E1117"])
def test_every_colour_stands_out_on_both_themes(background: str) -> None:
    for colour in (*colours.PALETTE, colours.NEUTRAL):
        assert colours.contrast(colour, background) >= 3, colour


@pytest.mark.parametrize("eyes", VISION)
def test_no_two_colours_look_alike_whatever_the_eyes(eyes: str) -> None:
    seen = [lab(colour, np.asarray(VISION[eyes])) for colour in colours.PALETTE]
    assert min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2)) > LEAST


def test_contrast_is_that_of_the_standard() -> None:
    assert colours.contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert colours.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_a_colour_is_that_of_the_place_and_the_first_three_stay() -> None:
    tasks = (AGE, GENDER, ETHNICITY)
    assert [colours.task_colour(task, tasks) for task in tasks] == ["#0072B2", "#D55E00", "#009E73"]
    assert colours.task_colour("gender", (GENDER, AGE)) == "#0072B2"


def test_forty_tasks_are_told_apart_by_colour_and_dash() -> None:
    tasks = [Task(f"task_{place}", f"Task {place}", "binary", classes=("no", "yes")) for place in range(40)]
    assert len({(colours.task_colour(task, tasks), colours.task_dash(task, tasks)) for task in tasks}) == 40


def test_tasks_chosen_out_of_a_set_keep_its_places() -> None:
    class Chosen(list[Task]):
        whole = (AGE, GENDER, ETHNICITY)

    assert colours.task_colour(GENDER, Chosen([GENDER])) == colours.PALETTE[1]


def test_alpha() -> None:
    assert colours.with_alpha("#0072B2", 0.3) == "rgba(0,114,178,0.3)"


def lab(colour: str, vision: np.ndarray) -> np.ndarray:
    """The colour in CIELAB (D65) as such eyes see it."""
    parts = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    xyz = np.asarray(XYZ) @ np.clip(vision @ linear, 0, 1) / (0.95047, 1, 1.08883)
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])
