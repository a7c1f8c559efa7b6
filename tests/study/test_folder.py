import dataclasses
from pathlib import Path

import pytest

from mtldemo import runs
from mtldemo.config import WeightingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.processes import ProcessId
from mtldemo.runs import RunFolder, Status, list_runs
from mtldemo.study import Arm, StudyConfig, StudyFolder, create_study, folder, list_studies, open_study

DWA = Arm("dwa", WeightingConfig("dwa"))


def test_a_study_is_created_listed_and_opened(runs_dir: Path, tiny: StudyConfig) -> None:
    study = create_study(runs_dir, tiny, "mine")
    assert study.config() == tiny
    assert (study.status().state, study.status().total, study.status().left) == ("new", 4, 4)
    assert study.problem == ""
    assert not study.readonly
    other = create_study(runs_dir, tiny)
    assert other.name.startswith("study-")
    assert [one.name for one in list_studies(runs_dir)][:2] == [other.name, "mine"]
    assert open_study(runs_dir, "mine").path == study.path
    with pytest.raises(MtlDemoError, match="already a study or run called 'mine'"):
        create_study(runs_dir, tiny, "mine")
    with pytest.raises(MtlDemoError, match="There is no study 'yours'"):
        open_study(runs_dir, "yours")
    assert not [path for path in runs_dir.iterdir() if path.name.startswith(".")]


def test_its_runs_are_ordinary_runs_below_it(runs_dir: Path, tiny: StudyConfig) -> None:
    study = create_study(runs_dir, tiny, "mine")
    assert study.runs() == []
    run = study.run_for(tiny, tiny.arms[1], 1)
    assert run.name == "single-age-s1"
    assert run.config().tasks == ("age",)
    assert study.run_for(tiny, tiny.arms[1], 1).path == run.path
    study.run_for(tiny, tiny.arms[0], 0)
    assert [one.name for one in study.runs()] == ["equal-s0", "single-age-s1"]
    RunFolder.create(runs_dir, tiny.base, "alone")
    assert [one.name for one in list_runs(runs_dir)] == ["alone"], "a study is no run"
    assert sorted(one.name for one in list_runs(study.path)) == ["equal-s0", "single-age-s1"]


def test_arms_and_seeds_are_added_later(runs_dir: Path, tiny: StudyConfig) -> None:
    study = create_study(runs_dir, tiny, "mine")
    longer = study.extend([DWA, tiny.arms[0]], (1, 5))
    assert [arm.name for arm in longer.arms] == ["equal", "single-age", "dwa"]
    assert longer.seeds == (0, 1, 5)
    assert study.config() == longer
    with pytest.raises(MtlDemoError, match="Two different arms"):
        study.extend([dataclasses.replace(DWA, name="equal")])


def test_it_is_renamed_and_thrown_away_and_comes_back(runs_dir: Path, tiny: StudyConfig) -> None:
    study = create_study(runs_dir, tiny, "mine").rename("ours")
    study.run_for(tiny, tiny.arms[0], 0)
    token = study.trash()
    assert [one.name for one in list_studies(runs_dir) if not one.readonly] == []
    create_study(runs_dir, tiny, "ours")
    back = StudyFolder(runs.restore(runs_dir, token))
    assert back.name == "ours-2"
    assert [run.name for run in back.runs()] == ["equal-s0"]
    with pytest.raises(MtlDemoError, match="already a run or study called 'ours'"):
        back.rename("ours")


def test_one_at_work_stays_where_it_is(runs_dir: Path, tiny: StudyConfig) -> None:
    study = create_study(runs_dir, tiny, "mine")
    run = study.run_for(tiny, tiny.arms[0], 0)
    # One of its runs was resumed on its own.
    me = ProcessId.current()
    run.write_status(Status("training", pid=me.pid, pid_started=me.started, host=me.host))
    for action in (lambda: study.rename("ours"), study.trash):
        with pytest.raises(MtlDemoError, match="'mine' is running and can't be"):
            action()


def test_a_damaged_study_is_said_in_words(runs_dir: Path, tiny: StudyConfig) -> None:
    study = create_study(runs_dir, tiny, "mine")
    study.file.write_text("{half")
    assert "isn't JSON" in study.problem
    with pytest.raises(MtlDemoError, match="isn't JSON"):
        open_study(runs_dir, "mine")
    (study.path / "study-status.json").write_text("[]")
    assert study.status().state == "failed"
    assert next(one.name for one in list_studies(runs_dir)) == "mine"


def test_a_study_that_was_changed_since_it_was_written_is_not_gone_on_with(runs_dir: Path, tiny: StudyConfig) -> None:
    study = create_study(runs_dir, tiny, "mine")
    study.file.write_text(study.file.read_text().replace('"epochs": 2', '"epochs": 3'))
    with pytest.raises(MtlDemoError, match=r"study\.json has changed since it was written"):
        open_study(runs_dir, "mine")


def test_those_that_come_with_the_project_are_found_and_never_changed(
    runs_dir: Path, tiny: StudyConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "SHIPPED", tmp_path / "shipped")
    create_study(tmp_path / "shipped", tiny, "given")
    create_study(runs_dir, tiny, "mine")
    assert [one.name for one in list_studies(runs_dir)] == ["mine", "given"]
    study = open_study(runs_dir, "given")
    assert study.readonly
    for action in (lambda: study.extend([DWA]), lambda: study.rename("other"), study.trash):
        with pytest.raises(MtlDemoError, match="comes with the project"):
            action()


def test_what_comes_with_the_project_is_whole() -> None:
    for path in folder.SHIPPED.glob("*/"):
        study = StudyFolder(path)
        config = study.config()
        assert study.status().finished == len(study.runs())
        for run in study.runs():
            assert run.problem == ""
            assert run.summary().test is not None
            assert run.config().weighting in [arm.weighting for arm in config.arms]
