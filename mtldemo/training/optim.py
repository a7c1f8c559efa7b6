"""The optimizer of the network and its learning rate; a strategy's own is its runner's (``weighting.runner``).

Rates are a pure function of the step, so a resumed run needs no schedule state.
"""

import math

from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from mtldemo.config import OptimConfig


def rate_factor(config: OptimConfig, step: int, total: int) -> float:
    """The share (0 to 1) of the highest learning rate at ``step`` (from 1) of ``total`` steps.

    It rises in a straight line over the first ``warmup`` share of the steps, and reaches 1 at the last of them. After
    that it stays, or falls towards zero along half a cosine; the step after the last would have zero.
    """
    rising = round(config.warmup * total)
    if step <= rising:
        return step / rising
    if config.schedule == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / (total - rising + 1)))


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict]:
    """The model's parameters in two groups: matrices and kernels, which decay, and norms and biases, which don't."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    decayed = [parameter for parameter in parameters if parameter.ndim > 1]
    others = [parameter for parameter in parameters if parameter.ndim <= 1]
    groups = ((decayed, weight_decay), (others, 0.0))
    return [{"params": members, "weight_decay": decay} for members, decay in groups if members]


def build(model: nn.Module, config: OptimConfig) -> Optimizer:
    """The optimizer of the model."""
    groups = parameter_groups(model, config.weight_decay)
    # The fused kernels read and write each parameter once; they exist for the CPU and for CUDA.
    fused = all(parameter.device.type in ("cpu", "cuda") for parameter in model.parameters())
    if config.optimizer == "sgd":
        return SGD(groups, lr=config.lr, momentum=config.momentum, fused=fused)
    return AdamW(groups, lr=config.lr, fused=fused)


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """Give the network ``rate``. A strategy keeps its own: Adam moves a parameter by at most about the rate a step, so
    a log-variance needs all the steps of a short run to get from 0 to where the losses are, and then to follow them."""
    for group in optimizer.param_groups:
        group["lr"] = rate
