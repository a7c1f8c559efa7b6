import threading
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from mtldemo import model as models
from mtldemo.config import DataConfig, ModelConfig, RunConfig
from mtldemo.errors import MtlDemoError
from mtldemo.model.catalogue import BACKBONES
from mtldemo.predict import cam
from mtldemo.predict.answers import ClassAnswer
from mtldemo.predict.predictor import Predictor
from mtldemo.predict.usage import Usage
from mtldemo.tasks import UTKFACE
from tests.hydranet import hydranet
from tests.predict.tiny import tiny_config

SIDE = 32
CORNERS = {"red": np.s_[:8, :8], "green": np.s_[:8, -8:], "blue": np.s_[-8:, :8]}
"""Where a picture has each colour; all the rest is black."""


class Colours(nn.Module):
    """Images [B, 3, S, S] -> the mean of red, green and blue [B, 3], from a map of patches of 4 pixels a side."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 3, 4, stride=4, bias=False)
        weight = torch.zeros(3, 3, 4, 4)
        for channel in range(3):
            weight[channel, channel] = 1 / 16
        self.patches.weight.data = weight
        self.map = nn.ReLU()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.map(self.patches(images)).mean((2, 3))


def coloured() -> np.ndarray:
    crop = np.zeros((SIDE, SIDE, 3), np.uint8)
    for channel, place in enumerate(CORNERS.values()):
        crop[place][..., channel] = 255
    return crop


def reading_colours(age_loss: str, age_sign: float = 1.0) -> Predictor:
    """A network whose age depends on green alone; red speaks for female, blue for male and for Asian."""
    config = tiny_config(age_loss)
    network = hydranet(Colours(), 3, UTKFACE.chosen(config.tasks, config.losses), hidden=3, dropout=0.0)
    heads: dict[str, Any] = dict(network.heads.items())
    for head in heads.values():
        head[1].weight.data = torch.eye(3)
        for layer in (head[1], head[3]):
            layer.bias.data.zero_()
        head[3].weight.data.zero_()
    years = heads["age"][3].weight.data
    years[:, 1] = age_sign * (torch.linspace(-1, 1, len(years)) if len(years) > 1 else torch.tensor([50.0]))
    heads["gender"][3].weight.data[0] = torch.tensor([3.0, 0.0, -1.0])
    heads["ethnicity"][3].weight.data[2] = torch.tensor([0.0, 0.0, 3.0])
    return Predictor("colours", network, config, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), Usage())


def heaviest(heat: np.ndarray) -> str:
    return max(CORNERS, key=lambda colour: float(heat[CORNERS[colour]].mean()))


@pytest.mark.parametrize(("loss", "sign"), [("distribution", 1.0), ("l1", 1.0), ("distribution", -1.0)])
def test_each_head_looks_at_the_corner_that_its_answer_depends_on(loss: str, sign: float) -> None:
    found = cam.maps(reading_colours(loss, sign), coloured())
    wanted = {"age": "green", "gender": "red", "ethnicity": "blue"}
    assert {name: heaviest(heat) for name, heat in found.items()} == wanted
    for name, heat in found.items():
        assert heat.dtype == np.float32
        assert heat.shape == (SIDE, SIDE)
        assert heat.max() == 1
        assert heat.min() == 0
        elsewhere = heat.copy()
        elsewhere[CORNERS[wanted[name]]] = 0
        # What reaches past the corner is the blur of the map's patches.
        assert elsewhere[12:, 12:].max() == 0
        assert heat[CORNERS[wanted[name]]].sum() > 0.6 * heat.sum()


def test_a_class_that_was_answered_is_the_one_that_is_explained() -> None:
    predictor = reading_colours("l1")
    answers = predictor.ask(coloured()[None])[0] | {"gender": ClassAnswer("male", {"male": 0.9, "female": 0.1})}
    assert heaviest(cam.maps(predictor, coloured(), answers)["gender"]) == "blue"


def test_a_picture_that_says_nothing_gives_an_empty_map() -> None:
    found = cam.maps(reading_colours("l1"), np.zeros((SIDE, SIDE, 3), np.uint8))
    assert all((heat == 0).all() for heat in found.values())


@pytest.mark.parametrize("name", [item.name for item in BACKBONES if item.parameters < 12])
def test_the_last_map_of_every_backbone_is_found(name: str) -> None:
    config = RunConfig(data=DataConfig(image_size=64), model=ModelConfig(backbone=name, head_hidden=32))
    # With unlucky first weights no unit of a head says anything, and neither does its map.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = models.build(config.model, UTKFACE.chosen(config.tasks, config.losses), 64)
    predictor = Predictor("tiny", network, config, (0.5, 0.5, 0.5), (0.2, 0.2, 0.2), Usage())
    height, width = cam.map_size(predictor)
    assert height == width
    assert 2 <= height <= 4
    found = cam.maps(predictor, np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    assert set(found) == {"age", "gender", "ethnicity"}
    assert found["age"].shape == (64, 64)
    assert found["age"].max() == 1
    assert not any(module._forward_hooks for module in predictor.network.modules())


@pytest.mark.parametrize("name", ["convnext_tiny", "resnet18"])
def test_features_that_end_at_one_place_are_looked_at_a_map_before(name: str) -> None:
    config = RunConfig(data=DataConfig(image_size=32), model=ModelConfig(backbone=name, head_hidden=4))
    network = models.build(config.model, UTKFACE.chosen(("age",), {}), 32)
    predictor = Predictor("tiny", network, config, (0.5, 0.5, 0.5), (0.2, 0.2, 0.2), Usage())
    assert cam.map_size(predictor) == (2, 2)


def test_a_network_without_a_map_of_places_is_said_in_words() -> None:
    config = tiny_config()
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE**2, 3))
    network = hydranet(flat, 3, UTKFACE.chosen(config.tasks, config.losses), hidden=3, dropout=0.0)
    predictor = Predictor("flat", network, config, (0.5, 0.5, 0.5), (0.2, 0.2, 0.2), Usage())
    for ask in (lambda: cam.maps(predictor, coloured()), lambda: cam.map_size(predictor)):
        with pytest.raises(MtlDemoError, match="keeps no map of the places in a picture"):
            ask()


def test_the_network_may_be_asked_meanwhile() -> None:
    predictor, crop = reading_colours("distribution"), coloured()
    wanted = cam.maps(predictor, crop)["age"]
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            predictor.ask(255 - crop[None])

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        for _ in range(5):
            assert np.array_equal(cam.maps(predictor, crop)["age"], wanted)
    finally:
        over.set()
        thread.join()


def test_an_overlay_keeps_the_face_and_colours_the_place() -> None:
    crop = np.full((SIDE, SIDE, 3), 90, np.uint8)
    crop[:, SIDE // 2 :] = 160
    heat = np.zeros((SIDE, SIDE), np.float32)
    heat[:8] = 1
    image = cam.overlay(crop, heat, 128)
    assert image.dtype == np.uint8
    assert image.shape == (128, 128, 3)
    red, green, blue = image[4, 10].astype(int)
    assert red > blue + 60  # yellow
    assert green > blue + 60
    red, green, blue = image[100, 10].astype(int)
    assert blue > red  # dark blue
    assert int(image[100, 120].sum()) > int(image[100, 10].sum()) + 60  # the face's own light and dark
