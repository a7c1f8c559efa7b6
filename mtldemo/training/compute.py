"""How the arithmetic is done on the machine at hand: what the config leaves open is settled by a short measurement."""

import ctypes
import dataclasses
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from mtldemo import cores
from mtldemo import model as models
from mtldemo.config import ComputeConfig, RunConfig
from mtldemo.data.batches import Pictures
from mtldemo.errors import MtlDemoError
from mtldemo.model.devices import device_named
from mtldemo.model.sharing import Network, Representation
from mtldemo.training import choices

LARGEST_BATCH = 64
"""Pictures in a measured step: enough to tell the choices apart, few enough to take a few seconds in all."""
TRIAL_BATCH, TRIALS = 8, 3
HOPELESS = 6.0
"""A choice whose trial is this many times slower than the best one's is not measured further: bfloat16 on a processor
without it may take minutes."""
M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8
"""glibc's names (``malloc.h``) for how much freed memory is kept, how many pieces are taken past the heap, and how many
heaps there are."""
ROUNDS, SECONDS = 5, 3.0
"""A measurement ends after this many rounds, or after two once this time is over."""
DISTURBED = 0.5
"""Cores: where other programs keep this much busy, numbers of threads can't be told apart."""


@dataclass(frozen=True)
class ResolvedCompute:
    """What a run computes with. ``precision`` is ``fp32`` or ``bf16`` (autocast of the backbone; heads and losses stay
    in fp32), ``layout`` is ``contiguous`` or ``channels_last``; each operation is shared out to ``threads``.

    Where the number ``adapts``, it is the most: fewer are used while other programs are busy, and ``changes`` lists
    (step, threads) from which step on. With ``overlap`` a second thread computes the gradients of convolution weights
    beside the backward pass where ``threads`` leave it a core; the results are the same bits. ``measured`` holds
    training images a second by choice, empty where nothing had to be measured."""

    device: str = "cpu"
    precision: str = "fp32"
    layout: str = "contiguous"
    threads: int = 1
    overlap: bool = False
    adapts: bool = False
    changes: tuple[tuple[int, int], ...] = field(default=(), compare=False)
    measured: dict[str, float] = field(default_factory=dict, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {**dataclasses.asdict(self), "changes": [list(change) for change in self.changes]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ResolvedCompute":
        """From what ``to_dict`` gave, members with a default may be missing that older versions didn't know; raises
        ``MtlDemoError`` where another is missing, one isn't known or of another type."""
        names = [member.name for member in dataclasses.fields(cls)]
        first = ("device", "precision", "layout", "threads")
        try:
            if not {*first} <= {*values} <= {*names}:
                raise MtlDemoError(f"compute: expected {', '.join(names)}, found {', '.join(values) or 'nothing'}.")
            changes = tuple((int(step), int(threads)) for step, threads in values.get("changes", ()))
            measured = {str(name): float(speed) for name, speed in values.get("measured", {}).items()}
            resolved = cls(**{**values, "threads": int(values["threads"]), "changes": changes, "measured": measured})
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            raise MtlDemoError(f"compute: a value is of another kind than it should be ({error}).") from error
        if resolved.precision not in ("fp32", "bf16") or resolved.layout not in ("contiguous", "channels_last"):
            raise MtlDemoError(f"compute: there is no {resolved.precision} in {resolved.layout} layout.")
        return resolved

    def changed(self, step: int, threads: int) -> "ResolvedCompute":
        """The same with ``threads`` from ``step`` on."""
        return dataclasses.replace(self, changes=(*self.changes, (step, threads)))

    def log_line(self) -> str:
        """What is computed with, in one line."""
        count = f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        fewer = ", fewer while other programs are busy" if self.adapts else ""
        beside = ", others for weight gradients" if self.overlap and not self.adapts else ""
        return f"{self.device}: {self.precision}, {self.layout}, {count}{fewer}{beside}"

    @property
    def channels_last(self) -> bool:
        """Whether images are stored pixel by pixel."""
        return self.layout == "channels_last"

    def prepare(self) -> None:
        """Give this process the chosen number of threads, let it keep freed memory, and let CUDA choose its kernels by
        trying them."""
        torch.set_num_threads(self.threads)
        keep_freed_memory(shared=self.overlap)
        torch.backends.cudnn.benchmark = self.device == "cuda"

    def autocast(self) -> AbstractContextManager[Any]:
        """The context in which the backbone runs."""
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.precision == "bf16")

    def move(self, network: nn.Module) -> nn.Module:
        """Move ``network`` to the device, its kernels in the layout in which they are fastest.

        CUDA wants kernels laid out like the images. On a CPU the images' layout alone decides: oneDNN brings kernels
        into a form of its own either way, while the fused optimizers and whatever else goes through all weights copy
        those that don't lie in one piece (a fifth of ResNet-18's step at 32 px).
        """
        as_images = self.channels_last and self.device != "cpu"
        layout = torch.channels_last if as_images else torch.contiguous_format
        return network.to(device=self.device).to(memory_format=layout)  # type: ignore[call-overload]

    def run(self, network: Network, images: Tensor) -> tuple[Representation, dict[str, Tensor]]:
        """The features of each task, and each head's outputs for ``images`` [B, 3, S, S] on the device, in fp32."""
        with self.autocast():
            representation = network.represent(images)
        return representation, network.predict_from(representation)


def keep_freed_memory(*, shared: bool = False) -> None:
    """Let this process keep the memory that a step frees for the next step.

    glibc gives large pieces back to the system at once, which hands them out again page by page, filled with zeros: a
    tenth of a training step. It does so as well with the heaps that threads have of their own, so that where two
    threads work on one step the heap is ``shared``. Other C libraries stay as they are.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            libc = ctypes.CDLL(None)
            libc.mallopt(M_MMAP_MAX, 0)
            libc.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
            if shared:
                libc.mallopt(M_ARENA_MAX, 1)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute with ``count`` CPU threads inside, and with as many as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def resolve_compute(config: RunConfig, dataset: Pictures, *, share: int = 0) -> ResolvedCompute:
    """Settle what ``config.compute`` leaves open. On a CPU, precision and layout are those with which one thread trains
    the real network fastest, by its own processor time, so that other programs hardly weigh on the choice. It is made
    once for a machine, network and size, and remembered in the cache folder.

    ``share`` is how many cores are for this process, 0 for all; only then the number of threads adapts to what other
    programs do. ``config.compute.repeatable`` leaves nothing to a clock: bfloat16 where the processor has it, and half
    of the cores for each operation.

    A GPU isn't measured: CUDA takes bf16 where it has it and channels_last, Apple's takes fp32.
    Raises ``MtlDemoError`` where the device isn't there.
    """
    wanted = config.compute
    device = device_named(wanted.device)
    if device != "cpu":
        bf16 = device == "cuda" and torch.cuda.is_bf16_supported()
        fast = ("bf16" if bf16 else "fp32", "channels_last" if device == "cuda" else "contiguous")
        return ResolvedCompute(device, *_chosen(wanted, fast), threads=wanted.threads or share or cores.physical())
    keep_freed_memory()
    count = share or cores.physical()
    threads = wanted.threads or (max(1, count // 2) if share or wanted.repeatable else count)
    room = not wanted.threads and count > 1
    if wanted.repeatable:
        fast = ("bf16" if has_bfloat16() else "fp32", "channels_last")
        return ResolvedCompute(device, *_chosen(wanted, fast), threads=threads, overlap=room)
    images = min(config.batch_size, LARGEST_BATCH, max(2, len(dataset.indices("train"))))
    precisions = ("fp32", "bf16") if wanted.precision == "auto" else (wanted.precision,)
    layouts = ("contiguous", "channels_last") if wanted.layout == "auto" else (wanted.layout,)
    options = [ResolvedCompute(device, precision, layout) for precision in precisions for layout in layouts]
    best, measured = options[0], {}
    if len(options) > 1:
        names = [f"{option.precision} {option.layout}" for option in options]
        measured = choices.remembered(
            ("one thread", config.model.backbone, config.data.image_size, images, *names),
            lambda: dict(zip(names, _images_a_second(config, options, images, time.thread_time), strict=True)),
        )
        best = options[max(range(len(names)), key=lambda number: measured[names[number]])]
    if room and not share and count > 2:
        # Fewer threads may win in a container that owns a part of the machine, or with a small network.
        numbers = sorted({max(1, count >> halvings) for halvings in range(4)}, reverse=True)
        options = [dataclasses.replace(best, threads=number) for number in numbers]
        busy = cores.OtherPrograms()
        speeds = choices.remembered(
            ("threads", config.model.backbone, config.data.image_size, images, best.precision, best.layout, *numbers),
            lambda: {
                f"{number} threads": speed
                for number, speed in zip(
                    numbers, _images_a_second(config, options, images, time.perf_counter), strict=True
                )
            },
            sure=lambda: busy() < DISTURBED,
        )
        threads = max(numbers, key=lambda number: speeds[f"{number} threads"])
        measured = {**measured, **speeds}
    return dataclasses.replace(best, threads=threads, overlap=room, adapts=room and not share, measured=measured)


def has_bfloat16() -> bool:
    """Whether the processor multiplies in bfloat16, so that it isn't emulated."""
    return any(getattr(torch.cpu, name, bool)() for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))


