"""A class that says something without torch is a plain module once it is made."""

import copy
import pickle
import subprocess
import sys
from typing import Any

import pytest
import torch as real

from mtldemo import lazy_torch
from mtldemo.lazy_torch import Module, Tensor, nn, torch


class Scale(Module):
    """Multiplies by a learned factor."""

    words = "says this without torch"
    total: Tensor
    last: Tensor | None

    def __init__(self, start: float = 2.0, *, name: str = "scale") -> None:
        super().__init__()
        self.name = name
        self.factor = nn.Parameter(torch.tensor(start))
        self.register_buffer("total", torch.zeros(2))

    def forward(self, values: Tensor) -> Tensor:
        return self.factor * values


def test_what_is_made_is_a_module_of_torch_and_of_its_class() -> None:
    scale = Scale(3.0, name="mine")
    assert isinstance(scale, Scale)
    assert isinstance(scale, real.nn.Module)
    assert scale(real.ones(2)).tolist() == [3, 3]
    assert list(scale.state_dict()) == ["factor", "total"]
    assert (type(scale).__name__, type(scale).__module__, type(scale).__doc__) == (
        "Scale",
        __name__,
        "Multiplies by a learned factor.",
    )
    assert type(Scale()) is type(scale)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda scale: pickle.loads(pickle.dumps(scale))])
def test_it_is_copied_with_its_state(copied: Any) -> None:
    scale = Scale(5.0, name="mine")
    other = copied(scale)
    assert isinstance(other, Scale)
    assert (other.name, other.factor.item()) == ("mine", 5)
    with real.no_grad():
        other.factor.zero_()
    assert scale.factor.item() == 5


def test_the_names_are_torchs_own() -> None:
    assert torch.float64 is real.float64
    assert nn.Parameter is real.nn.Parameter
    with pytest.raises(AttributeError):
        _ = torch.no_such_thing  # type: ignore[attr-defined]


def test_asking_whether_something_is_a_tensor_is_refused() -> None:
    with pytest.raises(TypeError):
        isinstance(real.ones(1), lazy_torch.Tensor)


def test_the_words_take_no_torch() -> None:
    script = (
        "import sys\n"
        "from mtldemo.lazy_torch import Module, Tensor, nn\n"
        "class Words(Module):\n"
        "    words = 'light'\n"
        "    def forward(self, values: Tensor | None) -> tuple[Tensor, None | Tensor]: ...\n"
        "assert Words.words == 'light' and 'torch' not in sys.modules\n"
        "made = Words()\n"
        "assert isinstance(made, sys.modules['torch'].nn.Module)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
