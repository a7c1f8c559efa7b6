import pytest
import torch
from torch import nn

from mtldemo.training import ema


def test_the_decay_warms_up() -> None:
    assert [ema.decay_at(0.998, count) for count in (0, 9)] == pytest.approx([0.1, 10 / 19])
    assert ema.decay_at(0.998, 10_000) == 0.998


def test_weights_and_statistics_are_averaged_and_counts_copied() -> None:
    linear, norm = nn.Linear(2, 2, bias=False), nn.BatchNorm1d(2)
    model = nn.Sequential(linear, norm)
    average = ema.averaged(model, 0.9)
    expected: dict[str, torch.Tensor] = {}
    for turn in range(4):
        with torch.no_grad():
            linear.weight.fill_(turn + 1.0)
        model(torch.randn(8, 2) + turn)
        average.update_parameters(model)
        decay = ema.decay_at(0.9, turn) if turn else 0.0  # the first one is taken over
        for name in ("0.weight", "1.running_mean", "1.running_var"):
            value = model.state_dict()[name].clone()
            expected[name] = decay * expected[name] + (1 - decay) * value if turn else value
    found = average.module.state_dict()
    for name, value in expected.items():
        assert torch.allclose(found[name], value), name
    assert found["1.num_batches_tracked"] == 4
    assert not average.module.training
    assert not any(parameter.requires_grad for parameter in average.parameters())
