"""A trained network with all it needs to be asked: crops uint8 [N, S, S, 3] -> answers. Imports torch."""

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mtldemo import model as models
from mtldemo.config import RunConfig, from_dict
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import loads
from mtldemo.model.files import load_model
from mtldemo.model.sharing import Network
from mtldemo.predict import calibrate
from mtldemo.predict.answers import Answer, Answers, ClassAnswer, RegressionAnswer, digits_of
from mtldemo.predict.bfloat16 import bfloat16_is_fast
from mtldemo.predict.crop import Crop
from mtldemo.predict.domain import Domain, domain_of_model
from mtldemo.predict.usage import KEY, Usage, read_beside
from mtldemo.predict.variants import Variants
from mtldemo.predict.views import together, views_of
from mtldemo.tasks import REGRESSION, Task, TaskSet

NEVER = math.nextafter(1.0, 2.0)
"""A threshold that no probability reaches."""
BATCH = 64
"""Pictures in one pass: more are no faster on a CPU."""


class UnsoundAnswersError(MtlDemoError):
    """A model's answers are no finite numbers: its weights may be, but what is worked out with them overflows."""

    def __init__(self, model: str, tasks: Sequence[str]) -> None:
        super().__init__(
            f"{model} can't be used: its answers about {' and '.join(tasks)} are no finite numbers, as after training "
            "that diverged; choose another model, or train it again with a lower learning rate."
        )
        self.tasks = tuple(tasks)


@dataclass(frozen=True, eq=False)
class RawAnswers:
    """A task's answers before calibration: ``values`` float32 [N] (the task's unit, or class indices) and
    ``probabilities`` float32 [N, C] ([N, 0] for plain regression)."""

    values: np.ndarray
    probabilities: np.ndarray


