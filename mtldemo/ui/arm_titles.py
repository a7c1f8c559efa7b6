"""Arms and studies as a person calls them."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from mtldemo.config import RunConfig
from mtldemo.model.catalogue import BACKBONES
from mtldemo.model.sharing_words import sharing_title
from mtldemo.study.arms import axes
from mtldemo.study.info import GRADIENTS_AT, SHARING
from mtldemo.titles import short_title
from mtldemo.ui.words import count, tasks_line
from mtldemo.weighting import STRATEGIES
from mtldemo.weighting.costs import PLACES

if TYPE_CHECKING:
    from mtldemo.study.collect import RunInfo
    from mtldemo.study.status import Underway


def arm_titles(infos: Sequence["RunInfo"]) -> dict[str, str]:
    """Each arm's title by its name: the method's own, with the settings that its name holds; ``Age alone`` for a single
    task. What all have in common isn't said each time: how the tasks share, and where those that compare gradients
    take them. Where two would be called alike they keep their names."""
    arms = {info.arm: info for info in reversed(infos)}
    names = list(dict.fromkeys(info.arm for info in infos))
    common = {GRADIENTS_AT} if _common_place(infos) else set[str]()
    if len({info.label.sharing for info in infos if len(info.tasks) > 1}) == 1:
        common.add(SHARING)
    for without in (common, set[str]()):
        titles = {name: _title(arms[name], without) for name in names}
        if len(set(titles.values())) == len(titles):
            return titles
    return {name: name for name in names}


def method_title(strategy: str) -> str:
    """The short title of a strategy: the method's own abbreviation where it has one, such as ``DWA``, else its title
    without the authors. Its name where there is no such strategy."""
    titles = {each.name: each.title for each in STRATEGIES}
    if strategy not in titles:
        return strategy
    title = re.sub(r" \([^)]*\)$", "", short_title(titles[strategy]))
    initials = "".join(word[0] for word in title.split()).upper()
    return initials if initials == strategy.upper() else title


def network_title(config: RunConfig) -> str:
    """The title of a run's network: ``ResNet-18``, or where the tasks don't share it hard ``ResNet-18 (MTAN)``."""
    sharing = sharing_title(config.sharing)
    return backbone_title(config.model.backbone) + (f" ({sharing})" if sharing else "")


def backbone_title(name: str) -> str:
    """The title of the backbone called ``name``: ``ResNet-18 for small images``; its name where there is none such."""
    return next((backbone.title for backbone in BACKBONES if backbone.name == name), name)


def what_was_compared(infos: Sequence["RunInfo"], coming: "Underway | None" = None) -> str:
    """Data, size, network, budget and seeds in one line; what differs between the runs is left out. ``coming`` is what
    is still to come of the study."""
    known = [info for info in infos if info.config is not None and not info.problem]
    if not known:
        return ""
    parts = []
    for words in (_data, _backbone, _sharing, _budget):
        counts = Counter(words(info) for info in known)
        if len(counts) == 1 and "" not in counts:
            parts.append(next(iter(counts)))
    strategies, ways = axes(known)
    alone = {info.arm for info in known if len(info.tasks) == 1}
    if strategies:
        parts.append(count(strategies, "strategy", "strategies"))
    if ways > 1:
        parts.append(f"{ways} ways of sharing")
    if alone:
        parts.append(f"{len(alone)} single-task {'baseline' if len(alone) == 1 else 'baselines'}")
    place = _common_place(known)
    if place:
        parts.append(PLACES[place].words)
    seeds = len({info.seed for info in known})
    planned = coming.seeds if coming else seeds
    parts.append(count(seeds, "seed") if seeds >= planned else f"{seeds} of {count(planned, 'seed')} so far")
    return " · ".join(parts)


def _title(info: "RunInfo", without: Collection[str]) -> str:
    """The title of a run's arm, ``without`` some of the settings that its name holds."""
    label = info.label
    if label.given or not (label.alone or label.strategy):
        return info.arm
    method = label.strategy if label.alone else method_title(label.strategy)
    parts = [f"{_task_title(info, label.alone)} alone"] if label.alone else []
    parts += [method] if method else []
    parts += [
        tasks_line(info.config) if name == "tasks" and info.config is not None else words
        for name, words in label.settings
        if name not in without
    ]
    return " · ".join(parts) + label.mark


def _task_title(info: "RunInfo", name: str) -> str:
    """What a person calls the task of a run; its name where the run doesn't know it."""
    tasks = info.config.task_set if info.config is not None else ()
    return next((task.title for task in tasks if task.name == name), name)


def _common_place(infos: Sequence["RunInfo"]) -> str:
    """Where gradients are taken, if all arms whose name says so take them there; else empty."""
    at = {info.label.gradients_at for info in infos} - {""}
    return at.pop() if len(at) == 1 else ""


def _data(info: "RunInfo") -> str:
    data = info.config.data  # type: ignore[union-attr]
    if data.source != "synthetic":
        return f"{info.dataset_name} at {data.image_size} px"
    return f"{info.dataset_name} ({data.synthetic.images:,} pictures) at {data.image_size} px"


def _backbone(info: "RunInfo") -> str:
    return backbone_title(info.config.model.backbone)  # type: ignore[union-attr]


def _sharing(info: "RunInfo") -> str:
    return sharing_title(info.config.sharing)  # type: ignore[union-attr]


def _budget(info: "RunInfo") -> str:
    config = info.config
    return f"{config.steps:,} steps" if config.steps else count(config.epochs, "epoch")  # type: ignore[union-attr]


def rough_duration(seconds: float) -> str:
    """``40 s``, ``12 min``, ``3.5 h``: no more digits than an estimate has."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
