import subprocess
import sys

import pytest

from mtldemo.config import ModelConfig
from mtldemo.errors import MtlDemoError
from mtldemo.model import BACKBONES, backbone_named


def test_the_catalogue_is_read_without_torch() -> None:
    code = "import sys, mtldemo.model, mtldemo.model.catalogue; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_names_are_unique_and_hold_the_default() -> None:
    names = [backbone.name for backbone in BACKBONES]
    assert len(set(names)) == len(names)
    assert ModelConfig().backbone in names
    assert sum(not backbone.small_images for backbone in BACKBONES) >= 8


def test_an_unknown_backbone_is_answered_with_the_choices() -> None:
    with pytest.raises(MtlDemoError, match=r"no backbone 'resnet'; choose from resnet18_small, resnet18, "):
        backbone_named("resnet")
