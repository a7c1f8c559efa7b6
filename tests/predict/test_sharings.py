"""A model is asked, explained, quickened and exported however its tasks share the network."""

import numpy as np
import pytest
import torch

from mtldemo import model as models
from mtldemo.config import DataConfig, ModelConfig, RunConfig, SharingConfig
from mtldemo.model.sharing import SHARINGS, Network
from mtldemo.predict import cam
from mtldemo.predict.bfloat16 import in_bfloat16
from mtldemo.predict.folded import folded
from mtldemo.predict.portable import Portable
from mtldemo.predict.predictor import Predictor
from mtldemo.predict.usage import Usage

SIDE, MEAN, STD = 32, (0.5, 0.5, 0.5), (0.2, 0.2, 0.2)


@pytest.mark.parametrize("sharing", SHARINGS, ids=lambda sharing: sharing.name)
def test_predict_takes_every_way_of_sharing(sharing: type[Network]) -> None:
    config = RunConfig(
        data=DataConfig(image_size=SIDE), model=ModelConfig(head_hidden=32), sharing=SharingConfig(sharing.name)
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = models.build(config.model, config.learned_tasks(), SIDE, config.sharing)
    predictor = Predictor("tiny", network, config, MEAN, STD, Usage())
    pixels = np.random.default_rng(0).integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8)
    heat = cam.maps(predictor, pixels[0])
    assert {values.shape for values in heat.values()} == {(SIDE, SIDE)}
    assert heat["age"].max() == 1
    pictures = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    portable = Portable(network, MEAN, STD, Usage()).eval()
    with torch.no_grad():
        images = predictor.images(pixels)
        wanted, plain = network(images), folded(network)
        assert sum(isinstance(module, torch.nn.BatchNorm2d) for module in plain.modules()) <= 3
        for copy, near in ((plain, 1e-4), (in_bfloat16(plain), 0.05)):
            for task, output in copy(images).items():
                torch.testing.assert_close(output, wanted[task], rtol=near, atol=near)
        exported = torch.export.export(portable, (pictures,)).module()(pictures)
        for task, answer in portable(pictures).items():
            torch.testing.assert_close(exported[task], answer)
