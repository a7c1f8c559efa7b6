"""What a way of sharing costs, before a run begins: parameters, multiply-adds a picture, memory of the parameters."""

import contextlib
import functools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mtldemo.config import ModelConfig, SharingConfig
from mtldemo.model import sharing
from mtldemo.model.sharing import Network, Plan
from mtldemo.model.sharing_words import is_usual
from mtldemo.tasks import UTKFACE, Task

FLOAT_BYTES = 4
"""Of a parameter: float32."""


@dataclass(frozen=True)
class NetworkCost:
    """``shared`` parameters, ``own`` ones of all tasks together with their heads, and the multiply-adds of one picture
    on its way forward: those of convolutions and products of matrices, which are nearly all."""

    shared: int
    own: int
    multiply_adds: int

    @property
    def parameters(self) -> int:
        """All of them."""
        return self.shared + self.own

    @property
    def memory(self) -> int:
        """Bytes of the parameters, as a model file holds them. Training needs about four times that for them: gradients
        and the optimizer's two averages are as large."""
        return FLOAT_BYTES * self.parameters

    def beside(self, other: "NetworkCost") -> tuple[float, float]:
        """Parameters and multiply-adds as multiples of the ``other``'s."""
        return self.parameters / other.parameters, self.multiply_adds / other.multiply_adds


def network_cost(
    model: ModelConfig,
    image_size: int,
    sharing_config: SharingConfig | None = None,
    tasks: Sequence[Task] = tuple(UTKFACE),
) -> NetworkCost:
    """What the network of these settings costs, its tasks sharing hard unless ``sharing_config`` says otherwise;
    ``image_size`` is the side of the pictures in px. Imports torch; moves none of its random generators.

    Raises ``MtlDemoError`` for settings that no network can have.
    """
    config = sharing_config or SharingConfig()
    options = json.dumps(dict(config.options), sort_keys=True)
    return _cost(Plan(model.untrained(), tuple(tasks), image_size), config.sharing, options)


def relative_cost(
    model: ModelConfig, image_size: int, sharing_config: SharingConfig, tasks: Sequence[Task] = tuple(UTKFACE)
) -> tuple[float, float]:
    """Parameters and multiply-adds as multiples of hard sharing's. Takes no torch where it is that. Raises
    ``MtlDemoError`` as ``network_cost`` does."""
    if is_usual(sharing_config):
        return 1.0, 1.0
    plain = network_cost(model, image_size, tasks=tasks)
    return network_cost(model, image_size, sharing_config, tasks).beside(plain)


@contextlib.contextmanager
def blank_network(plan: Plan, config: SharingConfig) -> "Iterator[Network]":
    """The network with weights that nobody has set, on the CPU, in evaluation: to count in and to look at, by one
    picture on one thread. On several it would wait for them, long where other programs are busy."""
    import torch

    # On "meta" nothing is drawn and nothing is filled in.
    with torch.device("meta"):
        network = sharing.build(config, plan)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield network.eval().to_empty(device="cpu")
    finally:
        torch.set_num_threads(threads)


@functools.lru_cache(maxsize=256)
def _cost(plan: Plan, name: str, options: str) -> NetworkCost:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with blank_network(plan, SharingConfig(name, json.loads(options))) as network:
        own = sum(parameter.numel() for task in plan.tasks for parameter in network.own_parameters(task))
        shared = sum(parameter.numel() for parameter in network.shared_parameters())
        with FlopCounterMode(display=False) as counter, torch.inference_mode():
            network(torch.zeros(1, 3, plan.image_size, plan.image_size))
    return NetworkCost(shared, own, counter.get_total_flops() // 2)
