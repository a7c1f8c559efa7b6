"""Batches for training and evaluation, with no state but their arguments.

The order of epoch ``e`` depends on (seed, e) alone and the changes of its step ``s`` on (seed, e, s) alone, so a run
can go on in the middle of an epoch exactly as if it had never stopped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Generator, Tensor

from mtldemo.config import AugmentConfig
from mtldemo.data.augment import augmented
from mtldemo.data.split import FEWEST_TO_TRAIN
from mtldemo.errors import MtlDemoError
from mtldemo.tasks import REGRESSION, Task

IN_MEMORY = 4 * 2**30
"""Bytes: a split whose pixels need at most this is copied into memory, a larger one is read from disk as it goes."""


class Pictures(Protocol):
    """What batches need of a data set: ``pixels`` uint8 [N, S, S, 3], ``mean`` and ``std`` of its channels in 0 to 1,
    the row numbers of a split, the labels [n] of those rows and whether there is one (bool [n])."""

    @property
    def pixels(self) -> np.ndarray: ...
    @property
    def mean(self) -> tuple[float, ...]: ...
    @property
    def std(self) -> tuple[float, ...]: ...
    def indices(self, split: str, /) -> np.ndarray: ...
    def labels(self, task_name: str, indices: np.ndarray, /) -> np.ndarray: ...
    def present(self, task_name: str, indices: np.ndarray, /) -> np.ndarray: ...


@dataclass(frozen=True)
class Batch:
    """``images`` float32 [B, 3, S, S], normalised to the training split's mean 0 and spread 1; ``targets`` [B] by task
    (float32 for a regression, else int64) and ``present`` [B] by task, bool: which of them are labels, the others being
    0; ``indices`` [B], the rows in the data set (int64, always on the CPU)."""

    images: Tensor
    targets: dict[str, Tensor]
    present: dict[str, Tensor]
    indices: Tensor


def split_rows(dataset: Pictures, split: str) -> np.ndarray:
    """The rows int64 [n] of ``split``. Raises ``MtlDemoError`` where it has no pictures, or but one to train on."""
    rows = np.asarray(dataset.indices(split), dtype=np.int64)
    if not len(rows):
        raise MtlDemoError(f"The {split} split has no pictures; use a larger data set or a larger share for it.")
    if split == "train" and len(rows) < FEWEST_TO_TRAIN:
        raise MtlDemoError(
            f"Only {len(rows)} picture is left to train on, at least {FEWEST_TO_TRAIN} are needed; use a larger "
            "data set or smaller shares for validation and test."
        )
    return rows


def steps_an_epoch(count: int, batch_size: int, *, shuffle: bool) -> int:
    """The number of batches that ``count`` pictures make: with ``shuffle`` without the ragged last one, unless it is
    the only one."""
    whole, rest = divmod(count, batch_size)
    return whole if shuffle and whole else whole + bool(rest)


class Batches:
    """The pictures of ``split`` (``train``, ``val`` or ``test``) in batches of ``batch_size`` on ``device``.

    With ``shuffle`` (by default for ``train`` alone) each epoch has an order of its own, and a ragged last batch is
    dropped unless it is the only one; otherwise all pictures come in the data set's order. ``augment`` changes the
    pictures; None leaves them as they are. ``channels_last`` chooses the memory layout of the images. A split of up to
    ``memory`` bytes is kept in memory. ``len`` is the number of steps in an epoch.

    Raises ``MtlDemoError`` where the split has no pictures, or there is but one to train on.
    """

    def __init__(
        self,
        dataset: Pictures,
        split: str,
        tasks: Sequence[Task],
        batch_size: int,
        *,
        seed: int = 0,
        augment: AugmentConfig | None = None,
        device: str | torch.device = "cpu",
        channels_last: bool = True,
        shuffle: bool | None = None,
        memory: int = IN_MEMORY,
    ) -> None:
        rows = split_rows(dataset, split)
        self.batch_size = batch_size
        self.seed = seed
        self.shuffle = split == "train" if shuffle is None else shuffle
        self.device = torch.device(device)
        self.channels_last = channels_last
        self._augment = augment if augment is not None and augment.augment else None
        self._rows = torch.from_numpy(rows.copy())
        self._pixels = dataset.pixels
        size = len(rows) * int(np.prod(self._pixels.shape[1:]))
        self._in_memory = torch.from_numpy(np.ascontiguousarray(self._pixels[rows])) if size <= memory else None
        self._targets: dict[str, Tensor] = {}
        self._present: dict[str, Tensor] = {}
        for task in tasks:
            present = np.array(dataset.present(task.name, rows), dtype=bool)
            self._targets[task.name] = _target(task, dataset.labels(task.name, rows), present)
            self._present[task.name] = torch.from_numpy(present)
        mean, std = (torch.tensor(values, dtype=torch.float32) for values in (dataset.mean, dataset.std))
        self._gain = (1 / (255 * std)).to(self.device)
        self._offset = (-mean / std).to(self.device)
        # One value for each number of a picture: a multiply-add over whole rows is five times as fast as one that
        # repeats three channels.
        area = self._pixels.shape[1] * self._pixels.shape[2]
        self._row_gain, self._row_offset = self._gain.repeat(area), self._offset.repeat(area)

    def __len__(self) -> int:
        return steps_an_epoch(len(self._rows), self.batch_size, shuffle=self.shuffle)

    @property
    def images(self) -> int:
        """How many pictures an epoch shows."""
        return min(len(self._rows), len(self) * self.batch_size)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of an epoch (counted from any number), from step ``start`` (counted from 0) on."""
        count = len(self._rows)
        order = torch.randperm(count, generator=_generator(self.seed, epoch)) if self.shuffle else torch.arange(count)
        for step in range(start, len(self)):
            chosen = order[step * self.batch_size : (step + 1) * self.batch_size]
            yield Batch(
                self._images(self._gather(chosen), epoch, step),
                {name: target[chosen].to(self.device) for name, target in self._targets.items()},
                {name: present[chosen].to(self.device) for name, present in self._present.items()},
                self._rows[chosen],
            )

    def _gather(self, chosen: Tensor) -> Tensor:
        """The pixels uint8 [B, S, S, 3] of the split's pictures ``chosen`` [B]."""
        if self._in_memory is not None:
            return self._in_memory.index_select(0, chosen)
        return torch.from_numpy(np.asarray(self._pixels[self._rows[chosen].numpy()]))

    def _images(self, pixels: Tensor, epoch: int, step: int) -> Tensor:
        # Bytes travel to the device, a quarter of the floats.
        pixels = pixels.to(self.device)
        if self._augment is None:
            flat = pixels.view(len(pixels), -1).float()
            # Stored pixel by pixel, the pictures are in the channels_last layout as they are.
            images = torch.addcmul(self._row_offset, flat, self._row_gain).view(pixels.shape).permute(0, 3, 1, 2)
        else:
            generator = _generator(self.seed, epoch, step)
            images = augmented(pixels.permute(0, 3, 1, 2).float(), self._augment, generator)
            images.mul_(self._gain[:, None, None]).add_(self._offset[:, None, None])
        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        return images.contiguous(memory_format=layout)


def _target(task: Task, labels: np.ndarray, present: np.ndarray) -> Tensor:
    # What stands for a missing label, such as NaN, may have no place among whole numbers.
    values = np.where(present, labels, 0)
    return torch.from_numpy(values.astype(np.float32 if task.kind == REGRESSION else np.int64))


def _generator(*numbers: int) -> Generator:
    """A generator whose stream belongs to these whole numbers (none negative) alone; SeedSequence mixes them well."""
    return Generator().manual_seed(int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1))
