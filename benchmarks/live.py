"""The live camera: what the server adds to detector and model, whether it always starts, and frames a second.

    python benchmarks/live.py [--model KEY] [--detector auto|haar|yunet] [--frames 200] [--starts 20] [--seconds 10]
                              [--json]

A frame of 640 x 480 pixels end to end (JPEG over HTTP to JSON) is timed in turn with detector and model on its pixels
in this process. A headless Chromium whose camera shows a face opens the Predict page anew for every start. Frames a
second are those of the page, in turn with the same component on a route that answers at once (a bare echo).
Targets: end to end at most 1.25 x detector plus model alone; every start gives an answer.
"""

import argparse
import http.client
import io
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mtldemo.predict import crop, loaded, models  # noqa: E402
from mtldemo.predict.live import for_frames  # noqa: E402
from mtldemo.predict.predictor import Predictor  # noqa: E402
from mtldemo.runs import default_runs_dir  # noqa: E402
from tests.browser.cameras import SIZE, fake_camera, portrait_film  # noqa: E402
from tests.serving import served  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MOST_RATIO = 1.25
WARM = 10
ROUNDS = 3
PATIENCE = 60_000
ECHO_ENTRY = """
import json
from pathlib import Path
import streamlit as st
from starlette.responses import JSONResponse
from starlette.routing import Route
from mtldemo.serve.tcp_nodelay import send_at_once
TOLD = json.loads(Path(__file__).with_name("told.json").read_text())
async def echo(request):
    send_at_once(request)
    await request.body()
    return JSONResponse(TOLD)
app = st.App(Path(__file__).with_name("page.py"), routes=[Route("/api/live", echo, methods=["POST"])])
"""
ECHO_PAGE = """
import streamlit as st
from mtldemo.ui.live_camera import live_camera
st.set_page_config(layout="wide")
live_camera(["echo"], "haar", ethnicity=False, key="live")
"""


