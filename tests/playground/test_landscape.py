"""The landscape of the CAGrad and Nash-MTL papers: against autograd of their formula, and its Pareto front."""

import numpy as np
import pytest
import torch
from torch import Tensor

from mtldemo.playground.landscape import BOTTOMS, LIFT, STARTS, Landscape, distance


def formula(theta: Tensor, scale: float) -> Tensor:
    """Both losses as the papers write them, without the lift."""
    x, y = theta[0], theta[1]
    f1 = torch.log(torch.clamp(torch.abs(0.5 * (-x - 7) - torch.tanh(-y)), min=5e-6)) + 6
    f2 = torch.log(torch.clamp(torch.abs(0.5 * (-x + 3) - torch.tanh(y) + 2), min=5e-6)) + 6
    g1 = ((-x + 7) ** 2 + 0.1 * (-y - 8) ** 2) / 10 - 20
    g2 = ((-x - 7) ** 2 + 0.1 * (-y - 8) ** 2) / 10 - 20
    c1, c2 = torch.clamp(torch.tanh(0.5 * y), min=0), torch.clamp(torch.tanh(-0.5 * y), min=0)
    return torch.stack([scale * (c1 * f1 + c2 * g1), c1 * f2 + c2 * g2])


@pytest.mark.parametrize("scale", [0.1, 1.0])
def test_losses_and_gradients_are_those_of_the_papers(scale: float) -> None:
    random = np.random.default_rng(0)
    for point in [*STARTS, *random.uniform(-9, 9, (40, 2)).tolist()]:
        theta = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        expected = formula(theta, scale)
        rows = [torch.autograd.grad(loss, theta, retain_graph=True)[0].tolist() for loss in expected]
        lifted = expected.detach().numpy() + LIFT * np.array([scale, 1])
        losses, gradients = Landscape(scale).step(*point)
        assert np.allclose(losses, lifted)
        # At 0 the formula has a kink in theta_2, and torch's versions differ in what they call its gradient.
        assert point[1] == 0 or np.allclose(gradients, rows)
        assert np.allclose(Landscape(scale).losses(np.array(point)), lifted)


@pytest.mark.parametrize("scale", [0.1, 1.0])
def test_losses_are_positive_and_no_point_is_better_than_the_front(scale: float) -> None:
    landscape = Landscape(scale)
    front = landscape.front()
    best = landscape.losses(front)
    assert (front[0, 0], front[-1, 0]) == (BOTTOMS[1], BOTTOMS[0])
    assert np.all(np.diff(best[:, 0]) < 0)
    assert np.all(np.diff(best[:, 1]) > 0)
    axis = np.linspace(-11, 11, 111)
    everywhere = landscape.losses(np.stack(np.meshgrid(axis, axis), axis=-1)).reshape(-1, 2)
    assert everywhere.min() > 0
    for place in range(0, len(best), 10):
        assert not np.any(np.all(everywhere < best[place] - 1e-9, axis=1))


def test_distance_is_to_the_nearest_point() -> None:
    front = np.array([[0.0, 0.0], [2.0, 0.0]])
    assert distance(np.array([[2.0, 3.0], [0.0, 0.0]]), front).tolist() == [3.0, 0.0]


def test_the_start_on_the_kink_goes_down() -> None:
    _, (first, second) = Landscape(1.0).step(0.0, 0.0)
    assert first[1] > 0
    assert second[1] > 0
