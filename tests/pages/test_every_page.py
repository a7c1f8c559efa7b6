"""Every page beside runs and studies of 1, 2, 5 and 40 tasks that aren't UTKFace's, without a training.

Data and Train's form on such data sets are in ``test_any_task_sets``, Predict is in ``test_any_tasks``.
"""

import dataclasses
import itertools
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from streamlit.testing.v1 import AppTest

from mtldemo.config import WeightingConfig
from mtldemo.runs import RunFolder, Status
from mtldemo.study import Arm, StudyConfig, StudyStatus, create_study
from mtldemo.tasks import Task, TaskSet
from mtldemo.ui.words import MOST_NAMED
from tests.predict.any_tasks import TASK_SETS, config_of

STEPS, EPOCHS, AN_EPOCH = 30, 3, 10
FACES = re.compile(r"\b(age|gender|ethnicity|years|faces?|UTKFace)\b", re.IGNORECASE)
ARMS = ("equal", "dwa")


def measures_of(task: Task, part: float) -> dict[str, Any]:
    metrics: dict[str, Any] = {name: 2.0 - part if name == "mae" else part for name in task.measures}
    count = len(task.classes)
    if 0 < count <= 10:
        metrics["confusion"] = [[8 if row == column else 1 for column in range(count)] for row in range(count)]
    return metrics


def records_of(tasks: TaskSet, gain: float = 0.0) -> Iterator[dict[str, Any]]:
    """Three epochs of ten steps."""
    pairs = [f"{one}|{other}" for one, other in itertools.combinations(tasks.names, 2)]
    for step in range(1, STEPS + 1):
        moment = {"step": step, "epoch": step / AN_EPOCH, "time": 0.1 * step}
        losses = {name: (1 + place) / step for place, name in enumerate(tasks.names)}
        pace = {"lr": 1e-3, "images_per_second": 500.0, "gradient_norm": 1.0, "objective": sum(losses.values())}
        yield {"kind": "step", **moment, **pace, "losses": losses, "weights": dict.fromkeys(losses, 1.0)}
        if step % AN_EPOCH == 0:
            yield {"kind": "gradients", **moment, "norms": losses, "cosines": dict.fromkeys(pairs, -0.1)}
            part = 0.6 + 0.1 * step / STEPS + gain
            results = {"val_losses": losses, "metrics": {task.name: measures_of(task, part) for task in tasks}}
            epoch = {"train_losses": losses, **results, "learned": {"sigma": losses}, "score": 1 - part, "best": True}
            yield {"kind": "epoch", **moment, "epoch": step // AN_EPOCH, **epoch}


def fill(run: RunFolder, tasks: TaskSet, state: str = "finished", *, gain: float = 0.0) -> None:
    lines = list(records_of(tasks, gain))
    if state == "finished":
        metrics = {task.name: measures_of(task, 0.72 + gain) for task in tasks}
        lines.append({**lines[-1], "kind": "test", "images": 100, "best_epoch": EPOCHS, "metrics": metrics})
    run.append(lines)
    message = "The step 31 has a loss that is not a number." if state == "failed" else ""
    # A live run's process is on another machine, and has just been heard of.
    seen = {"created": time.time(), "updated": time.time() + 3600, "host": "elsewhere", "message": message}
    run.write_status(Status(state, STEPS, STEPS, EPOCHS, EPOCHS, **seen))


@pytest.fixture(scope="session")
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TaskSet]:
    """A folder of runs: a live, a finished and a failed one, and a finished and a live study."""
    tasks: TaskSet = TASK_SETS[request.param]
    folder = tmp_path_factory.mktemp(f"runs-of-{request.param}")
    base = config_of(tasks)
    for name, state in (("live", "training"), ("done", "finished"), ("broken", "failed")):
        fill(RunFolder.create(folder, dataclasses.replace(base, epochs=EPOCHS), name), tasks, state)
    arms = tuple(Arm(name, WeightingConfig(name)) for name in ARMS)
    for name, state in (("ours", "finished"), ("coming", "running")):
        study = create_study(folder, StudyConfig(dataclasses.replace(base, epochs=EPOCHS), arms, (0, 1, 2)), name)
        config = study.config()
        for arm, seed in itertools.product(arms, config.seeds if state == "finished" else config.seeds[:2]):
            fill(study.run_for(config, arm, seed), tasks, gain=0.05 * ARMS.index(arm.name) * (1 + 0.1 * seed))
        seen = {"created": time.time(), "updated": time.time() + 3600, "host": "elsewhere"}
        study.write_status(StudyStatus(state, len(arms) * 3, 4 if state == "running" else 6, **seen))
    return folder, tasks


