"""The addresses under ``/api``.

``POST /api/predict``: a picture in, the JSON of ``python -m mtldemo predict`` for it out.
``POST /api/live``: a camera's frame in, steadied answers out; ``camera`` is an identifier that the client makes up.
Both take ``model`` (a key of ``GET /api/models``; again for several) and ``detector``; the first takes ``whole_image``,
the second ``sensitive`` (``ethnicity`` means the same). What is refused has its HTTP status and
``{"error": sentence}``, also a parameter of any other name.
"""

import asyncio
import dataclasses
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mtldemo.predict import pictures
from mtldemo.serve.body import declared_bytes, picture_bytes
from mtldemo.serve.cameras import SILENT, Cameras
from mtldemo.serve.forwarded import client_address
from mtldemo.serve.limits import RequestLimits
from mtldemo.serve.query import CAMERA, OF_LIVE, OF_PREDICT, Query, check_names, read_query
from mtldemo.serve.refusal import Refusal
from mtldemo.serve.same_site import check_site
from mtldemo.serve.tcp_nodelay import send_at_once

MOST_FRAME_BYTES = 4 * 2**20
_CAMERA = re.compile(r"[A-Za-z0-9-]{8,64}")
_NEVER_KEPT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE", "OPTIONS")
"""One of them is answered; what the others ask would be taken for a page's address."""
_POST, _GET = ("POST", "Send a picture with POST"), ("GET", "Ask with GET")
_log = logging.getLogger(__name__)

_Handler = Callable[[Request], Awaitable[dict[str, Any]]]


def routes(base: str = "", *, limits: RequestLimits | None = None, cameras: Cameras | None = None) -> list[Route]:
    """The routes, below the server's ``base`` path."""
    request_limits = RequestLimits() if limits is None else limits
    live_cameras = Cameras() if cameras is None else cameras
    base = f"/{base.strip('/')}" if base.strip("/") else ""

    async def predict(request: Request) -> dict[str, Any]:
        query = read_query(request.query_params, OF_PREDICT)
        client = f"address {client_address(request)}"
        request_limits.check(client, declared_bytes(request, pictures.MAX_BYTES))
        with request_limits.arrival(client) as arrived:
            data = await picture_bytes(request, pictures.MAX_BYTES, arrived)
        with request_limits.slot(client, len(data)):
            return await request_limits.work(lambda: _answering().answer(data, query))

    async def live(request: Request) -> dict[str, Any]:
        query = read_query(request.query_params, OF_LIVE)
        camera = request.query_params.get(CAMERA, "")
        if not _CAMERA.fullmatch(camera):
            raise Refusal(400, "camera is an identifier of 8 to 64 letters, digits and hyphens that the client makes.")
        client = f"camera {camera} of {client_address(request)}"
        # A camera's frames come one after the other: its faces are followed from one to the next.
        request_limits.check(client, declared_bytes(request, MOST_FRAME_BYTES), each=1)
        with request_limits.arrival(f"address {client_address(request)}") as arrived:
            data = await picture_bytes(request, MOST_FRAME_BYTES, arrived)
        with request_limits.slot(client, len(data), each=1):
            try:
                return await request_limits.work(lambda: _frame(data, client, query, live_cameras))
            finally:
                asyncio.get_running_loop().call_later(SILENT + 1, live_cameras.forget)

    async def model_list(request: Request) -> dict[str, Any]:
        check_names(request.query_params, ())
        with request_limits.slot(f"address {client_address(request)}", 0):
            return await request_limits.work(_model_list)

    handlers = {"predict": (predict, _POST), "live": (live, _POST), "models": (model_list, _GET)}
    routes = [Route(f"{base}/api/{name}", _guarded(*does), methods=_METHODS) for name, does in handlers.items()]
    addresses = ", ".join(route.path for route in routes)

    async def nowhere(request: Request) -> Response:
        # A page's address otherwise, which a program would take for an answer.
        return Refusal(404, f"There is nothing at {request.url.path[:100]!r}; there are {addresses}.").answer()

    return [*routes, Route(f"{base}/api/{{name:path}}", nowhere, methods=_METHODS)]


def _guarded(handler: _Handler, how: tuple[str, str]) -> Callable[[Request], Awaitable[Response]]:
    """The handler with its answer, or what went wrong, as JSON; ``how`` is the method that it answers, and to use it in
    words."""
    method, words = how

    async def endpoint(request: Request) -> Response:
        try:
            if request.method not in (method, "HEAD" if method == "GET" else method):
                raise Refusal(405, f"{words}; {request.method} isn't answered here.")
            check_site(request)
            send_at_once(request)
            answer: Response = JSONResponse(await handler(request))
        except Refusal as refusal:
            answer = refusal.answer()
        except ClientDisconnect:
            answer = Refusal(400, "The request ended before its picture had arrived.").answer()
        except Exception:  # noqa: BLE001 - whoever asks is told in words, the log has the trace
            _log.exception("A request to %s failed", request.url.path)
            answer = Refusal(500, "The server failed at this request; what went wrong is in its log.").answer()
        answer.headers.update(_NEVER_KEPT)
        if answer.status_code == 405:
            answer.headers["Allow"] = method
        return answer

    return endpoint


def _frame(data: bytes, client: str, query: Query, cameras: Cameras) -> dict[str, Any]:
    answering = _answering()

    def make() -> Any:
        from mtldemo.predict.live import Live

        return Live(answering.pipeline(query, live=True)[0])

    # Which answers are given about a face doesn't make it another one.
    same = dataclasses.replace(query, sensitive=False)
    return answering.frame_answer(data, cameras.live(client, same, make), query)


def _model_list() -> dict[str, Any]:
    from mtldemo.serve.model_list import model_list

    return model_list()


def _answering() -> Any:
    """Imported with the first request, so that the dashboard opens without it."""
    from mtldemo.serve import answering

    return answering
