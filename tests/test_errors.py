import errno

import pytest

from mtldemo.errors import disk_is_full


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EDQUOT])
def test_no_room_is_told_from_other_failures(number: int) -> None:
    assert disk_is_full(OSError(number, "no room"))
    assert not disk_is_full(OSError(errno.EACCES, "forbidden"))


def test_windows_has_its_own_number() -> None:
    error = OSError(errno.EINVAL, "no room")
    error.winerror = 112  # type: ignore[attr-defined]
    assert disk_is_full(error)