class Address(NamedTuple):
    """A page, its query, and words that stand on it beside the titles of the tasks."""

    page: str
    query: dict[str, str]
    words: str


PAGES = {
    "home": Address("home", {}, "Latest runs"),
    "strategies": Address("strategies", {}, "Adds all task losses as they are"),
    "a live run": Address("train", {"run": "live"}, "Training"),
    "a finished run": Address("train", {"run": "done"}, "100 held-out pictures"),
    "a failed run": Address("train", {"run": "broken"}, "has a loss that is not a number"),
    "a finished study": Address("compare", {"study": "ours"}, "DWA beats "),
    "a live study": Address("compare", {"study": "coming"}, "**4** of 6 runs done"),
}
PARTS = {
    "a study's run": Address("train", {"study": "ours", "run": "dwa-s1"}, "A run of the study **ours**"),
    "curves": Address("compare", {"study": "ours", "view": "Curves"}, "Click a line to open its run"),
    "weights": Address("compare", {"study": "ours", "view": "Weights"}, "Weight of"),
    "gradients": Address("compare", {"study": "ours", "view": "Gradients"}, "gradients"),
    "runs": Address("compare", {"study": "ours", "view": "Runs"}, "tick runs to compare them"),
    "share": Address("compare", {"study": "ours", "view": "Share"}, "Weights & Biases"),
}
ALONE = {"weights", "gradients"}
"""Parts that say, with one task, that there is nothing to weigh."""
EXAMPLES = {"home", "strategies"}
"""Pages that explain by UTKFace's three tasks, whatever runs there are."""
CASES = [
    *itertools.product(TASK_SETS, PAGES),
    *itertools.product((5, 40), PARTS),
    *itertools.product((1,), sorted(ALONE)),
]


def words_of(app: AppTest) -> str:
    """All that a page says: texts, figures, choices, tables, and what stands in its charts."""
    texts: list[Any] = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.subheader]
    said = [item.value for item in texts]
    said += [f"{metric.label} {metric.value}" for metric in app.metric]
    said += [str(option) for box in app.selectbox for option in (box.label, *box.options)]
    said += [frame.value.to_csv() for frame in [*app.dataframe, *app.table]]
    said += [chart.proto.json + str(chart.proto.mixed) for chart in app.get("bidi_component")]
    return "\n".join(map(str, said))


@pytest.mark.parametrize(("made", "name"), CASES, indirect=["made"])
def test_a_page_speaks_of_the_tasks_that_there_are(
    app: AppTest, made: tuple[Path, TaskSet], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, tasks = made
    page, query, expected = (PAGES | PARTS)[name]
    monkeypatch.setenv("MTLDEMO_RUNS", str(folder))
    monkeypatch.setattr("mtldemo.study.folder.SHIPPED", folder / "none")
    app.switch_page(f"pages/{page}.py")
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception[0].message
    assert len(app.error) == (name == "a failed run")
    words = words_of(app)
    if name in ALONE and len(tasks) == 1:
        assert "Only runs that learn several tasks" in words
        return
    assert expected in words
    if name not in EXAMPLES:
        faces = FACES.search(words)
        assert faces is None, words[max(0, faces.start() - 80) : faces.end() + 80]
    if name == "home" and len(tasks) > MOST_NAMED:
        assert f"{len(tasks)} tasks" in words
    elif name not in ("strategies", "share"):
        assert [task.title for task in tasks if task.title not in words] == []
