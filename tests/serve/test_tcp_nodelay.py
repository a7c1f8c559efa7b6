"""The connection of a request sends at once."""

import os
import socket

import pytest
from starlette.requests import Request

from mtldemo.serve import tcp_nodelay


def asked_from(client: tuple[str, int] | None, server: tuple[str, int] | None) -> Request:
    return Request({"type": "http", "method": "POST", "headers": [], "client": client, "server": server})


@pytest.mark.skipif(os.name == "nt", reason="there are no numbers of files")
def test_the_connection_of_a_request_does_not_wait() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        with socket.create_connection(listening.getsockname()) as client:
            accepted, _ = listening.accept()
            with accepted:
                assert not accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                tcp_nodelay.send_at_once(asked_from(client.getsockname(), listening.getsockname()))
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                client.sendall(b"still open")
                assert accepted.recv(10) == b"still open"


def test_a_connection_that_is_not_found_is_left_alone() -> None:
    tcp_nodelay.send_at_once(asked_from(("127.0.0.1", 1), ("127.0.0.1", 2)))
    tcp_nodelay.send_at_once(asked_from(None, None))
