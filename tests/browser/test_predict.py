"""Predict in a real Chromium whose camera shows a face: live, a snapshot, an upload, and what can go wrong."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from skimage.data import astronaut

from mtldemo.runs import RunFolder
from tests.browser.cameras import fake_camera, portrait_film
from tests.predict.tiny import tiny_config, write_model

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1200)]
WAIT = 120_000
STREAMS_ENDED = "() => streams.length && streams.every((one) => one.getTracks().every((t) => t.readyState === 'ended'))"
# Chromium has one camera that shows a film; the second is another name for it.
KEEP_STREAMS = """
window.streams = []
const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices)
navigator.mediaDevices.enumerateDevices = async () =>
  [...(await list()), { kind: "videoinput", deviceId: "second", label: "Second camera" }]
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
navigator.mediaDevices.getUserMedia = async (wish) => {
  window.wished = wish.video.deviceId?.exact
  if (wished === "second") delete wish.video.deviceId
  const stream = await ask(wish)
  streams.push(stream)
  return stream
}
"""
SQUARE = (
    "[...document.querySelectorAll('*')].map((e) => e.shadowRoot?.querySelector('.mtl-place-square')).find(Boolean)"
)
SHOWS_SOMETHING = """() => {
  const video = document.querySelector('video')
  if (!video?.videoWidth) return false
  const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 })
  const drawing = canvas.getContext('2d')
  drawing.drawImage(video, 0, 0, 8, 8)
  return drawing.getImageData(0, 0, 8, 8).data.some((value, place) => place % 4 < 3 && value > 60)
}"""
"""Whether the camera's picture has come: a Chromium that has just started shows black ones for a while."""
REFUSE = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', window.wanted))"


@pytest.fixture(scope="session")
def chromium_with_camera(
    launch_chromium: Callable[..., "Browser"], tmp_path_factory: pytest.TempPathFactory
) -> "Browser":
    """A Chromium whose camera shows scikit-image's astronaut."""
    film = tmp_path_factory.mktemp("camera") / "face.mjpeg"
    return launch_chromium(*fake_camera(film, portrait_film(Image.fromarray(astronaut()))))


@pytest.fixture
def camera_context(chromium_with_camera: "Browser") -> Iterator["BrowserContext"]:
    """A profile that may use the camera."""
    context = chromium_with_camera.new_context(viewport={"width": 1440, "height": 900}, permissions=["camera"])
    context.set_default_timeout(WAIT)
    yield context
    context.close()


@pytest.fixture
def predict_url(streamlit_server: Callable[..., str], tmp_path: Path) -> str:
    """The Predict page with a tiny model of random weights, on a fresh server."""
    folder = tmp_path / "runs" / "tiny"
    folder.mkdir(parents=True)
    write_model(folder / "model.safetensors", tiny_config())
    return streamlit_server() + "/predict?model=tiny"


def open_way(page: "Page", url: str, way: str) -> None:
    """Open the Predict page and choose how faces come in."""
    page.goto(url)
    page.get_by_role("radio", name=way).click(timeout=WAIT)


def shows(place: "Locator", words: str | re.Pattern[str]) -> None:
    """Wait until ``words`` are to be seen in ``place``."""
    from playwright.sync_api import expect

    expect(place).to_contain_text(words, timeout=WAIT)


def frames(page: "Page", least: int) -> None:
    """Wait until the running camera has had ``least`` answers, at most 9."""
    from playwright.sync_api import expect

    camera = page.locator(".mtl-camera")
    expect(camera).to_have_attribute("data-frames", re.compile(rf"^([{least}-9]|\d\d+)$"), timeout=2 * WAIT)


def placed(page: "Page") -> list[float]:
    """Left, top and width in per cent of the square that is laid over the picture."""
    style = page.evaluate(f"() => {{ const {{ left, top, width }} = {SQUARE}.style; return [left, top, width] }}")
    return [float(value.rstrip("%")) for value in style]


def drag(page: "Page", what: "Locator", across: int, down: int) -> None:
    """Drag the middle of something, once it stands still, by some pixels."""
    what.hover(timeout=WAIT)
    box = what.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across, y + down, steps=4)
    page.mouse.up()


