"""A body that doesn't arrive."""

import asyncio
from typing import Any

import pytest
from starlette.requests import Request

from mtldemo.serve import body
from mtldemo.serve.refusal import Refusal


def test_a_body_that_does_not_arrive_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing() -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(body, "SECONDS", 0.01)
    request = Request({"type": "http", "method": "POST", "headers": [(b"content-type", b"image/jpeg")]}, nothing)
    with pytest.raises(Refusal) as refused:
        asyncio.run(body.picture_bytes(request, 100))
    assert refused.value.status == 408
