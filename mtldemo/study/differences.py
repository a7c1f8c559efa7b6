"""In what chosen runs differ, and whether they may be compared at all."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from mtldemo.study.arms import FREE, NAMED_TASKS
from mtldemo.study.flat_config import OPTIONS, SHARING_OPTIONS, flat, setting_of, words_of
from mtldemo.study.info import RunInfo

NAMED = 3
"""Runs called by name in a sentence; the others are counted."""
OWN = ("weighting.", "sharing.", "tasks", "losses", "loss_scales", "data.", "epochs", "steps", "batch_size")
"""Settings with a sentence of their own, or none needed."""


def differences(infos: Iterable[RunInfo]) -> pd.DataFrame:
    """The settings in which the runs differ, a column each by its dotted name, a row a run in order; values as texts, a
    dash where a run has no such setting. ``.attrs["labels"]`` has the settings' names for people."""
    chosen = [info for info in infos if info.config is not None]
    settings = [flat(info.config) for info in chosen if info.config is not None]
    names = _varied_names(settings)
    frame = pd.DataFrame(
        [[words_of(values[name]) if name in values else "–" for name in names] for values in settings],
        columns=names,
        index=pd.Index([info.name for info in chosen], name="run"),
        dtype=object,
    )
    frame.attrs["labels"] = {name: label_of(name) for name in names}
    return frame


def label_of(name: str) -> str:
    """A setting's name for people, such as ``Learning rate`` for ``optim.lr``."""
    declared = setting_of(name)
    if declared is None:
        return name.removeprefix(f"{OPTIONS}.").removeprefix(f"{SHARING_OPTIONS}.").replace("_", " ").replace(".", " ")
    rest = name.rpartition(f"{declared.name}.")[2] if not name.endswith(declared.name) else ""
    return f"{declared.setting.label} {rest}".rstrip()


def incomparable(infos: Sequence[RunInfo]) -> list[str]:
    """One sentence for each reason why the figures of these runs can't, or not without thought, be set side by side:
    the gravest first; empty where there is none."""
    chosen = [info for info in infos if info.config is not None]
    sentences = [_unreadable([info for info in infos if info.config is None])]
    sentences += [_data(chosen), *(_split(group) for group in _by(chosen, lambda info: info.dataset_key).values())]
    sentences += [_pictures(group) for group in _by(chosen, lambda info: info.split_key).values()]
    sentences += [_sizes(chosen), _tasks(chosen), _budgets(chosen), _others(chosen)]
    return [sentence for sentence in sentences if sentence]


def comparable_groups(infos: Iterable[RunInfo]) -> list[list[RunInfo]]:
    """The readable runs by what they were tested on: figures may be compared within a group. The largest first."""
    chosen = [info for info in infos if info.config is not None]
    groups: list[list[RunInfo]] = []
    for same in _by(chosen, lambda info: info.split_key).values():
        groups += _by_pictures(same)
    return sorted(groups, key=len, reverse=True)


def _unreadable(infos: list[RunInfo]) -> str:
    if not infos:
        return ""
    if len(infos) == 1:
        return f"{infos[0].name} can't be read and is left out. {infos[0].problem}"
    return f"{len(infos)} runs can't be read and are left out: {_runs(infos)}."


def _data(infos: list[RunInfo]) -> str:
    groups = _by(infos, lambda info: info.dataset_key)
    if len(groups) < 2:
        return ""
    if len({group[0].dataset_name for group in groups.values()}) < len(groups):
        return (
            f"The drawn portraits differ from run to run ({_varied(infos, 'data.synthetic.')}), so the figures of "
            f"these runs can't be compared: {_parts(groups.values(), _first)}."
        )
    return (
        "These runs used different data sets, so their figures can't be compared: "
        f"{_parts(groups.values(), lambda group: group[0].dataset_name)}."
    )


def _split(infos: list[RunInfo]) -> str:
    groups = _by(infos, lambda info: info.split_key)
    if len(groups) < 2:
        return ""
    return (
        f"The pictures of {infos[0].dataset_name} were split differently ({_varied(infos, 'data.')}), so these runs "
        f"were tested on different ones and their figures can't be compared: {_parts(groups.values(), _first)}."
    )


def _pictures(infos: list[RunInfo]) -> str:
    groups = _by_pictures(infos)
    if len(groups) < 2:
        return ""
    return (
        f"These runs name the same data set, {infos[0].dataset_name}, but were tested on different pictures, so their "
        f"figures can't be compared: {_parts(groups, _tested)}. The data set was changed in between."
    )


def _sizes(infos: list[RunInfo]) -> str:
    groups = _by(infos, lambda info: _of(info, "data.image_size"))
    if len(groups) < 2:
        return ""
    parts = _parts(groups.values(), lambda group: f"{_of(group[0], 'data.image_size')} px")
    return f"The pictures had different sizes, which alone makes a difference: {parts}."


def _tasks(infos: list[RunInfo]) -> str:
    groups = _by([info for info in infos if len(info.tasks) > 1], lambda info: frozenset(info.tasks))
    if len(groups) < 2:
        return ""
    parts = _parts(groups.values(), lambda group: _task_titles(group[0]))
    return f"These runs learned different tasks together; each task is compared among those that have it: {parts}."


