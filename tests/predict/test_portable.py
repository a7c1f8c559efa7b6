"""The module that is exported."""

import torch

from mtldemo import model as models
from mtldemo.config import ModelConfig
from mtldemo.predict.portable import Portable
from mtldemo.predict.usage import Usage
from mtldemo.tasks import BINARY, Task, TaskSet


def test_a_task_called_like_an_attribute_can_be_exported() -> None:
    names = ("keys", "training", "forward", "values")
    tasks = TaskSet(Task(name, name, BINARY, classes=("no", "yes")) for name in names)
    network = models.build(ModelConfig(backbone="resnet18_small", head_hidden=4), tasks, 16).eval()
    whole = Portable(network, (0.5,) * 3, (0.2,) * 3, Usage()).eval()
    images = torch.randint(0, 256, (2, 3, 16, 16), dtype=torch.uint8)
    with torch.no_grad():
        wanted, answers = whole(images), torch.export.export(whole, (images,)).module()(images)
    assert list(answers) == list(names)
    assert all(torch.allclose(answers[name], wanted[name], atol=1e-5) for name in names)
