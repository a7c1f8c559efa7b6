"""The heads: what holds for all of them, and each one's loss, answer and prior worked out by hand."""

import dataclasses
import math

import pytest
import torch

from mtldemo.model.heads import HEADS, bins, decode, head_of, output_size, quantile, task_loss
from mtldemo.tasks import AGE, ETHNICITY, GENDER, KINDS, REGRESSION, Task

NAN = float("nan")
COLD = Task(name="cold", title="Cold", kind=REGRESSION, low=-40, high=-10, unit="degrees", bins=61)
EVERY = [dataclasses.replace(task, loss=loss) for task in (AGE, COLD, GENDER, ETHNICITY) for loss in task.losses]


def age(loss: str) -> Task:
    return dataclasses.replace(AGE, loss=loss)


def loss_of(task: Task, output: torch.Tensor, target: torch.Tensor, *, smoothing: float = 0.0) -> torch.Tensor:
    """The loss where every picture has a label."""
    return task_loss(task, output, target, torch.ones(len(target), dtype=torch.bool), smoothing=smoothing)


def column(*values: float) -> torch.Tensor:
    return torch.tensor(values)[:, None]


@pytest.mark.parametrize(
    ("task", "size"), [(AGE, 1), (age("distribution"), 117), (GENDER, 1), (ETHNICITY, 5)], ids=lambda value: str(value)
)
def test_output_size(task: Task, size: int) -> None:
    assert output_size(task) == size


@pytest.mark.parametrize(
    ("loss", "expected"),
    # Errors of 2 and 10 years.
    [("l1", 6.0), ("mse", 52.0), ("huber", (0.5 * 4 + AGE.tolerance * (10 - AGE.tolerance / 2)) / 2)],
)
def test_regression_losses(loss: str, expected: float) -> None:
    value = loss_of(age(loss), column(32.0, 50.0), torch.tensor([30.0, 60.0]))
    assert value.item() == pytest.approx(expected)


def test_binary_loss() -> None:
    value = loss_of(GENDER, column(0.0, math.log(3)), torch.tensor([0, 1]))
    assert value.item() == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)


def test_cross_entropy_with_smoothing() -> None:
    output = torch.zeros(1, 5)
    output[0, 2] = math.log(6)  # probabilities 0.6 and four times 0.1
    target = torch.tensor([2])
    plain = loss_of(ETHNICITY, output, target)
    smooth = loss_of(ETHNICITY, output, target, smoothing=0.5)
    assert plain.item() == pytest.approx(-math.log(0.6))
    assert smooth.item() == pytest.approx(-(0.6 * math.log(0.6) + 0.4 * math.log(0.1)))


def test_distribution_loss_is_the_entropy_of_the_label_at_best() -> None:
    task, target = age("distribution"), torch.tensor([40.0])
    logits = -0.5 * ((bins(task) - 40) / AGE.spread).square()
    entropy = 0.5 * math.log(2 * math.pi * math.e * AGE.spread**2)
    assert loss_of(task, logits[None], target).item() == pytest.approx(entropy, abs=1e-4)
    uniform = loss_of(task, torch.zeros(1, 117), target)
    assert uniform.item() == pytest.approx(math.log(117))


def test_every_loss_of_every_kind_has_one_head() -> None:
    for kind in KINDS:
        for loss in kind.losses:
            assert len([head for head in HEADS if head.kind == kind.name and loss in head.losses]) == 1, loss


@pytest.mark.parametrize("task", EVERY, ids=lambda task: f"{task.name}-{task.loss}")
@pytest.mark.parametrize("stand_in", [-1, 0, 1e9, NAN])
def test_missing_labels_are_left_out_whatever_stands_for_them(task: Task, stand_in: float) -> None:
    torch.manual_seed(0)
    output = torch.randn(4, output_size(task), requires_grad=True)
    labels = [-20.0, -30.0] if task is COLD else [1.0, 0.0]
    target = torch.tensor([labels[0], stand_in, labels[1], stand_in])
    whole = task_loss(task, output, target, torch.tensor([True, False, True, False]))
    assert torch.allclose(whole, loss_of(task, output[[0, 2]], target[[0, 2]]))
    (gradient,) = torch.autograd.grad(whole, output)
    assert gradient.isfinite().all()
    assert (gradient[[1, 3]] == 0).all()
    assert (gradient[[0, 2]] != 0).any(dim=1).all()


