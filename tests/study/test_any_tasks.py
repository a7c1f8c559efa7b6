"""A comparison holds for any task set: two kinds of flowers' classes with a price in EUR, and forty binary tasks."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mtldemo import charts
from mtldemo.charts import RunFrame
from mtldemo.charts.comparison import ArmRun, compared_cosines, cosine_heat
from mtldemo.charts.comparison.gradients import MOST_PAIRS
from mtldemo.cli import results as run_results
from mtldemo.cli import study_results
from mtldemo.config import DataConfig, RunConfig, WeightingConfig
from mtldemo.runs import RunFolder
from mtldemo.study import exports
from mtldemo.study.collect import collect, results
from mtldemo.study.differences import comparable_groups, incomparable
from mtldemo.study.findings import Power, Verdict
from mtldemo.study.info import RunInfo, tasks_of
from mtldemo.study.ranking import ranks
from mtldemo.study.report import report, study_limitations
from mtldemo.study.statistics import summary
from mtldemo.study.verdict import verdict
from mtldemo.study.verdict_words import headline, verdict_sentences
from mtldemo.study.wording import amount, span
from mtldemo.tasks import AGE, BINARY, CLASSES, GENDER, REGRESSION, UTKFACE, Task, TaskSet
from mtldemo.work import log_lines
from tests.study.made_up import run_in

FLOWERS = TaskSet(
    (
        Task("price", "Price", REGRESSION, high=100.0, unit="EUR", tolerance=2.0),
        Task("type", "Type", CLASSES, classes=("rose", "tulip", "lily")),
        Task("colour", "Colour", CLASSES, classes=("red", "white", "yellow", "blue")),
    )
)
FORTY = TaskSet(Task(f"mark_{place}", f"Mark {place}", BINARY, classes=("no", "yes")) for place in range(40))
GAINS = {"equal": 0.0, "dwa": 0.1}


def figures(task: Task, gain: float, seed: int) -> dict[str, float]:
    """A tested task's figures, the better the larger ``gain``; they scatter a little by seed."""
    noise = 0.001 * (seed + 1) * (1 + gain)
    return {name: 8.0 - 40 * gain + noise if name == "mae" else 0.6 + gain + noise for name in task.measures}


def study_of(folder: Path, tasks: TaskSet) -> list[RunFolder]:
    """Runs of two strategies with three seeds; ``dwa`` is better in every task."""
    runs = []
    for arm, gain in GAINS.items():
        for seed in range(3):
            base = RunConfig(
                epochs=1, seed=seed, data=DataConfig(source="/somewhere/flowers"), weighting=WeightingConfig(arm)
            )
            config = base.on(tasks)
            run = run_in(folder, f"{arm}-s{seed}", config, tested=False, epochs=0)
            metrics = {task.name: figures(task, gain, seed) for task in tasks}
            losses = dict.fromkeys(tasks.names, 1.0)
            last = {"step": 4, "epoch": 1, "time": 2.0}
            epoch = {"kind": "epoch", **last, "train_losses": losses, "val_losses": losses, "learned": {}, "best": True}
            test = {"kind": "test", **last, "losses": {}, "metrics": metrics, "images": 100, "best_epoch": 1}
            run.append([epoch | {"metrics": metrics, "score": 0.5}, test])
            runs.append(run)
    return runs


@pytest.fixture(params=[FLOWERS, FORTY], ids=["flowers", "forty"])
def tasks(request: pytest.FixtureRequest) -> TaskSet:
    return request.param


@pytest.fixture
def runs(tmp_path: Path, tasks: TaskSet, monkeypatch: pytest.MonkeyPatch) -> list[RunFolder]:
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "cache"))
    return study_of(tmp_path / "runs", tasks)


@pytest.fixture
def infos(runs: list[RunFolder]) -> list[RunInfo]:
    return collect(runs)


