"""Libtiff, which writes to standard error what it finds wrong with a file, past Python and whatever it can be told."""

import contextlib
import ctypes
from functools import lru_cache
from pathlib import Path

import PIL

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""How a TIFF begins."""
_FOLDERS = ("../pillow.libs/libtiff*", ".dylibs/libtiff*")
"""Where Pillow's own packages have the library, on Linux and on macOS. Elsewhere it is left as it is."""


@lru_cache(maxsize=1)
def keep_libtiff_quiet() -> None:
    """Have it say nothing: what matters comes as an error of Pillow's, and is said in words."""
    home = Path(PIL.__file__).parent
    for file in (file for pattern in _FOLDERS for file in home.glob(pattern)):
        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(str(file.resolve()))
            for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
                setter = getattr(library, name)
                setter.argtypes, setter.restype = [ctypes.c_void_p], ctypes.c_void_p
                setter(None)