@pytest.mark.parametrize("task", EVERY, ids=lambda task: f"{task.name}-{task.loss}")
def test_no_label_at_all_gives_a_zero_with_a_graph(task: Task) -> None:
    output = torch.randn(3, output_size(task), requires_grad=True)
    loss = task_loss(task, output, torch.full((3,), NAN), torch.zeros(3, dtype=torch.bool))
    loss.backward()
    assert loss.item() == 0
    assert output.grad is not None
    assert (output.grad == 0).all()


@pytest.mark.parametrize(
    "task",
    # Huber's loss starts from the median, which is near its own best constant.
    [task for task in EVERY if task.loss != "huber"],
    ids=lambda task: f"{task.name}-{task.loss}",
)
def test_the_prior_is_the_output_with_the_least_loss(task: Task) -> None:
    labels = [-30.0, -20.0, -20.0] if task.name == "cold" else [0.0, 1.0, 1.0] * 30
    values = torch.tensor(labels * 200)
    prior = torch.as_tensor(head_of(task).prior(task, values.double().numpy()), dtype=torch.float32)
    best = loss_of(task, prior.expand(len(values), -1), values)
    for seed in range(5):
        moved = prior + 0.3 * torch.randn(len(prior), generator=torch.Generator().manual_seed(seed))
        assert loss_of(task, moved.expand(len(values), -1), values) > best - 1e-4


@pytest.mark.parametrize("task", EVERY, ids=lambda task: f"{task.name}-{task.loss}")
def test_views_that_agree_answer_as_one(task: Task) -> None:
    one = decode(task, torch.randn(3, output_size(task)))
    two = head_of(task).averaged(task, type(one)(*(torch.cat([part, part]) for part in one)), 2)
    assert torch.allclose(one.value.float(), two.value.float(), atol=1e-4)
    assert torch.allclose(one.probabilities, two.probabilities)


@pytest.mark.parametrize("task", EVERY, ids=lambda task: f"{task.name}-{task.loss}")
def test_low_precision_outputs_give_float32(task: Task) -> None:
    output = torch.zeros(2, output_size(task), dtype=torch.bfloat16)
    assert loss_of(task, output, torch.tensor([0, 1])).dtype == torch.float32
    assert decode(task, output).probabilities.dtype == torch.float32


def test_decode_plain_regression_stays_in_range() -> None:
    value, probabilities = decode(AGE, column(-3.0, 41.5, 200.0))
    assert value.tolist() == [0.0, 41.5, 116.0]
    assert probabilities.shape == (3, 0)


def test_decode_binary() -> None:
    value, probabilities = decode(GENDER, column(-math.log(3), math.log(3)))
    assert value.tolist() == [0, 1]
    assert torch.allclose(probabilities, torch.tensor([[0.75, 0.25], [0.25, 0.75]]))


def test_decode_classes() -> None:
    value, probabilities = decode(ETHNICITY, torch.tensor([[0.0, 0.0, 0.0, 2.0, 0.0]]))
    assert value.tolist() == [3]
    assert probabilities.sum().item() == pytest.approx(1)


def test_decode_distribution_by_its_median() -> None:
    task = age("distribution")
    logits = torch.full((4, 117), -100.0)
    logits[0, 40] = 0  # all at 40: the middle of its bin
    logits[1, [20, 21]] = 0  # half each: the border between them
    logits[2, [10, 11, 90]] = torch.tensor([0.2, 0.4, 0.4]).log()  # 0.3 of 0.4 into the bin of 11
    logits[3, 116] = 0
    value, probabilities = decode(task, logits)
    assert value.tolist() == pytest.approx([40.0, 20.5, 11.25, 116.0], abs=1e-4)
    assert torch.allclose(probabilities.sum(dim=1), torch.ones(4))


def test_quantile_spans_the_bins_evenly() -> None:
    uniform = torch.full((1, 117), 1 / 117)
    shares = [0.0, 0.25, 0.5, 0.75, 1.0]
    values = [quantile(age("distribution"), uniform, share).item() for share in shares]
    assert values == pytest.approx([0.0, 28.75, 58.0, 87.25, 116.0], abs=1e-3)


def test_distribution_is_best_at_the_labels_mixture_and_decodes_to_their_median() -> None:
    task, target = age("distribution"), torch.tensor([20.0, 30.0, 80.0])
    labels = (-0.5 * ((bins(task) - target[:, None]) / AGE.spread).square()).softmax(dim=1)
    logits = labels.mean(dim=0, keepdim=True).clamp(min=1e-30).log().requires_grad_()
    (gradient,) = torch.autograd.grad(loss_of(task, logits.expand(3, -1), target), logits)
    assert gradient.abs().max() < 1e-6
    assert decode(task, logits).value.item() == pytest.approx(30, abs=0.1)
