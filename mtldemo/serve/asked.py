"""What a request asks for in its query: models by key, a detector by name, the whole picture."""

from dataclasses import dataclass

from starlette.datastructures import QueryParams

from mtldemo.predict import models
from mtldemo.predict.detectors import CHOICES
from mtldemo.serve.refusal import Refusal

MOST_MODELS = 6
"""Models that one request may ask."""
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


@dataclass(frozen=True)
class Asked:
    """The keys of the ``models``, the name of the ``detector``, whether the ``whole`` picture is the face, and whether
    to tell the ``ethnicity`` of a camera's faces."""

    models: tuple[str, ...]
    detector: str
    whole: bool = False
    ethnicity: bool = False


def asked(query: QueryParams) -> Asked:
    """Read ``model`` (again for several), ``detector``, ``whole_image`` and ``ethnicity``. Raises ``Refusal`` (400)."""
    keys = tuple(dict.fromkeys(query.getlist("model"))) or (models.SHIPPED_NAME,)
    if len(keys) > MOST_MODELS:
        raise Refusal(400, f"At most {MOST_MODELS} models can be asked at once, found {len(keys)}.")
    detector = query.get("detector", "auto")
    if detector not in CHOICES:
        raise Refusal(400, f"There is no detector {detector[:60]!r}; choose {', '.join(CHOICES)}.")
    return Asked(keys, detector, _switch(query, "whole_image"), _switch(query, "ethnicity"))


def _switch(query: QueryParams, name: str) -> bool:
    said = query.get(name, "").lower()
    if said not in (*_YES, *_NO):
        raise Refusal(400, f"{name} is 1 or 0, found {said[:60]!r}.")
    return said in _YES
