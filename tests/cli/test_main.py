import json
import subprocess
import sys
from pathlib import Path

import pytest

from mtldemo.cli import main
from mtldemo.model.sharing import SHARINGS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "COMMAND"),
        (["dance"], "dance"),
        (["runs", "--fast"], "Unrecognized arguments: --fast"),
        (["train", "--epochs", "-1"], "epochs"),
        (["train", "--resume", "none", "--runs-dir", "/nowhere"], "There is no run 'none'"),
        (["train", "--run", "a/b", "--runs-dir", "/nowhere"], "letters"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert words in told.err


def test_ctrl_c_is_exit_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mtldemo.cli.runs.list_runs", interrupted)
    assert main(["runs"]) == 130


@pytest.mark.parametrize("arguments", [["--help"], ["runs", "--help"], ["strategies", "--help"], ["data", "--help"]])
def test_help_is_there(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert "usage: python -m mtldemo" in capsys.readouterr().out


def test_strategies_as_a_table_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strategies"]) == 0
    assert "uncertainty" in capsys.readouterr().out
    assert main(["strategies", "--json"]) == 0
    described = {strategy["name"]: strategy for strategy in json.loads(capsys.readouterr().out)}
    assert described["dwa"]["settings"][0]["name"] == "temperature"


def test_sharings_as_a_table_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sharings"]) == 0
    assert "sharing.keep=0.9" in capsys.readouterr().out
    assert main(["sharings", "--json", "--backbone", "squeezenet1_1", "--image-size", "32"]) == 0
    described = json.loads(capsys.readouterr().out)
    assert [way["name"] for way in described] == [way.name for way in SHARINGS]
    assert all(way["cost"]["parameters_beside_hard"] >= 1 and not way["problem"] for way in described)


@pytest.mark.parametrize(("option", "words"), [("--backbone", "no backbone 'x'"), ("--image-size", "image_size")])
def test_a_network_that_is_not_there_has_no_cost(option: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sharings", option, "x"]) == 2
    assert words in capsys.readouterr().err


def test_the_module_runs_without_torch() -> None:
    script = (
        "import sys, runpy\n"
        "sys.argv = ['mtldemo', 'runs', '--runs-dir', 'none']\n"
        "try: runpy.run_module('mtldemo', run_name='__main__')\n"
        "except SystemExit as ended: assert ended.code == 0\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "No runs in none yet" in done.stdout
