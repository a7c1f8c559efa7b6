import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from mtldemo import model as models
from mtldemo.config import RunConfig
from mtldemo.data.batches import Batches, Pictures
from mtldemo.model.heads import task_loss
from mtldemo.model.sharing import Network
from mtldemo.tasks import AGE, GENDER, UTKFACE
from mtldemo.training.compute import ResolvedCompute
from mtldemo.training.evaluate import epoch_score, evaluate, guessing_errors


@pytest.fixture
def network(config: RunConfig) -> Network:
    torch.manual_seed(0)
    return models.build(config.model, UTKFACE, config.data.image_size)


def test_batches_of_any_size_give_the_loss_of_the_whole(
    network: Network, make_faces: Callable[..., Pictures], compute: ResolvedCompute
) -> None:
    faces = make_faces(missing={"gender": 0.6, "age": 0.3})
    found = evaluate(
        network, Batches(faces, "val", UTKFACE, 5), UTKFACE, compute=compute, scales={"age": 0.1}, smoothing=0.1
    )
    whole = next(Batches(faces, "val", UTKFACE, 1000).epoch(0))
    outputs = network.eval()(whole.images)
    for task in UTKFACE:
        target, present = whole.targets[task.name], whole.present[task.name]
        loss = task_loss(task, outputs[task.name], target, present, smoothing=0.1)
        scale = 0.1 if task.name == "age" else 1.0
        assert found.losses[task.name] == pytest.approx(scale * float(loss.detach()), rel=1e-4)
    assert found.images == 12
    assert set(found.metrics["ethnicity"]) == {"accuracy", "balanced_accuracy", "macro_f1", "confusion"}


def test_judging_changes_nothing(network: Network, faces: Pictures, compute: ResolvedCompute) -> None:
    before = {name: value.clone() for name, value in network.train().state_dict().items()}
    evaluate(network, Batches(faces, "val", UTKFACE, 5), UTKFACE, compute=compute, scales={}, smoothing=0.0)
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_task_without_labels_has_no_loss_and_no_say(
    network: Network, make_faces: Callable[..., Pictures], compute: ResolvedCompute
) -> None:
    faces = make_faces(missing={"gender": 1.0})
    found = evaluate(network, Batches(faces, "val", UTKFACE, 5), UTKFACE, compute=compute, scales={}, smoothing=0.0)
    assert math.isnan(found.losses["gender"])
    assert math.isfinite(epoch_score(UTKFACE, found.metrics, dict.fromkeys(found.labelled, 1.0), found.labelled))
    assert found.labelled == {"age": 12, "gender": 0, "ethnicity": 12}
    assert found.unsound == ()


def test_guessing_is_the_best_constant_answer() -> None:
    labels = {"age": np.array([10.0, 20.0, 60.0]), "gender": np.array([0, 1, 1, 1])}
    assert guessing_errors((AGE, GENDER), labels) == pytest.approx({"age": 50 / 3, "gender": 0.25})
    assert guessing_errors((GENDER,), {"gender": np.array([1, 1])}) == {"gender": 1.0}
    assert guessing_errors((AGE,), {"age": np.array([-30.0, -20.0, -10.0])}) == pytest.approx({"age": 20 / 3})


def test_the_score_is_the_mean_share_of_guessing() -> None:
    guessing, counts = {"age": 15.0, "gender": 0.5}, {"age": 9, "gender": 9}
    guess = {"age": {"mae": 15.0}, "gender": {"accuracy": 0.5}}
    better = {"age": {"mae": 6.0}, "gender": {"accuracy": 0.9}}
    assert epoch_score((AGE, GENDER), guess, guessing, counts) == pytest.approx(1)
    assert epoch_score((AGE, GENDER), better, guessing, counts) == pytest.approx(0.3)
