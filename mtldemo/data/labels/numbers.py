"""Numbers as people and spreadsheets write them: ``1,5``, ``1.234,50``, ``12 000``, ``7.5 %``, ``€ 3``, ``−4``."""

import re
from collections import Counter
from collections.abc import Sequence

ODD = "[,'’%‰°$€£¥₹−\\s\u00a0\u2009\u202f]|\\..*\\."
"""What no plain number has in it."""
_SIGN = r"[%‰°$€£¥₹]"
_SPACE = "[\\s\u00a0\u2009\u202f]"
_FLOAT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WITH_SIGN = re.compile(rf"([+-]?)({_SIGN}?){_SPACE}*([+-]?[\d.,].*?){_SPACE}*({_SIGN}?)", re.DOTALL)
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
    """A column's different texts with their numbers as programs write them (other texts as they are), and the sign that
    most of them have, such as ``%``: a number with another sign, or several, is none. Whether a comma or a dot divides
    thousands is decided by all of them."""
    parts = [_parts(text) for text in texts]
    signs = Counter(sign for sign, _ in parts if sign)
    sign = next((sign for sign, count in signs.most_common(1) if 2 * count > len(texts)), "")
    plain = [number if found in ("", sign) else text for text, (found, number) in zip(texts, parts, strict=True)]
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


def _parts(text: str) -> tuple[str, str]:
    """The sign beside a number, and the number without it and without spaces; what is no number stays as it is."""
    found = _WITH_SIGN.fullmatch(text.replace("−", "-"))
    if not found or (found[2] and found[4]):
        return "", text
    number = found[1] + found[3]
    if _GROUPS.fullmatch(number):
        number = re.sub(rf"['’]|{_SPACE}", "", number)
    return found[2] or found[4], number
