"""How long preparing a data set takes, against one process's plain Pillow loop over the same pictures.

    python -m benchmarks.prepare --source UTKFace.tar.gz --json

The loop opens, converts and resizes each picture of a folder and makes an array of it. Preparing does that from the
folder (and, if the source is one, from the archive), and writes the pixels, looks for duplicates and makes the tables
as well. Both are timed in turn, each round with an empty cache; ratios are medians over the rounds.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from mtldemo import cores
from mtldemo.config import DataConfig
from mtldemo.data import load
from mtldemo.data.open_path import open_path
from mtldemo.data.picture_files import EXTENSIONS


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = os.environ.get("MTLDEMO_DATA", "../shared/data")
    parser.add_argument(
        "--source", type=Path, default=Path(data, "utkface", "UTKFace.tar.gz"), help="folder or archive"
    )
    parser.add_argument("--limit", type=int, default=0, help="use the first N pictures only")
    parser.add_argument("--image-size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mtldemo-benchmark-") as place:
        result = measure(chosen.source, Path(place), chosen.image_size, chosen.limit, chosen.rounds)
    if chosen.json:
        print(json.dumps(result, indent=2))
    else:
        for name, value in result.items():
            print(f"{name:24} {value}")


def measure(source: Path, place: Path, size: int, limit: int, rounds: int) -> dict[str, object]:
    """Seconds and ratios, as medians; ``place`` is an empty folder for the pictures and the cache."""
    pictures = _unpack(source, place / "pictures", limit)
    sources = {"folder": place / "pictures"}
    if source.is_file() and not limit:
        sources["archive"] = source
    seconds: dict[str, list[float]] = {"plain": [], **{name: [] for name in sources}, "again": []}
    for number in range(rounds):
        seconds["plain"].append(_timed(lambda: _plain(pictures, size)))
        for name, path in sources.items():
            os.environ["MTLDEMO_CACHE"] = str(place / f"cache-{number}-{name}")
            work = partial(load, DataConfig(source=str(path), image_size=size))
            seconds[name].append(_timed(work))
            if name == "folder":
                seconds["again"].append(_timed(work))
    result: dict[str, object] = {
        "pictures": len(pictures),
        "image_size": size,
        "cores": cores.usable(),
        "rounds": rounds,
    }
    # On a busy machine the ratio says little: threads that share an interpreter suffer more than one process alone.
    result["load_average"] = round(psutil.getloadavg()[0], 1)
    for name, values in seconds.items():
        result[f"{name}_s"] = round(statistics.median(values), 3)
    for name in sources:
        ratios = [plain / ours for plain, ours in zip(seconds["plain"], seconds[name], strict=True)]
        result[f"ratio_{name}"] = round(statistics.median(ratios), 2)
    return result


def _unpack(source: Path, folder: Path, limit: int) -> list[Path]:
    """Copies of the pictures in one flat folder, since the plain loop reads files."""
    folder.mkdir()
    paths = []
    for picture in open_path(str(source)).pictures():
        paths.append(folder / picture.name.rpartition("/")[2])
        paths[-1].write_bytes(picture.read())
        if len(paths) == limit:
            break
    return sorted(path for path in paths if path.suffix.lower() in EXTENSIONS)


def _plain(paths: list[Path], size: int) -> list[np.ndarray]:
    arrays = []
    for path in paths:
        with Image.open(path) as image:
            arrays.append(np.asarray(image.convert("RGB").resize((size, size))))
    return arrays


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
