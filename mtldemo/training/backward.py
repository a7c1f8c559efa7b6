"""From the task losses to the gradient of every parameter, for each base of a strategy.

One rule holds for the heads, whatever the strategy: each gets its own task's gradient times the recorded weight. The
shared parameters get the sum of the task gradients times these weights, or the direction that a merge built.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn

from mtldemo.config import WeightingConfig
from mtldemo.model.hydranet import HydraNet
from mtldemo.training import gradients
from mtldemo.training.last_seen import LastSeen
from mtldemo.training.overlap import WeightGradients
from mtldemo.training.thin_layers import ThinLayers
from mtldemo.weighting.base import GradientMerge, GradientStrategy, LossStrategy, Strategy
from mtldemo.weighting.solvers.inner_products import representable


class Backward:
    """Runs a strategy on the losses of one batch and fills every parameter's ``grad``.

    With ``overlap`` the weight gradients that no strategy looks at are computed beside the backward pass; it may change
    from step to step, and changes no bit.
    """

    overlap = False

    def __init__(self, model: HydraNet, strategy: Strategy, config: WeightingConfig, seen: LastSeen) -> None:
        self._strategy = strategy
        self._config = config
        self._seen = seen
        self._model = model
        self._shared = _trained(model.shared_parameters())
        # By task: what no other task's gradient reaches, so that none is computed or stored for it.
        self._own = [_trained(model.own_parameters(task)) for task in model.tasks]
        self._block = _trained(model.last_block_parameters())
        self._block_input: Tensor | None = None
        # Where a strategy takes the inner products of weight gradients, and no more.
        self._weighed = {"shared": self._shared, "block": self._block, "features": []}[config.gradients_at]
        self._thin = ThinLayers(model, self._weighed, len(strategy.tasks))
        self._rows: Tensor | None = None
        exact = isinstance(strategy, GradientMerge) and config.gradients_at == "shared"
        looked_at = {id(parameter) for parameter in self._weighed} if isinstance(strategy, GradientStrategy) else set()
        self._beside = WeightGradients(model, (p for p in self._shared if not exact and id(p) not in looked_at))
        if isinstance(strategy, GradientMerge) and config.gradients_at == "shared":
            strategy.prepare(sum(parameter.numel() for parameter in self._shared))

    def __call__(
        self, losses: Sequence[Tensor], shown: Tensor, present: Tensor, features: Tensor
    ) -> tuple[Tensor, Tensor]:
        """``losses``: K scalars with their graph; ``shown`` [K]: the same, those of tasks that aren't ``present`` [K]
        (bool) from memory; ``features`` [B, F]: where the heads begin. Returns the objective [] and the weights [K] as
        applied, both detached, and frees the graph."""
        strategy = self._strategy
        if isinstance(strategy, LossStrategy):
            objective, weights = self._by_losses(strategy, shown)
            self._beside.collect()
            return objective, weights
        if isinstance(strategy, GradientStrategy):
            weights = self._by_gramian(strategy, losses, shown, present, features)
        elif isinstance(strategy, GradientMerge):
            weights = self._by_merge(strategy, losses, shown.detach(), features)
        else:
            raise TypeError(f"{type(strategy).__name__} has none of the three bases of a strategy")
        self._beside.collect()
        return (weights * shown.detach()).sum(), weights

    def _by_losses(self, strategy: LossStrategy, shown: Tensor) -> tuple[Tensor, Tensor]:
        objective, weights = strategy(shown)
        factor = self._factor(weights)
        (factor * objective).backward()
        for parameter in strategy.parameters():
            # What the strategy learns is its own affair: only what reaches the network is rescaled.
            if parameter.grad is not None:
                parameter.grad /= factor
        return factor * objective.detach(), factor * weights

    @contextmanager
    def watching(self) -> Iterator[None]:
        """The network's forward pass runs inside, so that its thin layers and the way into its last block are known."""

        def keep(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            self._block_input = inputs[0]

        with ExitStack() as leaving:
            if self.overlap:
                leaving.enter_context(self._beside.watching())
            if isinstance(self._strategy, GradientStrategy):
                leaving.enter_context(self._thin.watching())
                if self._config.gradients_at == "block":
                    # The hook doesn't stay, as copies of the network would then hold one batch's graph.
                    leaving.callback(self._model.last_block().register_forward_pre_hook(keep).remove)
            yield

    def _by_gramian(
        self, strategy: GradientStrategy, losses: Sequence[Tensor], shown: Tensor, present: Tensor, features: Tensor
    ) -> Tensor:
        # The K passes go from the losses back to the ``edge``; their weighted sum goes on from there, in one pass.
        place = self._config.gradients_at
        edge = {"shared": [], "block": [self._block_input], "features": [features]}[place]
        thin = self._thin.take()
        apart = {id(layer.weight) for layer in thin}
        parameters = [parameter for parameter in self._weighed if id(parameter) not in apart]
        first = len(edge) + len(parameters)
        outputs = [layer.output for layer in thin]
        last = first + len(outputs)
        rows = gradients.by_task(losses, [*edge, *parameters, *outputs], self._own, keep=False)
        products = gradients.gramian([row[:1] if place == "features" else row[len(edge) : first] for row in rows])
        for index, layer in enumerate(thin, start=first):
            products += layer.gramian([row[index] for row in rows])
        # The K x K problem is solved on the CPU: an accelerator would be slower at it, and may lack float64.
        products = self._seen.fill_gramian(products, present.cpu())
        weights = strategy(products, shown.detach().cpu()).detach()
        weights = representable(self._factor(weights) * weights, shown)
        self._follow_own([row[last:] for row in rows], weights.tolist())
        total = gradients.weighted_sum([row[:last] for row in rows], weights.tolist())
        for parameter, gradient in zip(parameters, total[len(edge) : first], strict=True):
            parameter.grad = gradient
        for layer, gradient in zip(thin, total[first:], strict=False):
            layer.weight.grad = layer.gradient(gradient)
        for tensor, gradient in zip(edge, total, strict=False):
            tensor.backward(gradient)
        self._block_input = None
        return weights

    def _by_merge(self, strategy: GradientMerge, losses: Sequence[Tensor], shown: Tensor, features: Tensor) -> Tensor:
        exact = self._config.gradients_at == "shared"
        at = self._shared if exact else [features]
        if self._rows is None or self._rows.shape[1] != sum(place.numel() for place in at):
            self._rows = features.new_empty(len(losses), sum(place.numel() for place in at))
        own = []
        for index, loss in enumerate(losses):
            keep = not exact or index < len(losses) - 1
            (row,) = gradients.by_task([loss], at, self._own[index : index + 1], keep=keep)
            for view, gradient in zip(gradients.views(self._rows[index], at), row, strict=False):
                view.copy_(gradient)
            own.append(row[len(at) :])
        direction, weights = strategy(self._rows, shown)
        factor, weights, direction = self._factor(weights), weights.detach(), direction.detach()
        if self._config.weight_scale != "published":
            direction = factor * direction
        pieces = gradients.views(direction.contiguous(), at)
        if exact:
            for parameter, piece in zip(self._shared, pieces, strict=True):
                parameter.grad = piece
        else:
            features.backward(pieces[0])
        weights = factor * weights
        self._follow_own(own, weights.tolist())
        return weights

    def _follow_own(self, rows: gradients.Rows, weights: Sequence[float]) -> None:
        """Each task's ``rows`` at what is its own, times its weight."""
        for parameters, row, weight in zip(self._own, rows, weights, strict=True):
            for parameter, gradient in zip(parameters, row, strict=True):
                parameter.grad = gradient.mul_(weight)

    def _factor(self, weights: Tensor) -> Tensor:
        """What brings the sum of the absolute ``weights`` [K] to K, where that is wanted; 1 for weights of zero."""
        sizes = weights.detach().abs()
        largest = sizes.max()
        if self._config.weight_scale == "published":
            return torch.ones_like(largest)
        # The largest first: the sum of weights at the end of float32's range would be infinite.
        factor = len(weights) / (sizes / largest).sum() / largest
        return torch.where(largest > 0, factor.clamp(max=torch.finfo(factor.dtype).max), 1.0)


def _trained(parameters: Iterable[nn.Parameter]) -> list[nn.Parameter]:
    return [parameter for parameter in parameters if parameter.requires_grad]
