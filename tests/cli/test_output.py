"""What becomes of a command whose output can't be written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STRATEGIES = [sys.executable, "-m", "mtldemo", "strategies", "--json"]
NAMED = r"""
import sys
from mtldemo.cli import main, runs
runs.list_runs = lambda *_: print("face \u65e5 \udcff") or []
sys.exit(main(["runs", "--json"]))
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk to write to")
def test_a_full_disk_is_said_in_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(STRATEGIES, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        "mtldemo: No room is left on the disk for what is printed; free some space, then try again.\n"
    )


@pytest.mark.skipif(os.name == "nt", reason="the end of a pipe is told otherwise there")
def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    here, there = os.pipe()
    os.close(here)
    try:
        done = subprocess.run(STRATEGIES, cwd=ROOT, stdout=there, stderr=subprocess.PIPE, text=True)
    finally:
        os.close(there)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(os.name == "nt", reason="needs a shell that closes")
def test_closed_output_is_none_and_no_error() -> None:
    closing = ["sh", "-c", 'exec "$@" >&-', "sh", *STRATEGIES]
    done = subprocess.run(closing, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_letters_that_the_output_lacks_are_escaped() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run([sys.executable, "-c", NAMED], cwd=ROOT, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert b"face \\u65e5 \\udcff" in done.stdout
