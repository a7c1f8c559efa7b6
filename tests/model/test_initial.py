import json
from pathlib import Path

import pytest
import torch

from mtldemo.config import ModelConfig, SharingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.model import build
from mtldemo.model.files import save_model
from mtldemo.model.initial import backbone_weights, begin_heads, check
from mtldemo.model.sharing import SHARINGS, Network
from mtldemo.tasks import UTKFACE


def network(*names: str, seed: int, side: int = 32, backbone: str = "resnet18_small") -> Network:
    torch.manual_seed(seed)
    return build(ModelConfig(backbone=backbone, head_hidden=8), UTKFACE.chosen(names), side)


def fine_tuned(config: ModelConfig, *names: str, seed: int, sharing: str = "hard") -> Network:
    torch.manual_seed(seed)
    tasks, start = UTKFACE.chosen(names), backbone_weights(config)
    model = build(config.untrained(), tasks, 48, SharingConfig(sharing), start)
    begin_heads(model, config)
    return model


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
    ours = fine_tuned(config, "gender", "ethnicity", seed=2)
    theirs, start = before.state_dict(), random.state_dict()
    for name, value in ours.state_dict().items():
        wanted = theirs[name] if name.startswith(("backbone.", "heads.gender.")) else start[name]
        torch.testing.assert_close(value, wanted, rtol=1e-3, atol=1e-3)


def test_a_head_of_another_size_keeps_its_own_weights(trained: tuple[Network, ModelConfig]) -> None:
    _, config = trained
    torch.manual_seed(3)
    wider = build(ModelConfig(head_hidden=16), UTKFACE.chosen(["gender"]), 32)
    start = wider.heads["gender"][1].weight.clone()  # type: ignore[index]
    begin_heads(wider, config)
    assert torch.equal(wider.heads["gender"][1].weight, start)  # type: ignore[index]


def test_another_backbone_is_refused_before_and_at_the_start(trained: tuple[Network, ModelConfig]) -> None:
    _, config = trained
    other = ModelConfig(backbone="squeezenet1_1", head_hidden=8, init_from=config.init_from)
    with pytest.raises(MtlDemoError, match=r"another backbone \(resnet18_small\) than the run's \(squeezenet1_1\)"):
        check(other)
    with pytest.raises(MtlDemoError, match="another backbone"):
        backbone_weights(other)


@pytest.mark.parametrize("sharing", SHARINGS, ids=lambda sharing: sharing.name)
def test_every_backbone_begins_so_however_the_tasks_share(
    sharing: type[Network], trained: tuple[Network, ModelConfig], tmp_path: Path
) -> None:
    before, config = trained
    ours = fine_tuned(config, "gender", "ethnicity", seed=2, sharing=sharing.name)
    stem = before.backbone.stem[0].weight
    stems = [value for name, value in ours.state_dict().items() if value.shape == stem.shape]
    assert stems
    assert all(torch.allclose(value, stem, rtol=1e-3, atol=1e-3) for value in stems)
    if "backbone.stem.0.weight" not in ours.state_dict():
        file = tmp_path / "other.safetensors"
        save_model(file, ours.state_dict(), {"config": json.dumps({"model": {"backbone": "resnet18_small"}})})
        with pytest.raises(MtlDemoError, match="don't share one whole backbone"):
            backbone_weights(ModelConfig(init_from=str(file)))


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
