import pytest
import torch

from mtldemo.tasks import AGE, ETHNICITY, GENDER, Task
from mtldemo.training.batch_metric import batch_performance


@pytest.mark.parametrize(
    ("task", "output", "target", "share"),
    [
        # Off by 0, 5, 6 and 20 years; the last has no label.
        (AGE, [[20.0], [35], [46], [70], [50]], [20.0, 30, 40, 50, -1], 2 / 4),
        (GENDER, [[2.0], [-1], [3]], [1, 0, 0], 2 / 3),
        (ETHNICITY, [[0.0, 9, 0, 0, 0], [9, 0, 0, 0, 0]], [1, -1], 1),
        (ETHNICITY, [[0.0, 9, 0, 0, 0]], [-1], 0),
    ],
)
def test_the_share_of_labelled_pictures_got_right(
    task: Task, output: list[list[float]], target: list[float], share: float
) -> None:
    labels = torch.tensor(target)
    found = batch_performance(task, torch.tensor(output, requires_grad=True), labels, labels >= 0)
    assert found.item() == pytest.approx(share)
    assert not found.requires_grad
