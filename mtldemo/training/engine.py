"""One training step: from a batch to changed weights, whatever the strategy.

What is weighted, and therefore recorded as a task's loss, is its loss times the run's ``loss_scales``. The recorded
weight of a task is applied to everything that its loss reaches, its own head included.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, autograd

from mtldemo.config import RunConfig
from mtldemo.data.batches import Batch
from mtldemo.errors import MtlDemoError
from mtldemo.model.hydranet import HydraNet
from mtldemo.tasks import Task
from mtldemo.tasks.losses import task_loss
from mtldemo.training import ema, optim
from mtldemo.training.compute import ResolvedCompute
from mtldemo.weighting.base import GradientMerge, GradientStrategy, LossStrategy, Strategy


@dataclass(frozen=True)
class Step:
    """What a step did: the scaled ``losses`` and the applied ``weights`` by task, the ``objective``, the network's
    ``gradient_norm`` before clipping, and, where asked for, ``norms`` by task and ``cosines`` by pair
    (``"age|gender"``) of the task gradients at the shared features."""

    lr: float
    losses: dict[str, float]
    weights: dict[str, float]
    objective: float
    gradient_norm: float
    norms: dict[str, float]
    cosines: dict[str, float]


class Engine:
    """A network, its strategy, their optimizers and the average of the weights; ``step`` moves them all by one batch.

    A step depends on ``state``, the batch and the step's number alone, so that it can be repeated bit by bit.
    """

    def __init__(
        self,
        model: HydraNet,
        strategy: Strategy,
        tasks: Sequence[Task],
        config: RunConfig,
        compute: ResolvedCompute,
        total_steps: int,
    ) -> None:
        self.tasks = tuple(tasks)
        self.config = config
        self.compute = compute
        self.total_steps = total_steps
        compute.place(model)
        self.model = model.train()
        self.strategy = strategy.to(compute.device).train()
        self.optimizers = optim.build(model, self.strategy, config.optim)
        self.average = ema.averaged(model, config.optim.ema) if config.optim.ema else None
        self._scales = [config.loss_scales.get(task.name, 1.0) for task in self.tasks]
        self._parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]

    @property
    def evaluated(self) -> HydraNet:
        """The network to judge and to keep: the average where there is one."""
        return self.model if self.average is None else self.average.module  # type: ignore[return-value]

    def state(self) -> dict[str, Any]:
        """Everything that a step changes. The tensors are the engine's own, not copies."""
        return {
            "model": self.model.state_dict(),
            "strategy": self.strategy.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "average": None if self.average is None else self.average.state_dict(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take over what ``state`` gave; raises ``KeyError``, ``RuntimeError`` or ``ValueError`` where it won't fit."""
        self.model.load_state_dict(state["model"])
        self.strategy.load_state_dict(state["strategy"])
        for optimizer, values in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(values)
        if self.average is not None:
            self.average.load_state_dict(state["average"])

    def step(self, batch: Batch, number: int, *, compare: bool = False) -> Step:
        """Train on ``batch`` as step ``number`` (from 1); ``compare`` also measures the task gradients.

        Raises ``MtlDemoError`` where a loss or the gradient is not a finite number.
        """
        # Dropout, and strategies that draw, read torch's generator: each step has a stream of its own.
        torch.manual_seed((self.config.seed * 1_000_003 + number) % 2**63)
        rate = self.config.optim.lr * optim.rate_factor(self.config.optim, number, self.total_steps)
        optim.set_rate(self.optimizers, rate)
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        features, outputs = self.compute.run(self.model, batch.images)
        smoothing = self.config.label_smoothing
        losses = [
            scale * task_loss(task, outputs[task.name], batch.targets[task.name], smoothing=smoothing)
            for task, scale in zip(self.tasks, self._scales, strict=True)
        ]
        rows = task_gradients(losses, features) if compare or isinstance(self.strategy, GradientStrategy) else None
        objective, weights = self._backward(losses, rows, number)
        clip = self.config.optim.clip or math.inf
        norm = torch.nn.utils.clip_grad_norm_(self._parameters, clip)
        for optimizer in self.optimizers:
            optimizer.step()
        if self.average is not None:
            self.average.update_parameters(self.model)
        # One transfer for all numbers, at the end: a GPU isn't made to wait within the step.
        numbers = torch.stack(
            [*(loss.detach() for loss in losses), *weights.unbind(), objective.detach(), norm]
        ).tolist()
        self._check(numbers[: len(losses)], numbers[-1], number)
        names = [task.name for task in self.tasks]
        norms, cosines = compared(names, rows) if compare and rows is not None else ({}, {})
        return Step(
            lr=rate,
            losses=dict(zip(names, numbers, strict=False)),
            weights=dict(zip(names, numbers[len(names) :], strict=False)),
            objective=numbers[-2],
            gradient_norm=numbers[-1],
            norms=norms,
            cosines=cosines,
        )

    def _backward(self, losses: list[Tensor], rows: Tensor | None, number: int) -> tuple[Tensor, Tensor]:
        """Fill every parameter's gradient; the objective [] and the weights [K]."""
        values = torch.stack(losses)
        if isinstance(self.strategy, LossStrategy):
            objective, weights = self.strategy(values)
            objective.backward()
            return objective, weights
        # Solvers may fail in words of their own on what is not finite, so this is looked at first.
        self._check(values.tolist(), 0.0, number)
        if isinstance(self.strategy, GradientStrategy):
            assert rows is not None
            weights = self.strategy((rows @ rows.T).double(), values.detach()).detach().to(values.dtype)
            objective = (weights * values).sum()
            objective.backward()
            return objective, weights
        if isinstance(self.strategy, GradientMerge):
            weights = self._merge(losses, self.strategy)
            return (weights * values.detach()).sum(), weights
        raise TypeError(f"{type(self.strategy).__name__} has none of the three bases of a strategy")

    def _merge(self, losses: list[Tensor], strategy: GradientMerge) -> Tensor:
        """K backward passes; the strategy's direction goes to the shared parameters, its numbers weigh the heads."""
        shared = [parameter for parameter in self.model.shared_parameters() if parameter.requires_grad]
        heads = [parameter for parameter in self.model.head_parameters() if parameter.requires_grad]
        rows = shared[0].new_zeros(len(losses), sum(parameter.numel() for parameter in shared))
        of_heads = []
        for index, loss in enumerate(losses):
            last = index == len(losses) - 1
            found = autograd.grad(loss, [*shared, *heads], retain_graph=not last, allow_unused=True)
            for piece, gradient in zip(_pieces(rows[index], shared), found, strict=False):
                if gradient is not None:
                    piece.copy_(gradient)
            of_heads.append(found[len(shared) :])
        direction, weights = strategy(rows, torch.stack(losses).detach())
        for parameter, piece in zip(shared, _pieces(direction, shared), strict=True):
            parameter.grad = torch.empty_like(parameter).copy_(piece)
        for parameter, gradients in zip(heads, zip(*of_heads, strict=True), strict=True):
            parts = [w * gradient for w, gradient in zip(weights, gradients, strict=True) if gradient is not None]
            if parts:
                parameter.grad = torch.stack(parts).sum(dim=0)
        return weights.detach()

    def _check(self, losses: list[float], norm: float, number: int) -> None:
        bad = [task.name for task, loss in zip(self.tasks, losses, strict=True) if not math.isfinite(loss)]
        if not bad and math.isfinite(norm):
            return
        what = f"The loss of {' and '.join(bad)}" if bad else f"The gradient of {', '.join(t.name for t in self.tasks)}"
        raise MtlDemoError(
            f"{what} is no longer a finite number at step {number}; the last checkpoint is still good, but train with "
            f"a learning rate below {self.config.optim.lr:g}, with gradient clipping or in fp32."
        )


def task_gradients(losses: Sequence[Tensor], features: Tensor) -> Tensor:
    """The gradient of each loss at the shared ``features`` [B, F], as rows [K, B * F]; the graph stays.

    Only the heads are run backwards, which costs next to nothing beside the backbone.
    """
    found = [autograd.grad(loss, features, retain_graph=True)[0] for loss in losses]
    return torch.stack(found).flatten(1)


def compared(names: Sequence[str], rows: Tensor) -> tuple[dict[str, float], dict[str, float]]:
    """The norms by name, and the cosines by pair, of gradients ``rows`` [K, P]. The cosine with zero is NaN."""
    products = (rows @ rows.T).double().cpu()
    norms = products.diagonal().sqrt()
    cosines = (products / norms[:, None] / norms).clamp(-1, 1).tolist()
    pairs = itertools.combinations(range(len(names)), 2)
    return (
        dict(zip(names, norms.tolist(), strict=True)),
        {f"{names[i]}|{names[j]}": cosines[i][j] for i, j in pairs},
    )


def _pieces(flat: Tensor, parameters: Sequence[Tensor]) -> list[Tensor]:
    """Views of ``flat`` [P] in the shapes of ``parameters``."""
    parts = flat.split([parameter.numel() for parameter in parameters])
    return [part.view(parameter.shape) for part, parameter in zip(parts, parameters, strict=True)]
