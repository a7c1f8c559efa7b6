"""Exceptions that are shown to a person; and what a full disk is, which every writer tells in its own words."""

import errno

FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
FULL_ON_WINDOWS = 112


class MtlDemoError(Exception):
    """Something a person can fix, said in one clear sentence.

    The message names the value, what was expected, what was found and what to do. The command line prints it on one
    line and exits with 2; a page shows it in a box. Anything else that is raised is a bug and keeps its trace.
    """


class DivergedError(MtlDemoError):
    """A run's numbers are no longer finite; the message says where, what is left of it, and what to do."""


def disk_is_full(error: OSError) -> bool:
    """Whether there is no room for what was written: the disk's, the quota's, or a file's largest size."""
    return error.errno in FULL or getattr(error, "winerror", None) == FULL_ON_WINDOWS
