import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mtldemo.cli import main
from mtldemo.config import SharingConfig, WeightingConfig
from mtldemo.processes import ProcessId
from mtldemo.runs import RunFolder
from mtldemo.study import StudyFolder, StudyStatus, list_studies, open_study, queue


@pytest.fixture
def runs_dir(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where studies are created; their queue only pretends to have done everything."""

    def work_off(
        study: StudyFolder,
        *,
        stop_requested: Callable[[], bool],
        show: Callable[[StudyStatus], None],
        say: Callable[[str], None],
    ) -> StudyStatus:
        total = len(study.config().arms) * len(study.config().seeds)
        status = StudyStatus("finished", total, total, updated=1.0)
        say("equal-s0 begins")
        show(status)
        study.write_status(status)
        return status

    monkeypatch.setattr(queue, "work_off", work_off)
    return own_folders / "runs"


def compare(*arguments: str) -> int:
    return main(["compare", *arguments])


def test_a_study_from_its_options(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arms = ["--strategies", "equal,mgda@features", "--strategies", "tuned=fixed:weights.age=0.05", "--baseline"]
    settings = ["--workers", "2", "--study", "mine", "--epochs", "3", "--lr", "0.01"]
    assert compare(*arms, "--seeds", "0,7", *settings) == 0
    config = open_study(runs_dir, "mine").config()
    assert [arm.name for arm in config.arms] == [
        *("equal", "mgda@features", "tuned"),
        *("single-age", "single-gender", "single-ethnicity"),
    ]
    assert (config.seeds, config.workers, config.baseline, config.budget) == ((0, 7), 2, "equal", "epochs")
    assert (config.base.epochs, config.base.optim.lr) == (3, 0.01)
    told = capsys.readouterr().out
    assert "equal-s0 begins" in told
    assert "12 of 12 runs" in told
    assert "Compare page" in told


def test_strategies_are_crossed_with_ways_of_sharing(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare("--strategies", "equal,mgda", "--sharings", "hard,mtan", "--study", "mine", "--baseline") == 0
    config = open_study(runs_dir, "mine").config()
    assert [arm.name for arm in config.arms if not arm.tasks] == ["equal", "mgda", "equal+mtan", "mgda+mtan"]
    assert config.baseline == "equal"
    assert compare("--strategies", "rlw", "--study", "mine") == 0
    assert [arm.name for arm in open_study(runs_dir, "mine").config().arms[-2:]] == ["rlw", "rlw+mtan"]
    assert compare("--strategies", "dwa", "--sharings", "ple", "--study", "mine") == 0
    assert open_study(runs_dir, "mine").config().arms[-1].sharing == SharingConfig("ple")


def test_a_presets_own_strategy_is_left_to_the_arms(runs_dir: Path) -> None:
    face = ("--preset", "utkface", "--data", "synthetic")
    assert compare(*face, "--strategies", "dwa", "--study", "mine", "--against", "dwa") == 0
    config = open_study(runs_dir, "mine").config()
    assert config.base.weighting == WeightingConfig("equal")
    assert config.base.losses == {"age": "distribution"}
    assert (config.seeds, config.baseline) == ((0, 1, 2), "dwa")


def test_naming_a_study_again_adds_to_it(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare("--strategies", "equal", "--seeds", "2", "--study", "mine", "--epochs", "3")
    assert compare("--strategies", "dwa", "--seeds", "3", "--study", "mine", "--workers", "2", "--epochs", "3") == 0
    config = open_study(runs_dir, "mine").config()
    assert ([arm.name for arm in config.arms], config.seeds, config.workers) == (["equal", "dwa"], (0, 1, 2), 2)
    assert compare("--study", "mine", "--baseline") == 0
    assert len(open_study(runs_dir, "mine").config().arms) == 5
    capsys.readouterr()
    assert compare("--study", "mine", "--strategies", "rlw", "--epochs", "4") == 2
    assert "has --epochs 3, not 4" in capsys.readouterr().err
    assert compare("--study", "mine", "--budget", "time") == 2
    assert "has the budget epochs" in capsys.readouterr().err
    assert len(open_study(runs_dir, "mine").config().arms) == 5


def test_json_alone_is_printed(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare("--strategies", "equal", "--study", "mine", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["study"], told["state"], told["arms"]) == ("mine", "finished", {})
    assert told["runs"] == {"total": 3, "finished": 3, "failed": 0}
    assert told["verdict"] == ["No run has been tested yet, so there is nothing to compare."]
    assert compare("--resume", "mine", "--json") == 0
    assert json.loads(capsys.readouterr().out)["study"] == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name the strategies to compare"),
        (["--strategies", "nonsense"], "There is no loss weighting 'nonsense'"),
        (["--strategies", "equal", "--seeds", "0"], "--seeds: expected"),
        (["--strategies", "equal", "--seeds", "many"], "--seeds: expected"),
        (["--strategies", "equal", "--seeds", "1,1"], "different whole numbers"),
        (["--strategies", "equal", "--workers", "0"], "--workers: expected at least 1"),
        (["--strategies", "equal", "--strategy", "dwa"], "in place of --strategy"),
        (["--strategies", "equal,upgrad", "--sharings", "hard,soft"], "with soft sharing they meet nowhere"),
        (["--strategies", "equal", "--sharings", "mtan", "--sharing", "hard"], "leave out --sharing,"),
        (["--strategies", "equal", "--set", "sharing.split=4"], "--strategies or --sharings with NAME:OPTION=VALUE"),
        (["--strategies", "equal", "--seed", "3"], "use --seeds in place of --seed"),
        (["--strategies", "equal", "--against", "dwa"], "The study has no arm 'dwa'"),
        (["--strategies", "equal", "--study", "a/b"], "A run's name has letters"),
        (["--strategies", "equal", "--budget", "money"], "invalid choice"),
        (["--resume", "gone"], "There is no study 'gone'"),
        (["--resume", "gone", "--seeds", "3", "--epochs", "2"], "leave out --epochs, --seeds"),
        (["--export-metrics", "gone", "somewhere"], "There is no study 'gone'"),
    ],
)
def test_mistakes_are_said_in_one_line(
    runs_dir: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert compare(*arguments) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""
    assert not list(runs_dir.glob("*")) if runs_dir.exists() else True


def test_the_name_of_a_run_is_taken(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare("--strategies", "equal", "--study", "mine")
    RunFolder.create(runs_dir, open_study(runs_dir, "mine").config().base, "alone")
    assert compare("--strategies", "equal", "--study", "alone") == 2
    assert "alone" in capsys.readouterr().err


def test_a_study_at_work_takes_up_what_is_added(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare("--strategies", "equal", "--study", "mine")
    study, me = open_study(runs_dir, "mine"), ProcessId.current()
    study.write_status(StudyStatus("running", 3, pid=me.pid, pid_started=me.started, host=me.host, updated=1e12))
    capsys.readouterr()
    assert compare("--strategies", "dwa", "--study", "mine") == 0
    assert "taken up" in capsys.readouterr().out
    assert [arm.name for arm in study.config().arms] == ["equal", "dwa"]


def test_how_it_ended_is_in_the_exit_code(
    runs_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(state: str) -> int:
        def work_off(study: StudyFolder, **_: object) -> StudyStatus:
            return StudyStatus(state, 3, 1, 1, message="equal-s0 didn't finish. It broke.")

        monkeypatch.setattr(queue, "work_off", work_off)
        return compare("--strategies", "equal", "--study", state)

    assert ends("failed") == 1
    assert 'compare --resume "failed"' in capsys.readouterr().out
    assert ends("stopped") == 0

    def broken(*_: object, **__: object) -> None:
        raise ValueError("odd")

    monkeypatch.setattr(queue, "work_off", broken)
    assert compare("--strategies", "equal", "--study", "broken") == 1
    told = capsys.readouterr().err
    assert "ValueError: odd" in told
    assert told.count("\n") == 1
    assert "Traceback" in open_study(runs_dir, "broken").log_tail(50)


def test_a_report_of_a_study_that_comes_with_the_project(
    runs_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [study] = [study for study in list_studies(runs_dir) if study.readonly][:1]
    file = tmp_path / "report.html"
    assert compare("--resume", study.name, "--report", str(file)) == 0
    assert str(file) in capsys.readouterr().out
    assert study.name in file.read_text(encoding="utf-8")
    assert compare("--resume", study.name, "--report", str(tmp_path / "no" / "report.html")) == 2
    assert capsys.readouterr().err.count("\n") == 1
