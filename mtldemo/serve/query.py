"""What a request asks for in its query: models by key, a detector by name, the whole picture."""

from dataclasses import dataclass

from starlette.datastructures import QueryParams

from mtldemo.predict import models
from mtldemo.predict.detectors import CHOICES
from mtldemo.serve.refusal import Refusal

MOST_MODELS = 6
"""Models that one request may ask."""
MODEL, DETECTOR, WHOLE, CAMERA, SENSITIVE = "model", "detector", "whole_image", "camera", "sensitive"
ETHNICITY = "ethnicity"
"""The same as ``SENSITIVE``, from when one task alone was."""
OF_PREDICT, OF_LIVE = (MODEL, DETECTOR, WHOLE), (MODEL, DETECTOR, CAMERA, SENSITIVE, ETHNICITY)
"""The parameters of each route; only ``MODEL`` may be there more than once."""
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


@dataclass(frozen=True)
class Query:
    """The keys of the ``models``, the name of the ``detector``, whether the ``whole`` picture is the face, and whether
    answers to ``sensitive`` tasks are given about a camera's faces."""

    models: tuple[str, ...]
    detector: str
    whole: bool = False
    sensitive: bool = False


def read_query(query: QueryParams, names: tuple[str, ...] = ()) -> Query:
    """Read the parameters called ``names``. Raises ``Refusal`` (400) for any other one, and for a value that isn't one
    of its choices."""
    check_names(query, names)
    keys = tuple(dict.fromkeys(query.getlist(MODEL))) or (models.SHIPPED_NAME,)
    if len(keys) > MOST_MODELS:
        raise Refusal(400, f"At most {MOST_MODELS} models can be asked at once, found {len(keys)}.")
    detector = query.get(DETECTOR, "auto")
    if detector not in CHOICES:
        raise Refusal(400, f"There is no detector {detector[:60]!r}; choose {', '.join(CHOICES)}.")
    sensitive = _switch(query, SENSITIVE) or _switch(query, ETHNICITY)
    return Query(keys, detector, _switch(query, WHOLE), sensitive)


def check_names(query: QueryParams, names: tuple[str, ...]) -> None:
    """Raise ``Refusal`` (400) for a parameter that isn't among ``names``: a slip of the pen isn't passed over."""
    for name in query:
        if name not in names:
            known = f"choose {', '.join(names)}" if names else "this address takes none"
            raise Refusal(400, f"There is no parameter {name[:60]!r}; {known}.")
        if name != MODEL and len(query.getlist(name)) > 1:
            raise Refusal(400, f"The parameter {name} is there {len(query.getlist(name))} times; give it once.")


def _switch(query: QueryParams, name: str) -> bool:
    value = query.get(name, "").lower()
    if value not in (*_YES, *_NO):
        raise Refusal(400, f"{name} is 1 or 0, found {value[:60]!r}.")
    return value in _YES
