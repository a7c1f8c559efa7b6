from pathlib import Path

import pytest

from mtldemo.cli.study_display import StudyBar, StudyLines, study_display, study_status_line
from mtldemo.runs import Phase
from mtldemo.study import StudyFolder, StudyStatus

RUNNING = StudyStatus("running", 12, 3, 1, running=("equal-s0", "dwa-s0"), eta_s=125.0)


def test_a_status_in_one_line() -> None:
    assert study_status_line(RUNNING) == "running  3 of 12 runs  1 failed  2:05 left  at equal-s0, dwa-s0"
    assert (
        study_status_line(StudyStatus("preparing", progress=Phase("Preparing pictures", 5, 20)))
        == "Preparing pictures  5 of 20"
    )
    assert study_status_line(StudyStatus("preparing", progress=Phase("Starting", 0, 0))) == "Starting"


def test_lines_are_few(capsys: pytest.CaptureFixture[str]) -> None:
    with StudyLines(silent=False) as lines:
        for _ in range(5):
            lines.show(RUNNING)
        lines.show(StudyStatus("finished", 12, 12))
    assert capsys.readouterr().out.splitlines() == [study_status_line(RUNNING), "finished  12 of 12 runs"]


def test_silence(capsys: pytest.CaptureFixture[str]) -> None:
    with StudyLines(silent=True) as lines:
        lines.show(RUNNING)
        lines.say("equal-s0 begins")
    assert capsys.readouterr().out == ""


def test_a_bar_takes_every_status(capsys: pytest.CaptureFixture[str]) -> None:
    with StudyBar() as bar:
        bar.show(StudyStatus("preparing", progress=Phase("Starting", 0, 0)))
        bar.show(RUNNING)
        bar.say("equal-s0 is [finished]")
    assert "equal-s0 is [finished]" in capsys.readouterr().out


def test_a_pipe_gets_lines_and_json_nothing(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path)
    assert not study_display(False, study).silent
    assert study_display(True, study).silent
