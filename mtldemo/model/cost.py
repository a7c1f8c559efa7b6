"""What a way of sharing costs, before a run begins: parameters, multiply-adds a picture, memory of the parameters."""

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass

from mtldemo.config import ModelConfig, SharingConfig
from mtldemo.model import sharing
from mtldemo.model.sharing import Plan
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


@functools.lru_cache(maxsize=256)
def _cost(plan: Plan, name: str, options: str) -> NetworkCost:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    # On "meta" nothing is drawn and nothing is filled in; how often numbers are multiplied doesn't depend on them.
    with torch.device("meta"):
        network = sharing.build(SharingConfig(name, json.loads(options)), plan)
    network.eval().to_empty(device="cpu")
    own = sum(parameter.numel() for task in plan.tasks for parameter in network.own_parameters(task))
    shared = sum(parameter.numel() for parameter in network.shared_parameters())
    threads = torch.get_num_threads()
    # One picture is little work: on several threads it waits for them, long where other programs are busy.
    torch.set_num_threads(1)
    try:
        with FlopCounterMode(display=False) as counter, torch.inference_mode():
            network(torch.zeros(1, 3, plan.image_size, plan.image_size))
    finally:
        torch.set_num_threads(threads)
    return NetworkCost(shared, own, counter.get_total_flops() // 2)
