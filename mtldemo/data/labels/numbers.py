"""Numbers as people and spreadsheets write them: ``1,5``, ``1.234,50``, ``12 000``, ``7.5 %``, ``€ 3``, ``−4``,
``12 cm``."""

import re
from collections import Counter
from collections.abc import Sequence

_CURRENCY = "USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|BRL|MXN|SEK|NOK|DKK|PLN|CZK|Rs\\.?"
ODD = (
    "[,'’%‰°$€£¥₹−\\s\u00a0\u2009\u202f]|\\..*\\."
    f"|^[+-]?[\\d.]+[µμ°]?\\pL{{1,12}}[²³]?(/\\pL{{1,5}}[²³]?)?$|^({_CURRENCY})\\d"
)
"""What no plain number has in it; an expression as Arrow reads them."""
_SIGN = r"[%‰°$€£¥₹]"
_UNIT = r"(?:[µμ°]?[^\W\d_]{2,12}\.?|°[CF]|[mgshltLKVWANJCF])[²³]?(?:/[^\W\d_]{1,5}[²³]?)?"
"""One letter alone is a unit where it is a usual one: 3a is none."""
_SPACE = "[\\s\u00a0\u2009\u202f]"
_FLOAT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WITH_SIGN = re.compile(
    rf"([+-]?)((?:{_SIGN}|{_CURRENCY})?){_SPACE}*([+-]?[\d.,].*?){_SPACE}*((?:{_SIGN}|{_UNIT})?)", re.DOTALL
)
_GROUPS = re.compile(rf"[+-]?\d{{1,3}}(['’]\d{{3}}|{_SPACE}\d{{3}})+([.,]\d+)?")
_ENGLISH = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_EUROPEAN = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?")
_COMMA = re.compile(r"[+-]?\d*,\d+")


def is_float(text: str) -> bool:
    """Whether a text is a number with a dot, as programs write it."""
    return bool(_FLOAT.fullmatch(text))


def is_number(text: str) -> bool:
    """Whether a text alone is a number in any spelling."""
    return is_float(plain_numbers([text])[0][0])


def plain_numbers(texts: Sequence[str]) -> tuple[list[str], str]:
    """A column's different texts with their numbers as programs write them (other texts as they are), and the sign or
    unit that most of them have, such as ``%`` or ``cm``: a number with another one, or several, is none. ``1 year`` and
    ``2 years`` are in one. Whether a comma or a dot divides thousands is decided by all of them."""
    parts = [_parts(text) for text in texts]
    units = Counter(_one(unit) for unit, _ in parts if unit)
    most = next((unit for unit, count in units.most_common(1) if 2 * count > len(texts)), "")
    sign = next(iter(Counter(unit for unit, _ in parts if unit and _one(unit) == most).most_common(1)), ("", 0))[0]
    plain = [number if _one(unit) in ("", most) else text for text, (unit, number) in zip(texts, parts, strict=True)]
    commas = [text for text in plain if "," in text and re.fullmatch(r"[+-]?[\d.,]+", text)]
    european = any(_EUROPEAN.fullmatch(text) for text in commas) or any(
        text.count(".") > 1 and _EUROPEAN.fullmatch(text) for text in plain
    )
    # 1,500 alone could be either; beside 1,5 or 0,25 it is a decimal comma.
    thousands = not european and all(_ENGLISH.fullmatch(text) for text in commas)

    def read(text: str) -> str:
        if european and _EUROPEAN.fullmatch(text):
            text = text.replace(".", "")
        if thousands and _ENGLISH.fullmatch(text):
            return text.replace(",", "")
        return text.replace(",", ".") if _COMMA.fullmatch(text) else text

    return [read(text) for text in plain], sign


def _one(unit: str) -> str:
    """A unit's spelling for one of it."""
    return unit[:-1] if len(unit) > 3 and unit.endswith("s") else unit


def _parts(text: str) -> tuple[str, str]:
    """The sign beside a number, and the number without it and without spaces; what is no number stays as it is."""
    match = _WITH_SIGN.fullmatch(text.replace("−", "-"))
    if not match or (match[2] and match[4]):
        return "", text
    number = match[1] + match[3]
    if _GROUPS.fullmatch(number):
        number = re.sub(rf"['’]|{_SPACE}", "", number)
    return match[2] or match[4], number
