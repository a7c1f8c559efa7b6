import subprocess
import sys
from pathlib import Path

import torch
from torch import nn
from torchvision.models import resnet

from mtldemo.model.small_resnet import BasicBlock

ROOT = Path(__file__).parents[2]


def test_the_block_is_torchvisions() -> None:
    built = []
    for block in (resnet.BasicBlock, BasicBlock):
        torch.manual_seed(0)
        shortcut = nn.Sequential(nn.Conv2d(8, 16, 1, stride=2, bias=False), nn.BatchNorm2d(16))
        built.append(block(8, 16, 2, shortcut))
    theirs, ours = (one.state_dict() for one in built)
    assert list(ours) == list(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    images = torch.randn(2, 8, 6, 6)
    assert torch.equal(built[0](images), built[1](images))


def test_the_default_backbone_needs_no_torchvision() -> None:
    script = (
        "import sys\n"
        "from mtldemo import model\n"
        "from mtldemo.config import ModelConfig\n"
        "from mtldemo.tasks import UTKFACE\n"
        "model.build(ModelConfig(), UTKFACE, 32).last_block()\n"
        "assert 'torchvision' not in sys.modules, 'torchvision is imported'\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
