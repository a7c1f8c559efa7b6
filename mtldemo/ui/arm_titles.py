"""Arms and studies as a person calls them."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from mtldemo.model.catalogue import BACKBONES
from mtldemo.study.info import GRADIENTS_AT
from mtldemo.ui.strategy_words import short
from mtldemo.ui.words import count, tasks_line
from mtldemo.weighting import STRATEGIES
from mtldemo.weighting.costs import PLACES

if TYPE_CHECKING:
    from mtldemo.study.collect import RunInfo
    from mtldemo.study.status import Underway


def arm_titles(infos: Sequence["RunInfo"]) -> dict[str, str]:
    """Each arm's title by its name: the method's own, with the settings that its name holds; ``Age alone`` for a single
    task. Where all that compare gradients take them at one place, that isn't said each time; where two would be called
    alike they keep their names."""
    arms = {info.arm: info for info in reversed(infos)}
    names = list(dict.fromkeys(info.arm for info in infos))
    for without in ({GRADIENTS_AT} if _common_place(infos) else set(), set()):
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
    title = re.sub(r" \([^)]*\)$", "", short(titles[strategy]))
    initials = "".join(word[0] for word in title.split()).upper()
    return initials if initials == strategy.upper() else title


def network_title(name: str) -> str:
    """The title of the backbone called ``name``: ``ResNet-18 for small images``; its name where there is none such."""
    return next((backbone.title for backbone in BACKBONES if backbone.name == name), name)


def what_was_compared(infos: Sequence["RunInfo"], coming: "Underway | None" = None) -> str:
    """Data, size, network, budget and seeds in one line; what differs between the runs is left out. ``coming`` is what
    is still to come of the study."""
    known = [info for info in infos if info.config is not None and not info.problem]
    if not known:
        return ""
    parts = []
    for words in (_data, _network, _budget):
        said = Counter(words(info) for info in known)
        if len(said) == 1:
            parts.append(next(iter(said)))
    arms = {info.arm for info in known if len(info.tasks) > 1}
    alone = {info.arm for info in known if len(info.tasks) == 1}
    if arms:
        parts.append(count(len(arms), "strategy", "strategies"))
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


def _network(info: "RunInfo") -> str:
    return network_title(info.config.model.backbone)  # type: ignore[union-attr]


def _budget(info: "RunInfo") -> str:
    config = info.config
    return f"{config.steps:,} steps" if config.steps else count(config.epochs, "epoch")  # type: ignore[union-attr]


def rough_duration(seconds: float) -> str:
    """``40 s``, ``12 min``, ``3.5 h``: no more digits than an estimate has."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
