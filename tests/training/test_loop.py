import dataclasses
import io
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mtldemo.config import RunConfig, SharingConfig, WeightingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.model.files import save_model
from mtldemo.model.sharing import SHARINGS, Network
from mtldemo.training import loop
from mtldemo.training.compute import ResolvedCompute
from mtldemo.training.loop import KeyedPictures, train
from mtldemo.training.state import Checkpoint


def events_of(*arguments: Any, **named: Any) -> list[Any]:
    return list(train(*arguments, **named))


def stored(state: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    torch.save(state, file)
    return file.getvalue()


def restored(content: bytes) -> dict[str, Any]:
    return torch.load(io.BytesIO(content), weights_only=True)


def records_of(events: list[Any], kind: str) -> list[Any]:
    return [event for event in events if not isinstance(event, Checkpoint) and event["kind"] == kind]


def timeless(event: Any) -> Any:
    """A record as text, so that NaN equals NaN, without what a clock decides."""
    return repr({name: value for name, value in event.items() if name not in ("time", "images_per_second")})


def equal_states(one: Any, two: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return np.array_equal(one.numpy(), two.numpy(), equal_nan=one.is_floating_point())
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(equal_states(one[key], two[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(two) and all(equal_states(*pair) for pair in zip(one, two, strict=True))
    return one == two


def after(count: int) -> Callable[[], bool]:
    """Stop when asked for the ``count``-th time."""
    answers: Iterator[int] = iter(range(1, 1000))
    return lambda: next(answers) >= count


def test_the_length_of_a_run_is_known_without_its_pictures(config: RunConfig, faces: Any) -> None:
    class Untouched:
        """A data set whose rows alone may be asked for: 37 to train on."""

        key = faces.key

        def indices(self, split: str) -> np.ndarray:
            return {"train": np.arange(37)}[split]

    untouched: Any = Untouched()  # any other attribute, pixels above all, is an AttributeError
    assert loop.length(dataclasses.replace(config, batch_size=10, epochs=2), untouched) == (6, 2)
    assert loop.length(dataclasses.replace(config, batch_size=64, epochs=2), untouched) == (2, 2)


def test_what_a_run_yields_and_in_which_order(
    config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute
) -> None:
    events = events_of(config, faces, compute=compute)
    kinds = [event.reason if isinstance(event, Checkpoint) else event["kind"] for event in events]
    one, two = ["step", "step", "gradients", "step"], ["step", "gradients", "step", "step", "gradients"]
    close = ["epoch", "epoch"]  # a record, then a checkpoint
    assert kinds == one + close + two + close + one + close + ["test", "end"]
    assert loop.length(config, faces) == (9, 3)
    steps = records_of(events, "step")
    assert [record["step"] for record in steps] == list(range(1, 10))
    assert [record["epoch"] for record in steps] == pytest.approx([number / 3 for number in range(1, 10)])
    assert set(steps[0]["losses"]) == set(steps[0]["weights"]) == {"age", "gender", "ethnicity"}
    times = [event.time if isinstance(event, Checkpoint) else event["time"] for event in events]
    assert times == sorted(times)
    first = records_of(events, "epoch")[0]
    for name in config.tasks:
        mean = np.mean([record["losses"][name] for record in steps[:3]])
        assert first["train_losses"][name] == pytest.approx(mean)
    test = records_of(events, "test")[0]
    assert test["images"] == 12
    best = min(records_of(events, "epoch"), key=lambda record: record["score"])
    assert test["best_epoch"] == best["epoch"]
    assert best["best"]


def test_the_best_weights_are_those_of_the_epoch_with_the_best_score(
    config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([0.5, 0.7, math.nan])
    monkeypatch.setattr(loop, "epoch_score", lambda *_: next(scores))
    events = events_of(config, faces, compute=compute)
    assert [record["best"] for record in records_of(events, "epoch")] == [True, False, False]
    points = [event for event in events if isinstance(event, Checkpoint)]
    assert [point.best is not None for point in points] == [True, False, False, True]
    assert records_of(events, "test")[0]["best_epoch"] == 1
    assert equal_states(points[0].best, points[-1].best)


@pytest.mark.parametrize("strategy", ["uncertainty", "dwa"])
def test_a_run_resumed_anywhere_is_bit_by_bit_the_same(
    strategy: str, config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute
) -> None:
    config = dataclasses.replace(config, weighting=WeightingConfig(strategy), checkpoint_every=0.0)
    events, saved = [], []
    for event in train(config, faces, compute=compute):
        if isinstance(event, Checkpoint):
            saved.append((len(events), stored(event.state)))
        else:
            events.append(event)
    assert len(saved) == 9 + 3 + 1
    final = restored(saved[-1][1])
    for place, content in saved[::3] + saved[-2:]:
        again, last = [], None
        for event in train(config, faces, compute=compute, state=restored(content)):
            if isinstance(event, Checkpoint):
                last = restored(stored(event.state))
            else:
                again.append(event)
        assert [timeless(event) for event in again] == [timeless(event) for event in events[place:]]
        if last is not None:
            assert equal_states(last["engine"], final["engine"])
            assert equal_states(last["best"], final["best"])


def test_sgd_without_average_resumes_too(config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute) -> None:
    optim = dataclasses.replace(config.optim, optimizer="sgd", lr=1e-3, ema=0.0)
    config = dataclasses.replace(config, optim=optim)
    whole = events_of(config, faces, compute=compute)
    *before, point = events_of(config, faces, compute=compute, stop=after(5))
    rest = events_of(config, faces, compute=compute, state=restored(stored(point.state)))
    joined = [event for event in [*before, *rest] if not isinstance(event, Checkpoint)]
    plain = [event for event in whole if not isinstance(event, Checkpoint)]
    assert [timeless(event) for event in joined] == [timeless(event) for event in plain]


@pytest.mark.parametrize("sharing", SHARINGS, ids=lambda sharing: sharing.name)
def test_a_run_resumes_bit_by_bit_however_the_tasks_share(
    sharing: type[Network], config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute
) -> None:
    weighting = WeightingConfig("pcgrad", gradients_at="features") if sharing.places else WeightingConfig("uncertainty")
    config = dataclasses.replace(config, sharing=SharingConfig(sharing.name), weighting=weighting, steps=4)
    whole = events_of(config, faces, compute=compute)
    *before, point = events_of(config, faces, compute=compute, stop=after(2))
    rest = events_of(config, faces, compute=compute, state=restored(stored(point.state)))
    joined = [event for event in [*before, *rest] if not isinstance(event, Checkpoint)]
    plain = [event for event in whole if not isinstance(event, Checkpoint)]
    assert [timeless(event) for event in joined] == [timeless(event) for event in plain]
    one, two = (restored(stored(events[-1].state)) for events in (rest, whole))
    assert equal_states(one["engine"], two["engine"])
    assert equal_states(one["best"], two["best"])


def test_stop_ends_after_the_step_with_a_checkpoint(
    config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute
) -> None:
    events = events_of(config, faces, compute=compute, stop=after(3))
    last = events[-1]
    assert isinstance(last, Checkpoint)
    assert (last.reason, last.step, last.epoch) == ("stop", 3, 0)
    # The epoch's steps are over, but not its validation: that is what comes first on resume.
    rest = events_of(config, faces, compute=compute, state=restored(stored(last.state)))
    assert rest[0]["kind"] == "epoch"
    assert rest[0]["time"] >= last.time


def test_a_finished_state_has_nothing_left(config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute) -> None:
    *_, last = events_of(dataclasses.replace(config, epochs=1), faces, compute=compute)
    again = events_of(dataclasses.replace(config, epochs=1), faces, compute=compute, state=restored(stored(last.state)))
    assert again == []


def test_steps_in_place_of_epochs_cut_the_last_one(
    config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute
) -> None:
    config = dataclasses.replace(config, steps=5, checkpoint_every=0.0)
    assert loop.length(config, faces) == (5, 2)
    events, saved = [], []
    for event in train(config, faces, compute=compute):
        if isinstance(event, Checkpoint):
            saved.append((len(events), stored(event.state)))
        else:
            events.append(event)
    steps, epochs = records_of(events, "step"), records_of(events, "epoch")
    assert [record["step"] for record in steps] == [1, 2, 3, 4, 5]
    assert [(record["epoch"], record["step"]) for record in epochs] == [(1, 3), (2, 5)]
    assert epochs[1]["train_losses"]["age"] == pytest.approx(np.mean([record["losses"]["age"] for record in steps[3:]]))
    assert records_of(events, "test")[0]["step"] == 5
    whole = records_of(events_of(dataclasses.replace(config, steps=0), faces, compute=compute), "step")
    assert steps[-1]["lr"] < whole[4]["lr"], "the schedule ends with the steps"
    for place, content in saved[3:]:
        again = events_of(config, faces, compute=compute, state=restored(content))
        again = [event for event in again if not isinstance(event, Checkpoint)]
        assert [timeless(event) for event in again] == [timeless(event) for event in events[place:]]


def test_steps_may_be_more_or_less_than_the_epochs(
    config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute
) -> None:
    assert loop.length(dataclasses.replace(config, steps=1), faces) == (1, 1)
    assert loop.length(dataclasses.replace(config, steps=12), faces) == (12, 4)
    events = events_of(dataclasses.replace(config, steps=1), faces, compute=compute)
    assert [event["kind"] for event in events if not isinstance(event, Checkpoint)] == ["step", "epoch", "test"]


def test_step_records_are_thinned(
    config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "MOST_STEPS", 3)
    events = events_of(dataclasses.replace(config, batch_size=9), faces, compute=compute)  # 12 steps
    assert [record["step"] for record in records_of(events, "step")] == [4, 8, 12]


def test_a_state_that_does_not_fit_is_refused_in_words(
    config: RunConfig, faces: KeyedPictures, make_faces: Callable[..., KeyedPictures], compute: ResolvedCompute
) -> None:
    *_, point = events_of(config, faces, compute=compute, stop=after(1))
    content = stored(point.state)
    other = dataclasses.replace(config, model=dataclasses.replace(config.model, head_hidden=16))
    with pytest.raises(MtlDemoError, match="doesn't fit the run's config"):
        next(train(other, faces, compute=compute, state=restored(content)))
    with pytest.raises(MtlDemoError, match="data set has changed"):
        next(train(config, make_faces(key="new"), compute=compute, state=restored(content)))
    with pytest.raises(MtlDemoError, match="format None"):
        next(train(config, faces, compute=compute, state={}))


def test_the_numbers_in_a_checkpoint_are_called_as_in_the_first_format(
    config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute
) -> None:
    *_, point = events_of(config, faces, compute=compute, stop=after(5))
    numbers = point.state["progress"]
    names = "step epoch place time busy images sums best_score best_epoch tested"
    assert [*numbers] == names.split()
    assert (numbers["step"], numbers["epoch"], numbers["place"]) == (5, 1, 2)
    assert [*numbers["sums"]] == [*config.tasks]
    del numbers["tested"]  # as the first versions left it out
    assert records_of(events_of(config, faces, compute=compute, state=restored(stored(point.state))), "test")


def test_a_task_without_any_label_is_refused(
    config: RunConfig, make_faces: Callable[..., KeyedPictures], compute: ResolvedCompute
) -> None:
    faces = make_faces(missing={"gender": 1.0})
    with pytest.raises(MtlDemoError, match="No training picture has a label for gender"):
        next(train(config, faces, compute=compute))


def test_one_task_alone_trains(config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute) -> None:
    events = events_of(dataclasses.replace(config, tasks=("gender",), epochs=1), faces, compute=compute)
    assert records_of(events, "gradients")[0]["cosines"] == {}
    assert list(records_of(events, "test")[0]["metrics"]) == ["gender"]


def test_a_run_begins_where_its_initial_weights_ended_and_resumes_without_the_file(
    config: RunConfig, faces: KeyedPictures, compute: ResolvedCompute, tmp_path: Path
) -> None:
    first = [event for event in train(config, faces, compute=compute) if isinstance(event, Checkpoint)][-1]
    file = tmp_path / "model.safetensors"
    save_model(file, first.best or {}, {})
    model = dataclasses.replace(config.model, init_from=str(file))
    tuned = dataclasses.replace(config, model=model, optim=dataclasses.replace(config.optim, lr=1e-6))
    point, *_ = (event for event in train(tuned, faces, compute=compute) if isinstance(event, Checkpoint))
    for name, value in (first.best or {}).items():
        if name.endswith("weight"):
            torch.testing.assert_close((point.best or {})[name], value, rtol=0, atol=1e-3)
    file.unlink()
    again = train(tuned, faces, compute=compute, state=restored(stored(point.state)))
    assert records_of(list(again), "test")