def _task_titles(info: RunInfo) -> str:
    """The tasks that a run learned, as a person calls them; how many, where they are many."""
    if len(info.tasks) > NAMED_TASKS or info.config is None:
        return f"{len(info.tasks)} tasks"
    return " + ".join(info.config.task_set.named(name).in_sentence for name in info.tasks)


def _budgets(infos: list[RunInfo]) -> str:
    if len({info.runs_dir for info in infos}) == 1 and all(info.study for info in infos):
        return ""  # a study has made its budgets equal, in epochs or in time
    groups = _by(infos, lambda info: _budget(info))
    if len(groups) < 2:
        return ""
    parts = _parts(groups.values(), lambda group: _budget(group[0]))
    return f"These runs trained for different lengths, which alone makes a difference: {parts}."


def _others(infos: list[RunInfo]) -> str:
    """Other settings, where strategies are compared; with one strategy they are what is compared."""
    if len({info.strategy for info in infos if len(info.tasks) > 1}) < 2:
        return ""
    return _told_others(_varied_names([flat(info.config) for info in infos if info.config is not None]))


def _told_others(names: list[str]) -> str:
    names = [label_of(name).lower() for name in names if not name.startswith((*OWN, *FREE))]
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return (
        f"Not only the weighting differs between these runs, but also: {', '.join(names[:NAMED])}{more}; a difference "
        "between them may come from that."
    )


def _budget(info: RunInfo) -> str:
    config = info.config
    assert config is not None
    return f"{config.steps or config.epochs} {'steps' if config.steps else 'epochs'} at batch size {config.batch_size}"


def _of(info: RunInfo, name: str) -> Any:
    return functools.reduce(getattr, name.split("."), info.config)


def _varied_names(settings: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of ``flat`` under which ``settings`` differ. How portraits are drawn matters among drawn ones alone."""
    names = dict.fromkeys(name for values in settings for name in values)
    varied = []
    for name in names:
        having = [values for values in settings if name in values or not name.startswith("data.synthetic.")]
        if len({repr(values.get(name)) for values in having}) > 1:
            varied.append(name)
    return varied


def _varied(infos: list[RunInfo], start: str) -> str:
    settings = [flat(info.config) for info in infos if info.config is not None]
    parts = []
    for name in _varied_names(settings):
        if not name.startswith(start) or name == "data.image_size":
            continue
        values = dict.fromkeys(words_of(chosen[name]) for chosen in settings if name in chosen)
        parts.append(f"{label_of(name).lower()} {' or '.join(list(values)[:NAMED])}")
    return ", ".join(parts)


def _by(infos: Iterable[RunInfo], key: Callable[[RunInfo], Any]) -> dict[Any, list[RunInfo]]:
    groups: dict[Any, list[RunInfo]] = {}
    for info in infos:
        groups.setdefault(key(info), []).append(info)
    return groups


def _by_pictures(infos: list[RunInfo]) -> list[list[RunInfo]]:
    """Runs on the same pictures as far as they tell: by the key of the data set's content, how many were tested, and
    how many of each true class (rows of a confusion matrix). A run that tells nothing goes with the first."""
    groups: list[tuple[dict[str, Any], list[RunInfo]]] = []
    for info in sorted(infos, key=lambda info: (not info.data_key, info.test is None)):
        seen = _labels(info)
        for labels, members in groups:
            if all(labels.get(name, value) == value for name, value in seen.items()):
                labels.update(seen)
                members.append(info)
                break
        else:
            groups.append((seen, [info]))
    return [members for _, members in groups]


def _labels(info: RunInfo) -> dict[str, Any]:
    test = info.test or {}
    seen: dict[str, Any] = {"content": info.data_key} if info.data_key else {}
    if isinstance(test.get("images"), int):
        seen["images"] = test["images"]
    for task, metrics in (test.get("metrics") or {}).items():
        rows = metrics.get("confusion") if isinstance(metrics, dict) else None
        if isinstance(rows, list) and all(isinstance(row, list) for row in rows):
            seen[task] = [sum(count for count in row if isinstance(count, int | float)) for row in rows]
    return seen


def _tested(group: list[RunInfo]) -> str:
    labels = _labels(group[0])
    images, content = labels.get("images"), labels.get("content")
    if not images:
        return _first(group)
    return f"{images:,} pictures" + (f" of content {content[:8]}" if content else "")


def _first(group: list[RunInfo]) -> str:
    return f"{len(group)} like {group[0].name}" if len(group) > 1 else group[0].name


def _parts(groups: Iterable[list[RunInfo]], name: Callable[[list[RunInfo]], str]) -> str:
    """``64 px (a, b) and 48 px (c)``."""
    parts = []
    for group in groups:
        title = name(group)
        parts.append(title if name is _first else f"{title} ({_runs(group)})")
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _runs(infos: Sequence[RunInfo]) -> str:
    names = [info.name for info in infos[:NAMED]]
    more = len(infos) - len(names)
    if more:
        return f"{', '.join(names)} and {more} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
