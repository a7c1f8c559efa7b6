"""A picture's bytes from a request: the body itself or a field of a form, no larger than is allowed."""

import asyncio
import io
from collections.abc import AsyncGenerator, Callable

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from mtldemo.serve.refusal import Refusal

SECONDS, SILENT_SECONDS = 60.0, 10.0
"""The longest that a body may take to arrive, and that nothing of it may come."""
FORM_BYTES = 64 * 1024
"""What a form may have beside its picture."""
FIELD = "image"
HOW = (
    "Send the picture as the body with a Content-Type such as image/jpeg, "
    f'or as the field "{FIELD}" of a form (multipart/form-data).'
)


class _InMemory(MultiPartParser):
    """Keeps a form's picture in memory; Starlette's own parser writes what is larger than 1 MB to a temporary file."""

    spool_max_size = 0


def declared_bytes(request: Request, most: int) -> int:
    """How many bytes of a body are to be read at most: what it says itself, up to ``most``; ``most`` where it says
    nothing."""
    length = request.headers.get("content-length", "")
    return min(int(length), most) if _is_number(length) else most


async def picture_bytes(request: Request, most: int, arrived: Callable[[int], None] = lambda _: None) -> bytes:
    """The picture's bytes, at most ``most`` of them; ``arrived`` is told of each part's size before it is kept.

    Raises ``Refusal``: 400 without a picture, 408 where it takes too long, 413 where it is too large, 415 for another
    Content-Type, and what ``arrived`` raises.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    form = kind == "multipart/form-data"
    if not form and not kind.startswith("image/") and kind != "application/octet-stream":
        problem = f"The Content-Type {kind[:60]!r} isn't read." if kind else "The request has no Content-Type."
        raise Refusal(415, f"{problem} {HOW}")
    parts = _parts(request, most + (FORM_BYTES if form else 0), most, arrived)
    try:
        async with asyncio.timeout(SECONDS):
            body = await _field(request, parts) if form else await _whole(parts)
    except TimeoutError as error:
        raise Refusal(408, f"The picture didn't arrive within {SECONDS:.0f} seconds; send it again.") from error
    if not body:
        raise Refusal(400, f"There is no picture in the request. {HOW}")
    if len(body) > most:
        raise _too_large(most)
    return body


async def _parts(
    request: Request, most: int, declared: int, arrived: Callable[[int], None]
) -> AsyncGenerator[bytes, None]:
    """The body as it arrives. What is too large by its own word isn't read at all."""
    length = request.headers.get("content-length", "")
    if _is_number(length) and int(length) > most:
        raise _too_large(declared)
    stream, size = request.stream(), 0
    while True:
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                part = await anext(stream, None)
        except TimeoutError as error:
            sentence = f"Nothing of the picture arrived for {SILENT_SECONDS:.0f} seconds; send it again."
            raise Refusal(408, sentence) from error
        if part is None:
            return
        size += len(part)
        if size > most:
            raise _too_large(declared)
        arrived(len(part))
        yield part


async def _whole(parts: AsyncGenerator[bytes, None]) -> bytes:
    body = io.BytesIO()
    async for part in parts:
        body.write(part)
    # Without a copy, which would double what a large picture takes.
    return body.getvalue()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


async def _field(request: Request, parts: AsyncGenerator[bytes, None]) -> bytes:
    """The picture in a form."""
    try:
        parser = _InMemory(request.headers, parts, max_files=1, max_fields=8, max_part_size=FORM_BYTES)
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise Refusal(400, f"The form can't be read, or holds more than one picture. {HOW}") from error
    try:
        problem = form.get(FIELD)
        if not isinstance(problem, UploadFile):
            raise Refusal(400, f'The form has no picture in its field "{FIELD}". {HOW}')
        return await problem.read()
    finally:
        await form.close()


def _too_large(most: int) -> Refusal:
    return Refusal(413, f"The picture is larger than {most / 2**20:.0f} MB; send a smaller one.")
