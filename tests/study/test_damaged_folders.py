"""No content of any one folder breaks a list: every value of every file is replaced, and the others are shown."""

import contextlib
import json
from pathlib import Path

import pytest

from mtldemo.cli import main
from mtldemo.errors import MtlDemoError
from mtldemo.runs import RunFolder, list_runs
from mtldemo.study import StudyFolder, index, list_studies, open_study
from mtldemo.study.arm_runs import arm_runs
from mtldemo.study.collect import collect, comparable_groups, differences, incomparable, results
from mtldemo.study.exports import FORMATS
from mtldemo.study.importing import import_runs
from mtldemo.study.verdict import verdict
from mtldemo.study.verdict_words import verdict_sentences
from tests.study.damaged import BASE, damage_all, damaged_studies
from tests.study.made_up import run_in


@pytest.fixture
def runs(own_folders: Path) -> Path:
    """Hundreds of damaged runs, and a whole one."""
    damage_all(own_folders / "runs")
    run_in(own_folders / "runs", "whole", BASE)
    return own_folders / "runs"


def test_the_command_line_lists_all(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs"]) == 0
    assert "whole" in capsys.readouterr().out
    assert main(["runs", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert len(rows) == len(list(runs.iterdir()))
    assert rows["whole"]["metrics"]["age"]["mae"] > 0
    assert (rows["whole"]["problem"], rows["whole"]["remarks"]) == ("", [])


def test_a_comparison_takes_what_is_whole(runs: Path, tmp_path: Path) -> None:
    infos = []
    for _ in range(2):  # read, and as the index has it
        infos = collect(list_runs(runs))
        assert {info.name for info in infos} == {folder.name for folder in runs.iterdir()}
        found = results(infos)
        assert "whole" in set(found["run"])
        assert comparable_groups(infos)
        assert incomparable(infos)
        assert verdict_sentences(verdict(found, "fixed", infos))[0]
        assert len(differences(infos))
        assert "whole" in {run.name for run in arm_runs(infos)}
        index.forget()
    usable = [RunFolder(info.path) for info in infos if not info.problem]
    assert "whole" in {run.name for run in usable}
    usable = usable[-30:]  # the whole one is the oldest
    for kind in FORMATS:
        assert FORMATS[kind](usable, tmp_path / kind)


def test_an_import_takes_what_can_be_shown(runs: Path, own_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    got = import_runs(runs, own_folders / "more")
    assert "whole" in {run.name for run in got.runs}
    assert all(remark.endswith((".", "?")) for remark in got.remarks)
    assert main(["runs", "--json", "--runs-dir", str(own_folders / "more")]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(got.runs)


def test_studies_are_listed_and_opened_or_refused_in_words(own_folders: Path) -> None:
    runs_dir = own_folders / "runs"
    names = damaged_studies(runs_dir)
    assert {study.name for study in list_studies(runs_dir)} >= set(names)
    for name in names:
        StudyFolder(runs_dir / name).status()
        with contextlib.suppress(MtlDemoError):
            assert isinstance(open_study(runs_dir, name).runs(), list)
