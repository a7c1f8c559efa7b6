"""Layers in which a batch has few rows: the products of their task gradients, without the gradients themselves.

A convolution or linear layer multiplies rows by its weight: A [R, I] (a row for each pixel of its output) by W^T. With
D_k [R, O], the gradient of task k's loss at the output, the weight's gradient is D_k^T A, and the inner product of two
of them is that of A A^T D_i and D_j. Where R is small beside I and O, as in the last stage of a residual network on
small images, that is a fraction of the work of K weight gradients, and of their memory. Once the tasks' weights w are
known, one product gives the gradient that is applied, (sum of w_k D_k)^T A.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeGuard

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtldemo.weighting.solvers.inner_products import Rows, in_range, largest

Layer = nn.Linear | nn.Conv2d


@dataclass(frozen=True, eq=False)
class ThinLayer:
    """One such layer in one forward pass: its ``weight`` [O, ...], its ``rows`` A [R, I], and its ``output``, at which
    the gradients D_k are taken."""

    weight: Tensor
    rows: Tensor
    output: Tensor

    def gramian(self, gradients: Sequence[Tensor]) -> Tensor:
        """The inner products [K, K] (float64, on the CPU) of the weight's K gradients, from those at the output."""
        return in_range(self._multiply, [[gradient] for gradient in gradients])

    def gradient(self, gradient: Tensor) -> Tensor:
        """The weight's gradient, in its strides, from that at the output."""
        product = self._flat(gradient).T @ self.rows
        return product.as_strided(self.weight.shape, self.weight.stride())

    def _multiply(self, gradients: Rows, sizes: Tensor | None) -> Tensor:
        flat = torch.stack([self._flat(gradient) for (gradient,) in gradients])
        rows, size = self.rows, 1.0
        if sizes is not None:
            flat /= sizes[:, None].to(flat)
            size = largest([rows])
            rows = rows / size
        reached = (rows @ rows.T) @ flat
        return (reached.flatten(1) @ flat.flatten(1).T).cpu().double() * size**2

    def _flat(self, gradient: Tensor) -> Tensor:
        """A gradient at the output as rows [R, O]."""
        if self.weight.ndim == 4:
            gradient = gradient.permute(0, 2, 3, 1)
        return gradient.reshape(-1, gradient.shape[-1])


class ThinLayers:
    """Finds the thin layers of each forward pass among those whose weights are ``parameters``, for K ``tasks``."""

    def __init__(self, model: nn.Module, parameters: Sequence[nn.Parameter], tasks: int) -> None:
        wanted = {id(parameter) for parameter in parameters}
        self._tasks = tasks
        self._modules = [
            module for module in model.modules() if _multiplies_rows(module) and id(module.weight) in wanted
        ]
        self._seen: list[tuple[Layer, Tensor, Tensor, object]] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """The network's forward pass runs inside."""

        def remember(module: Layer, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            self._seen.append((module, inputs[0], output, output.grad_fn))

        self._seen = []
        # The hooks don't stay, as copies of the network would then hold one batch's graph.
        hooks = [module.register_forward_hook(remember) for module in self._modules]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def take(self) -> list[ThinLayer]:
        """The thin layers of the last forward pass, which are then forgotten."""
        seen, self._seen = self._seen, []
        calls = [module for module, *_ in seen]
        thin = []
        for module, entered, output, made_by in seen:
            # A layer that ran twice has a second part of its gradient elsewhere; an output that was changed in place is
            # no longer the layer's; and half precision would lose the small differences that a Gramian is about.
            whole = calls.count(module) == 1 and output.grad_fn is made_by is not None
            if whole and entered.dtype == output.dtype == torch.float32 and self._pays(module.weight, output):
                thin.append(ThinLayer(module.weight, _rows(module, entered.detach()), output))
        return thin

    def _pays(self, weight: Tensor, output: Tensor) -> bool:
        """Whether fewer numbers are multiplied this way than for all but one of the K weight gradients."""
        outputs = weight.shape[0]
        inputs, rows = weight.numel() // outputs, output.numel() // outputs
        return rows * (inputs + self._tasks * outputs) < (self._tasks - 1) * inputs * outputs


def _multiplies_rows(module: nn.Module) -> TypeGuard[Layer]:
    """Whether the module multiplies rows by its weight, and its bias (which is left to torch) costs no weight gradient:
    torch works a convolution's out together with its weight's."""
    if type(module) is nn.Linear:
        return True
    return (
        type(module) is nn.Conv2d
        and module.bias is None
        and module.groups == 1
        and module.dilation == (1, 1)
        and module.padding_mode == "zeros"
        and not isinstance(module.padding, str)
    )


def _rows(module: Layer, entered: Tensor) -> Tensor:
    """What each pixel of the output sees of the input: [R, I], the numbers of a row in the order of the weight's."""
    if isinstance(module, nn.Linear):
        return entered.reshape(-1, entered.shape[-1])
    (height, width), (down, along), edges = module.kernel_size, module.stride, module.padding
    padded = functional.pad(entered, (int(edges[1]), int(edges[1]), int(edges[0]), int(edges[0])))
    patches = padded.unfold(2, height, down).unfold(3, width, along)
    # [B, I, H, W, h, w], the window's place in the image first.
    order = (0, 2, 3, 4, 5, 1) if _channels_last(module.weight) else (0, 2, 3, 1, 4, 5)
    return patches.permute(order).reshape(-1, module.weight[0].numel())


def _channels_last(weight: Tensor) -> bool:
    """Whether a convolution's kernels are stored pixel by pixel."""
    return weight.is_contiguous(memory_format=torch.channels_last)
