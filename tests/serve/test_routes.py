"""What the routes answer, and what they refuse with which status."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from mtldemo.predict import detectors
from mtldemo.predict.notes import NoteCode
from mtldemo.predict.pipeline import Pipeline
from mtldemo.predict.predictor import Predictor
from mtldemo.serve import answering
from mtldemo.serve.limits import RequestLimits
from tests.predict.any_tasks import TASK_SETS, make_model
from tests.serve.conftest import LIVE, PREDICT, TYPE, encoded


def sentence(answer: Any) -> str:
    """What a refusal says: exactly one sentence."""
    assert list(answer.json()) == ["error"]
    assert answer.json()["error"].endswith(".")
    return answer.json()["error"]


def test_a_body_and_a_form_are_answered_as_predict_does(client: TestClient, jpeg: bytes, tiny_file: Path) -> None:
    pipeline = Pipeline([Predictor.load(tiny_file, name="tiny")], detectors.haar())
    expected = pipeline.predict(jpeg).to_json() | {"image": ""}
    answer = client.post(PREDICT, content=jpeg, headers=TYPE)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == expected
    assert len(expected["faces"]) == 1
    assert "ethnicity" in expected["faces"][0]
    form = client.post(PREDICT, files={"image": ("me.jpg", jpeg, "image/jpeg")})
    assert form.json() == expected


def test_the_whole_picture_is_the_face_where_asked(client: TestClient, jpeg: bytes) -> None:
    answer = client.post(PREDICT + "&whole_image=1", content=jpeg, headers=TYPE).json()
    assert [face["box"] for face in answer["faces"]] == [[0, 0, 512, 512]]


def test_no_face_is_said_with_what_to_do(client: TestClient) -> None:
    grey = encoded(np.full((200, 200, 3), 128, np.uint8))
    answer = client.post(PREDICT, content=grey, headers=TYPE)
    assert answer.status_code == 200
    assert answer.json() == {"image": "", "faces": [], "notes": [answering.WORDS[NoteCode.NO_FACE]]}


def test_yunet_that_is_not_there_is_not_downloaded(
    client: TestClient, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detectors, "yunet_file", lambda: None)
    monkeypatch.setattr(detectors, "download_yunet", lambda: pytest.fail("it was downloaded"))
    answer = client.post("/api/predict?model=tiny&detector=yunet", content=jpeg, headers=TYPE).json()
    assert len(answer["faces"]) == 1
    assert "YuNet isn't on this machine" in answer["notes"][0]


@pytest.mark.parametrize(
    ("address", "content", "headers", "status", "said"),
    [
        (PREDICT, b"", TYPE, 400, "no picture"),
        (PREDICT, b"hello, I am a text" * 9, TYPE, 400, "text, not a picture"),
        (PREDICT, b"\xff\xd8\xff\xe0 not really", TYPE, 400, "can't be used"),
        (PREDICT, encoded(np.zeros((1, 1, 3), np.uint8), "PNG"), TYPE, 400, "too few"),
        (PREDICT, b"x", {"content-type": "text/plain"}, 415, "multipart/form-data"),
        (PREDICT, b"x", {"content-type": "application/x-www-form-urlencoded"}, 415, "isn't read"),
        (PREDICT, b"x", {}, 415, "no Content-Type"),
        (PREDICT, b"x", {"content-type": "multipart/form-data"}, 400, "form can't be read, or holds more than one"),
        (PREDICT, b"x", {"content-type": "multipart/form-data; boundary=y"}, 400, "form"),
        (PREDICT, b"x", TYPE | {"content-length": "999999999"}, 413, "larger than 64 MB"),
        ("/api/predict?model=../../etc/passwd", b"x", TYPE, 404, "GET /api/models lists"),
        ("/api/predict?model=/etc/passwd", b"x", TYPE, 404, "no model"),
        ("/api/predict?model=.&model=..", b"x", TYPE, 404, "no model"),
        ("/api/predict", b"x", TYPE, 404, "no model 'utkface'"),
        ("/api/predict?detector=/etc/passwd", b"x", TYPE, 400, "no detector"),
        ("/api/predict?whole_image=maybe", b"x", TYPE, 400, "1 or 0"),
        ("/api/predict?modle=tiny", b"x", TYPE, 400, "no parameter 'modle'; choose model, detector, whole_image."),
        ("/api/predict?ethnicity=0", b"x", TYPE, 400, "no parameter 'ethnicity'"),
        ("/api/predict?detector=haar&detector=auto", b"x", TYPE, 400, "detector is there 2 times"),
        (LIVE + "&whole_image=1", b"x", TYPE, 400, "choose model, detector, camera, sensitive, ethnicity."),
        ("/api/predict?" + "&".join(f"model={n}" for n in range(9)), b"x", TYPE, 400, "At most 6"),
        ("/api/live?model=tiny", b"x", TYPE, 400, "camera is an identifier"),
        ("/api/live?model=tiny&camera=../../nothing", b"x", TYPE, 400, "camera is an identifier"),
        (LIVE, b"not a picture at all, this" * 5, TYPE, 400, "not a picture"),
        (LIVE, b"x" * (4 * 2**20 + 1), TYPE, 413, "larger than 4 MB"),
        (LIVE, encoded(np.zeros((1300, 1300, 3), np.uint8)), TYPE, 413, "1300 x 1300"),
        ("/api/live?model=none&camera=one-camera", encoded(np.zeros((64, 64, 3), np.uint8)), TYPE, 404, "no model"),
    ],
)
def test_refusals(
    client: TestClient, jpeg: bytes, address: str, content: bytes, headers: dict[str, str], status: int, said: str
) -> None:
    # An unknown model is told of a picture that could be read.
    content = jpeg if status == 404 else content
    answer = client.post(address, content=content, headers=headers)
    assert answer.status_code == status
    assert said in sentence(answer)


def test_a_form_without_its_field_and_one_that_is_too_large(
    client: TestClient, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'field "image"' in sentence(client.post(PREDICT, files={"photo": ("a.jpg", jpeg)}))
    assert 'field "image"' in sentence(client.post(PREDICT, data={"image": "text"}, files={"x": ("a", b"")}))
    monkeypatch.setattr("mtldemo.predict.pictures.MAX_BYTES", len(jpeg) - 1)
    answer = client.post(PREDICT, files={"image": ("a.jpg", jpeg)})
    assert (answer.status_code, "larger" in sentence(answer)) == (413, True)


def test_a_body_without_a_length_is_cut_off_where_it_is_too_large(client: TestClient) -> None:
    sent: list[int] = []

    def endless() -> Any:
        for number in range(100):
            sent.append(number)
            yield b"x" * 2**20

    answer = client.post(LIVE, content=endless(), headers=TYPE)
    assert answer.status_code == 413


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_only_post_is_answered(client: TestClient, method: str) -> None:
    answer = client.request(method, PREDICT)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert "access-control-allow-origin" not in answer.headers
    sentence(answer)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin", "origin": "https://behind.a.proxy"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"origin": "http://testserver"}, 200),
        ({"origin": "https://demo.example", "x-forwarded-host": "demo.example"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://testserver"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
def test_other_sites_may_not_ask(client: TestClient, jpeg: bytes, headers: dict[str, str], status: int) -> None:
    answer = client.post(PREDICT, content=jpeg, headers=TYPE | headers)
    assert answer.status_code == status
    if status != 200:
        assert "other sites" in sentence(answer)


def test_the_routes_stand_below_the_base_path(make_client: Callable[..., TestClient], jpeg: bytes) -> None:
    client = make_client(base="/demo/")
    assert client.post("/demo" + PREDICT, content=jpeg, headers=TYPE).status_code == 200
    assert client.post(PREDICT, content=jpeg, headers=TYPE).status_code == 404


def test_a_model_that_can_not_be_loaded(client: TestClient, jpeg: bytes, own_folders: Path) -> None:
    broken = own_folders / "runs" / "broken" / "model.safetensors"
    broken.parent.mkdir()
    broken.write_bytes(b"no model")
    answer = client.post("/api/predict?model=broken", content=jpeg, headers=TYPE)
    assert answer.status_code == 422
    sentence(answer)


def test_a_failure_is_told_without_its_trace(
    client: TestClient, jpeg: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(answering, "answer", fails)
    answer = client.post(PREDICT, content=jpeg, headers=TYPE)
    assert answer.status_code == 500
    assert "secret" not in sentence(answer)
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    ("address", "other", "limits", "status", "wait"),
    [
        (LIVE, LIVE, {"most": 2}, 429, "1"),
        (LIVE, PREDICT, {"most": 1}, 503, "2"),
        (PREDICT, LIVE, {"room": 1000}, 503, "2"),
        (PREDICT, PREDICT, {"most": 2}, 200, None),
    ],
)
def test_what_may_be_under_way(
    make_client: Callable[..., TestClient],
    jpeg: bytes,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    other: str,
    limits: dict[str, int],
    status: int,
    wait: str | None,
) -> None:
    begun, go = threading.Event(), threading.Event()

    def slow(*_: object) -> dict[str, Any]:
        # The first waits for what becomes of the other one; that one finds the door open.
        if not begun.is_set():
            begun.set()
            assert go.wait(60)
        return {"faces": []}

    monkeypatch.setattr(answering, "answer", slow)
    monkeypatch.setattr(answering, "frame_answer", slow)
    client = make_client(limits=RequestLimits(threads=2, **limits))
    answers = []
    first = threading.Thread(target=lambda: answers.append(client.post(address, content=jpeg, headers=TYPE)))
    first.start()
    try:
        assert begun.wait(60)
        second = client.post(other, content=jpeg, headers=TYPE)
    finally:
        go.set()
        first.join(60)
    assert (second.status_code, second.headers.get("retry-after")) == (status, wait)
    if status != 200:
        assert "under way" in sentence(second)
    assert answers[0].status_code == 200
    # The place is free again.
    assert client.post(other, content=jpeg, headers=TYPE).status_code == 200


def test_several_models_at_once(client: TestClient, jpeg: bytes, own_folders: Path, tiny_file: Path) -> None:
    other = own_folders / "runs" / "study" / "other"
    other.mkdir(parents=True)
    shutil.copy(tiny_file, other)
    for address in (PREDICT, LIVE):
        answer = client.post(address + "&model=study/other", content=jpeg, headers=TYPE).json()
        assert list(answer["faces"][0]["models"]) == ["tiny", "study/other"]
        assert ("ethnicity" in answer["faces"][0]["models"]["tiny"]) == (address == PREDICT)


@pytest.mark.parametrize("number", TASK_SETS)
def test_models_of_whole_pictures_are_answered_without_a_detector(
    client: TestClient, own_folders: Path, jpeg: bytes, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    make_model(own_folders / "runs", TASK_SETS[number], "mine")
    monkeypatch.setattr(answering.loaded, "detector", lambda *_, **__: pytest.fail("a detector was loaded"))
    for options in ("", "&whole_image=1", "&detector=haar"):
        (item,) = client.post(f"/api/predict?model=mine{options}", content=jpeg, headers=TYPE).json()["faces"]
        assert item["box"] == [0, 0, 512, 512]
        assert list(item["answers"]) == list(TASK_SETS[number].names)
    frame = client.post("/api/live?model=mine&camera=abcdefgh", content=jpeg, headers=TYPE).json()
    assert [face["box"] for face in frame["faces"]] == [[0, 0, 512, 512]]
    both = client.post("/api/live?model=mine&model=tiny&camera=abcdefgi", content=jpeg, headers=TYPE)
    assert (both.status_code, "one kind" in sentence(both)) == (422, True)
    listed = {one["model"]: one["pictures"] for one in client.get("/api/models").json()["models"]}
    assert listed == {"mine": "whole", "tiny": "faces"}
