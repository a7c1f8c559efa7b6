"""From the task losses of a batch to the gradient of every parameter, as the strategy's base wants it.

One rule holds for what is a task's own, its head among it, whatever the strategy: it gets its task's gradient times the
recorded weight. The shared parameters get the sum of the task gradients times these weights, or the direction that a
merge built.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from torch import Tensor, autograd, nn

from mtldemo.config import WeightingConfig
from mtldemo.model.sharing import Network
from mtldemo.training import gradients
from mtldemo.training.last_seen import LastSeen
from mtldemo.training.overlap import WeightGradients
from mtldemo.training.thin_layers import ThinLayer, ThinLayers
from mtldemo.weighting.base import GradientMerge, GradientStrategy, LossStrategy, Strategy
from mtldemo.weighting.solvers.inner_products import representable


class Backward:
    """Knows where in a network the task gradients are taken, and what stays from step to step for it.

    With ``overlap`` the weight gradients that no strategy looks at are computed beside the backward pass; it may change
    from step to step, and changes no bit.
    """

    overlap = False

    def __init__(self, model: Network, strategy: Strategy, config: WeightingConfig, seen: LastSeen) -> None:
        self.place = config.gradients_at
        self.seen = seen
        self.shared = _trained(model.shared_parameters())
        # By task: what no other task's gradient reaches, so that none is computed or stored for it.
        self.own = [_trained(model.own_parameters(task)) for task in model.tasks]
        self.block_input: Tensor | None = None
        self._model = model
        self._by_gramian = isinstance(strategy, GradientStrategy)
        by_losses = isinstance(strategy, LossStrategy)
        self.weighed = [] if by_losses else self._weighed(model)
        """The shared parameters at which the task gradients are taken; the others are reached from what they feed."""
        self.thin = ThinLayers(model, self.weighed, len(strategy.tasks))
        self._rows: Tensor | None = None
        exact = isinstance(strategy, GradientMerge) and self.place == "shared"
        self.parameters = sum(parameter.numel() for parameter in self.shared) if exact else 0
        """How many parameters the rows of a merge always belong to; 0 where they belong to a batch's features."""
        looked_at = {id(parameter) for parameter in self.weighed}
        left = model.parameters() if by_losses else (p for p in self.shared if id(p) not in looked_at)
        self.beside = WeightGradients(model, left)

    def _weighed(self, model: Network) -> list[nn.Parameter]:
        if self.place == "shared":
            return self.shared
        return _trained(model.last_block_parameters() if self.place == "block" else model.meeting_parameters())

    @contextmanager
    def watching(self) -> Iterator[None]:
        """The network's forward pass runs inside, so that its thin layers and the way into its last block are known."""

        def keep(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            self.block_input = inputs[0]

        with ExitStack() as leaving:
            if self.overlap:
                leaving.enter_context(self.beside.watching())
            if self._by_gramian:
                leaving.enter_context(self.thin.watching())
                if self.place == "block":
                    # The hook doesn't stay, as copies of the network would then hold one batch's graph.
                    leaving.callback(self._model.last_block().register_forward_pre_hook(keep).remove)
            yield

    def of(self, losses: Sequence[Tensor], present: Tensor, meeting: Sequence[Tensor]) -> "BatchGradients":
        """The task gradients of the batch whose forward pass was watched. ``losses``: K scalars with their graph;
        ``present`` [K] (bool): which tasks have a label in it; ``meeting``: the tensors at which the task gradients
        meet (``Representation.distinct``)."""
        return BatchGradients(self, losses, present, meeting)

    def rows(self, count: int, at: Sequence[Tensor]) -> Tensor:
        """Memory for ``count`` gradients at the tensors ``at``, [count, P]: the same in each step."""
        size = sum(tensor.numel() for tensor in at)
        if self._rows is None or self._rows.shape[1] != size:
            self._rows = at[0].new_empty(count, size)
        return self._rows


class BatchGradients:
    """The task gradients of one batch, for ``weighting.runner``. What follows them fills every parameter's ``grad`` and
    frees the batch's graph."""

    def __init__(
        self, backward: Backward, losses: Sequence[Tensor], present: Tensor, meeting: Sequence[Tensor]
    ) -> None:
        self._of = backward
        self._losses = losses
        self._present = present
        self._meeting = meeting
        self._taken: list[list[Tensor]] = []
        self._thin: list[ThinLayer] = []
        self._edge: list[Tensor] = []
        self._parameters: list[nn.Parameter] = []

    def follow_objective(self, objective: Tensor) -> None:
        """Differentiate ``objective`` [] by all parameters."""
        objective.backward()
        self._of.beside.collect()

    def gramian(self) -> Tensor:
        """The inner products [K, K] (float64, on the CPU) at the place that the run takes them."""
        # The K passes go from the losses back to the ``edge``; their weighted sum goes on from there, in one pass.
        place = self._of.place
        self._edge = {"shared": [], "block": [self._of.block_input], "features": [*self._meeting]}[place]
        self._thin = self._of.thin.take()
        apart = {id(layer.weight) for layer in self._thin}
        self._parameters = [parameter for parameter in self._of.weighed if id(parameter) not in apart]
        edge, first = len(self._edge), len(self._edge) + len(self._parameters)
        outputs = [layer.output for layer in self._thin]
        at = [*self._edge, *self._parameters, *outputs]
        rows = self._taken = gradients.by_task(self._losses, at, self._of.own, keep=False)
        # The way into the last block is no parameter; the tensors at which the gradients meet stand for all of them.
        products = gradients.gramian([row[0 if place == "features" else edge : first] for row in rows])
        for index, layer in enumerate(self._thin, start=first):
            products += layer.gramian([row[index] for row in rows])
        return self._of.seen.fill_gramian(products, self._present.cpu())

    def follow_weights(self, weights: Tensor) -> Tensor:
        """Give every parameter the sum of the task gradients times ``weights`` [K], returned in the losses' type."""
        weights = representable(weights, self._losses[0])
        edge, thin = self._edge, self._thin
        first = len(edge) + len(self._parameters)
        last = first + len(thin)
        self._follow_own([row[last:] for row in self._taken], weights.tolist())
        total = gradients.weighted_sum([row[:last] for row in self._taken], weights.tolist())
        for parameter, gradient in zip(self._parameters, total[len(edge) : first], strict=True):
            parameter.grad = gradient
        for layer, gradient in zip(thin, total[first:], strict=False):
            layer.weight.grad = layer.gradient(gradient)
        if edge:
            autograd.backward(edge, total[: len(edge)])
        self._of.block_input = None
        self._of.beside.collect()
        return weights

    def rows(self) -> Tensor:
        """The task gradients [K, P] at the shared parameters, or where they meet."""
        exact = self._of.place == "shared"
        at = self._shared()
        rows = self._of.rows(len(self._losses), at)
        for index, loss in enumerate(self._losses):
            keep = not exact or index < len(self._losses) - 1
            (row,) = gradients.by_task([loss], at, self._of.own[index : index + 1], keep=keep)
            for view, gradient in zip(gradients.views(rows[index], at), row, strict=False):
                view.copy_(gradient)
            self._taken.append(row[len(at) :])
        return rows

    def follow_direction(self, direction: Tensor, weights: Tensor) -> None:
        """Give the shared parameters the ``direction`` [P], and each head its task's gradient times its weight."""
        pieces = gradients.views(direction.contiguous(), self._shared())
        first = len(pieces) - len(self._of.weighed)
        for parameter, piece in zip(self._of.weighed, pieces[first:], strict=True):
            parameter.grad = piece
        if first:
            autograd.backward(self._meeting, pieces[:first])
        self._follow_own(self._taken, weights.tolist())
        self._of.beside.collect()

    def _follow_own(self, rows: gradients.Rows, weights: Sequence[float]) -> None:
        """Each task's ``rows`` at what is its own, times its weight."""
        for parameters, row, weight in zip(self._of.own, rows, weights, strict=True):
            for parameter, gradient in zip(parameters, row, strict=True):
                parameter.grad = gradient.mul_(weight)

    def _shared(self) -> Sequence[Tensor]:
        """The tensors at which the task gradients meet, then the parameters at which they do."""
        return self._of.weighed if self._of.place == "shared" else [*self._meeting, *self._of.weighed]


def _trained(parameters: Iterable[nn.Parameter]) -> list[nn.Parameter]:
    return [parameter for parameter in parameters if parameter.requires_grad]
