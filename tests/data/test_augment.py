"""Each change alone, against what it should do to a picture."""

import dataclasses

import pytest
import torch

from mtldemo.config import AugmentConfig
from mtldemo.data.augment import ERASED, LUMA, SLENDER, augmented

NONE = AugmentConfig(flip=0, rotate=0, zoom=0, shift=0, colour=0, grey=0)


def pictures(count: int = 4, side: int = 16) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(1)) * 255


def change(images: torch.Tensor, seed: int = 0, **settings: float) -> torch.Tensor:
    return augmented(images, dataclasses.replace(NONE, **settings), torch.Generator().manual_seed(seed))


def test_nothing_to_change_copies() -> None:
    images = pictures()
    result = change(images)
    assert torch.equal(result, images)
    assert result.data_ptr() != images.data_ptr()


def test_flip_mirrors() -> None:
    images = pictures()
    assert torch.allclose(change(images, flip=1), images.flip(3), atol=1e-2)
    some = change(pictures(64), flip=0.5)
    mirrored = sum(not torch.allclose(a, b, atol=1e-2) for a, b in zip(some, pictures(64), strict=True))
    assert 20 < mirrored < 44


def test_zoom_and_turn_keep_the_middle() -> None:
    images = torch.zeros(8, 3, 17, 17)
    images[:, :, 8, 8] = 255
    for result in (change(images, zoom=0.4), change(images, rotate=45.0)):
        assert torch.allclose(result[:, :, 8, 8], images[:, :, 8, 8], atol=1e-2)
    assert not torch.allclose(change(pictures(), rotate=45.0), pictures(), atol=1)


def test_turn_by_its_angle() -> None:
    images = torch.zeros(32, 3, 33, 33)
    images[:, :, 16, 28] = 255  # 12 pixels to the right of the middle
    result = change(images, rotate=30.0).sum(dim=1)
    angles = []
    for picture in result:
        down, right = (picture == picture.max()).nonzero()[0].tolist()
        assert (down - 16) ** 2 + (right - 16) ** 2 == pytest.approx(144, abs=24)
        angles.append(torch.rad2deg(torch.atan2(torch.tensor(down - 16.0), torch.tensor(right - 16.0))).item())
    assert max(map(abs, angles)) < 33
    assert min(angles) < -15
    assert max(angles) > 15


def test_shift_moves_by_at_most_its_share() -> None:
    images = torch.zeros(32, 3, 20, 20)
    images[:, :, 10, 10] = 255
    places = change(images, shift=0.2).sum(dim=1).flatten(1).argmax(dim=1)
    right, down = places % 20 - 10, places // 20 - 10
    assert right.abs().max() <= 4
    assert down.abs().max() <= 4
    assert right.unique().numel() > 4
    assert down.unique().numel() > 4


def test_borders_are_filled_not_black() -> None:
    result = change(torch.full((16, 3, 16, 16), 200.0), rotate=45.0, zoom=0.5, shift=0.5)
    assert torch.allclose(result, torch.tensor(200.0), atol=0.1)


def test_colour_stays_in_range_and_differs_by_picture() -> None:
    images = pictures(16)
    result = change(images, colour=0.5)
    assert result.min() >= 0
    assert result.max() <= 255
    ratio = result.mean(dim=(1, 2, 3)) / images.mean(dim=(1, 2, 3))
    assert ratio.min() < 0.85
    assert ratio.max() > 1.15
    flat = torch.full((4, 3, 8, 8), 100.0)
    assert (change(flat, colour=0.2) - 100).abs().max() <= 20.01


def test_grey() -> None:
    images = pictures()
    result = change(images, grey=1)
    luma = torch.einsum("c,bchw->bhw", torch.tensor(LUMA), images)
    for channel in range(3):
        assert torch.allclose(result[:, channel], luma, atol=1e-3)


def test_erase_hides_one_rectangle() -> None:
    images = torch.full((64, 3, 40, 40), -1.0)
    hidden = change(images, erase=1)[:, 0] >= 0
    for hole in hidden:
        down, right = hole.nonzero().T
        height, width = (int(axis.max() - axis.min()) + 1 for axis in (down, right))
        assert hole.sum() == height * width
        # A side is rounded to a pixel.
        assert ERASED[0] * 40**2 - height - width <= height * width <= ERASED[1] * 40**2 + height + width
        assert max(height, width) - 0.5 <= SLENDER * (min(height, width) + 0.5)
    assert hidden.flatten(1).sum(dim=1).unique().numel() > 20
    assert hidden.any(dim=0)[4:-4, 4:-4].all()
    some = (change(images, erase=0.5)[:, 0] >= 0).flatten(1).any(dim=1).sum()
    assert 20 < some < 44


def test_the_generator_decides() -> None:
    images, config = pictures(), AugmentConfig()
    first, again, other = (augmented(images, config, torch.Generator().manual_seed(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_switching_one_change_off_leaves_the_others() -> None:
    images = pictures()
    with_grey, without = change(images, rotate=20.0, grey=1e-9), change(images, rotate=20.0)
    assert torch.equal(with_grey, without)


def test_layout_does_not_matter() -> None:
    images, config = pictures(), AugmentConfig(grey=0.5)
    other = images.contiguous(memory_format=torch.channels_last)
    results = [augmented(item, config, torch.Generator().manual_seed(0)) for item in (images, other)]
    assert torch.allclose(results[0], results[1], atol=1e-3)
    assert all(item.is_contiguous() for item in results)