def test_results_ranks_and_verdict_are_of_the_study_s_own_tasks(infos: list[RunInfo], tasks: TaskSet) -> None:
    found = results(infos)
    assert tasks_of(infos) == tasks
    assert list(dict.fromkeys(found["task"])) == list(tasks.names)
    first = verdict(found, "equal", infos)
    assert first.tasks == tasks.names
    assert [(one.kind, one.task, one.arm) for one in first.findings] == [
        ("better", name, "dwa") for name in tasks.names
    ]
    assert [one.unit for one in first.findings] == [task.measure.difference_unit for task in tasks]
    assert ranks(found).query("arm == 'dwa'")["rank"].tolist() == [1.0] * (len(tasks) + 1)
    assert infos[0].sparkline.keys() == set(tasks.names)


def test_the_price_is_said_in_its_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "cache"))
    infos = collect(study_of(tmp_path / "runs", FLOWERS))
    said = headline(verdict(results(infos), "equal", infos)).sentence
    assert re.search(r"dwa beats the plain sum on price by 3\.99\d* to 4\.00\d* EUR;", said)
    assert "percentage points" in said


def test_only_settings_that_mean_something_for_the_data_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "cache"))
    runs = study_of(tmp_path / "runs", FLOWERS)
    text, columns = report(collect(runs)), exports.summary_table(runs).columns
    assert not [name for name in ("Age noise", "data.synthetic", "data.split<", "data.fold") if name in text]
    assert not [name for name in ("data.synthetic.images", "data.split", "data.fold") if name in columns]
    assert "10 % validation, 10 % test, split seed 0" in text
    for run in runs:
        run.write_data("a" * 32, 3, own_split=True)
    text = report(collect(runs))
    assert {"data.split", "data.fold"} <= set(exports.summary_table(runs).columns)
    assert "<code>data.split</code>" in text
    assert "the data set&#x27;s own" in text
    assert "split seed 0" not in text


def test_folds_of_a_data_set_s_own_are_other_test_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "cache"))
    runs = []
    for fold in (0, 1):
        data = DataConfig(source="/somewhere/flowers", fold=fold)
        runs.append(
            run_in(
                tmp_path / "runs", f"fold-{fold}", RunConfig(epochs=1, data=data).on(FLOWERS), tested=False, epochs=0
            )
        )
    assert len(comparable_groups(collect(runs))) == 1, "nothing says that there are folds"
    for run in runs:
        run.write_data("a" * 32, 3, own_split=True)
    infos = collect(runs)
    assert len(comparable_groups(infos)) == 2
    assert "were split differently (fold 0 or 1)" in " ".join(incomparable(infos))


def test_many_tasks_make_sentences_of_bearable_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "cache"))
    infos = collect(study_of(tmp_path / "runs", FORTY))
    found = results(infos)
    said = verdict_sentences(verdict(found, "equal", infos))
    assert "a strategy beats the plain sum on 35 other tasks, too" in said[0]
    turned = verdict_sentences(verdict(found, "dwa", infos))
    assert "no strategy beats dwa on mark 0, mark 1, mark 2, mark 3, mark 4 or 35 other tasks" in turned[0]
    assert max(map(len, [*said, *turned])) < 700
    assert len(turned) < 12


def test_the_report_and_the_exports_hold_them(
    runs: list[RunFolder], infos: list[RunInfo], tasks: TaskSet, tmp_path: Path
) -> None:
    text = re.sub(
        r"<script(?! type=.application.json).*?</script>",
        "",
        report(infos, title="Any", baseline="equal"),
        flags=re.DOTALL,
    )
    for task in tasks:
        assert task.title in text
    assert text.count("<figure") < 40
    assert "years" not in text
    assert "labels of age, gender and ethnicity" not in text
    assert ("Price: mean error, EUR" in text) == ("price" in tasks)
    tables = {file.name: pd.read_csv(file) for file in exports.csv(runs, tmp_path / "out")}
    for task in tasks:
        columns: Any = [name for name in tables["summary.csv"].columns if task.name in name and task.metric in name]
        assert columns


