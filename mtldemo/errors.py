"""The one exception that is shown to a person, with letters that can be shown; and what a full disk is, which every
writer tells in its own words."""

import errno
import unicodedata

FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
FULL_ON_WINDOWS = 112


class MtlDemoError(Exception):
    """Something a person can fix, said in one clear sentence.

    The message names the value, what was expected, what was found and what to do. The command line prints it on one
    line and exits with 2; a page shows it in a box. Anything else that is raised is a bug and keeps its trace.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(readable(message))


def readable(text: str) -> str:
    """``text``, such as a file's name, as it can be printed, stored, hashed and shown everywhere: control characters
    and bytes that are no letters in the system's encoding (lone surrogates in Python) are escaped: ``\\n``, ``\\xe9``.
    """
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cs":
        code = ord(char)
        return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
    return char.encode("unicode_escape").decode("ascii") if category == "Cc" else char


def disk_is_full(error: OSError) -> bool:
    """Whether there is no room for what was written: the disk's, the quota's, or a file's largest size."""
    return error.errno in FULL or getattr(error, "winerror", None) == FULL_ON_WINDOWS
