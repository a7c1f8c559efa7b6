from pathlib import Path

import pytest

from mtldemo.cli import main
from mtldemo.paths import as_path


def test_home_is_known_and_nobodys_home_is_a_name_like_any_other() -> None:
    assert as_path("~/runs") == Path.home() / "runs"
    assert as_path("~no such person/runs") == Path("~no such person/runs")
    assert as_path(Path("a") / "b") == Path("a/b")


@pytest.mark.parametrize("written", ['"{}"', "'{}'", ' "{}" ', "{}"])
def test_a_path_may_come_in_quotes(tmp_path: Path, written: str) -> None:
    assert as_path(written.format(tmp_path)) == tmp_path
    assert as_path('"~/a b"') == Path.home() / "a b"


def test_quotes_may_be_a_part_of_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("'a'").touch()
    assert as_path("'a'") == Path("'a'")
    assert as_path('"') == Path('"')


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict", "a.jpg", "--model", "~nobody-here"],
        ["predict", "a.jpg", "--detector", "~nobody-here"],
        ["data", "~nobody-here"],
        ["runs", "import", "~nobody-here"],
    ],
)
def test_it_is_said_that_nothing_is_there(
    arguments: list[str], own_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert "~nobody-here" in capsys.readouterr().err
