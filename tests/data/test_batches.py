"""Order, content and reproducibility of batches, over a small made-up set."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from mtldemo.config import AugmentConfig
from mtldemo.data.batches import Batch, Batches
from mtldemo.errors import MtlDemoError
from mtldemo.tasks import AGE, ETHNICITY, GENDER, UTKFACE


@dataclass(frozen=True)
class Few:
    """Twenty pictures for training, seven for validation, none for the test."""

    pixels: np.ndarray
    mean: tuple[float, ...] = (0.5, 0.4, 0.3)
    std: tuple[float, ...] = (0.2, 0.25, 0.3)

    def indices(self, split: str) -> np.ndarray:
        return {"train": np.arange(1, 40, 2), "val": np.arange(0, 14, 2), "test": np.arange(0)}[split]

    def labels(self, task_name: str, indices: np.ndarray) -> np.ndarray:
        if task_name == "age":
            return (indices + 0.5).astype(np.float32)
        # A missing label isn't always a number, and a negative one isn't always missing.
        return np.where(indices % 3 == 0, np.nan, indices % 2) if task_name == "gender" else -(indices % 2)

    def present(self, task_name: str, indices: np.ndarray) -> np.ndarray:
        return indices % 3 != 0 if task_name == "gender" else np.ones(len(indices), dtype=bool)


@pytest.fixture
def few() -> Few:
    return Few(np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), dtype=np.uint8))


def same(one: list[Batch], other: list[Batch]) -> bool:
    return len(one) == len(other) and all(
        torch.equal(a.images, b.images)
        and torch.equal(a.indices, b.indices)
        and all(torch.equal(a.targets[name], b.targets[name]) for name in a.targets)
        and all(torch.equal(a.present[name], b.present[name]) for name in a.targets)
        for a, b in zip(one, other, strict=True)
    )


def test_evaluation_is_in_order_and_whole(few: Few) -> None:
    batches = Batches(few, "val", UTKFACE, 3)
    got = list(batches.epoch(0))
    assert len(batches) == len(got) == 3
    assert batches.images == 7
    assert torch.cat([batch.indices for batch in got]).tolist() == [0, 2, 4, 6, 8, 10, 12]
    assert same(got, list(batches.epoch(5)))


def test_images_are_normalised(few: Few) -> None:
    (batch,) = Batches(few, "val", UTKFACE, 7).epoch(0)
    expected = (few.pixels[::2][:7] / 255 - np.array(few.mean)) / np.array(few.std)
    assert batch.images.dtype == torch.float32
    assert np.allclose(batch.images.permute(0, 2, 3, 1).numpy(), expected, atol=1e-5)


def test_targets(few: Few) -> None:
    (batch,) = Batches(few, "val", (AGE, GENDER, ETHNICITY), 7).epoch(0)
    assert batch.targets["age"].dtype == torch.float32
    assert batch.targets["age"].tolist() == [0.5, 2.5, 4.5, 6.5, 8.5, 10.5, 12.5]
    assert batch.targets["gender"].dtype == torch.int64
    assert batch.targets["gender"].tolist() == [0, 0, 0, 0, 0, 0, 0]
    assert batch.present["gender"].tolist() == [False, True, True, False, True, True, False]
    assert batch.present["age"].all()
    (part,) = Batches(few, "val", (GENDER,), 7).epoch(0)
    assert list(part.targets) == ["gender"]


def test_training_shuffles_and_drops_the_rest(few: Few) -> None:
    batches = Batches(few, "train", UTKFACE, 6)
    epochs = [torch.cat([batch.indices for batch in batches.epoch(epoch)]).tolist() for epoch in (0, 1)]
    assert len(batches) == 3
    assert batches.images == 18
    assert epochs[0] != epochs[1]
    for seen in epochs:
        assert len(seen) == len(set(seen)) == 18
        assert set(seen) <= set(range(1, 40, 2))
    other = Batches(few, "train", UTKFACE, 6, seed=1)
    assert torch.cat([batch.indices for batch in other.epoch(0)]).tolist() != epochs[0]


def test_a_single_ragged_batch_is_kept(few: Few) -> None:
    batches = Batches(few, "train", UTKFACE, 64)
    assert len(batches) == 1
    assert [len(batch.images) for batch in batches.epoch(0)] == [20]


@pytest.mark.parametrize("augment", [None, AugmentConfig()])
@pytest.mark.parametrize("memory", [0, 2**30])
def test_an_epoch_goes_on_from_any_step(few: Few, augment: AugmentConfig | None, memory: int) -> None:
    whole = list(Batches(few, "train", UTKFACE, 6, seed=3, augment=augment, memory=memory).epoch(2))
    rest = list(Batches(few, "train", UTKFACE, 6, seed=3, augment=augment).epoch(2, start=1))
    assert same(whole[1:], rest)


def test_pixels_are_read_from_a_file(few: Few, tmp_path: Path) -> None:
    np.save(tmp_path / "pixels.npy", few.pixels)
    filed = Few(np.load(tmp_path / "pixels.npy", mmap_mode="r"))
    for memory in (0, 2**30):
        assert same(
            list(Batches(filed, "train", UTKFACE, 6, memory=memory).epoch(0)),
            list(Batches(few, "train", UTKFACE, 6).epoch(0)),
        )


def test_augmentation_changes_pictures_alone(few: Few) -> None:
    plain = list(Batches(few, "train", UTKFACE, 6).epoch(0))
    changed = list(Batches(few, "train", UTKFACE, 6, augment=AugmentConfig()).epoch(0))
    for one, other in zip(plain, changed, strict=True):
        assert torch.equal(one.indices, other.indices)
        assert all(torch.equal(one.targets[name], other.targets[name]) for name in one.targets)
        assert not torch.allclose(one.images, other.images)
    again = list(Batches(few, "train", UTKFACE, 6, augment=AugmentConfig()).epoch(1))
    assert not same(changed, again)
    off = Batches(few, "train", UTKFACE, 6, augment=AugmentConfig(augment=False))
    assert same(plain, list(off.epoch(0)))


def test_no_change_gives_the_plain_pictures(few: Few) -> None:
    still = AugmentConfig(flip=0, rotate=0, zoom=0, shift=0, colour=0, grey=0)
    for one, other in zip(
        Batches(few, "train", UTKFACE, 6).epoch(0),
        Batches(few, "train", UTKFACE, 6, augment=still).epoch(0),
        strict=True,
    ):
        assert torch.allclose(one.images, other.images, atol=1e-5)


@pytest.mark.parametrize("augment", [None, AugmentConfig()])
def test_layout(few: Few, augment: AugmentConfig | None) -> None:
    last = next(Batches(few, "train", UTKFACE, 6, augment=augment).epoch(0)).images
    first = next(Batches(few, "train", UTKFACE, 6, augment=augment, channels_last=False).epoch(0)).images
    assert last.is_contiguous(memory_format=torch.channels_last)
    assert first.is_contiguous()
    assert torch.equal(last, first)


def test_the_global_random_state_is_left_alone(few: Few) -> None:
    before = torch.get_rng_state()
    list(Batches(few, "train", UTKFACE, 6, augment=AugmentConfig()).epoch(0))
    assert torch.equal(before, torch.get_rng_state())


def test_an_empty_split_is_said_in_words(few: Few) -> None:
    with pytest.raises(MtlDemoError, match="The test split has no pictures"):
        Batches(few, "test", UTKFACE, 6)
