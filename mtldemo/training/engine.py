"""One training step: from a batch to changed weights, whatever the strategy.

What is weighted, and therefore recorded as a task's loss, is its loss times the run's ``loss_scales``; where a batch
has no label for a task it is that of the last batch that had one, without a gradient. ``backward`` says what a recorded
weight is applied to.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import Optimizer

from mtldemo import cores
from mtldemo.config import RunConfig
from mtldemo.data.batches import Batch
from mtldemo.model.heads import task_loss
from mtldemo.model.sharing import Network, Representation
from mtldemo.tasks import Task
from mtldemo.training import ema, gradients, optim
from mtldemo.training.backward import Backward
from mtldemo.training.batch_metric import batch_performance
from mtldemo.training.compute import ResolvedCompute
from mtldemo.training.divergence import unsound_step
from mtldemo.training.last_seen import LastSeen
from mtldemo.weighting.base import GradientStrategy, LossStrategy, Strategy
from mtldemo.weighting.runner import Runner


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
        model: Network,
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
        compute.move(model)
        self.model = model.train()
        # A Gramian is worked on by the CPU, whatever the network is on.
        self.strategy = strategy.to("cpu" if isinstance(strategy, GradientStrategy) else compute.device)
        self._seen = LastSeen(len(self.tasks)).to(compute.device)
        self._backward = Backward(self.model, self.strategy, config.weighting, self._seen)
        self.runner = Runner(
            self.strategy,
            rate=config.optim.lr,
            seed=config.seed,
            weight_scale=config.weighting.weight_scale,
            parameters=self._backward.parameters,
        )
        self.share_out(compute.threads)
        self.optimizer = optim.build(model, config.optim)
        self.average = ema.averaged(model, config.optim.ema) if config.optim.ema else None
        self._scales = [config.loss_scales.get(task.name, 1.0) for task in self.tasks]
        self._parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]

    @property
    def evaluated(self) -> Network:
        """The network to judge and to keep: the average where there is one."""
        return self.model if self.average is None else self.average.module  # type: ignore[return-value]

    @property
    def overlaps(self) -> bool:
        """Whether other threads have time for what may be done beside a step."""
        return self._backward.overlap

    @property
    def optimizers(self) -> list[Optimizer]:
        """The network's and, where the strategy learns something, the strategy's."""
        return [self.optimizer, *([self.runner.optimizer] if self.runner.optimizer else [])]

    def share_out(self, threads: int) -> None:
        """Let ``threads`` share each operation from now on."""
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        self._backward.overlap = self.compute.overlap and 2 * threads <= max(2, cores.physical())

    def state(self) -> dict[str, Any]:
        """Everything that a step changes. The tensors are the engine's own, not copies."""
        return {
            "model": self.model.state_dict(),
            "strategy": self.strategy.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "average": None if self.average is None else self.average.state_dict(),
            "seen": self._seen.state_dict(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take over what ``state`` gave; raises ``KeyError``, ``RuntimeError`` or ``ValueError`` where it won't fit."""
        self.model.load_state_dict(state["model"])
        self.strategy.load_state_dict(state["strategy"])
        for optimizer, values in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(values)
        if self.average is not None:
            self.average.load_state_dict(state["average"])
        self._seen.load_state_dict(state["seen"])

    def step(self, batch: Batch, number: int, *, compare: bool = False) -> Step:
        """Train on ``batch`` as step ``number`` (from 1); ``compare`` also measures the task gradients.

        Raises ``NotFiniteError`` where a loss or the gradient is not a finite number.
        """
        rate = self.config.optim.lr * optim.rate_factor(self.config.optim, number, self.total_steps)
        optim.set_rate(self.optimizer, rate)
        self.optimizer.zero_grad()
        with self._backward.watching():
            representation, outputs, losses = self._forward(batch, number)
        present = torch.stack([batch.present[task.name].any() for task in self.tasks])
        shown = self._seen.fill("losses", torch.stack(losses), present)
        if not isinstance(self.strategy, LossStrategy):
            # Solvers may fail in words of their own on what is not finite, so this is looked at first.
            self._check(shown.tolist(), 0.0, number)
        names = [task.name for task in self.tasks]
        norms, cosines = {}, {}
        if compare:
            # Where nothing is shared the gradients have lengths, but meet nowhere.
            meeting = representation.distinct
            rows = gradients.by_task(losses, meeting or [*representation.features.values()], keep=True)
            norms, cosines = gradients.compared(names, gradients.gramian(rows))
            cosines = cosines if meeting else {}
        weighed = self.runner.step(
            shown,
            self._backward.of(losses, present, representation.distinct),
            lambda: self._performance(batch, outputs, present),
        )
        objective, penalty = weighed.objective, self.model.penalty()
        if penalty is not None:
            # No task's loss, so no strategy weighs it.
            penalty.backward()
            objective = objective + penalty.detach()
        norm = nn.utils.get_total_norm([p.grad for p in self._parameters if p.grad is not None])
        if self.config.optim.clip:
            # Not clip_grad_norm_ with no limit: it would write every gradient again, times one.
            nn.utils.clip_grads_with_norm_(self._parameters, self.config.optim.clip, norm)
        self.optimizer.step()
        self.runner.end_step(lambda: torch.where(present, self._losses_after(batch, number), shown.detach()))
        if self.average is not None:
            self.average.update_parameters(self.model)
        # One transfer for all numbers, at the end: a GPU isn't made to wait within the step.
        numbers = torch.cat([shown.detach(), weighed.weights, torch.stack([objective, norm])]).tolist()
        self._check(numbers[: len(losses)], numbers[-1], number)
        return Step(
            lr=rate,
            losses=dict(zip(names, numbers, strict=False)),
            weights=dict(zip(names, numbers[len(names) :], strict=False)),
            objective=numbers[-2],
            gradient_norm=numbers[-1],
            norms=norms,
            cosines=cosines,
        )

    def _forward(self, batch: Batch, number: int) -> tuple[Representation, dict[str, Tensor], list[Tensor]]:
        """The features of each task, each head's outputs, and the scaled losses."""
        # Dropout reads torch's generator: each step has a stream of its own, the same whenever it is repeated.
        torch.manual_seed((self.config.seed * 1_000_003 + number) % 2**63)
        representation, outputs = self.compute.run(self.model, batch.images)
        smoothing, names = self.config.label_smoothing, [task.name for task in self.tasks]
        losses = [
            scale * task_loss(task, outputs[name], batch.targets[name], batch.present[name], smoothing=smoothing)
            for task, name, scale in zip(self.tasks, names, self._scales, strict=True)
        ]
        return representation, outputs, losses

    def _performance(self, batch: Batch, outputs: dict[str, Tensor], present: Tensor) -> Tensor:
        measured = [
            batch_performance(task, outputs[task.name], batch.targets[task.name], batch.present[task.name])
            for task in self.tasks
        ]
        return self._seen.fill("performance", torch.stack(measured), present)

    def _losses_after(self, batch: Batch, number: int) -> Tensor:
        with torch.no_grad(), _statistics_kept(self.model):
            return torch.stack(self._forward(batch, number)[2])

    def _check(self, losses: list[float], norm: float, number: int) -> None:
        finite = [math.isfinite(loss) for loss in losses]
        if not (all(finite) and math.isfinite(norm)):
            raise unsound_step(self.tasks, finite, number)


@contextmanager
def _statistics_kept(model: nn.Module) -> Iterator[None]:
    """Inside, BatchNorm normalises by the batch as in training, but its running statistics stay as they are."""
    layers = [module for module in model.modules() if isinstance(module, _BatchNorm) and module.track_running_stats]
    for layer in layers:
        layer.track_running_stats = False
    try:
        yield
    finally:
        for layer in layers:
            layer.track_running_stats = True
