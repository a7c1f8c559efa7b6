import numpy as np
import pytest
import torch

from mtldemo.config import ModelConfig
from mtldemo.errors import MtlDemoError
from mtldemo.model import build
from mtldemo.model.heads import bins, output_size
from mtldemo.model.heads.regression import Scale
from mtldemo.model.sharing import Network, Representation
from mtldemo.tasks import AGE, UTKFACE


def small(*names: str, losses: dict[str, str] | None = None, **options: float) -> Network:
    torch.manual_seed(0)
    tasks = UTKFACE.chosen(names or [task.name for task in UTKFACE], losses)
    return build(ModelConfig(head_hidden=8, **options), tasks, 32)  # type: ignore[arg-type]


def bias(model: Network, name: str) -> np.ndarray:
    """What the head says where the layers before its last bias say nothing."""
    last = model.heads[name][-1]  # type: ignore[index]
    if isinstance(last, Scale):
        return last(model.heads[name][-2].bias).detach().numpy()  # type: ignore[index]
    return last.bias.detach().numpy()


@pytest.mark.parametrize("names", [["age", "gender", "ethnicity"], ["age"], ["gender", "ethnicity"]])
def test_one_output_for_each_task(names: list[str]) -> None:
    model = small(*names)
    outputs = model(torch.randn(2, 3, 32, 32))
    assert list(outputs) == names
    assert [output.shape for output in outputs.values()] == [(2, output_size(task)) for task in model.tasks]


def test_age_as_a_distribution_has_a_bin_a_year() -> None:
    model = small("age", losses={"age": "distribution"})
    assert model(torch.randn(2, 3, 32, 32))["age"].shape == (2, 117)


def test_the_backbone_runs_once_and_the_two_halves_are_the_whole() -> None:
    model, images, calls = small().eval(), torch.randn(2, 3, 32, 32), []
    model.backbone.register_forward_hook(lambda *_: calls.append(1))
    whole = model(images)
    assert len(calls) == 1
    halves = model.predict_from(model.represent(images))
    assert all(torch.equal(whole[name], halves[name]) for name in whole)


def test_a_task_reaches_its_own_head_and_the_backbone_alone() -> None:
    model = small()
    model(torch.randn(2, 3, 32, 32))["age"].sum().backward()
    assert all(weight.grad is not None for weight in model.shared_parameters())
    assert all(weight.grad is not None for weight in model.heads["age"].parameters())
    assert all(weight.grad is None for weight in model.heads["gender"].parameters())
    heads = [weight for task in model.tasks for weight in model.own_parameters(task)]
    both = [*model.shared_parameters(), *heads]
    assert {id(weight) for weight in both} == {id(weight) for weight in model.parameters()}


def test_features_and_outputs_stay_float32_under_autocast() -> None:
    model, images = small(), torch.randn(2, 3, 32, 32)
    with torch.autocast("cpu", torch.bfloat16):
        representation = model.represent(images)
        outputs = model.predict_from(representation)
    assert {*(each.dtype for each in representation.distinct), *(output.dtype for output in outputs.values())} == {
        torch.float32
    }


def test_dropout_is_off_unless_asked_for() -> None:
    features = Representation(dict.fromkeys(UTKFACE.names, torch.ones(2, 256)), ())
    plain, dropped = small(), small(dropout=0.5)
    assert torch.equal(plain.predict_from(features)["age"], plain.predict_from(features)["age"])
    assert not torch.equal(dropped.predict_from(features)["age"], dropped.predict_from(features)["age"])


@pytest.mark.parametrize(("loss", "expected"), [("l1", 20.0), ("huber", 20.0), ("mse", 30.0)])
def test_the_age_prior_is_the_loss_own_best_constant(loss: str, expected: float) -> None:
    model = small("age", losses={"age": loss})
    model.set_priors({"age": np.array([10, 20, 60], dtype=np.float32)})
    assert bias(model, "age") == pytest.approx([expected])


def test_the_class_priors_are_log_shares() -> None:
    model = small()
    model.set_priors({"gender": np.array([0, 1, 1, 1, 1]), "ethnicity": np.array([0, 0, 1])})
    # One label more a class: 2 male and 5 female; 3, 2, 1, 1, 1 of 8.
    assert bias(model, "gender") == pytest.approx([np.log(5 / 2)])
    assert np.exp(bias(model, "ethnicity")) == pytest.approx([3 / 8, 2 / 8, 1 / 8, 1 / 8, 1 / 8])


def test_the_distribution_prior_follows_the_ages() -> None:
    model = small("age", losses={"age": "distribution"})
    model.set_priors({"age": np.full(100_000, 40.0)})
    shares = np.exp(bias(model, "age"))
    years = bins(model.tasks[0]).numpy()
    assert shares.sum() == pytest.approx(1)
    assert years[shares.argmax()] == 40
    assert np.sqrt((shares * (years - 40) ** 2).sum()) == pytest.approx(AGE.spread, rel=0.1)


def test_a_task_without_labels_keeps_its_start() -> None:
    model = small()
    before = bias(model, "age").copy()
    model.set_priors({"age": np.array([]), "gender": np.array([])})
    assert np.array_equal(bias(model, "age"), before)


def test_too_small_images_are_refused() -> None:
    with pytest.raises(MtlDemoError, match="ConvNeXt tiny needs images of at least 32 px, found 16"):
        build(ModelConfig("convnext_tiny"), UTKFACE, 16)


def test_a_plain_regression_is_measured_in_spreads_of_its_labels() -> None:
    model = small("age", losses={"age": "mse"})
    ages = np.array([10.0, 20.0, 60.0])
    model.set_priors({"age": ages})
    assert model.heads["age"][-1].factor.item() == pytest.approx(np.std([10, 20, 60]))  # type: ignore[index]
    assert bias(model, "age") == pytest.approx(30)


def test_equal_labels_have_no_spread_to_measure_in() -> None:
    model = small("age")
    model.set_priors({"age": np.full(3, 40.0)})
    assert bias(model, "age") == pytest.approx(40)
