"""Begin with what another network has learned: fine-tuning."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from mtldemo.config import ModelConfig
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import loads
from mtldemo.model.files import load_facts, load_model
from mtldemo.model.sharing import Network


def check(config: ModelConfig) -> None:
    """Raises ``MtlDemoError`` where the file ``config.init_from`` can't be read, or says that its backbone is another
    one. Reads no weights, so that a mistake is told before the data is prepared."""
    if config.init_from:
        facts = load_facts(Path(config.init_from))
        if _backbone_in(facts) not in ("", config.backbone):
            raise _another_backbone(config, facts)


@torch.no_grad()
def begin_with(network: Network, config: ModelConfig) -> None:
    """Copy the backbone's weights, and those of each head that is alike, from the model file ``config.init_from``.

    A head that the file hasn't got, or has for other classes or another loss, keeps its weights. The image size may
    differ, since features are pooled. Raises ``MtlDemoError`` where the file can't be read or has another backbone.
    """
    weights, facts = load_model(Path(config.init_from))
    ours = network.state_dict()
    parts = [[name for name in ours if name.startswith(f"heads.{task.name}.")] for task in network.tasks]
    backbone = [name for name in ours if name.startswith("backbone.")]
    if not _fit(weights, ours, backbone):
        raise _another_backbone(config, facts)
    for names in (backbone, *parts):
        if _fit(weights, ours, names):
            if not all(bool(weights[name].isfinite().all()) for name in names):
                raise MtlDemoError(
                    f"Some of the initial weights {config.init_from} are no finite numbers; choose another model."
                )
            for name in names:
                ours[name].copy_(weights[name])


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
