"""To which names the server answers: on every route, also on the WebSocket and in whichever way it is started."""

import base64
import http.client
import os
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket

from mtldemo.serve.hosts import HostCheck, Hosts, name_in
from mtldemo.serve.refusal import Refusal
from tests.serving import ROOT, served

EVIL = "evil.example:8711"


def client_of(hosts: Hosts) -> TestClient:
    """A server with a page and a WebSocket, which says what it is opened for."""

    async def page(_: Request) -> PlainTextResponse:
        return PlainTextResponse("here")

    async def stream(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("here")
        await socket.close()

    routes = [Route("/{path:path}", page), WebSocketRoute("/_stcore/stream", stream)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(HostCheck, hosts=hosts)]))


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost:8501", "localhost"),
        ("LocalHost.", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]:8501", "::1"),
        ("[0:0:0:0:0:0:0:1]", "::1"),
        ("localhost:", "localhost"),
        ("evil.example:8711", "evil.example"),
        ("127.0.0.1.evil.example", "127.0.0.1.evil.example"),
        *(
            (host, None)
            for host in ("", ".", "::1", "[127.0.0.1]", "localhost:99999", "localhost:x", "localhost:80:80")
        ),
        *((host, None) for host in ("a@localhost", "localhost/x", "localhost ", "localhost,evil.example", "löcalhost")),
    ],
)
def test_the_name_in_a_host_header(host: str, name: str | None) -> None:
    assert name_in(host) == name


LOOPBACK = ("localhost", "127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1")
OTHERS = (
    "evil.example",
    "192.168.0.7",
    "10.0.0.1",
    "0.0.0.0",
    "::",
    "fe80::1",
    "a.localhost",
    "localhost.evil.example",
)


@pytest.mark.parametrize(
    ("hosts", "allowed", "refused"),
    [
        (Hosts(), LOOPBACK, OTHERS),
        (Hosts("192.168.0.7"), (*LOOPBACK, "192.168.0.7"), ("192.168.0.8", "evil.example")),
        (Hosts("::1"), LOOPBACK, OTHERS),
        (Hosts("My-Laptop.local"), (*LOOPBACK, "my-laptop.local"), OTHERS),
        (Hosts("0.0.0.0"), (*LOOPBACK, "192.168.0.7", "fe80::1", "0.0.0.0"), ("evil.example", "my-laptop")),
        (Hosts("::"), (*LOOPBACK, "192.168.0.7"), ("evil.example",)),
        (Hosts(""), (*LOOPBACK, "192.168.0.7"), ("evil.example",)),
        (Hosts(more=["Demo.Example.", "*.lab.example"]), ("demo.example", "a.lab.example", *LOOPBACK), OTHERS),
        (Hosts(more=["demo.example", "*.lab.example"]), (), ("lab.example", "evil-lab.example", "x.demo.example")),
        (Hosts(more=["*"]), (*LOOPBACK, *OTHERS), ()),
    ],
)
def test_which_names_are_allowed(hosts: Hosts, allowed: tuple[str, ...], refused: tuple[str, ...]) -> None:
    assert [name for name in allowed if not hosts.allow(name)] == []
    assert [name for name in refused if hosts.allow(name)] == []


@pytest.mark.parametrize("path", ["/", "/train", "/_stcore/health", "/media/a.png", "/api/predict"])
def test_another_name_is_refused_in_words(path: str) -> None:
    client = client_of(Hosts())
    assert client.get(path, headers={"host": "localhost:1"}).text == "here"
    answer = client.get(path, headers={"host": EVIL, "origin": f"http://{EVIL}"})
    assert answer.status_code == 421
    sentence = answer.json()["error"] if path.startswith("/api/") else answer.text
    assert sentence.startswith("This server doesn't answer to the name 'evil.example'")
    assert "--server.allowedHosts" in sentence


def test_the_websocket_is_refused_too() -> None:
    client = client_of(Hosts())
    with client.websocket_connect("/_stcore/stream", headers={"host": "127.0.0.1:1"}) as socket:
        assert socket.receive_text() == "here"
    with (
        pytest.raises(WebSocketDenialResponse) as denied,
        client.websocket_connect("/_stcore/stream", headers={"host": EVIL, "origin": f"http://{EVIL}"}),
    ):
        pass
    assert denied.value.status_code == 421


@pytest.mark.parametrize("path", ["/", "http://localhost/", "*"])
@pytest.mark.parametrize("hosts", [[], [b"localhost"], [b"localhost", b"evil.example"], [b"localhost"] * 2, [b"a b"]])
def test_a_request_has_one_host_and_a_path(hosts: list[bytes], path: str) -> None:
    check = HostCheck(Starlette(), Hosts())
    scope = {"type": "http", "path": path, "headers": [(b"host", host) for host in hosts]}
    if hosts == [b"localhost"] and path == "/":
        check.check(scope)
        return
    with pytest.raises(Refusal) as refused:
        check.check(scope)
    assert refused.value.status == 400


def status(url: str, path: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.slow
@pytest.mark.parametrize("script", ["streamlit_app.py", "dashboard.py"])
def test_the_server_checks_and_has_its_routes_however_it_is_started(script: str, tmp_path: Path) -> None:
    folders = {"MTLDEMO_CACHE": str(tmp_path), "MTLDEMO_RUNS": str(tmp_path)}
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
    }
    with served(ROOT / script, env=folders, options=("--server.allowedHosts=demo.example",)) as url:
        own, evil = url.removeprefix("http://"), {"Host": EVIL, "Origin": f"http://{EVIL}"}
        expected = {"/": 200, "/train": 200, "/_stcore/health": 200, "/api/models": 200, "/api/live": 405}
        for host in (own, "demo.example"):
            assert {path: status(url, path, {"Host": host}) for path in expected} == expected
            assert status(url, "/_stcore/stream", {"Host": host, "Origin": f"http://{host}", **upgrade}) == 101
        for path in (*expected, "/media/none.png", "/static/none.js", "/_stcore/upload_file/a/b"):
            assert status(url, path, evil) == 421
        assert status(url, "/_stcore/stream", {**evil, **upgrade}) == 421
