"""What other threads do beside the training thread: weight gradients of convolutions, and the next batch.

A backward pass waits for each layer's gradient at its input alone. The gradient of the layer's weight, a third of a
step's arithmetic, is wanted by the optimizer only, at the end. So it may be computed beside the pass, by whichever
thread has time: the same operation by as many threads as before, hence the same bits, whether another program keeps
the second core busy or not. Where each operation is shared out to two threads instead, each waits for the slower one.
"""

import functools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

Item = TypeVar("Item")
Gradients = tuple[Tensor, Tensor | None]
"""Of a layer's weight and of its bias."""


class WeightGradients:
    """Those of the convolutions in ``model`` whose weights are ``parameters``; others are left to torch."""

    def __init__(self, model: nn.Module, parameters: Iterable[nn.Parameter]) -> None:
        wanted = {id(parameter) for parameter in parameters}
        self._layers = [module for module in model.modules() if _plain(module) and id(module.weight) in wanted]
        self._waiting: list[tuple[nn.Conv2d, Callable[[], Gradients], Future[Gradients]]] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """The network's forward pass runs inside; its backward pass then leaves these gradients to ``collect``."""
        self._waiting = []
        with ExitStack() as leaving:
            for layer in self._layers:
                # The layer's own way to convolve, for one pass: nothing of it stays in copies of the network.
                layer._conv_forward = functools.partial(self._convolve, layer)  # type: ignore[method-assign]
                leaving.callback(delattr, layer, "_conv_forward")
            yield

    def collect(self) -> None:
        """Add the gradients to each parameter's ``grad``: what no other thread has begun is computed here."""
        waiting, self._waiting = self._waiting, []
        done: list[Gradients | None] = [None] * len(waiting)
        # The others take the oldest first, so this one begins at the other end.
        for number in reversed(range(len(waiting))):
            _, work, future = waiting[number]
            if future.cancel():
                done[number] = work()
        for (layer, _, future), gradients in zip(waiting, done, strict=True):
            for parameter, gradient in zip((layer.weight, layer.bias), gradients or future.result(), strict=True):
                if parameter is not None and gradient is not None:
                    _add(parameter, gradient)

    def _convolve(self, layer: nn.Conv2d, entered: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        return _Convolution.apply(entered, weight, bias, layer, self._waiting)  # type: ignore[no-any-return]


class _Convolution(torch.autograd.Function):
    """A convolution whose backward pass gives the gradient at the input; those of weight and bias are left waiting."""

    @staticmethod
    def forward(  # type: ignore[override]
        ctx: Any, entered: Tensor, weight: Tensor, bias: Tensor | None, layer: nn.Conv2d, waiting: list[Any]
    ) -> Tensor:
        kind = entered.device.type
        inside = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else entered.dtype
        ctx.layer, ctx.waiting, ctx.entered = layer, waiting, entered.dtype
        operands = [None if tensor is None else tensor.to(inside) for tensor in (entered, weight, bias)]
        ctx.save_for_backward(*operands[:2])
        return torch.conv2d(*operands, layer.stride, layer.padding, layer.dilation, layer.groups)  # type: ignore[arg-type]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, None, None, None, None]:  # type: ignore[override]
        # Without their graphs: what waits is held by the contexts in them, and would never be freed.
        entered, weight = (tensor.detach() for tensor in ctx.saved_tensors)
        layer: nn.Conv2d = ctx.layer
        biases = None if layer.bias is None else [layer.bias.numel()]
        threads = torch.get_num_threads()

        def at(*outputs: bool) -> tuple[Tensor, Tensor, Tensor]:
            shape = (layer.stride, layer.padding, layer.dilation, False, (0, 0), layer.groups)
            return torch.ops.aten.convolution_backward(gradient, entered, weight, biases, *shape, outputs)

        def work() -> Gradients:
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)
            with torch.no_grad():
                _, of_weight, of_bias = at(False, True, biases is not None)
                dtype = layer.weight.dtype
                return of_weight.to(dtype), of_bias.to(dtype) if biases is not None else None

        ctx.waiting.append((layer, work, _helpers().submit(work)))
        back = at(True, False, False)[0].to(ctx.entered) if ctx.needs_input_grad[0] else None
        return back, None, None, None, None


def ahead(items: Iterable[Item], wanted: Callable[[], bool]) -> Iterator[Item]:
    """The ``items`` in their order. While one is worked with, another thread makes the next, where that is
    ``wanted`` just then."""
    rest, following = iter(items), None
    while True:
        # What it hasn't begun yet is made here.
        begun = following is not None and not following.cancel()
        item = following.result() if following is not None and begun else next(rest, None)
        if item is None:
            return
        following = _helpers().submit(next, rest, None) if wanted() else None
        yield item


@functools.cache
def _helpers() -> ThreadPoolExecutor:
    """The threads that work beside the training thread, for the whole process. There are two, as the system may have
    put one of them aside for another program in the middle of its work."""
    return ThreadPoolExecutor(2, "beside-training")


def _plain(module: nn.Module) -> bool:
    """Whether it is a convolution as ``_Convolution`` does it, its weight and bias both trained."""
    return (
        type(module) is nn.Conv2d
        and module.padding_mode == "zeros"
        and not isinstance(module.padding, str)
        and all(parameter.requires_grad for parameter in module.parameters())
    )


def _add(parameter: Tensor, gradient: Tensor) -> None:
    if parameter.grad is not None:
        parameter.grad.add_(gradient)
    elif gradient.stride() == parameter.stride():
        parameter.grad = gradient
    else:
        parameter.grad = torch.empty_like(parameter).copy_(gradient)
