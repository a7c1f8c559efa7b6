"""A run whose numbers stop being finite: which epoch is the best, how it ends, and what it says."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from mtldemo import model as models
from mtldemo.config import OptimConfig, RunConfig
from mtldemo.data.batches import Batches, Pictures
from mtldemo.errors import DivergedError, MtlDemoError
from mtldemo.model.files import save_model
from mtldemo.model.sharing import Representation
from mtldemo.tasks import AGE, ETHNICITY, GENDER, UTKFACE
from mtldemo.tasks.metrics import score as measured
from mtldemo.training import loop
from mtldemo.training.compute import ResolvedCompute
from mtldemo.training.divergence import diverged
from mtldemo.training.engine import Engine
from mtldemo.training.evaluate import Evaluation, epoch_score, evaluate
from mtldemo.training.loop import KeyedPictures, train
from mtldemo.training.state import Checkpoint

GUESSING = {"age": 15.0, "gender": 0.5, "ethnicity": 0.5}


def until_it_fails(*arguments: Any, **named: Any) -> tuple[list[Any], MtlDemoError | None]:
    events: list[Any] = []
    try:
        for event in train(*arguments, **named):
            events.append(event)
    except MtlDemoError as error:
        return events, error
    return events, None


def epochs_of(events: list[Any]) -> list[Any]:
    return [event for event in events if not isinstance(event, Checkpoint) and event["kind"] == "epoch"]


def at_epochs(monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Engine, int], None]) -> None:
    """Let ``spoil`` change the engine at the end of each epoch, counted from 1."""
    init = Engine.__init__

    def watched(engine: Engine, *arguments: Any, **named: Any) -> None:
        init(engine, *arguments, **named)
        end, count = engine.strategy.end_epoch, iter(range(1, 100))

        def end_epoch() -> None:
            spoil(engine, next(count))
            end()

        engine.strategy.end_epoch = end_epoch  # type: ignore[method-assign]

    monkeypatch.setattr(Engine, "__init__", watched)


@pytest.mark.parametrize("task", [*UTKFACE, *UTKFACE.chosen(["age"], {"age": "l1"})], ids=lambda task: task.loss)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_one_answer_that_is_no_number_makes_its_task_unsound(
    task: Any, value: float, config: RunConfig, faces: Pictures, compute: ResolvedCompute
) -> None:
    tasks = tuple(task if one.name == task.name else one for one in UTKFACE)
    network = models.build(config.model, tasks, config.data.image_size)
    forward = network.predict_from

    def spoiled(representation: Representation) -> dict[str, torch.Tensor]:
        outputs = forward(representation)
        outputs[task.name][0, 0] = value
        return outputs

    network.predict_from = spoiled  # type: ignore[method-assign]
    found = evaluate(network, Batches(faces, "val", tasks, 5), tasks, compute=compute, scales={}, smoothing=0.0)
    assert found.unsound == (task.name,)
    assert math.isnan(found.metrics[task.name][task.metric])
    assert math.isnan(epoch_score(tasks, found.metrics, GUESSING, found.labelled))


def test_a_prediction_that_is_no_number_spoils_the_numbers_of_its_task_alone() -> None:
    assert all(math.isnan(value) for value in measured(AGE, [20, math.nan], [20, 30]).values())
    assert measured(AGE, [20, math.nan], [20, 0], [True, False])["mae"] == 0
    found = measured(GENDER, [0, math.nan, 1], [0, 1, 1])
    assert math.isnan(found["accuracy"])
    assert math.isnan(found["macro_f1"])
    assert found["confusion"] == [[1, 0], [0, 1]]
    assert measured(ETHNICITY, [0, 1], [0, 1])["accuracy"] == 1


def test_only_a_task_without_labels_is_left_out_of_the_score() -> None:
    results = {"age": {"mae": math.nan}, "gender": {"accuracy": 0.75}}
    tasks = (AGE, GENDER)
    assert epoch_score(tasks, results, GUESSING, {"age": 0, "gender": 4}) == pytest.approx(0.5)
    assert math.isnan(epoch_score(tasks, results, GUESSING, {"age": 4, "gender": 4}))
    assert math.isnan(epoch_score(tasks, results, GUESSING, {"age": 0, "gender": 0}))


@pytest.mark.parametrize("spoiled_epoch", [1, 2])
def test_an_epoch_without_finite_answers_is_never_the_best_and_ends_the_run(
    spoiled_epoch: int,
    config: RunConfig,
    faces: KeyedPictures,
    compute: ResolvedCompute,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged, count = loop.evaluate, iter(range(1, 100))

    def spoiled(*arguments: Any, **named: Any) -> Evaluation:
        found = judged(*arguments, **named)
        if next(count) != spoiled_epoch:
            return found
        metrics = {**found.metrics, "age": {"mae": math.nan, "cs5": math.nan}}
        return found._replace(metrics=metrics, unsound=("age",))

    monkeypatch.setattr(loop, "evaluate", spoiled)
    events, error = until_it_fails(dataclasses.replace(config, epochs=3), faces, compute=compute)
    assert isinstance(error, DivergedError)
    records = epochs_of(events)
    assert [record.get("unsound") for record in records] == [None] * (spoiled_epoch - 1) + [["age"]]
    assert [record["best"] for record in records] == [True] * (spoiled_epoch - 1) + [False]


def spoil_weights(network: Any) -> None:
    next(network.heads.parameters()).data.view(-1)[0] = math.inf


def spoil_statistics(network: Any) -> None:
    norm = next(module for module in network.modules() if isinstance(module, nn.BatchNorm2d))
    norm.running_var[0] = math.inf  # type: ignore[index]


@pytest.mark.parametrize("ema", [0.0, 0.9])
@pytest.mark.parametrize(("spoil", "what"), [(spoil_weights, "weights"), (spoil_statistics, "running statistics")])
def test_weights_and_statistics_that_are_lost_end_the_run_and_are_not_kept(
    spoil: Callable[[Any], None], what: str, ema: float, config: RunConfig, faces: KeyedPictures,
    compute: ResolvedCompute, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    config = dataclasses.replace(config, optim=dataclasses.replace(config.optim, ema=ema))
    at_epochs(monkeypatch, lambda engine, epoch: spoil(engine.evaluated) if epoch == 2 else None)
    events, error = until_it_fails(config, faces, compute=compute)
    assert isinstance(error, DivergedError)
    assert f"Some {what}" in str(error)
    assert "The model of epoch 1, the best before, stays usable" in str(error)
    assert "goes on from step 3 and leads to the same point" in str(error)
    assert [record["best"] for record in epochs_of(events)] == [True, False]
    kept = [event.best for event in events if isinstance(event, Checkpoint) and event.best is not None]
    assert len(kept) == 1
    assert all(bool(value.isfinite().all()) for value in kept[0].values())


def test_a_run_whose_answers_are_not_finite_fails_with_what_is_true_of_it(
    config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = loop.evaluate
    monkeypatch.setattr(loop, "evaluate", lambda *given, **named: judged(*given, **named)._replace(unsound=("gender",)))
    config = dataclasses.replace(config, epochs=2)
    events, error = until_it_fails(config, faces, compute=compute)
    assert isinstance(error, DivergedError)
    rate = f"{config.optim.lr:g}, fp32"
    assert f"answers to the validation pictures are no finite numbers in gender (learning rate {rate})" in str(error)
    assert "No epoch before was sound, so there is no model to use." in str(error)
    assert [record["best"] for record in epochs_of(events)] == [False]


def test_test_answers_that_are_no_numbers_fail_the_run(
    config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged, count = loop.evaluate, iter(range(100))

    def spoiled(*given: Any, **named: Any) -> Evaluation:
        found = judged(*given, **named)
        return found._replace(unsound=("age",)) if next(count) == 1 else found

    monkeypatch.setattr(loop, "evaluate", spoiled)
    events, error = until_it_fails(dataclasses.replace(config, epochs=1), faces, compute=compute)
    assert isinstance(error, DivergedError)
    assert "The answers to the test pictures" in str(error)
    assert "The model of epoch 1 is of no use" in str(error)
    assert not any(isinstance(event, dict) and event["kind"] == "test" for event in events)


def test_the_advice_is_what_this_run_can_follow() -> None:
    def advice(step: int = 7, best: int = 0, saved: int = 0, precision: str = "fp32", **optim: Any) -> str:
        config = RunConfig(optim=OptimConfig(lr=0.5, **optim))
        found = diverged("X", step, config, ResolvedCompute("cpu", precision), best_epoch=best, saved_step=saved)
        return str(found).partition("start a new run with ")[2]

    assert advice() == "a learning rate below 0.5 or gradient clipping."
    assert advice(clip=1.0) == "a learning rate below 0.5."
    assert advice(precision="bf16") == "a learning rate below 0.5 or gradient clipping or fp32."
    assert advice(step=1) == "gradient clipping.", "no step was taken at that rate"
    config = RunConfig()
    without = str(diverged("X", 7, config, ResolvedCompute(), best_epoch=0, saved_step=0))
    assert "begins anew, as there is no checkpoint, and leads to the same point" in without


def test_initial_weights_that_are_no_numbers_are_refused(
    config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute, tmp_path: Any
) -> None:
    network = models.build(config.model, UTKFACE, config.data.image_size)
    spoil_statistics(network)
    file = tmp_path / "model.safetensors"
    save_model(file, network.state_dict(), {})
    config = dataclasses.replace(config, model=dataclasses.replace(config.model, init_from=str(file)))
    with pytest.raises(MtlDemoError, match=r"initial weights .*model\.safetensors are no finite numbers"):
        next(train(config, faces, compute=compute))


def test_one_picture_to_train_on_is_refused_and_two_are_enough(
    config: RunConfig, faces: Any, compute: ResolvedCompute
) -> None:
    config = dataclasses.replace(config, epochs=1, batch_size=2)

    def trained_on(count: int) -> Any:
        return dataclasses.replace(faces, parts={**faces.parts, "train": np.arange(count)})

    with pytest.raises(MtlDemoError, match="Only 1 picture is left to train on, at least 2 are needed"):
        loop.length(config, trained_on(1))
    for count in (2, 3, 5):  # batches of two: the last number leaves one picture over
        assert epochs_of(list(train(config, trained_on(count), compute=compute)))
