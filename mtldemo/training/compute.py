"""How the arithmetic is done on the machine at hand: what the config leaves open is settled by a short measurement."""

import ctypes
import dataclasses
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psutil
import torch
from torch import Tensor, nn

from mtldemo import model as models
from mtldemo.config import RunConfig
from mtldemo.data.batches import Pictures
from mtldemo.errors import MtlDemoError
from mtldemo.model.devices import device_named
from mtldemo.model.hydranet import HydraNet
from mtldemo.tasks import tasks_named

LARGEST_BATCH = 64
"""Pictures in a measured step: enough to tell the choices apart, few enough to take a few seconds in all."""
TRIAL_BATCH, TRIALS = 8, 3
HOPELESS = 6.0
"""A choice whose trial is this many times slower than the best one's is not measured further: bfloat16 on a processor
without it may take minutes."""
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""glibc's names (``malloc.h``) for how much freed memory is kept, and how many pieces are taken past the heap."""
ROUNDS, SECONDS = 5, 3.0
"""A measurement ends after this many rounds, or after two once this time is over."""


@dataclass(frozen=True)
class ResolvedCompute:
    """What a run computes with. ``precision`` is ``fp32`` or ``bf16`` (autocast of the backbone; heads and losses stay
    in fp32), ``layout`` is ``contiguous`` or ``channels_last``. ``measured`` holds training images a second by choice,
    empty where nothing had to be measured."""

    device: str = "cpu"
    precision: str = "fp32"
    layout: str = "contiguous"
    threads: int = 1
    measured: dict[str, float] = field(default_factory=dict, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ResolvedCompute":
        """From what ``to_dict`` gave; raises ``MtlDemoError`` where a member is missing or not known."""
        names = [member.name for member in dataclasses.fields(cls)]
        if sorted(values) != sorted(names):
            raise MtlDemoError(f"compute: expected {', '.join(names)}, found {', '.join(values) or 'nothing'}.")
        return cls(**values)

    @property
    def channels_last(self) -> bool:
        """Whether images are stored pixel by pixel."""
        return self.layout == "channels_last"

    def prepare(self) -> None:
        """Give this process the chosen number of threads, let it keep freed memory, and let CUDA choose its kernels by
        trying them."""
        torch.set_num_threads(self.threads)
        keep_freed_memory()
        torch.backends.cudnn.benchmark = self.device == "cuda"

    def autocast(self) -> AbstractContextManager[Any]:
        """The context in which the backbone runs."""
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.precision == "bf16")

    def place(self, network: nn.Module) -> nn.Module:
        """Move ``network`` to the device, its kernels in the layout in which they are fastest.

        CUDA wants kernels laid out like the images. On a CPU the images' layout alone decides: oneDNN brings kernels
        into a form of its own either way, while the fused optimizers and whatever else goes through all weights copy
        those that don't lie in one piece (a fifth of ResNet-18's step at 32 px).
        """
        as_images = self.channels_last and self.device != "cpu"
        layout = torch.channels_last if as_images else torch.contiguous_format
        return network.to(device=self.device).to(memory_format=layout)  # type: ignore[call-overload]

    def run(self, network: HydraNet, images: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The shared features [B, F] and each head's outputs for ``images`` [B, 3, S, S] on the device, all in fp32."""
        with self.autocast():
            features = network.features(images)
        return features, network.predict_from(features)


def keep_freed_memory() -> None:
    """Let this process keep the memory that a step frees for the next step.

    glibc gives large pieces back to the system at once, which hands them out again page by page, filled with zeros: a
    tenth of a training step. Other C libraries stay as they are.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            libc = ctypes.CDLL(None)
            libc.mallopt(M_MMAP_MAX, 0)
            libc.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute with ``count`` CPU threads inside, and with as many as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def cores() -> int:
    """The physical cores that this process may use: at least 1."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(usable, psutil.cpu_count(logical=False) or usable))


def measure(config: RunConfig, dataset: Pictures) -> ResolvedCompute:
    """Settle what ``config.compute`` leaves open; on a CPU by timing training steps of the real network for a few
    seconds, in interleaved rounds so that another program's load weighs on all choices alike.

    A GPU isn't measured: CUDA takes bf16 where it has it and channels_last, Apple's takes fp32.
    Raises ``MtlDemoError`` where the device isn't there.
    """
    wanted = config.compute
    device = device_named(wanted.device)
    if device != "cpu":
        bf16 = device == "cuda" and torch.cuda.is_bf16_supported()
        return ResolvedCompute(
            device=device,
            precision=("bf16" if bf16 else "fp32") if wanted.precision == "auto" else wanted.precision,
            layout=("channels_last" if device == "cuda" else "contiguous")
            if wanted.layout == "auto"
            else wanted.layout,
            threads=wanted.threads or cores(),
        )
    keep_freed_memory()
    count = wanted.threads or cores()
    precisions = ("fp32", "bf16") if wanted.precision == "auto" else (wanted.precision,)
    layouts = ("contiguous", "channels_last") if wanted.layout == "auto" else (wanted.layout,)
    choices = [ResolvedCompute("cpu", precision, layout, count) for precision in precisions for layout in layouts]
    images = min(config.batch_size, LARGEST_BATCH, max(2, len(dataset.indices("train"))))
    best, measured = choices[0], {}
    if len(choices) > 1:
        speeds = _images_a_second(config, choices, images)
        best = max(speeds, key=lambda choice: speeds[choice])
        measured = {f"{choice.precision} {choice.layout}": speed for choice, speed in speeds.items()}
    if not wanted.threads and cores() > 2:
        # Fewer threads may win in a container that owns a part of the machine, or with a small network.
        counts = sorted({max(1, cores() >> halvings) for halvings in range(4)}, reverse=True)
        options = [dataclasses.replace(best, threads=number) for number in counts]
        speeds = _images_a_second(config, options, images)
        best = max(speeds, key=lambda choice: speeds[choice])
        measured |= {f"{choice.threads} threads": speed for choice, speed in speeds.items()}
    return dataclasses.replace(best, measured=measured)


def _images_a_second(config: RunConfig, choices: list[ResolvedCompute], images: int) -> dict[ResolvedCompute, float]:
    """The training speed of each choice that isn't hopeless."""
    steps = [_step(config, choice) for choice in choices]
    trials = []
    for choice, step in zip(choices, steps, strict=True):
        with threads(choice.threads):
            step(min(images, TRIAL_BATCH))
            trials.append(min(_seconds(step, min(images, TRIAL_BATCH)) for _ in range(TRIALS)))
    left = [index for index, trial in enumerate(trials) if trial <= HOPELESS * min(trials)]
    # A slow network or a busy machine is measured on fewer pictures, so that a round fits into the time.
    in_time = int(SECONDS * min(images, TRIAL_BATCH) / max(sum(trials[index] for index in left), 1e-9))
    images = min(images, max(TRIAL_BATCH, in_time))
    taken: dict[int, list[float]] = {index: [] for index in left}
    started = time.perf_counter()
    # The first round warms up and isn't counted.
    for turn in range(ROUNDS + 1):
        for index in left:
            with threads(choices[index].threads):
                seconds = _seconds(steps[index], images)
            if turn:
                taken[index].append(seconds)
        if turn >= 2 and time.perf_counter() - started > SECONDS:
            break
    # The fastest round counts: another program can only slow a step down.
    return {choices[index]: images / min(taken[index]) for index in left}


def _step(config: RunConfig, choice: ResolvedCompute) -> Callable[[int], None]:
    """A function that runs the network forwards and backwards on that many pictures."""
    tasks, size = tasks_named(config.tasks, config.losses), config.data.image_size
    network = models.build(config.model.untrained(), tasks, size)
    choice.place(network)
    layout = torch.channels_last if choice.channels_last else torch.contiguous_format

    # Noise, not zeros, so that the numbers within are as in training: denormal ones would be slow.
    noise = torch.randn(LARGEST_BATCH, 3, size, size).contiguous(memory_format=layout)

    def step(images: int) -> None:
        _, outputs = choice.run(network, noise[:images])
        torch.stack([output.mean() for output in outputs.values()]).sum().backward()
        network.zero_grad()

    return step


def _seconds(step: Callable[[int], None], images: int) -> float:
    started = time.perf_counter()
    step(images)
    return time.perf_counter() - started