def _chosen(wanted: ComputeConfig, fast: tuple[str, str]) -> tuple[str, str]:
    """Precision and layout as ``wanted``, where that leaves them open as ``fast``."""
    return (
        fast[0] if wanted.precision == "auto" else wanted.precision,
        fast[1] if wanted.layout == "auto" else wanted.layout,
    )


def _images_a_second(
    config: RunConfig, options: list[ResolvedCompute], images: int, clock: Callable[[], float]
) -> list[float]:
    """The training speed by ``clock`` of each choice; of a hopeless one that of its trial."""
    steps = [_step(config, option) for option in options]
    trials, few = [], min(images, TRIAL_BATCH)
    for option, step in zip(options, steps, strict=True):
        with threads(option.threads):
            step(few)
            trials.append(min(_seconds(step, few, clock) for _ in range(TRIALS)))
    left = [index for index, trial in enumerate(trials) if trial <= HOPELESS * min(trials)]
    speeds = [few / max(trial, 1e-9) for trial in trials]
    # A slow network or a busy machine is measured on fewer pictures, so that a round fits into the time.
    in_time = int(SECONDS * few / max(sum(trials[index] for index in left), 1e-9))
    images = min(images, max(TRIAL_BATCH, in_time))
    taken: dict[int, list[float]] = {index: [] for index in left}
    started = time.perf_counter()
    # The first round warms up and isn't counted.
    for turn in range(ROUNDS + 1):
        for index in left:
            with threads(options[index].threads):
                seconds = _seconds(steps[index], images, clock)
            if turn:
                taken[index].append(seconds)
        if turn >= 2 and time.perf_counter() - started > SECONDS:
            break
    # The fastest round counts: another program can only slow a step down.
    for index, seconds in taken.items():
        speeds[index] = images / max(min(seconds), 1e-9)
    return speeds


def _step(config: RunConfig, choice: ResolvedCompute) -> Callable[[int], None]:
    """A function that runs the network forwards and backwards on that many pictures."""
    tasks, size = config.learned_tasks(), config.data.image_size
    network = models.build(config.model.untrained(), tasks, size, config.sharing)
    choice.move(network)
    layout = torch.channels_last if choice.channels_last else torch.contiguous_format

    # Noise, not zeros, so that the numbers within are as in training: denormal ones would be slow.
    noise = torch.randn(LARGEST_BATCH, 3, size, size).contiguous(memory_format=layout)

    def step(images: int) -> None:
        _, outputs = choice.run(network, noise[:images])
        torch.stack([output.mean() for output in outputs.values()]).sum().backward()
        network.zero_grad()

    return step


def _seconds(step: Callable[[int], None], images: int, clock: Callable[[], float]) -> float:
    started = clock()
    step(images)
    return clock() - started
