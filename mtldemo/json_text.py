"""JSON that is written as the standard has it, since other languages refuse the ``NaN`` that Python would write; and
that is read whole or refused, whatever it holds, with a checksum that tells whether it is what was written.

The checksum is a CRC-32 (zlib's, ISO 3309) of the values, not of the text: another indentation doesn't matter. It finds
damage, not intent: whoever changes a file by hand takes its checksum out, and the file is read as it stands.
"""

import json
import math
import re
import zlib
from collections.abc import Mapping
from typing import Any

CHECKSUM = "checksum"
"""The name that the checksum has among the values that it is of."""
DEEPEST = 64
"""Lists and objects within one another; a text with more of them is no file of this program's, and ends recursions."""
_DIGITS = 19
"""Digits of the largest whole number in 64 bits."""
_OPENING, _LONE = re.compile(rb"[\[{]"), re.compile(rb"\\u[dD][89a-fA-F]")


def plain_values(value: Any) -> Any:
    """``value`` as JSON can hold it: numbers that are not finite become ``None``, NumPy scalars plain numbers.

    Raises ``TypeError`` for anything else than mappings, lists, tuples, texts and numbers.
    """
    if isinstance(value, Mapping):
        return {str(key): plain_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(item) for item in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if hasattr(value, "tolist"):  # a NumPy scalar or array
        return plain_values(value.tolist())
    raise TypeError(f"{value!r} has no place in JSON")


def strict_json(
    value: Any, *, indent: int | None = None, sort_keys: bool = False, ensure_ascii: bool = True, dense: bool = False
) -> str:
    """``value`` as JSON in which a number that isn't finite is ``null``; ``dense`` leaves spaces out."""
    return json.dumps(
        plain_values(value),
        indent=indent,
        sort_keys=sort_keys,
        ensure_ascii=ensure_ascii,
        separators=(",", ":") if dense else None,
        allow_nan=False,
    )


def loads(text: bytes | str, *, names: bool = False) -> Any:
    """The values in ``text``, UTF-8 with or without the mark that Windows puts before it.

    Raises ``ValueError`` where it isn't JSON, nests deeper than ``DEEPEST``, or has a whole number of more than 64 bits
    or half a surrogate pair, which no page could show; with ``names`` those may be there by which Python stands for a
    byte of a file's name that isn't UTF-8.
    """
    data = text.encode() if isinstance(text, str) else text
    try:
        values = json.loads(data, parse_int=_whole)
        if _LONE.search(data):
            json.dumps(values, ensure_ascii=False).encode(errors="surrogateescape" if names else "strict")
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if len(_OPENING.findall(data)) > DEEPEST and not is_shallow(values, DEEPEST):
        raise ValueError(_TOO_DEEP)
    return values


def is_shallow(values: Any, deepest: int) -> bool:
    """Whether lists and objects in ``values`` nest at most ``deepest`` times."""
    if not isinstance(values, dict | list):
        return True
    inner = values.values() if isinstance(values, dict) else values
    return deepest > 0 and all(is_shallow(value, deepest - 1) for value in inner)


def sealed(values: Mapping[str, Any]) -> dict[str, Any]:
    """``values``, plain JSON ones, with their checksum behind them."""
    plain = {name: value for name, value in values.items() if name != CHECKSUM}
    return {**plain, CHECKSUM: checksum(plain)}


def unsealed(values: Any) -> tuple[Any, bool]:
    """What ``sealed`` was given, and whether it is still that; values without a checksum are taken as they are."""
    if not isinstance(values, Mapping) or CHECKSUM not in values:
        return values, True
    plain = {name: value for name, value in values.items() if name != CHECKSUM}
    return plain, values[CHECKSUM] == checksum(plain)


def checksum(values: Any) -> str:
    """The CRC-32 of plain JSON ``values``, as ``crc32:`` and 8 hex digits."""
    return f"crc32:{zlib.crc32(json.dumps(values, separators=(',', ':')).encode()):08x}"


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > _DIGITS:
        raise ValueError(f"a whole number in it has {len(digits)} digits")
    return int(digits)


_TOO_DEEP = f"its lists and objects nest more than {DEEPEST} deep"