class Predictor:
    """One model, its name, and how it is used. Make it with ``Predictor.load``.

    ``network`` is in evaluation mode on ``device``; ``mean`` and ``std`` are those of its training pictures; ``facts``
    is the rest of its file's metadata.
    """

    def __init__(
        self,
        name: str,
        network: Network,
        config: RunConfig,
        mean: Sequence[float],
        std: Sequence[float],
        usage: Usage,
        *,
        device: str = "cpu",
        facts: dict[str, str] | None = None,
    ) -> None:
        self.name, self.config, self.usage = name, config, usage
        self.mean, self.std = tuple(mean), tuple(std)
        self.device = torch.device(device)
        self.facts = facts or {}
        self.network = network.eval().requires_grad_(False).to(self.device)
        self.network = self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._variants = Variants(self.network)
        self._gain = (1 / (255 * torch.tensor(self.std))).to(self.device)
        self._offset = (-torch.tensor(self.mean) / torch.tensor(self.std)).to(self.device)

    @classmethod
    def load(cls, path: Path, *, name: str = "", device: str = "cpu") -> "Predictor":
        """The model in a safetensors file, such as a run's ``model.safetensors``, which is used as what lies beside it
        says, else as its own metadata says.

        Raises ``MtlDemoError``, in one sentence, for a file that is missing, cut short, a pickle, of other tasks than
        this version knows, whose weights don't fit its config, or whose answer to a trial is no finite number. Nothing
        in it is executed.
        """
        weights, facts = load_model(path)
        beside = read_beside(path)
        try:
            config = from_dict(RunConfig, loads(facts["config"], names=True), "its config")
            mean, std = (_channels(facts[key]) for key in ("mean", "std"))
            if min(std) <= 0:
                raise ValueError(f"expected spreads above zero, found {facts['std']}")
            tasks = config.learned_tasks()
            usage = _usage(beside, facts, path)
        except (KeyError, ValueError, TypeError) as error:
            raise MtlDemoError(
                f"{path} doesn't say how its weights are used (config, mean and std in its metadata); choose a model "
                "that this program trained."
            ) from error
        except MtlDemoError as error:
            raise MtlDemoError(f"{path} can't be used by this version: {error}") from error
        network = _network(path, weights, config, tasks)
        made = cls(
            name or facts.get("run", "") or path.stem, network, config, mean, std, usage, device=device, facts=facts
        )
        trial = np.random.default_rng(0).integers(0, 256, (1, made.image_size, made.image_size, 3), dtype=np.uint8)
        try:
            # Where several models are asked, one that is of no use is left out, and not the face.
            made.ask(trial)
        except UnsoundAnswersError as error:
            raise UnsoundAnswersError(str(path), error.tasks) from error
        return made

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What it answers."""
        return self.network.tasks

    @property
    def domain(self) -> Domain:
        """The kind of pictures that it learned from, and may be asked about."""
        return domain_of_model(self.config, self.facts)

    @property
    def image_size(self) -> int:
        """Side S of its crops in pixels."""
        return self.config.data.image_size

    def crop_for(self, detector: str) -> Crop | None:
        """How the boxes of the detector called ``detector`` are cut for it; None for the whole picture."""
        return self.usage.crops.get(detector)

    def with_usage(self, usage: Usage) -> "Predictor":
        """The same network, and the same copies of it, used otherwise."""
        other = copy.copy(self)
        other.usage = usage
        return other

    def images(self, crops: np.ndarray) -> Tensor:
        """Crops uint8 [N, S, S, 3] -> normalised images float32 [N, 3, S, S] on the device."""
        pixels = torch.from_numpy(np.ascontiguousarray(crops)).to(self.device)
        # Stored pixel by pixel, the crops are in the channels_last layout as they are.
        return torch.addcmul(self._offset, pixels.float(), self._gain).permute(0, 3, 1, 2)

    @property
    def may_be_quick(self) -> bool:
        """Whether ``quick`` answers are any faster here than others."""
        return bfloat16_is_fast(self.device)

    def raw(self, crops: np.ndarray, *, quick: bool = False) -> dict[str, RawAnswers]:
        """The answers to crops uint8 [N, S, S, 3] by task, before calibration.

        ``quick`` answers come from a network in bfloat16, and so differ a little. Raises ``UnsoundAnswersError`` where
        one is no finite number: whatever shows, stores or measures answers gets them from here.
        """
        parts: dict[str, list[RawAnswers]] = {task.name: [] for task in self.tasks}
        for start in range(0, len(crops), BATCH):
            for name, raw in self._pass(crops[start : start + BATCH], quick).items():
                parts[name].append(raw)
        return {name: _joined(items) for name, items in parts.items()}

    def ask(self, crops: np.ndarray, *, quick: bool = False) -> list[Answers]:
        """The answers to crops uint8 [N, S, S, 3], one for each; ``quick`` and errors as for ``raw``."""
        if not len(crops):
            return []
        raw = self.raw(crops, quick=quick)
        columns = {task.name: list(self._calibrated(task, raw[task.name])) for task in self.tasks}
        return [{name: column[row] for name, column in columns.items()} for row in range(len(crops))]

    @torch.inference_mode()
    def _pass(self, crops: np.ndarray, quick: bool) -> dict[str, RawAnswers]:
        images = views_of(self.images(crops), self.usage.views)
        outputs = self._variants.get(quick=quick)(images)
        unsound = [name for name, output in outputs.items() if not bool(output.isfinite().all())]
        if unsound:
            raise UnsoundAnswersError(self.name, unsound)
        answers = {task.name: together(task, outputs[task.name], self.usage.views) for task in self.tasks}
        return {
            name: RawAnswers(one.value.float().cpu().numpy(), one.probabilities.cpu().numpy())
            for name, one in answers.items()
        }

    def _calibrated(self, task: Task, raw: RawAnswers) -> Iterator[Answer]:
        if task.kind == REGRESSION:
            interval = self.usage.intervals.get(task.name)
            ends: Any = [None] * len(raw.values)
            if interval is not None:
                ends = np.stack(calibrate.bounds(interval, task, raw.values, raw.probabilities), axis=1)
            digits = digits_of(task)
            for value, end, shares in zip(raw.values, ends, raw.probabilities, strict=True):
                bounds = None if end is None else (float(end[0]), float(end[1]))
                yield RegressionAnswer(float(value), bounds, shares, task.unit, digits)
            return
        confidence = self.usage.confidences.get(task.name)
        # What isn't known to be sure any more is never called so.
        unknown = NEVER if self.usage.lapsed else 0.0
        mended = calibrate.tempered(raw.probabilities, confidence.temperature if confidence else 1.0)
        for shares in mended:
            best = int(shares.argmax())
            p = dict(zip(task.classes, shares.tolist(), strict=True))
            yield ClassAnswer(task.classes[best], p, confidence.threshold if confidence else unknown)


def _usage(beside: Usage | None, facts: Mapping[str, str], path: Path) -> Usage:
    """What lies beside the model, where that is of its weights, else what its own metadata say."""
    if beside is not None and not beside.lapsed:
        return beside
    own = Usage.from_json(loads(facts.get(KEY, "{}")), str(path))
    return own if own.calibrated or beside is None else beside


def _network(path: Path, weights: dict[str, Tensor], config: RunConfig, tasks: TaskSet) -> Network:
    # The first weights are random and thrown away; whoever trains in this process keeps their random numbers.
    with torch.random.fork_rng(devices=[]):
        network = models.build(config.model.untrained(), tasks, config.data.image_size, config.sharing)
    try:
        network.load_state_dict(
            {name: value.float() if value.is_floating_point() else value for name, value in weights.items()}
        )
    except RuntimeError as error:
        raise MtlDemoError(
            f"The weights in {path} don't fit its config (another backbone, head width or set of tasks); choose "
            "another model or train it again."
        ) from error
    if not all(bool(value.isfinite().all()) for value in network.state_dict().values()):
        raise MtlDemoError(f"Some weights in {path} are no finite numbers, so it can't answer; train it again.")
    return network


def _channels(text: str) -> tuple[float, ...]:
    values = tuple(float(value) for value in loads(text))
    if len(values) != 3 or not all(map(math.isfinite, values)):
        raise ValueError(f"expected numbers for three channels, found {text}")
    return values


def _joined(parts: list[RawAnswers]) -> RawAnswers:
    if not parts:
        return RawAnswers(np.empty(0, np.float32), np.empty((0, 0), np.float32))
    return RawAnswers(
        np.concatenate([part.values for part in parts]), np.concatenate([part.probabilities for part in parts])
    )
