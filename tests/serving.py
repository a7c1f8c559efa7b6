"""The dashboard as a process of its own, for what drives it from outside: tests, benchmarks, the README's pictures."""

import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
APP = ROOT / "streamlit_app.py"
START_SECONDS = 120
END_SECONDS = 30
LOOK_EVERY = 0.01
PORTS = range(20_000, 32_000)
"""Below those that systems give to connections: none is taken between being found free and the server's start."""


@contextmanager
def served(
    script: Path | str = APP, *, env: Mapping[str, str] | None = None, options: tuple[str, ...] = ()
) -> Iterator[str]:
    """``streamlit run`` on a script, at a free port of this machine; gives its address once it answers, and ends it.

    ``env`` is added to this process's environment, ``options`` to the command. Raises ``RuntimeError`` with what the
    server said where it doesn't start.
    """
    port = _free_port()
    url = f"http://localhost:{port}"
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    always = ("--server.headless=true", "--server.fileWatcherType=none", f"--server.port={port}")
    # A file, not a pipe, which would stop the server once it is full.
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), *always, *options],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path, **(env or {})},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            if not _answers(url, server):
                log.seek(0)
                said = log.read().decode(errors="replace")[-4000:]
                raise RuntimeError(f"The server at {url} didn't start:\n{said}")
            yield url
        finally:
            server.terminate()
            try:
                server.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _free_port() -> int:
    # Any of them, of the system's own chance: other test processes look for theirs at the same time.
    for port in random.SystemRandom().sample(PORTS, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("localhost", port))
            except OSError:
                continue
            return port
    raise RuntimeError("No port of this machine is free.")


def _answers(url: str, server: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return True
        except OSError:
            time.sleep(LOOK_EVERY)
    return False
