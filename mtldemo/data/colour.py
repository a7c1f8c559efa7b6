"""Colours as a screen shows them: pictures whose colour profile isn't that of sRGB are converted to it."""

import io
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

Convert = Callable[[Image.Image], Image.Image]
"""From a picture without see-through parts to the same in sRGB."""

CONVERTED = "Its colours were converted from its profile ({}) to sRGB."
UNREADABLE = "Its colour profile can't be read and was left out."
UNFIT = "Its colour profile is for other pictures ({}, not {}) and was left out."
NEAR = 2
"""Steps of 255 by which the colours of a profile may lie beside sRGB's and still count as the same: the many versions
of that profile differ by one or two."""
_GREY = {"1", "L", "LA", "La", "I", "F"}
_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_CALLED = {"RGB ": "colour", "GRAY": "grey", "CMYK": "CMYK"}
_NAMED = 60
"""Characters of a profile's name that are told."""


def converter(profile: bytes | None, mode: str) -> tuple[Convert | None, tuple[str, ...]]:
    """How pictures of Pillow's ``mode`` with that ``profile`` become sRGB, or None where they are left as they are; and
    what there is to tell about it.

    A picture in grey may have a profile for colours, by which it was made; a profile for grey or for CMYK is of use to
    such a picture alone. What can't be read is left out and said.
    """
    if not profile:
        return None, ()
    made = _made(profile)
    if made is None:
        return None, (UNREADABLE,)
    space, name, convert = made
    own = "CMYK" if mode == "CMYK" else "GRAY" if mode in _GREY or mode.startswith("I;") else "RGB "
    if space != own and not (space == "RGB " and own == "GRAY"):
        return None, (UNFIT.format(_CALLED.get(space, space.strip()), _CALLED[own]),)
    return convert, (CONVERTED.format(name),) if convert else ()


@lru_cache(maxsize=64)
def _made(profile: bytes) -> tuple[str, str, Convert | None] | None:
    """The profile's colour space and name, and its conversion: None for sRGB itself. None for a damaged profile."""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        facts = opened.profile
        assert isinstance(facts, ImageCms.core.CmsProfile)
        space = facts.xcolor_space
        name = " ".join((facts.profile_description or "without a name").split())[:_NAMED]
        if space not in _MODES:
            return space, name, None
        mode = _MODES[space]
        transform = ImageCms.buildTransform(opened, _srgb(), mode, "RGB")
        assert isinstance(transform, ImageCms.ImageCmsTransform)

        def convert(image: Image.Image) -> Image.Image:
            return transform.apply(image if image.mode == mode else image.convert(mode))

        return space, name, None if _is_srgb(convert, mode) else convert
    except Exception:  # noqa: BLE001 - whatever a library finds wrong with it, the picture can be read without
        return None


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _is_srgb(convert: Convert, mode: str) -> bool:
    """Whether colours all over the cube come out as they are."""
    if mode == "CMYK":
        return False
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    if mode == "L":
        probe = Image.fromarray(steps[None])
    else:
        probe = Image.fromarray(np.stack(np.meshgrid(steps, steps, steps), -1).reshape(1, -1, 3))
    plain = np.asarray(probe.convert("RGB")).astype(int)
    return int(np.abs(np.asarray(convert(probe)).astype(int) - plain).max()) <= NEAR
