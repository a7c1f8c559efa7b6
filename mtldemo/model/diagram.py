"""The parts of a network and what reads what, found by sending one picture through it: what a drawing is made of."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mtldemo.config import SharingConfig
from mtldemo.model.cost import blank_network
from mtldemo.model.sharing import Network, Plan

if TYPE_CHECKING:
    import torch

PICTURE = -1
"""Stands for the picture among what a part reads."""
LABELS = {
    "own": "own expert",
    "shared": "shared expert",
    "below": "stages before",
    "before": "stage",
    "after": "its last block",
    "last": "last stage",
    "later": "later stages",
    "passing": "passed on",
}
"""Of parts whose name in the network says too little by itself."""


@dataclass(frozen=True)
class Part:
    """A part of a network that one task or several use as a whole.

    ``path`` is its module's and ``label`` what it is, such as ``expert``. ``owners`` are the tasks that alone reach its
    parameters (several where each has some), none for shared ones; ``lane`` is the task that it stands for, shared or
    not, empty where it stands for none. ``reads`` are the numbers of the parts that its
    input comes from, or ``PICTURE``; ``column`` is how many parts lie before it at most. ``pulled`` parts are held
    together by the penalty.
    """

    path: str
    label: str
    owners: tuple[str, ...]
    lane: str
    parameters: int
    reads: tuple[int, ...] = ()
    column: int = 0
    pulled: bool = False


def parts_of(plan: Plan, config: SharingConfig) -> tuple[Part, ...]:
    """The parts in the order in which a picture comes to them. Imports torch. Raises ``MtlDemoError`` for settings
    that no network can have."""
    with blank_network(plan, config) as network:
        modules = dict(_modules(network, ""))
        reads = _followed(network, list(modules.values()), plan.image_size)
        pulled = _pulled(network)
        owners = {id(parameter): task.name for task in network.tasks for parameter in network.own_parameters(task)}
        parts = []
        for path, module in modules.items():
            parameters = list(module.parameters())
            names = {owners.get(id(parameter), "") for parameter in parameters}
            parts.append(
                Part(
                    path,
                    _label(path, plan),
                    tuple(name for name in plan.names if name in names) if "" not in names else (),
                    next((name for name in path.split(".") if name in plan.names), ""),
                    sum(parameter.numel() for parameter in parameters),
                    pulled=any(id(parameter) in pulled for parameter in parameters),
                )
            )
    return _in_order(parts, reads)


def _modules(module: "torch.nn.Module", path: str) -> "Iterator[tuple[str, torch.nn.Module]]":
    """What lists and tables of modules hold, down to what computes something; without what has no parameters."""
    from torch import nn

    for name, child in module.named_children():
        here = f"{path}.{name}" if path else name
        if type(child).forward is nn.Module.forward:  # it holds others and computes nothing itself
            yield from _modules(child, here)
        elif next(child.parameters(), None) is not None:
            yield here, child


def _followed(network: Network, modules: "list[torch.nn.Module]", image_size: int) -> list[set[int]]:
    """What each of the ``modules`` reads: every tensor remembers the parts that it was made from last."""
    import torch
    from torch.overrides import TorchFunctionMode

    reads: list[set[int]] = [set() for _ in modules]

    class Following(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            given = func(*args, **(kwargs or {}))
            sources = _sources(args)
            if sources:
                _mark(given, sources)
            return given

    def entered(number: int) -> Any:
        return lambda _, given: reads[number].update(_sources(given))

    def left(number: int) -> Any:
        return lambda _, __, given: _mark(given, {number})

    with contextlib.ExitStack() as hooks, torch.no_grad():
        for number, module in enumerate(modules):
            hooks.callback(module.register_forward_pre_hook(entered(number)).remove)
            hooks.callback(module.register_forward_hook(left(number)).remove)
        picture = torch.zeros(1, 3, image_size, image_size)
        _mark(picture, {PICTURE})
        with Following():
            network(picture)
    return reads


def _tensors(value: Any) -> "Iterator[Any]":
    import torch

    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)


def _sources(value: Any) -> set[int]:
    return {source for tensor in _tensors(value) for source in getattr(tensor, "made_of", ())}


def _mark(value: Any, sources: Iterable[int]) -> None:
    for tensor in _tensors(value):
        tensor.made_of = frozenset(sources)


def _pulled(network: Network) -> set[int]:
    """The parameters that the penalty reaches, by identity."""
    import torch

    penalty = network.penalty()
    if penalty is None:
        return set()
    parameters = list(network.parameters())
    gradients = torch.autograd.grad(penalty, parameters, allow_unused=True)
    return {id(parameter) for parameter, gradient in zip(parameters, gradients, strict=True) if gradient is not None}


def _label(path: str, plan: Plan) -> str:
    """``gate`` for ``levels.0.gates.age``: the last name of the path that is no number and no task, in the singular."""
    names = [name for name in path.split(".") if not name.isdecimal() and name not in plan.names]
    last = names[-1] if names else path
    return LABELS.get(last) or last.removesuffix("s").replace("_", " ")


def _in_order(parts: list[Part], reads: list[set[int]]) -> tuple[Part, ...]:
    """The parts by column, with numbers for what they read."""
    columns: dict[int, int] = {PICTURE: PICTURE}

    def column(number: int) -> int:
        if number not in columns:
            columns[number] = 1 + max((column(source) for source in reads[number]), default=PICTURE)
        return columns[number]

    order = sorted(range(len(parts)), key=column)
    places = {PICTURE: PICTURE, **{number: place for place, number in enumerate(order)}}
    return tuple(
        replace(parts[number], reads=tuple(sorted(places[source] for source in reads[number])), column=column(number))
        for number in order
    )