def test_the_terminal_shows_them(
    runs: list[RunFolder], infos: list[RunInfo], tasks: TaskSet, capsys: pytest.CaptureFixture[str]
) -> None:
    study_results._print_table(["equal", "dwa"], tasks, summary(results(infos)))
    printed = capsys.readouterr().out
    run_results.print_metrics(runs[0], runs[0].summary())
    printed += capsys.readouterr().out
    for task in tasks:
        assert task.title in printed
    if tasks == FLOWERS:
        assert "8.00 EUR" in printed
        assert "within 2 EUR" in printed
    line = log_lines.metrics_line(runs[0].summary().metrics, tasks)
    assert ("price 8.00 EUR" in line) == (tasks == FLOWERS)
    assert line.count(",") <= log_lines.MOST
    assert set(run_results.row(runs[0])["metrics"]) == set(tasks.names)


def test_of_many_pairs_those_most_in_conflict_are_drawn_and_it_is_said() -> None:
    names = FORTY.names
    pairs = {f"{one}|{other}": 0.5 for place, one in enumerate(names) for other in names[place + 1 :]}
    pairs |= {"mark_7|mark_9": -0.9, "mark_0|mark_39": -0.4}
    at = [{"step": step, "epoch": step / 10, "time": float(step)} for step in range(1, 11)]
    frame = RunFrame([{"kind": "gradients", **one, "norms": dict.fromkeys(names, 1.0), "cosines": pairs} for one in at])
    runs = [ArmRun("equal", 0, frame, "equal-s0")]
    for draw in (compared_cosines, cosine_heat):
        chart: charts.Chart = draw(runs, FORTY)
        assert f"Of 780 pairs of tasks, the {MOST_PAIRS} most in conflict, the worst first." in chart.caption
        assert len(chart.table) <= 10 * MOST_PAIRS
    assert cosine_heat(runs, FORTY).table["pair"].tolist()[:2] == ["mark_7|mark_9", "mark_0|mark_39"]


def test_a_run_s_own_task_decides_what_an_epoch_is_remembered_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path / "cache"))
    balanced = TaskSet(
        dataclasses.replace(task, metric=task.metric if task.unit else "balanced_accuracy") for task in FLOWERS
    )
    (info, *_) = collect(study_of(tmp_path / "runs", balanced))
    assert info.sparkline["type"] == [pytest.approx(0.601)]
    assert summary(results([info])).query("task == 'type'")["metric"].tolist()[0] == "balanced_accuracy"


def test_labels_are_called_guesses_about_a_face_where_they_are_utkfaces_alone() -> None:
    two, rings = TaskSet((AGE.with_loss("mse"), GENDER)), TaskSet([Task("age", "Age", REGRESSION, unit="rings")])
    assert "labels of age, gender and ethnicity are what others guessed" in study_limitations(UTKFACE)[-1]
    assert "labels of age and gender are what others guessed" in study_limitations(two)[-1]
    assert "guessed or wrote down of a face" not in study_limitations(rings)[-1]


def test_sizes_of_thousands_are_written_out() -> None:
    assert [amount(size) for size in (0.0123, 4.56, 38.4, 120.0, 12_345.0)] == ["0.012", "4.6", "38", "120", "12,000"]
    assert span(39_500, 164_485.66) == "39,500 to 164,486"


def test_a_size_that_tasks_have_in_common_is_said_once() -> None:
    measure = Task("sold", "Sold", BINARY, classes=("no", "yes")).measure
    needed = tuple((f"dog_{place}", size, measure) for place, size in enumerate((0.38, 0.38, 0.1)))
    found = Verdict(tasks=("dog_0", "dog_1", "dog_2"), titles={"dog_0": "dog 0"}, power=Power(3, 2, needed))
    words = verdict_sentences(found)[1]
    assert "about 38 percentage points on dog 0 and dog_1 and 10 percentage points on dog_2 to" in words
