"""JSON as the standard has it, for whoever reads it: other languages refuse the ``NaN`` that Python would write."""

import json
import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """``value`` as JSON can hold it: numbers that are not finite become ``None``, NumPy scalars plain numbers.

    Raises ``TypeError`` for anything else than mappings, lists, tuples, texts and numbers.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if hasattr(value, "tolist"):  # a NumPy scalar or array
        return plain(value.tolist())
    raise TypeError(f"{value!r} has no place in JSON")


def strict_json(
    value: Any, *, indent: int | None = None, sort_keys: bool = False, ensure_ascii: bool = True, dense: bool = False
) -> str:
    """``value`` as JSON in which a number that isn't finite is ``null``; ``dense`` leaves spaces out."""
    return json.dumps(
        plain(value),
        indent=indent,
        sort_keys=sort_keys,
        ensure_ascii=ensure_ascii,
        separators=(",", ":") if dense else None,
        allow_nan=False,
    )