def main() -> int:
    """Measure, print, and return 0 where the targets are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=models.SHIPPED_NAME, help="its key (default: %(default)s)")
    parser.add_argument("--detector", default="auto", choices=("auto", "haar", "yunet"))
    parser.add_argument("--frames", type=int, default=200, help="frames that are timed (default: %(default)s)")
    parser.add_argument("--starts", type=int, default=20, help="times the camera is started (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=10, help="of each of 3 rounds (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    from skimage.data import astronaut

    film = portrait_film(Image.fromarray(astronaut()))
    jpeg = _jpeg(film[0])
    with tempfile.TemporaryDirectory() as folder, served() as url, _echo(Path(folder), url, jpeg, chosen) as echo_url:
        result: dict[str, Any] = {"frame": frame(url, jpeg, chosen)}
        with _chromium(fake_camera(Path(folder) / "face.mjpeg", film)) as browser:
            page_url = f"{url}/predict?model={quote(chosen.model, safe='')}"
            result["starts"] = starts(browser, page_url, chosen.starts)
            result["pace"] = pace(browser, page_url, echo_url, chosen.seconds)
    result["pace"]["alone"] = 1000 / result["frame"]["alone_ms"]
    result["met"] = result["frame"]["ratio"] <= MOST_RATIO and result["starts"]["started"] == chosen.starts
    print(json.dumps(result) if chosen.json else told(result))
    return 0 if result["met"] else 1


def frame(url: str, jpeg: bytes, chosen: argparse.Namespace) -> dict[str, float]:
    """Medians in ms of a frame end to end and of detector plus model alone, and their ratio."""
    one = models.choice(chosen.model, default_runs_dir())
    predictor = loaded.loaded(one.path, one.key)
    pixels = np.asarray(Image.open(io.BytesIO(jpeg)))
    alone, route = _alone(pixels, for_frames(predictor), chosen.detector), _route(url, jpeg, chosen)
    times: dict[str, list[float]] = {"alone_ms": [], "end_to_end_ms": []}
    for number in range(WARM + chosen.frames):
        for name, does in (("alone_ms", alone), ("end_to_end_ms", route)):
            begun = time.perf_counter()
            does()
            if number >= WARM:
                times[name].append(1000 * (time.perf_counter() - begun))
    medians = {name: statistics.median(values) for name, values in times.items()}
    return medians | {"ratio": medians["end_to_end_ms"] / medians["alone_ms"]}


def _alone(pixels: np.ndarray, predictor: Predictor, name: str) -> Callable[[], Any]:
    detector, _ = loaded.detector(name, live=True)

    def does() -> None:
        faces = detector.find(pixels)
        squares = [crop.square_of(face, predictor.crop_for(detector.name)) for face in faces]
        predictor.ask(np.stack([crop.cut(pixels, square, predictor.image_size) for square in squares]))

    return does


def _route(url: str, jpeg: bytes, chosen: argparse.Namespace) -> Callable[[], dict[str, Any]]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
    address = f"/api/live?camera=benchmark&model={quote(chosen.model, safe='')}&detector={chosen.detector}"

    def does() -> dict[str, Any]:
        connection.request("POST", address, jpeg, {"Content-Type": "image/jpeg"})
        answer = connection.getresponse()
        said = json.loads(answer.read())
        if answer.status != 200 or len(said["faces"]) != 1:
            raise SystemExit(f"The route answered {answer.status}: {said}")
        return said

    return does


def starts(browser: "Browser", url: str, times: int) -> dict[str, Any]:
    """How often the camera started out of ``times``, each on a page of its own, and the seconds to its first answer."""
    seconds = []
    for _ in range(times):
        context = browser.new_context(viewport={"width": 1440, "height": 900}, permissions=["camera"])
        page = context.new_page()
        _open(page, url, live=True)
        begun = time.perf_counter()
        if _start(page):
            seconds.append(time.perf_counter() - begun)
        context.close()
    return {"started": len(seconds), "of": times, "first_answer_s": statistics.median(seconds) if seconds else None}


def pace(browser: "Browser", url: str, echo_url: str, seconds: float) -> dict[str, float]:
    """Frames a second of the page and of the bare echo, in turn; medians."""
    found: dict[str, list[float]] = {"live": [], "echo": []}
    for _ in range(ROUNDS):
        for name, address in (("live", url), ("echo", echo_url)):
            context = browser.new_context(viewport={"width": 1440, "height": 900}, permissions=["camera"])
            page = context.new_page()
            _open(page, address, live=name == "live")
            if not _start(page):
                raise SystemExit(f"The camera of {address} didn't start: {page.locator('.mtl-camera').inner_text()}")
            page.wait_for_timeout(1000)
            first, begun = _count(page), time.perf_counter()
            page.wait_for_timeout(1000 * seconds)
            found[name].append((_count(page) - first) / (time.perf_counter() - begun))
            context.close()
    return {name: statistics.median(values) for name, values in found.items()}


def _open(page: "Page", url: str, *, live: bool) -> None:
    page.goto(url)
    if live:
        page.get_by_role("radio", name="Live").click(timeout=PATIENCE)
    page.get_by_role("button", name="Start camera").wait_for(timeout=PATIENCE)


def _start(page: "Page") -> bool:
    """One click; whether an answer came."""
    from playwright.sync_api import TimeoutError as LateError

    page.get_by_role("button", name="Start camera").click(timeout=PATIENCE)
    try:
        page.locator(".mtl-camera[data-frames]").wait_for(timeout=PATIENCE)
    except LateError:
        return False
    return True


def _count(page: "Page") -> int:
    return int(page.locator(".mtl-camera").get_attribute("data-frames") or 0)


@contextmanager
def _echo(folder: Path, url: str, jpeg: bytes, chosen: argparse.Namespace) -> Iterator[str]:
    """A server whose route answers at once what the real one said about a frame; gives its address."""
    (folder / "told.json").write_text(json.dumps(_route(url, jpeg, chosen)()))
    (folder / "page.py").write_text(ECHO_PAGE)
    (folder / "echo_app.py").write_text(ECHO_ENTRY)
    with served(folder / "echo_app.py") as echo_url:
        yield echo_url


@contextmanager
def _chromium(flags: tuple[str, ...]) -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        always = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=program, args=[*always, *flags])
        yield browser
        browser.close()


def _jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.resize(SIZE).save(file, "JPEG", quality=80)
    return file.getvalue()


def told(result: dict[str, Any]) -> str:
    """The result as lines of text."""
    one, start, rate = result["frame"], result["starts"], result["pace"]
    first = f", first answer after {start['first_answer_s']:.2f} s" if start["started"] else ""
    return "\n".join(
        [
            f"Frame of 640 x 480: {one['end_to_end_ms']:.1f} ms end to end, {one['alone_ms']:.1f} ms detector and "
            f"model alone: {one['ratio']:.2f} x (target: at most {MOST_RATIO} x)",
            f"Started {start['started']} of {start['of']} times{first}",
            f"Frames a second: {rate['live']:.1f} live, {rate['echo']:.1f} as a bare echo, {rate['alone']:.1f} that "
            "detector and model alone could do",
            "Targets met" if result["met"] else "Targets NOT met",
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
