import json
from pathlib import Path

import pytest
import torch

from mtldemo.config import ModelConfig
from mtldemo.errors import MtlDemoError
from mtldemo.model import build
from mtldemo.model.files import save_model
from mtldemo.model.initial import begin_with, check
from mtldemo.model.sharing import Network
from mtldemo.tasks import UTKFACE


def network(*names: str, seed: int, side: int = 32, backbone: str = "resnet18_small") -> Network:
    torch.manual_seed(seed)
    return build(ModelConfig(backbone=backbone, head_hidden=8), UTKFACE.chosen(names), side)


@pytest.fixture
def trained(tmp_path: Path) -> tuple[Network, ModelConfig]:
    """A network of age and gender in half precision in a file, and the config of a run that begins with it."""
    model = network("age", "gender", seed=1)
    weights = {name: value.half() if value.is_floating_point() else value for name, value in model.state_dict().items()}
    file = tmp_path / "model.safetensors"
    save_model(file, weights, {"config": json.dumps({"model": {"backbone": "resnet18_small"}})})
    return model, ModelConfig(head_hidden=8, init_from=str(file))


def test_the_backbone_and_the_heads_that_are_alike_begin_as_in_the_file(trained: tuple[Network, ModelConfig]) -> None:
    before, config = trained
    random = network("gender", "ethnicity", seed=2, side=48)
    ours = network("gender", "ethnicity", seed=2, side=48)
    begin_with(ours, config)
    theirs, start = before.state_dict(), random.state_dict()
    for name, value in ours.state_dict().items():
        wanted = theirs[name] if name.startswith(("backbone.", "heads.gender.")) else start[name]
        torch.testing.assert_close(value, wanted, rtol=1e-3, atol=1e-3)


def test_a_head_of_another_size_keeps_its_own_weights(trained: tuple[Network, ModelConfig]) -> None:
    _, config = trained
    torch.manual_seed(3)
    wider = build(ModelConfig(head_hidden=16), UTKFACE.chosen(["gender"]), 32)
    start = wider.heads["gender"][1].weight.clone()  # type: ignore[index]
    begin_with(wider, config)
    assert torch.equal(wider.heads["gender"][1].weight, start)  # type: ignore[index]


def test_another_backbone_is_refused_before_and_at_the_start(trained: tuple[Network, ModelConfig]) -> None:
    _, config = trained
    other = ModelConfig(backbone="squeezenet1_1", head_hidden=8, init_from=config.init_from)
    with pytest.raises(MtlDemoError, match=r"another backbone \(resnet18_small\) than the run's \(squeezenet1_1\)"):
        check(other)
    with pytest.raises(MtlDemoError, match="another backbone"):
        begin_with(network("age", seed=0, backbone="squeezenet1_1"), other)


def test_a_sound_file_and_no_file_pass(trained: tuple[Network, ModelConfig]) -> None:
    check(trained[1])
    check(ModelConfig())


def test_a_file_that_is_no_model_is_said(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("no weights")
    with pytest.raises(MtlDemoError, match="not a whole safetensors file"):
        check(ModelConfig(init_from=str(file)))
    with pytest.raises(MtlDemoError, match="no model at"):
        check(ModelConfig(init_from=str(tmp_path / "gone.safetensors")))
