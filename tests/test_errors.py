import errno
import os

import pytest

from mtldemo.errors import MtlDemoError, disk_is_full, readable


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EDQUOT])
def test_no_room_is_told_from_other_failures(number: int) -> None:
    assert disk_is_full(OSError(number, "no room"))
    assert not disk_is_full(OSError(errno.EACCES, "forbidden"))


def test_windows_has_its_own_number() -> None:
    error = OSError(errno.EINVAL, "no room")
    error.winerror = 112  # type: ignore[attr-defined]
    assert disk_is_full(error)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("café 日本.jpg", "café 日本.jpg"),
        (os.fsdecode(b"caf\xe9.jpg"), "caf\\xe9.jpg"),
        ("a\nb\x1b[31m\x7f", "a\\nb\\x1b[31m\\x7f"),
        ("\ud800", "\\ud800"),
        ("a\u00a0b", "a\u00a0b"),
    ],
)
def test_what_is_shown_has_letters_only(text: str, shown: str) -> None:
    assert readable(text) == shown
    assert str(MtlDemoError(text)) == shown
    shown.encode()
