"""The whole way from pixels to answers as one module, so that it can be exported. Imports torch."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mtldemo.model.by_task import ByTask
from mtldemo.model.sharing import Network
from mtldemo.predict.usage import Usage
from mtldemo.predict.views import together, views_of
from mtldemo.tasks import REGRESSION


class Portable(nn.Module):
    """Pictures uint8 [N, 3, S, S], RGB -> by task a regression's value [N] in its unit, or the probabilities [N, C] of
    its classes after calibration: what ``Predictor.ask`` says, without what is made of it afterwards."""

    gain: Tensor
    offset: Tensor

    def __init__(self, network: Network, mean: Sequence[float], std: Sequence[float], usage: Usage) -> None:
        super().__init__()
        self.network, self.tasks, self.views = copy.deepcopy(network), network.tasks, usage.views
        for module in self.network.modules():
            if isinstance(module, ByTask):
                module.by_number()
        self.temperatures = {name: confidence.temperature for name, confidence in usage.confidences.items()}
        spread = torch.tensor(std).view(3, 1, 1)
        self.register_buffer("gain", 1 / (255 * spread))
        self.register_buffer("offset", -torch.tensor(mean).view(3, 1, 1) / spread)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Pictures uint8 [N, 3, S, S], RGB -> answers by task, float32."""
        representation = self.network.represent(views_of(images.float() * self.gain + self.offset, self.views))
        answers = {}
        for task in self.tasks:
            answer = together(task, self.network.heads[task.name](representation.features[task.name]), self.views)
            if task.kind == REGRESSION:
                answers[task.name] = answer.value
            else:
                powers = answer.probabilities.clamp(min=1e-12).log() / self.temperatures.get(task.name, 1.0)
                answers[task.name] = powers.softmax(1)
        return answers