def test_live_from_start_to_stop(predict_url: str, camera_context: "BrowserContext") -> None:
    page = camera_context.new_page()
    page.add_init_script(KEEP_STREAMS)
    asked: list[str] = []
    under_way: set[Request] = set()
    most = [0]

    def begun(request: "Request") -> None:
        asked.append(request.url)
        if "/api/live" in request.url:
            under_way.add(request)
            most[0] = max(most[0], len(under_way))

    page.on("request", begun)
    for end in ("requestfinished", "requestfailed"):
        page.on(end, lambda request: under_way.discard(request))
    open_way(page, predict_url, "Live")
    page.get_by_role("button", name="Start camera").click(timeout=WAIT)
    frames(page, 5)
    faces = page.get_by_role("list", name="Faces in the picture")
    shows(faces, re.compile(r"Face.*Age \d+ years.*Gender (fe)?male, \d+ %", re.DOTALL))
    shows(page.locator(".mtl-camera-speed"), re.compile(r"frames/s.*detector \d+ ms.*model \d+ ms"))
    assert "Ethnicity" not in faces.inner_text()
    assert all("sensitive=" not in address for address in asked)

    # The settings may change while it runs, and the camera goes on.
    page.get_by_text("Also tell ethnicity").click()
    shows(faces, "Ethnicity")
    assert page.evaluate("streams.length") == 1

    choice = page.get_by_role("combobox", name="Camera")
    choice.wait_for()
    choice.select_option("Second camera")
    page.wait_for_function(
        "wished === 'second' && streams.length === 2 && streams[0].getTracks()[0].readyState === 'ended'"
    )
    shows(faces, "Age")

    # A server that is silent for a while is waited for; one that refuses is quoted, and the camera stops.
    page.route("**/api/live*", lambda route: route.abort())
    said = page.get_by_role("status").filter(has_text=re.compile("server|model"))
    shows(said, "The server doesn't answer; trying again.")
    page.unroute("**/api/live*")
    shows(faces, "Age")
    refusal = {"status": 404, "content_type": "application/json", "body": '{"error": "There is no model here."}'}
    page.route("**/api/live*", lambda route: route.fulfill(**refusal))
    shows(said, "There is no model here.")
    page.get_by_role("button", name="Start camera").wait_for()
    page.wait_for_function(STREAMS_ENDED)
    page.unroute("**/api/live*")

    for leave in (
        lambda: page.get_by_role("button", name="Stop camera").click(),
        lambda: page.evaluate(
            "Object.defineProperty(document, 'hidden', {value: true, configurable: true}); "
            "document.dispatchEvent(new Event('visibilitychange')); delete document.hidden"
        ),
        lambda: page.get_by_role("radio", name="Upload").click(),
    ):
        page.get_by_role("button", name="Start camera").click()
        shows(faces, "Age")
        leave()
        page.wait_for_function(STREAMS_ENDED)
    assert most[0] == 1
    own = predict_url.partition("/predict")[0]
    assert [address for address in asked if not address.startswith((own, "data:", "blob:"))] == []


def test_a_camera_that_does_not_come_is_explained(predict_url: str, chromium_page: "Page") -> None:
    page = chromium_page
    page.add_init_script(REFUSE)
    open_way(page, predict_url, "Live")
    start = page.get_by_role("button", name="Start camera")
    start.wait_for(timeout=WAIT)
    said = page.locator(".mtl-camera-said")
    for name, words in {
        "NotAllowedError": "may not use the camera",
        "NotFoundError": "No camera was found",
        "NotReadableError": "another program may be using it",
        "OverconstrainedError": "isn't there any more",
        "SomethingElse": "The camera can't be started (SomethingElse)",
    }.items():
        page.evaluate("(name) => { window.wanted = name }", name)
        start.click()
        shows(said, words)
        start.wait_for()
    page.evaluate("Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
    start.click()
    shows(said, "no way to use a camera")
    page.evaluate("Object.defineProperty(window, 'isSecureContext', {value: false})")
    start.click()
    shows(said, "HTTPS")


def test_a_snapshot_and_an_upload(predict_url: str, camera_context: "BrowserContext", tmp_path: Path) -> None:
    page = camera_context.new_page()
    open_way(page, predict_url, "Snapshot")
    # The button may be there before the camera's first picture is, and would take a black one.
    page.wait_for_function(SHOWS_SOMETHING, timeout=WAIT)
    page.get_by_role("button", name="Take Photo").click(timeout=WAIT)
    page.get_by_text(re.compile("1 face")).first.wait_for(timeout=2 * WAIT)

    picture = tmp_path / "portrait.jpg"
    Image.fromarray(astronaut()).save(picture)
    open_way(page, predict_url, "Upload")
    page.locator("input[type=file]").first.set_input_files(picture, timeout=WAIT)
    page.get_by_text(re.compile("1 face")).first.wait_for(timeout=2 * WAIT)


def test_a_face_by_hand_and_through_several_models(predict_url: str, chromium_page: "Page", tmp_path: Path) -> None:
    config = tiny_config()
    for name in ("first", "second"):
        run = RunFolder.create(tmp_path / "runs", config, name)
        write_model(run.model_file, config, seed=len(name))
    picture = tmp_path / "wall.png"
    Image.new("RGB", (320, 240), "grey").save(picture)
    page = chromium_page
    open_way(page, predict_url, "Upload")
    page.locator("input[type=file]").first.set_input_files(picture, timeout=WAIT)
    page.get_by_role("button", name="Crop by hand").click(timeout=WAIT)
    square = page.get_by_role("application", name="Square around the face")
    use = page.get_by_role("button", name="Use this square")
    page.wait_for_function(f"() => {SQUARE}?.style.width", timeout=WAIT)
    use.wait_for()
    at_first = placed(page)
    # By the mouse: moved, then made smaller at a corner.
    drag(page, square, 40, -10)
    moved = placed(page)
    assert moved[0] > at_first[0]
    assert moved[2] == at_first[2]
    drag(page, page.locator("[data-corner=se]"), -60, -60)
    smaller = placed(page)
    assert smaller[2] < moved[2]
    assert smaller[:2] == moved[:2]
    # By the keys, which also take it.
    square.press("ArrowLeft")
    square.press("Shift+ArrowDown")
    square.press("+")
    assert placed(page)[2] > smaller[2]
    square.press("Enter")
    page.get_by_text("1 picture · 1 face").first.wait_for(timeout=2 * WAIT)

    page.get_by_role("button", name="What other models say").click()
    page.get_by_text(re.compile(r"[34] models looked at this face")).wait_for(timeout=2 * WAIT)
    page.wait_for_url("**/predict?*way=Compare*")
    # It begins at its top, though the button was far below.
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop === 0", timeout=WAIT)
    page.get_by_text("Gender, model by model").first.wait_for(timeout=WAIT)
