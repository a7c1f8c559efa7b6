import math

import pytest
import torch

from mtldemo.training import gradients


def test_the_gramian_is_of_inner_products_whatever_the_strides_and_sizes() -> None:
    torch.manual_seed(0)
    shapes = [(40, 30, 3, 3), (7,), (gradients.CHUNK + 5,)]
    rows = [[torch.randn(shape) for shape in shapes] for _ in range(3)]
    for row in rows:
        row[0] = row[0].contiguous(memory_format=torch.channels_last)
    flat = torch.stack([torch.cat([piece.flatten() for piece in row]) for row in rows]).double()
    found = gradients.gramian(rows)
    assert found.dtype == torch.float64
    torch.testing.assert_close(found, flat @ flat.T, rtol=1e-5, atol=1e-2)
    norms, cosines = gradients.compared(["a", "b", "c"], found)
    assert norms["b"] == pytest.approx(float(flat[1].norm()), rel=1e-6)
    assert list(cosines) == ["a|b", "a|c", "b|c"]


def test_the_cosine_with_no_gradient_is_unknown() -> None:
    _, cosines = gradients.compared(["a", "b"], torch.tensor([[4.0, 0], [0, 0]]).double())
    assert math.isnan(cosines["a|b"])


def test_each_gradient_has_its_places_strides_and_is_zero_where_it_doesnt_reach() -> None:
    places = [torch.ones(2, 3, 2, 2).contiguous(memory_format=torch.channels_last), torch.ones(4), torch.ones(4)]
    for place in places:
        place.requires_grad_()
    losses = [2 * places[0].sum() + places[1].sum(), 3 * places[2].sum()]
    rows = gradients.by_task(losses, places, keep=False)
    assert [[float(piece.mean()) for piece in row] for row in rows] == [[2, 1, 0], [0, 0, 3]]
    assert all(piece.stride() == place.stride() for row in rows for piece, place in zip(row, places, strict=True))
    total = gradients.weighted_sum(rows, [0.5, 2.0])
    assert [float(piece.mean()) for piece in total] == [1, 0.5, 6]


def test_views_cover_a_flat_direction_once() -> None:
    places = [torch.ones(2, 3, 2, 2).contiguous(memory_format=torch.channels_last), torch.ones(4)]
    flat = torch.arange(28.0)
    pieces = gradients.views(flat, places)
    assert [piece.shape for piece in pieces] == [place.shape for place in places]
    assert sorted(torch.cat([piece.flatten() for piece in pieces]).tolist()) == flat.tolist()
