"""A strategy is one file and one line: written into a copy of the package, it is offered, described and trained by."""

import shutil
import subprocess
import sys
from pathlib import Path

import mtldemo

FILE = r'''"""Inverse weights."""

from collections.abc import Sequence
from typing import Annotated

from mtldemo.lazy_torch import Tensor, nn, torch
from mtldemo.settings import Setting
from mtldemo.tasks import Task
from mtldemo.weighting.base import LossStrategy


class Inverse(LossStrategy):
    r"""Divides each loss by itself.

    .. math:: w_k = c / L_k

    ``losses`` [K] -> objective [], weights [K]. ``factor`` c: 0.1 to 10. No paper, no departures.
    """

    name = "inverse"
    title = "Inverse losses"
    idea = "Divides each loss by itself. All tasks then count alike."
    formula = r"w_k = c / L_k"
    paper = "Common practice"

    def __init__(
        self,
        tasks: Sequence[Task],
        *,
        factor: Annotated[float, Setting("Factor", "Of all weights.", low=0.1, high=10)] = 2.0,
    ) -> None:
        super().__init__(tasks)
        self.factor = factor
        self.offset = nn.Parameter(torch.zeros(len(self.tasks)))

    def forward(self, losses: Tensor) -> tuple[Tensor, Tensor]:
        """``losses`` [K] -> the objective, and the weights c / L [K]."""
        weights = self.factor / losses.detach()
        return (weights * losses + self.offset).sum(), weights
'''
SCRIPT = """
import sys
from mtldemo import weighting
(row,) = [row for row in weighting.describe() if row["name"] == "inverse"]
assert (row["title"], row["kind"], row["idea"][:7]) == ("Inverse losses", "losses", "Divides")
assert [(each["name"], each["default"], each["high"]) for each in row["settings"]] == [("factor", 2.0, 10)]
assert "torch" not in sys.modules
from mtldemo.config import WeightingConfig
from mtldemo.tasks import UTKFACE
built = weighting.build(WeightingConfig("inverse", {"factor": 4}), UTKFACE)
import torch
assert built(torch.tensor([1.0, 2.0, 4.0]))[1].tolist() == [4, 2, 1]
assert list(built.state_dict()) == ["offset"]
"""


def test_a_strategy_is_one_file_and_one_line(tmp_path: Path) -> None:
    source = Path(mtldemo.__file__).parent
    # What a strategy's words need, and no model, page or asset.
    shutil.copytree(source / "weighting", tmp_path / "mtldemo" / "weighting", ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copytree(source / "tasks", tmp_path / "mtldemo" / "tasks", ignore=shutil.ignore_patterns("*.pyc"))
    for file in source.glob("*.py"):
        shutil.copy(file, tmp_path / "mtldemo")
    (tmp_path / "mtldemo" / "weighting" / "inverse.py").write_text(FILE, encoding="utf-8")
    family = tmp_path / "mtldemo" / "weighting" / "__init__.py"
    text = family.read_text(encoding="utf-8")
    for old, new in (
        ("    Fixed,\n", "    Inverse,\n"),
        ("from mtldemo.weighting.fixed import Fixed\n", "from mtldemo.weighting.inverse import Inverse\n"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, old + new)
    family.write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
