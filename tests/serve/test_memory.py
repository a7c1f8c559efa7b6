"""Large pictures wait for each other."""

import io
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mtldemo.predict.pictures import MAX_PIXELS
from mtldemo.serve.memory import BYTES_A_PIXEL, ROOM, Memory


def test_a_picture_waits_for_room() -> None:
    memory, there = Memory(room=100 * BYTES_A_PIXEL), threading.Event()

    def second() -> None:
        with memory.pixels(41):
            there.set()

    thread = threading.Thread(target=second)
    with memory.pixels(60):
        with memory.pixels(40):
            pass
        thread.start()
        assert not there.wait(0.05)
    assert there.wait(60)
    thread.join(60)


def test_one_that_is_larger_than_all_room_is_alone() -> None:
    memory = Memory(room=1)
    with memory.pixels(10):
        pass
    assert MAX_PIXELS * BYTES_A_PIXEL <= ROOM


SIDE = 2500
TURNED = Image.Exif()
TURNED[0x0112] = 6
MEASURE = """
import io, sys
from PIL import Image
from mtldemo.predict.pictures import read

def kilobytes(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name))

data, small = open(sys.argv[1], "rb").read(), io.BytesIO()
Image.new("RGB", (32, 32)).save(small, Image.open(io.BytesIO(data)).format)
read(small.getvalue())
before = kilobytes("VmRSS")
open("/proc/self/clear_refs", "w").write("5")
pixels = read(data).pixels
print((kilobytes("VmHWM") - before) * 1024 / (pixels.size / 3))
"""
"""The most that reading a picture takes, in bytes a pixel."""


@pytest.mark.skipif(sys.platform != "linux", reason="the most memory that was taken is told by Linux alone")
@pytest.mark.parametrize(
    ("mode", "kind", "options", "most"),
    [
        ("RGB", "JPEG", {"exif": TURNED}, 10),
        ("CMYK", "JPEG", {}, 10),
        ("RGBA", "PNG", {}, 10),
        ("I;16", "PNG", {}, 8),
        ("RGB", "WEBP", {}, BYTES_A_PIXEL),
        ("RGB", "AVIF", {"speed": 10}, BYTES_A_PIXEL),
    ],
    ids=["turned JPEG", "CMYK", "alpha", "16 bits", "WebP", "AVIF"],
)
def test_a_picture_takes_no_more_than_is_reckoned(
    mode: str, kind: str, options: dict[str, Any], most: float, tmp_path: Path
) -> None:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((SIDE, SIDE)).convert(mode).save(file, kind, **options)
    (tmp_path / "large").write_bytes(file.getvalue())
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path / "large")], cwd=root, capture_output=True, text=True, check=True
    )
    assert 3 < float(done.stdout) <= most + 1
