"""Begin with what another network has learned: fine-tuning."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from mtldemo.config import ModelConfig
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import loads
from mtldemo.model.backbones import build_backbone
from mtldemo.model.files import load_facts, load_model
from mtldemo.model.sharing import Network


def check(config: ModelConfig) -> None:
    """Raises ``MtlDemoError`` where the file ``config.init_from`` can't be read, or says that its backbone is another
    one. Reads no weights, so that a mistake is told before the data is prepared."""
    if config.init_from:
        facts = load_facts(Path(config.init_from))
        if _backbone_in(facts) not in ("", config.backbone):
            raise _another_backbone(config, facts)


def backbone_weights(config: ModelConfig) -> dict[str, Tensor]:
    """The weights of the backbone in the model file ``config.init_from``, by their names in it: every backbone of a
    network begins with them, however its tasks share.

    Raises ``MtlDemoError`` where the file can't be read, has another backbone, or one that its tasks didn't share up to
    the pool.
    """
    weights, facts = load_model(Path(config.init_from))
    prefix = "backbone."
    backbone = {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
    with torch.device("meta"):
        ours = build_backbone(config.backbone)[0].state_dict()
    if not _fit(backbone, ours, list(ours)):
        if _backbone_in(facts) != config.backbone:
            raise _another_backbone(config, facts)
        raise MtlDemoError(
            f"The initial weights {config.init_from} are of a network whose tasks don't share one whole backbone; "
            "choose a model with hard sharing up to the pool."
        )
    _check_finite(config, backbone, list(backbone))
    return backbone


@torch.no_grad()
def begin_heads(network: Network, config: ModelConfig) -> None:
    """Copy the weights of each head that is alike from the model file ``config.init_from``.

    A head that the file hasn't got, or has for other classes or another loss, keeps its weights. Raises
    ``MtlDemoError`` where the file can't be read.
    """
    weights, _ = load_model(Path(config.init_from))
    ours = network.state_dict()
    for task in network.tasks:
        names = [name for name in ours if name.startswith(f"heads.{task.name}.")]
        if _fit(weights, ours, names):
            _check_finite(config, weights, names)
            for name in names:
                ours[name].copy_(weights[name])


def _check_finite(config: ModelConfig, weights: Mapping[str, Tensor], names: list[str]) -> None:
    if not all(bool(weights[name].isfinite().all()) for name in names):
        raise MtlDemoError(
            f"Some of the initial weights {config.init_from} are no finite numbers; choose another model."
        )


def _fit(weights: Mapping[str, Tensor], ours: Mapping[str, Tensor], names: list[str]) -> bool:
    return all(name in weights and weights[name].shape == ours[name].shape for name in names)


def _backbone_in(facts: Mapping[str, str]) -> str:
    """The name of the backbone that a file's metadata tell; empty where they don't."""
    try:
        return str(loads(facts["config"], names=True)["model"]["backbone"])
    except (KeyError, TypeError, ValueError):
        return ""


def _another_backbone(config: ModelConfig, facts: Mapping[str, str]) -> MtlDemoError:
    theirs = _backbone_in(facts) or "unknown"
    return MtlDemoError(
        f"The initial weights {config.init_from} are of another backbone ({theirs}) than the run's "
        f"({config.backbone}); choose a model or a backbone that fits."
    )
