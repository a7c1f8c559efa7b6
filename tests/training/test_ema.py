import pytest
import torch
from torch import nn

from mtldemo.training import ema


def test_the_decay_warms_up() -> None:
    assert [ema.decay_at(0.998, count) for count in (0, 9)] == pytest.approx([0.1, 10 / 19])
    assert ema.decay_at(0.998, 10_000) == 0.998


def test_weights_and_statistics_are_averaged_and_counts_copied() -> None:
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.BatchNorm1d(2))
    average = ema.averaged(model, 0.9)
    expected_weight, expected_mean = torch.zeros(2, 2), torch.zeros(2)
    for turn in range(4):
        with torch.no_grad():
            model[0].weight.fill_(turn + 1.0)
        model(torch.randn(8, 2) + turn)
        average.update_parameters(model)
        decay = ema.decay_at(0.9, turn) if turn else 0.0  # the first one is taken over
        expected_weight = decay * expected_weight + (1 - decay) * model[0].weight.detach()
        expected_mean = decay * expected_mean + (1 - decay) * model[1].running_mean
    copied = average.module
    assert torch.allclose(copied[0].weight, expected_weight)
    assert torch.allclose(copied[1].running_mean, expected_mean)
    assert copied[1].num_batches_tracked == model[1].num_batches_tracked == 4
    assert not copied.training
    assert not any(parameter.requires_grad for parameter in average.parameters())
