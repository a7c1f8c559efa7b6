import dataclasses
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mtldemo.config import RunConfig, WeightingConfig
from mtldemo.processes import ProcessId
from mtldemo.runs import RunFolder, Status, list_runs, metrics_scan, notes
from mtldemo.study import index
from mtldemo.study.collect import collect, results
from tests.study.made_up import records_of, run_in, study_in, with_unknown_setting

BASE = RunConfig(epochs=3)


@pytest.fixture
def runs(own_folders: Path) -> Iterator[Path]:
    index.forget()
    yield own_folders / "runs"
    index.forget()


def settle(run: RunFolder) -> None:
    """Let the run's files be older than what the index takes for fresh."""
    long_ago = time.time() - 60
    for path in run.path.iterdir():
        os.utime(path, (long_ago, long_ago))


def count_scans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the runs whose metrics are read from now on."""
    read, scan = [], metrics_scan.scan

    def counted(path: Path, known: Any, key: Any) -> object:
        read.append(path.parent.name)
        return scan(path, known, key)

    monkeypatch.setattr(metrics_scan, "scan", counted)
    return read


def test_a_run_at_a_glance(runs: Path) -> None:
    run = run_in(runs, "first", dataclasses.replace(BASE, seed=4))
    notes.write(run.path, "A note.", ["good"])
    (info,) = collect([run])
    assert (info.name, info.arm, info.seed, info.state, info.problem) == ("first", "equal", 4, "finished", "")
    assert (info.epochs_done, info.time_s, info.note, info.tags) == (3, 7.0, "A note.", ("good",))
    assert info.config == run.config()
    assert info.test is not None
    assert info.test["images"] == 100
    assert info.best is not None
    assert info.best["epoch"] == 3
    assert info.sparkline["gender"] == pytest.approx([0.304, 0.604, 0.904])
    assert info.metrics["age"]["mae"] == info.test["metrics"]["age"]["mae"]
    assert (info.strategy, info.dataset_name) == ("equal", "Built-in portraits")
    assert info.tasks == ("age", "gender", "ethnicity")
    assert info.folder.name == "first"


def test_the_order_of_the_folders_is_kept(runs: Path) -> None:
    made = [run_in(runs, name, BASE) for name in "cab"]
    assert [info.name for info in collect(made)] == ["c", "a", "b"]


def test_results_are_one_row_a_metric_of_tested_runs(runs: Path) -> None:
    made = [
        run_in(runs, "a", BASE),
        run_in(runs, "b", dataclasses.replace(BASE, tasks=("age",))),
        run_in(runs, "waiting", BASE, state="stopped", tested=False),
    ]
    frame = results(collect(made))
    assert list(frame["metric"][:5]) == ["mae", "cs5", "accuracy", "balanced_accuracy", "macro_f1"]
    assert len(frame) == 2 + 3 + 3 + 2
    assert set(frame["run"]) == {"a", "b"}
    assert not frame.loc[frame["metric"] == "mae", "higher_is_better"].any()
    assert set(frame["split"]) == {"test"}
    assert set(results(collect(made), split="val")["run"]) == {"a", "b", "waiting"}
    assert list(results([]).columns) == list(frame.columns)


def broken_folders(runs: Path) -> dict[str, str]:
    """A folder of each kind of trouble, by a word of what must be said about it."""
    runs.mkdir(parents=True)
    (runs / "empty").mkdir()
    (runs / "file").write_text("no folder")
    other = run_in(runs, "other", BASE)
    with_unknown_setting(other)
    config = run_in(runs, "config", BASE)
    (config.path / "config.json").write_text("{")
    range_ = run_in(runs, "range", BASE)
    (range_.path / "config.json").write_text(json.dumps({"epochs": -1}))
    status = run_in(runs, "status", BASE)
    (status.path / "status.json").write_text("[]")
    gone = run_in(runs, "nostatus", BASE)
    (gone.path / "status.json").unlink()
    cut = run_in(runs, "cut", BASE)
    with cut.metrics_file.open("ab") as file:
        file.write(b'{"kind":"step","st')
    damaged = run_in(runs, "damaged", BASE)
    with damaged.metrics_file.open("ab") as file:
        file.write(b"rubbish\n[]\n")
    folder = run_in(runs, "folder", BASE)
    folder.metrics_file.unlink()
    folder.metrics_file.mkdir()
    noted = run_in(runs, "noted", BASE)
    (noted.path / "notes.json").write_text("3")
    return {
        "empty": "has no config.json, so it isn't a run",
        "file": "is a file where a run's folder was expected",
        "missing": "is gone",
        "other": "made by another version of this program: its config.json has the setting 'warp'",
        "config": "it isn't JSON",
        "range": "epochs: expected 1 to 1000",
        "status": "status.json is damaged",
        "nostatus": "has no status.json",
        "cut": "The last line of",
        "damaged": "2 lines are damaged",
        "folder": "metrics.jsonl",
        "noted": "doesn't hold a note and tags",
    }


def test_whatever_is_wrong_is_said_in_a_sentence_and_breaks_nothing(runs: Path) -> None:
    expected = broken_folders(runs)
    for _ in range(2):  # read, and as the index has it
        found = {info.name: info for info in collect([RunFolder(runs / name) for name in expected])}
        for name, words in expected.items():
            problem = found[name].problem
            assert words in problem, name
            assert name in problem
            assert problem.endswith((".", "?"))
            assert "\n" not in problem
        assert found["cut"].test is not None
        assert found["damaged"].sparkline["age"]
        assert found["other"].test is not None
        assert found["other"].config is None
        assert found["status"].state == "failed"
        assert {name for name, info in found.items() if info.arm} == set(expected) - {
            *("empty", "file", "missing", "other", "config", "range")
        }
        assert set(results(found.values())["run"]) == {"status", "nostatus", "cut", "damaged", "noted"}
        index.forget()


def test_a_problem_that_was_mended_is_forgotten(runs: Path) -> None:
    run = run_in(runs, "other", BASE)
    good = (run.path / "config.json").read_text()
    with_unknown_setting(run)
    assert collect([run])[0].problem
    (run.path / "config.json").write_text(good)
    assert collect([run])[0].problem == ""
    assert collect([run])[0].config == BASE


def test_the_cut_line_of_a_run_at_work_is_no_problem(runs: Path) -> None:
    run = run_in(runs, "live", BASE, state="training", tested=False)
    me = ProcessId.current()
    run.write_status(Status(state="training", pid=me.pid, pid_started=me.started, host=me.host))
    with run.metrics_file.open("ab") as file:
        file.write(b'{"kind":"st')
    (info,) = collect([run])
    assert (info.state, info.problem) == ("training", "")


def test_a_run_whose_process_is_gone_has_crashed(runs: Path) -> None:
    run = run_in(runs, "dead", BASE, tested=False)
    run.write_status(Status(state="training", pid=2**22 + 1, pid_started=1.0, host=ProcessId.current().host))
    assert collect([run])[0].state == "crashed"


def test_nothing_is_read_twice(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [run_in(runs, name, BASE) for name in "ab"]
    for run in made:
        settle(run)
    first = collect(made)
    read = count_scans(monkeypatch)
    assert collect(made) == first
    index.forget()
    assert collect(made) == first, "as another process reads it"
    assert read == []
    made[0].append([{"kind": "epoch", "step": 99, "epoch": 4, "time": 60.0, "metrics": {}, "best": False}])
    assert [info.epochs_done for info in collect(made)] == [4, 3]
    assert read == ["a"]


def test_what_could_not_be_read_is_looked_at_again_by_another_process(runs: Path, own_folders: Path) -> None:
    run = run_in(runs, "other", BASE)
    with_unknown_setting(run)
    settle(run)
    assert collect([run])[0].problem
    (file,) = (own_folders / "cache" / "runs-index").iterdir()
    kept = json.loads(file.read_bytes())["runs"]["other"]
    assert kept["problems"]
    assert kept["stamps"] == {}


def test_a_change_within_the_clocks_tick_is_seen(runs: Path) -> None:
    run = run_in(runs, "quick", BASE)
    state = (run.path / "status.json").stat()
    collect([run])
    text = (run.path / "status.json").read_text().replace('"finished"', '"crashed" ')
    (run.path / "status.json").write_text(text)
    os.utime(run.path / "status.json", ns=(state.st_atime_ns, state.st_mtime_ns))
    assert (run.path / "status.json").stat().st_size == state.st_size
    assert collect([run])[0].state == "crashed"


def test_a_run_at_work_is_read_on(runs: Path) -> None:
    run = run_in(runs, "live", BASE, state="training", tested=False, epochs=1)
    assert collect([run])[0].epochs_done == 1
    records = records_of(BASE)
    known = len(records_of(BASE, 1, tested=False))
    run.append(records[known:])
    (info,) = collect([run])
    assert (info.epochs_done, len(info.sparkline["age"])) == (3, 3)
    assert info.test == records[-1]


def test_what_one_thread_was_told_stays_as_another_looks_again(runs: Path) -> None:
    run = run_in(runs, "a", BASE)
    settle(run)
    known = index.index_of(runs)
    before = known.entries(["a"], runs)["a"]
    assert before.config is not None
    assert before.status is not None
    (run.path / "config.json").unlink()
    (run.path / "status.json").unlink()
    (run.path / "notes.json").write_text("rubbish")
    after = known.entries(["a"], runs)["a"]
    assert (after.config, after.status, list(after.problems)) == (None, None, ["notes.json"])
    assert (before.config.epochs, before.status.state, before.problems) == (3, "finished", {})


def test_a_damaged_or_forbidden_index_does_no_harm(
    runs: Path, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_in(runs, "a", BASE)
    settle(run)
    (first,) = collect([run])
    (file,) = (own_folders / "cache" / "runs-index").iterdir()
    for text in ("rubbish", '{"format": 1, "runs": {"a": 3}}', '{"format": 99}', '{"format": 1, "runs": {"a": {}}}'):
        file.write_text(text)
        index.forget()
        assert collect([run]) == [first]
    blocked = own_folders / "blocked"
    blocked.write_text("a file where the cache should be")
    monkeypatch.setenv("MTLDEMO_CACHE", str(blocked))
    assert collect([run]) == [first]


def test_the_index_forgets_runs_that_are_gone(runs: Path, own_folders: Path) -> None:
    made = [run_in(runs, name, BASE) for name in "ab"]
    for run in made:
        settle(run)
    collect(made)
    made[0].path.rename(runs.parent / "elsewhere")
    index.forget()
    run_in(runs, "c", BASE)
    collect(list_runs(runs))
    (file,) = (own_folders / "cache" / "runs-index").iterdir()
    assert set(json.loads(file.read_bytes())["runs"]) == {"b", "c"}


def test_runs_of_a_study_have_its_arms(runs: Path) -> None:
    study = study_in(runs, "mine")
    config = dataclasses.replace(BASE, weighting=WeightingConfig("fixed", {"weights": {"age": 0.1}}))
    made = [run_in(study, f"light-s{seed}", dataclasses.replace(config, seed=seed)) for seed in (0, 1)]
    infos = collect(made)
    assert [(info.arm, info.study) for info in infos] == [("light", "mine"), ("light", "mine")]
