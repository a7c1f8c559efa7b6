"""Many models' answers about one face or picture as tables, and in a sentence how far they agree. Imports no torch."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from mtldemo.predict.answers import Answers, ClassAnswer, FaceAnswer, PictureAnswer, RegressionAnswer, digits_of
from mtldemo.predict.domain import Domain, same_question
from mtldemo.predict.table import apart
from mtldemo.sentences import listed
from mtldemo.tasks import REGRESSION, Task

MOST_SENTENCES, MOST_TITLES = 8, 3
"""Tasks that have a sentence each, and tasks that a sentence names."""
DIFFERENCE = "Difference, %"
"""The column of ``answers_by_task`` with how far models differ."""


class ModelOfArm(Protocol):
    """A model as it is compared: its ``key``, its ``name`` for people, the ``arm`` that it is one of, by title, and its
    ``seed``, NaN where there is none."""

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def arm(self) -> str: ...
    @property
    def seed(self) -> float: ...


def task_tables(
    models: Sequence[ModelOfArm], answers: Mapping[str, Answers], tasks: Sequence[Task]
) -> dict[str, pd.DataFrame]:
    """By task what each model says, as ``charts.side_by_side`` draws it; ``answers`` are by the models' keys.

    All tables have the same order of arms: from the lowest number to the highest, so that neighbours are alike.
    """
    answering = [one for one in models if one.key in answers]
    by_task = {task.name: _table(answering, answers, task) for task in tasks}
    by_value: dict[str, float] = {}
    for task in tasks:
        if task.kind == REGRESSION and not by_value:
            means: Any = by_task[task.name].groupby("arm")["value"].mean()
            by_value = {str(arm): float(mean) for arm, mean in means.items() if math.isfinite(float(mean))}
    ranks = {arm: rank for rank, arm in enumerate(sorted(by_value, key=by_value.__getitem__))}
    return {
        name: table.sort_values("arm", key=lambda arms: arms.map(ranks).fillna(len(ranks)), kind="stable")
        for name, table in by_task.items()
    }


def by_question(answer: PictureAnswer, face: FaceAnswer, names: Mapping[str, str]) -> tuple[PictureAnswer, FaceAnswer]:
    """The same with a name and title of its own for each task that isn't the same question to all models that answer
    to its name, such as one with other classes: ``Type (birds)``. ``names`` are the models' for people, by key."""
    first: dict[str, Task] = {}
    tasks: dict[str, tuple[Task, ...]] = {}
    renamed: dict[tuple[str, str], str] = {}
    for model, of_model in answer.tasks.items():
        own = []
        for task in of_model:
            number, name = 1, task.name
            while not same_question(first.setdefault(name, task), task):
                number += 1
                name = f"{task.name[:50]}_{number}"
            if name != task.name:
                renamed[model, task.name] = name
                title = f"{task.title} ({names.get(model, model)})"
                task = first[name] = dataclasses.replace(task, name=name, title=title)
            own.append(task)
        tasks[model] = tuple(own)
    answers = {
        model: {renamed.get((model, name), name): one for name, one in of_model.items()}
        for model, of_model in face.answers.items()
    }
    return dataclasses.replace(answer, tasks=tasks), dataclasses.replace(face, answers=answers)


def answered_tasks(tables: Mapping[str, pd.DataFrame], tasks: Sequence[Task]) -> list[Task]:
    """Those of ``tasks`` that at least one model answers."""
    return [task for task in tasks if len(answered_rows(tables[task.name], task))]


def answered_rows(table: pd.DataFrame, task: Task) -> pd.DataFrame:
    """The rows of models that answer ``task``."""
    return table.dropna(subset=["value" if task.kind == REGRESSION else "label"])


def answer_difference(table: pd.DataFrame, task: Task) -> float:
    """The largest difference between two models' answers to ``task``, from 0 to 1: of a class's probability, or of
    numbers as a share of the task's range. NaN where fewer than two models answer."""
    rows = answered_rows(table, task)
    if len(rows) < 2:
        return math.nan
    if task.kind == REGRESSION:
        values = rows["value"].to_numpy(dtype=np.float64)
        return min(1.0, float(np.ptp(values)) / (task.high - task.low))
    shares = rows[list(task.classes)].to_numpy(dtype=np.float64)
    return float(np.max(shares.max(axis=0) - shares.min(axis=0)))


def most_different(tables: Mapping[str, pd.DataFrame], tasks: Sequence[Task]) -> list[Task]:
    """The ``tasks`` from the one on which models differ most; those that fewer than two answer come last."""
    differences = {task.name: answer_difference(tables[task.name], task) for task in tasks}
    return sorted(tasks, key=lambda task: -differences[task.name] if differences[task.name] >= 0 else 1.0)


def agreement(tables: Mapping[str, pd.DataFrame], tasks: Sequence[Task], *, item: str = "face") -> str:
    """How far the models agree about a face or other ``item``, in Markdown: a sentence for each of a few tasks, of more
    than ``MOST_SENTENCES`` how many they agree on and where they differ most."""
    rows = {task.name: answered_rows(tables[task.name], task) for task in tasks}
    models = {str(model) for of_task in rows.values() for model in of_task["model"]}
    if not models:
        return "None of these models could be asked."
    if len(models) == 1:
        return f"Only one model can be asked about this {item}; choose another one beside it."
    shared = [task for task in tasks if len(rows[task.name]) > 1]
    alone = [task.title for task in tasks if len(rows[task.name]) == 1]
    sentences = [f"{len(models):,} models looked at this {item}."]
    if not shared:
        sentences.append("No two of them answer the same question.")
    elif len(shared) <= MOST_SENTENCES:
        sentences += [_agreement(rows[task.name], task) for task in shared]
    else:
        sentences.append(_overview(rows, shared))
    if alone and shared:
        sentences.append(f"Only one of them answers {listed(alone, most=MOST_TITLES)}.")
    return " ".join(sentences)


