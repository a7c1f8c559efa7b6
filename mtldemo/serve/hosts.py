"""Which names the server answers to: this machine's own, its address, and those that a setting adds.

A page of another site can have its own name lead to this machine once it is open ("DNS rebinding"). Its browser then
takes the server for a part of that site and lets the page read and start whatever it likes; only the ``Host`` header
still has the site's name. A page can't choose that header, so it is looked at before anything else is.
"""

import ipaddress
import re
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mtldemo.serve.refusal import Refusal

OPTION = "server.allowedHosts"
"""Streamlit's own option for more names. Streamlit itself looks at it for the WebSocket alone."""
_HOST = re.compile(r"(?:\[(?P<ipv6>[0-9a-z:.%]+)\]|(?P<name>[0-9a-z._-]+))(?::(?P<port>[0-9]{0,5}))?", re.IGNORECASE)
_EVERYWHERE = ("", "0.0.0.0", "::")
"""Addresses to listen at that stand for all of a machine's."""


def name_in(host: str) -> str | None:
    """The name or IP address in a ``Host`` header, in lower case, without its port, brackets and final dot; None for
    what isn't one."""
    match = _HOST.fullmatch(host)
    if match is None or int(match["port"] or 0) > 65_535:
        return None
    if match["ipv6"] is not None:
        address = _address(match["ipv6"])
        return str(address) if isinstance(address, ipaddress.IPv6Address) else None
    return match["name"].lower().removesuffix(".") or None


class Hosts:
    """The names that the server answers to, each at any port: ``localhost`` and the loopback addresses, ``address``,
    at which it listens, and ``more``: names, ``*.example.com`` for all below one, or ``*`` for any.

    A server that listens at all addresses answers to any IP address: that is never another site's name.
    """

    def __init__(self, address: str = "localhost", more: Iterable[str] = ()) -> None:
        self._any_address = address in _EVERYWHERE
        names = [name.strip().lower().removesuffix(".") for name in more]
        self._any_name = "*" in names
        self._below = tuple(name[1:] for name in names if name.startswith("*."))
        exact = ("localhost", address, *(name for name in names if "*" not in name))
        self._names = {name for one in exact if (name := name_in(f"[{one}]" if one.count(":") > 1 else one))}

    def allow(self, name: str) -> bool:
        """Whether the server answers to ``name``, as ``name_in`` gives it."""
        if self._any_name or name in self._names or name.endswith(self._below):
            return True
        address = _address(name)
        if address is None:
            return False
        return self._any_address or (getattr(address, "ipv4_mapped", None) or address).is_loopback


class HostCheck:
    """Refuses whatever isn't asked of one of ``hosts``: pages, files, uploads, the WebSocket and the routes alike."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on, or answer with the refusal."""
        try:
            if scope["type"] in ("http", "websocket"):
                self.check(scope)
        except Refusal as refusal:
            await _answer(refusal, scope)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def check(self, scope: Scope) -> None:
        """Raise ``Refusal`` for a request that isn't for this server: 400, or 421 for another name."""
        headers = Headers(scope=scope).getlist("host")
        if len(headers) != 1:
            count = "none" if not headers else str(len(headers))
            raise Refusal(400, f"A request has one Host header with this server's name, found {count}.")
        if not scope["path"].startswith("/"):
            # With the name of a site in it, as for a proxy: that one would stand above the header.
            raise Refusal(400, "A request names a path of this server, such as /, not a whole address.")
        name = name_in(headers[0])
        if name is None:
            raise Refusal(400, f"The Host header {headers[0][:100]!r} is no name of a server; open http://localhost.")
        if not self._hosts.allow(name):
            raise Refusal(
                421,
                f"This server doesn't answer to the name {name[:100]!r}; open it as localhost, or have whoever runs it "
                f"add the name with --{OPTION}.",
            )


def _answer(refusal: Refusal, scope: Scope) -> Response:
    answer = PlainTextResponse(refusal.sentence, refusal.status)
    if "/api/" in scope["path"]:
        answer = JSONResponse({"error": refusal.sentence}, refusal.status)
    answer.headers.update({"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
    return answer


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
