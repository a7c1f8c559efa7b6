"""Which detector there is on this machine: the built-in cascade always, YuNet where its file is or is fetched."""

import hashlib
import os
import urllib.request
from http.client import HTTPException
from pathlib import Path

from mtldemo.data import cache
from mtldemo.errors import MtlDemoError
from mtldemo.files import write_atomic
from mtldemo.paths import as_path
from mtldemo.predict.detect import FILLING, HAAR, YUNET, Detector, HaarDetector, Look, YuNetDetector

YUNET_FILE = "face_detection_yunet_2023mar.onnx"
YUNET_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
YUNET_URL = f"https://github.com/opencv/opencv_zoo/raw/main/models/face_detection_yunet/{YUNET_FILE}"
YUNET_BYTES = 232_589
SECONDS = 20.0
"""Longest wait for the server to say something."""
AUTO = "auto"
CHOICES = (AUTO, HAAR, YUNET)


def haar(*, live: bool = False) -> Detector:
    """The cascade of the installed opencv wheel; ``live`` leaves out the search for small faces."""
    return HaarDetector((Look(320, 1 / 8), FILLING)) if live else HaarDetector()


def yunet(path: Path, *, live: bool = False) -> Detector:
    """YuNet from a file of one's own; ``live`` looks at a smaller copy. Raises ``MtlDemoError`` where it can't be
    read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MtlDemoError(f"The YuNet file {path} can't be opened ({error.strerror or error}).") from error
    if not content:
        raise MtlDemoError(f"The YuNet file {path} is empty; download it again.")
    try:
        return YuNetDetector(content, (Look(320),)) if live else YuNetDetector(content)
    except MtlDemoError as error:
        raise MtlDemoError(f"The YuNet file {path} can't be read by OpenCV; download it again.") from error


def yunet_file() -> Path | None:
    """Where YuNet's file is: what ``MTLDEMO_YUNET`` names, else the downloaded one; None where there is none."""
    named = os.environ.get("MTLDEMO_YUNET")
    if named:
        return as_path(named)
    cached = cache.cache_dir() / "detectors" / YUNET_FILE
    return cached if cached.is_file() else None


def download_yunet() -> Path:
    """Fetch YuNet from the OpenCV zoo into the cache folder, check its SHA-256, and return its place.

    Raises ``MtlDemoError`` without a network, or where what came isn't that file.
    """
    target = cache.cache_dir() / "detectors" / YUNET_FILE
    remedy = f"place {YUNET_FILE} somewhere and name it in MTLDEMO_YUNET, or use the built-in detector (haar)"
    try:
        with urllib.request.urlopen(YUNET_URL, timeout=SECONDS) as answer:
            content = answer.read(YUNET_BYTES + 1)
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise MtlDemoError(f"YuNet could not be downloaded from {YUNET_URL} ({reason}); {remedy}.") from error
    if hashlib.sha256(content).hexdigest() != YUNET_SHA256:
        raise MtlDemoError(f"What came from {YUNET_URL} isn't the YuNet file of 2023 (its SHA-256 differs); {remedy}.")
    with cache.writing(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(target, content, remedy=cache.REMEDY)
    return target


def chosen(name: str = "auto", *, live: bool = False) -> tuple[Detector, str]:
    """The detector called ``name`` and a sentence on why it isn't the wished one (else empty).

    ``auto`` is YuNet where its file is there, else the cascade. ``yunet`` downloads it if need be, and falls back to
    the cascade where that fails. Anything else is the path of a YuNet file. ``live`` is for video: the face that fills
    the frame matters, and milliseconds. Raises ``MtlDemoError`` for a bad file.
    """
    if name == HAAR:
        return haar(live=live), ""
    if name not in CHOICES:
        path = as_path(name)
        if not os.path.isfile(path):  # noqa: PTH113 - False, not an error, for a name that is too long
            raise MtlDemoError(
                f"There is no detector {name!r}; choose {', '.join(CHOICES)} or the path of a YuNet file."
            )
        return yunet(path, live=live), ""
    file = yunet_file()
    if file is not None:
        return yunet(file, live=live), ""
    if name == "auto":
        return haar(live=live), ""
    try:
        return yunet(download_yunet(), live=live), ""
    except MtlDemoError as error:
        return haar(live=live), f"{error} The built-in detector goes on."