def answers_table(
    tables: Mapping[str, pd.DataFrame],
    tasks: Sequence[Task],
    models: Sequence[ModelOfArm],
    domains: Mapping[str, Domain],
) -> pd.DataFrame:
    """One row a model, in the tables' order: its name, value and interval or label and share by task, what it learned
    from (``domains`` by key), and its run."""
    rows: dict[str, dict[str, object]] = {}
    endings = {task.title: ["", f", {task.unit}", " interval", ", %"] for task in tasks}
    heads = apart(endings, ("Model", "Learned from", "Run"))
    for task in tasks:
        head, amount, interval, percent = heads[task.title]
        for row in answered_rows(tables[task.name], task).to_dict("records"):
            values = rows.setdefault(str(row["model"]), {"Model": row["model"]})
            if task.kind == REGRESSION:
                digits = digits_of(task)
                values[amount if task.unit else head] = round(float(row["value"]), digits + 1)
                if math.isfinite(row["low"]):
                    values[interval] = _interval(row, digits)
            else:
                values[head] = row["label"] if row["sure"] else f"{row['label']} (not sure)"
                values[percent] = round(100 * float(row[row["label"]]), 1)
    runs = {one.name: one.key for one in models}
    learned = {name: domains[key].many if key in domains else None for name, key in runs.items()}
    return pd.DataFrame([{**row, "Learned from": learned[name], "Run": runs[name]} for name, row in rows.items()])


def answers_by_task(tables: Mapping[str, pd.DataFrame], tasks: Sequence[Task]) -> pd.DataFrame:
    """The same of many tasks, one row a task: its title, how far the models differ on it in percent (see
    ``answer_difference``), and each model's answer under its name."""
    rows: list[dict[str, object]] = []
    models = {str(model): [""] for task in tasks for model in answered_rows(tables[task.name], task)["model"]}
    heads = {model: names[0] for model, names in apart(models, ("Task", DIFFERENCE)).items()}
    for task in tasks:
        row: dict[str, object] = {
            "Task": task.title,
            DIFFERENCE: round(100 * answer_difference(tables[task.name], task), 1),
        }
        for answer in answered_rows(tables[task.name], task).to_dict("records"):
            if task.kind == REGRESSION:
                digits = digits_of(task)
                interval = f" ({_interval(answer, digits)})" if math.isfinite(answer["low"]) else ""
                cell = f"{answer['value']:,.{digits}f} {task.unit}".rstrip() + interval
            else:
                cell = f"{answer['label']}{'' if answer['sure'] else '?'} {100 * answer[answer['label']]:.0f} %"
            row[heads[str(answer["model"])]] = cell
        rows.append(row)
    return pd.DataFrame(rows)


def _interval(row: Mapping[Any, Any], digits: int) -> str:
    return f"{row['low']:,.{digits}f} to {row['high']:,.{digits}f}"


def _overview(rows: Mapping[str, pd.DataFrame], tasks: Sequence[Task]) -> str:
    """Of many tasks: on how many with classes all say the same, and on which they differ most."""
    classed = [task for task in tasks if task.kind != REGRESSION]
    agreed = sum(rows[task.name]["label"].nunique() == 1 for task in classed)
    first = listed([task.title for task in most_different(rows, tasks)[:MOST_TITLES]], most=12)
    same = f"They say the same in **{agreed} of {len(classed)} tasks** with classes. " if classed else ""
    return f"{same}They differ most on {first}."


def _agreement(rows: Any, task: Task) -> str:
    total = len(rows)
    if task.kind == REGRESSION:
        low, high, middle = rows["value"].min(), rows["value"].max(), float(np.median(rows["value"]))
        low, high, middle = (f"{number:,.{digits_of(task)}f}" for number in (low, high, middle))
        unit = f" {task.unit}" if task.unit else ""
        if low == high:
            return f"{task.title}: all agree on **{low}{unit}**."
        return f"{task.title} goes from **{low} to {high}{unit}**, the middle answer is {middle}."
    counts = rows["label"].value_counts()
    label, most = str(counts.index[0]), int(counts.iloc[0])
    unsure = int((~rows["sure"].astype(bool)).sum())
    doubt = f" ({unsure} not sure)" if unsure else ""
    if most == total:
        return f"{task.title}: all say **{label}**{doubt}."
    others = ", ".join(f"{number} {name}" for name, number in counts.iloc[1:].items())
    return f"{task.title}: **{most} of {total} say {label}**, {others}{doubt}."


def _table(models: Sequence[ModelOfArm], answers: Mapping[str, Answers], task: Task) -> pd.DataFrame:
    rows = []
    for one in models:
        row: dict[str, object] = {"arm": one.arm, "seed": one.seed, "model": one.name}
        answer = answers[one.key].get(task.name)
        if task.kind == REGRESSION:
            ends = answer.interval if isinstance(answer, RegressionAnswer) else None
            low, high = ends or (math.nan, math.nan)
            row |= {
                "value": answer.value if isinstance(answer, RegressionAnswer) else math.nan,
                "low": low,
                "high": high,
            }
        else:
            choice = answer if isinstance(answer, ClassAnswer) else None
            row |= {name: choice.p.get(name, math.nan) if choice else math.nan for name in task.classes}
            row |= {"label": choice.label if choice else None, "sure": choice is not None and choice.sure}
        rows.append(row)
    return pd.DataFrame(rows)
