"""A run says which study, arm and seed it was made for, whatever its folder is called and wherever it goes."""

from pathlib import Path

from mtldemo.config import RunConfig, WeightingConfig
from mtldemo.runs import Origin, RunFolder, origin
from mtldemo.study import Arm, StudyConfig, create_study
from mtldemo.study.collect import collect
from mtldemo.study.importing import import_runs


def test_a_run_is_known_by_its_origin_whatever_it_is_called(runs_dir: Path, tiny: StudyConfig) -> None:
    study = create_study(runs_dir, tiny, "mine")
    config = study.config()
    run = study.run_for(config, config.arms[1], 1)
    assert run.origin() == Origin(config.id, "single-age", 1)
    assert len(config.id) == 16
    run.path.rename(study.path / "renamed-s7")
    assert [info.arm for info in collect([RunFolder(study.path / "renamed-s7")])] == ["single-age"]
    (study.path / "renamed-s7" / "origin.json").write_text('{"study": 1}')
    (info,) = collect([RunFolder(study.path / "renamed-s7")])
    assert "origin.json is damaged" in info.problem
    assert (info.origin, info.arm) == (None, "single task: age")


def test_a_run_without_an_origin_is_known_by_its_name_in_a_study_alone(runs_dir: Path, tiny: StudyConfig) -> None:
    study = create_study(runs_dir, tiny, "mine")
    run = study.run_for(study.config(), tiny.arms[0], 0)
    (run.path / "origin.json").unlink()
    assert [info.origin for info in collect([run])] == [Origin("", "equal", 0)]
    alone = run.path.rename(runs_dir / "equal-s0")
    assert [info.origin for info in collect([RunFolder(alone)])] == [None]


def test_a_studys_runs_keep_their_origin_and_a_wrong_one_is_mended(tmp_path: Path, runs_dir: Path) -> None:
    study = create_study(tmp_path / "old", StudyConfig(RunConfig(), (Arm("dwa", WeightingConfig("dwa")),), (0, 1)), "a")
    config = study.config()
    wrong = study.run_for(config, config.arms[0], 0)
    study.run_for(config, config.arms[0], 1)
    origin.write(wrong.path, Origin("other", "equal", 9))
    got = import_runs(study.path, runs_dir)
    assert [run.origin() for run in got.studies[0].runs()] == [Origin(config.id, "dwa", seed) for seed in (0, 1)]
    assert got.remarks == ("a/dwa-s0: origin.json named another study, arm or seed and was made anew.",)
    alone = import_runs(wrong.path, runs_dir).runs[0]
    assert alone.origin() == Origin("other", "equal", 9), "what stands alone says whatever it says"
