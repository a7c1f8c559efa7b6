"""Models and detectors that have been loaded, shared by all pages and routes of this process.

Imports torch when a model is loaded, OpenCV with a detector.
"""

import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from mtldemo.predict import detectors
from mtldemo.predict.detect import HAAR, YUNET, Detector
from mtldemo.predict.usage import FILE

if TYPE_CHECKING:
    from mtldemo.predict.predictor import Predictor

MOST, MOST_BYTES = 24, 2**30
"""Models that are kept, and the bytes of their weights, each there twice; the one that was not asked for the longest
goes first. A study's take some 20 MB each, a ResNet-50 two hundred."""

_Key = tuple[str, str, tuple[int, int], tuple[int, int]]
_cached: OrderedDict[_Key, "Predictor"] = OrderedDict()
_lock = threading.Lock()
_detectors: dict[tuple[str, bool, tuple[int, int]], Detector] = {}
NO_YUNET = "YuNet isn't on this machine yet, so the built-in detector was used."


def loaded(path: Path, name: str) -> "Predictor":
    """The model in the file ``path``, called ``name``: the one loaded before where neither it nor its calibration has
    changed since.

    May be called from several threads; a model that two of them ask for is loaded once. Raises ``MtlDemoError`` where
    ``Predictor.load`` does.
    """
    path = path.absolute()
    key = (str(path), name, _version(path), _version(path.with_name(FILE)))
    with _lock:
        if key not in _cached:
            from mtldemo.predict.predictor import Predictor

            predictor = Predictor.load(path, name=name)
            # What was in the file before, or said beside it, is of no more use.
            for old in [old for old in _cached if old[:2] == key[:2]]:
                del _cached[old]
            _cached[key] = predictor
        _cached.move_to_end(key)
        while len(_cached) > MOST or (len(_cached) > 1 and sum(map(_bytes, _cached.values())) > MOST_BYTES):
            _cached.popitem(last=False)
        return _cached[key]


def detector(name: str = "auto", *, live: bool = False) -> tuple[Detector, str]:
    """The detector called ``name`` (one of ``detectors.CHOICES``), made once, and a sentence on why it isn't the wished
    one (else empty). Nothing is downloaded. Raises ``MtlDemoError`` for a YuNet file that can't be read."""
    file = None if name == HAAR else detectors.yunet_file()
    key = (str(file or HAAR), live, _version(file) if file else (0, 0))
    with _lock:
        if key not in _detectors:
            for old in [old for old in _detectors if old[:2] == key[:2]]:
                del _detectors[old]
            _detectors[key] = detectors.yunet(file, live=live) if file else detectors.haar(live=live)
        return _detectors[key], NO_YUNET if name == YUNET and file is None else ""


def _bytes(predictor: "Predictor") -> int:
    """Of its weights, which its faster copy has as well."""
    return 2 * sum(weights.numel() * weights.element_size() for weights in predictor.network.parameters())


def _version(path: Path) -> tuple[int, int]:
    """When a file was written last and its size; nought for one that isn't there."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
