"""Text that isn't the program's own, such as a name, a path or an error, shown as it is: Streamlit reads nearly all
that it shows as Markdown."""

import re

from mtldemo.errors import readable

_SIGNS = re.compile(r"[\\`*\[\]<~$|]")
"""Signs that mean something wherever they stand."""
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
"""An underscore, but for a single one within a word."""
_COLON = re.compile(r":(?=[A-Za-z])")
"""Before a directive such as ``:red[...]`` or an icon."""
_SHORTCODE = re.compile(r"(:[A-Za-z+-][\w+/-]*):")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_ADDRESS = re.compile(r"(?<=www)(?=\.)|(?<=https:)(?=//)|(?<=http:)(?=//)|(?<=\w)(?=@[\w-]+\.)", re.IGNORECASE)
"""Where an address would be taken for one: Streamlit makes links of them, escaped or not."""
_START = re.compile(r"^(\s*)([#>=+-]|\d+(?=[.)]))", re.MULTILINE)
"""What makes a line a heading, a quotation, or an item of a list."""
_APART = "\u2060"
"""A word joiner, which isn't seen: within ``:smile:`` and addresses, which no backslash keeps from being replaced."""


def plain(text: object) -> str:
    """``text`` as Markdown that shows just that text, for any place of Streamlit that reads Markdown: alerts, captions,
    labels, titles, tables. Lines stay lines."""
    escaped = "\n".join(map(readable, str(text).strip().split("\n")))
    escaped = _SHORTCODE.sub(rf"\1{_APART}:", escaped)
    escaped = _SIGNS.sub(r"\\\g<0>", escaped)
    escaped = _ADDRESS.sub(_APART, escaped)
    for sign in (_UNDERSCORE, _COLON, _ENTITY):
        escaped = sign.sub(r"\\\g<0>", escaped)
    escaped = _START.sub(_escaped_start, escaped)
    return re.sub(r"\s*\n\s*", "  \n", escaped)


def plain_badge(text: object) -> str:
    """The same for ``st.badge``, which escapes brackets by itself."""
    return plain(text).replace("\\[", "[").replace("\\]", "]")


def _escaped_start(start: re.Match[str]) -> str:
    sign = start.group(2)
    # A number is one of a list by the sign behind it, which is escaped by putting the joiner between them.
    return f"{sign}{_APART}" if sign[0].isdigit() else f"\\{sign}"
