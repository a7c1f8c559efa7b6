"""Answers that leave at once.

Streamlit binds its socket in a way that asyncio doesn't take for TCP, and so leaves Nagle's algorithm on. An answer's
body then waits until the browser has acknowledged its head, which browsers put off for 40 ms: more than a frame takes.
"""

import os
import socket
from functools import lru_cache

import psutil
from starlette.requests import Request


def send_at_once(request: Request) -> None:
    """Turn Nagle's algorithm off for the request's connection; no effect where that can't be found, as on Windows."""
    server = request.scope.get("server")
    if request.client and server:
        _undelayed(request.client.port, server[1])


@lru_cache(maxsize=256)
def _undelayed(theirs: int, ours: int) -> None:
    """Once for each connection, known by its two ports."""
    try:
        for one in psutil.Process().net_connections("tcp"):
            if one.fd >= 0 and one.raddr and one.raddr.port == theirs and one.laddr.port == ours:
                with socket.socket(fileno=os.dup(one.fd)) as same:
                    same.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except (OSError, psutil.Error):
        # It goes without, only slower.
        return
