"""A body that doesn't arrive, and one that is large."""

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from mtldemo.serve import answering, body
from mtldemo.serve.limits import EACH
from mtldemo.serve.refusal import Refusal
from mtldemo.serve.routes import routes


def bytes_of(request: Request, most: int) -> bytes:
    """In a thread of its own: in the tests' thread the browser's event loop may be running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(body.picture_bytes(request, most))).result()


@pytest.mark.parametrize("limit", ["SECONDS", "SILENT_SECONDS"])
def test_a_body_that_does_not_arrive_is_given_up(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    async def nothing() -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(body, limit, 0.01)
    request = Request({"type": "http", "method": "POST", "headers": [(b"content-type", b"image/jpeg")]}, nothing)
    with pytest.raises(Refusal) as refused:
        bytes_of(request, 100)
    assert refused.value.status == 408


def test_pictures_that_never_arrive_lock_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "answer", lambda *_: {"faces": []})
    headers = [(b"host", b"localhost"), (b"content-type", b"image/jpeg")]
    scope = {"type": "http", "method": "POST", "path": "/api/predict", "query_string": b"", "headers": headers}
    app, sent = Starlette(routes=routes()), []

    async def send(message: Any) -> None:
        sent.append(message)

    async def ask_while_others_stall() -> None:
        begun = asyncio.Semaphore(0)

        async def never() -> Any:
            begun.release()
            await asyncio.Event().wait()

        async def whole() -> Any:
            return {"type": "http.request", "body": b"a picture", "more_body": False}

        async with asyncio.timeout(60):
            stalled = [
                asyncio.create_task(app({**scope, "client": ("1.1.1.1", 1)}, never, send)) for _ in range(2 * EACH)
            ]
            for _ in stalled:
                await begun.acquire()
            await app({**scope, "client": ("1.1.1.1", 1)}, whole, send)
        for task in stalled:
            task.cancel()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(ask_while_others_stall())).result()
    assert [message["status"] for message in sent if message["type"] == "http.response.start"] == [200]


def test_a_large_form_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = b"x" * (3 * 2**20)
    head = b'--y\r\ncontent-disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'

    async def form() -> Any:
        return {"type": "http.request", "body": head + sent + b"\r\n--y--\r\n", "more_body": False}

    monkeypatch.setattr(tempfile, "TemporaryFile", lambda *_, **__: pytest.fail("it was written to the disk"))
    headers = [(b"content-type", b"multipart/form-data; boundary=y")]
    request = Request({"type": "http", "method": "POST", "headers": headers}, form)
    assert bytes_of(request, 4 * 2**20) == sent


@pytest.mark.parametrize(
    ("headers", "size"),
    [
        ([], 100),
        ([(b"content-length", b"7")], 7),
        ([(b"content-length", b"1000")], 100),
        ([(b"content-length", b"-1")], 100),
        ([(b"content-length", b"seven")], 100),
    ],
)
def test_the_size_is_what_the_request_says_up_to_the_most(headers: list[tuple[bytes, bytes]], size: int) -> None:
    assert body.declared_bytes(Request({"type": "http", "method": "POST", "headers": headers}), 100) == size
