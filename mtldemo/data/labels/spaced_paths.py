"""Cells between spaces, of which the first is a path that may have spaces in it, too: ``images/my dog.jpg 3 1``."""

import re

from mtldemo.data.picture_files import EXTENSIONS

_ENDINGS = "|".join(re.escape(ending) for ending in EXTENSIONS)
_PATH = re.compile(rf'^[ \t]*([^\s"][^"\n]*?(?:{_ENDINGS}))(?=[ \t])'.encode(), re.IGNORECASE | re.MULTILINE)
_SPACES = re.compile(rb'"[^"\n]*"|[ \t]+')


def spaced(content: bytes) -> bytes:
    """Lines with one space between cells and none around them; a path at the front that holds spaces is in quotes."""
    if b" " in content and _PATH.search(content):
        content = _PATH.sub(_quoted, content)
    content = _SPACES.sub(lambda match: match[0] if match[0].startswith(b'"') else b" ", content)
    return re.sub(rb"(?m)^ | $", b"", content)


def spaces_in(line: str) -> int:
    """How many cells of a line end in a space, or several."""
    return len(re.findall(rb"\S +(?=\S)", _PATH.sub(b"path", line.encode(errors="replace"))))


def _quoted(match: re.Match[bytes]) -> bytes:
    path = match[1]
    return b'"' + path + b'"' if re.search(rb"[ \t]", path) else path
