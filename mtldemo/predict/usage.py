"""How a model is to be used: kept with it as JSON, in its file's metadata or beside a run's model."""

import dataclasses
import hashlib
import itertools
import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_origin, get_type_hints

from mtldemo.errors import MtlDemoError
from mtldemo.files import write_atomic
from mtldemo.json_text import loads, plain_values, sealed, strict_json, unsealed
from mtldemo.predict.calibrate import Confidence, Interval
from mtldemo.predict.crop import DEFAULT_CROPS, Crop

KEY = "prediction"
"""Name in a model file's metadata."""
FILE = "prediction.json"
"""Name beside a run's model, which stays as training wrote it."""

VIEWS = (1, 2, 4)
"""How many views of a crop can be asked."""

FittedType = TypeVar("FittedType")


@dataclass(frozen=True)
class Usage:
    """``views``: how many views of a crop are asked and the answers averaged (1, 2 with the mirror image, or 4, also
    closer and further away). ``crops``: by detector, how its box is cut. ``intervals`` and ``confidences``: by task,
    what calibration found; empty for a model that isn't calibrated. ``lapsed`` says in a sentence why what calibration
    found isn't used, and isn't kept with the rest."""

    views: int = 1
    crops: dict[str, Crop] = field(default_factory=lambda: dict(DEFAULT_CROPS))
    intervals: dict[str, Interval] = field(default_factory=dict)
    confidences: dict[str, Confidence] = field(default_factory=dict)
    lapsed: str = ""

    @property
    def calibrated(self) -> bool:
        """Whether it has been calibrated for any task."""
        return bool(self.intervals or self.confidences)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name != "lapsed"}

    @classmethod
    def from_json(cls, values: Any, where: str) -> "Usage":
        """From what ``to_json`` gave; raises ``MtlDemoError`` that begins with ``where`` for anything else."""
        try:
            views = values.get("views", 1)
            if isinstance(views, bool) or views not in VIEWS:
                raise ValueError("views")
            return cls(
                views=views,
                crops=dict(DEFAULT_CROPS)
                | {name: _sound(crop) for name, crop in _all(Crop, values.get("crops", {})).items()},
                intervals=_all(Interval, values.get("intervals", {})),
                confidences=_all(Confidence, values.get("confidences", {})),
            )
        except (TypeError, ValueError, AttributeError, KeyError, OverflowError) as error:
            raise MtlDemoError(
                f"{where}: what it says about its use can't be read; calibrate the model again."
            ) from error


def read_beside(model_file: Path) -> Usage | None:
    """What lies beside a run's model; None where it was never calibrated. Where its weights are others than those that
    were calibrated, nothing but that: ``lapsed``.

    Raises ``MtlDemoError`` where it can't be read, or isn't what was written.
    """
    file = model_file.with_name(FILE)
    if not file.is_file():
        return None
    try:
        values, whole = unsealed(loads(file.read_bytes()))
        fits = values.pop("model", "") == _mark(model_file)
    except (OSError, ValueError, AttributeError) as error:
        raise MtlDemoError(f"{file} can't be read; delete it and calibrate the model again.") from error
    if not whole:
        raise MtlDemoError(
            f"{file} is damaged: its checksum differs from what was written; delete it and calibrate the model again."
        )
    if fits:
        return Usage.from_json(values, str(file))
    name = shlex.quote(model_file.parent.name)
    return Usage(
        lapsed=f"{model_file.parent.name} isn't calibrated: {FILE} beside it is of other weights, from before it was "
        f"trained further or was damaged; calibrate it again with: python -m mtldemo model {name}"
    )


def write_beside(usage: Usage, model_file: Path) -> None:
    """Keep how a run's model is used beside it. Raises ``MtlDemoError`` where the disk refuses."""
    text = strict_json(sealed(plain_values({"model": _mark(model_file), **usage.to_json()})), indent=1) + "\n"
    write_atomic(model_file.with_name(FILE), text.encode(), durable=True)


def _mark(model_file: Path) -> str:
    """Tells one content of a file from another [16 hex digits]; some 10 ms for 10 MB."""
    with model_file.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _all(kind: type[FittedType], values: Mapping[str, Mapping[str, Any]]) -> dict[str, FittedType]:
    return {str(name): _one(kind, members) for name, members in values.items()}


def _one(kind: type[FittedType], members: Mapping[str, Any]) -> FittedType:
    hints, made = get_type_hints(kind), dict[str, Any]()
    for name, value in members.items():
        if get_origin(hints[name]) is not tuple:
            made[name] = _number(value)
        elif isinstance(value, list | tuple):
            made[name] = tuple(map(_number, value))
        else:
            raise TypeError(f"expected numbers, found {value!r}")
    one = kind(**made)
    if not _is_usable(one):
        raise ValueError(f"{kind.__name__} is out of range")
    return one


def _is_usable(one: object) -> bool:
    """Whether numbers can be computed with; comparisons with NaN are false."""
    if isinstance(one, Crop):
        return -0.5 < one.margin < 10 and abs(one.shift) < 10 and all(abs(point) < 10 for point in one.points)
    if isinstance(one, Interval):
        rising = all(first <= second for first, second in itertools.pairwise(one.places))
        return 0 <= one.level <= 1 and rising and len(one.places) == len(one.widths) and min(one.widths, default=0) >= 0
    return isinstance(one, Confidence) and 0.001 < one.temperature < 1000 and one.threshold >= 0


def _sound(crop: Crop) -> Crop:
    if not all(map(math.isfinite, (crop.margin, crop.shift, *crop.points))):
        raise ValueError(f"expected finite numbers, found {crop}")
    return crop


def _number(value: Any) -> int | float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected a number, found {value!r}")
    return value
