"""A comparison as one HTML file that needs neither a server nor a network: verdict, tables, charts, settings.

report(infos, title="", baseline="", compute=None, runs=None) -> str
write_report(study, file)
"""

import os
import statistics as numbers
import time
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from mtldemo import __version__
from mtldemo.charts import Chart, ChartOptions, RunFrame, comparison
from mtldemo.charts.comparison import ArmRun
from mtldemo.config import ModelConfig, SharingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.files import write_atomic
from mtldemo.model.sharing_words import sharing_title
from mtldemo.sentences import listed
from mtldemo.study.arms import arms, axes
from mtldemo.study.collect import collect, results
from mtldemo.study.differences import comparable_groups, differences, incomparable
from mtldemo.study.divergence import diverged_runs
from mtldemo.study.folder import StudyFolder
from mtldemo.study.info import RunInfo, tasks_of
from mtldemo.study.ranking import ALL, most_opposed, p_best, pareto_front, ranks
from mtldemo.study.report_page import facts, figures, folded, page, paragraphs, section
from mtldemo.study.report_tables import arms_table, differences_table, results_table, runs_table, settings_table
from mtldemo.study.statistics import SINGLE, delta_m, differences_to, single_arms, summary, tasks_by_arm
from mtldemo.study.verdict import verdict
from mtldemo.study.verdict_words import sentences
from mtldemo.study.wording import counted
from mtldemo.tasks import UTKFACE, Task, TaskSet
from mtldemo.titles import weights_title

LABELS = "labels are what others measured, guessed or wrote down"
STEPS = 1000
"""Steps of a run that are drawn: of a longer one every so many."""
LIMITS = (
    "The intervals are over seeds: initial weights, order of the pictures, augmentation. How much the figures would "
    "change on other test pictures, another split or another data set isn't in them.",
    "Each strategy had the settings that stand above and no others. One that is tuned, or trained for longer, may do "
    "better, and the order on a small network and small pictures needn't hold on large ones.",
    "Among many strategies some look good by chance. The differences are corrected for how many were looked at; ranks "
    "and the probability of being the best are not.",
    "Times were measured on one machine, perhaps with other work beside it. Trust their ratios, not their size.",
)
"""What no such comparison shows."""
FEW_TASKS = 5
"""Tasks that a sentence names one by one."""


def limits(tasks: TaskSet) -> list[str]:
    """What a comparison on ``tasks`` doesn't show."""
    faces = "age, gender and ethnicity" if set(tasks.names) & set(UTKFACE.names) else ""
    whose = f"labels of {faces} are what others guessed or wrote down of a face" if faces else LABELS
    lines = [*LIMITS, f"The {whose}. A better figure means better agreement with these labels, nothing more."]
    if len(tasks) > FEW_TASKS:
        lines.append(
            f"The corrections are for the strategies within a task, not for the number of tasks: with {len(tasks)} "
            "tasks some differences stand out by chance."
        )
    return lines


def _listed(lines: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def write_report(study: StudyFolder, file: Path) -> None:
    """Write the report about ``study`` to ``file``. Raises ``MtlDemoError`` where the study can't be read or the file
    not be written."""
    config = study.config()
    compute = study.compute()
    text = report(collect(study.runs()), title=study.name, baseline=config.baseline, compute=compute)
    write_atomic(Path(file), text.encode())


def report(
    infos: Sequence[RunInfo], title: str = "", baseline: str = "", compute: Mapping[str, Any] | None = None,
    runs: Sequence[ArmRun] | None = None
) -> str:  # fmt: skip
    """The page about the runs ``infos``, as HTML; figures are of those that may be compared with each other.

    ``baseline`` is an arm, or ``single-task``; else it is found. ``compute`` says how the arithmetic was done. ``runs``
    are the records, where they have been read already.
    """
    sound = [info for info in infos if info.config is not None]
    title = title or "Comparison of runs"
    if not sound:
        body = _head(title, ["There is no run that can be read, so there is nothing to compare."], infos)
        return page(title, _without_places(body + section("Runs", runs_table(infos, ())), infos))
    groups = comparable_groups(sound)
    counted_in, tasks = groups[0], tasks_of(sound)
    found = results(counted_in)
    order = _order(sound, found)
    baseline = baseline if baseline in order or baseline == SINGLE else _baseline(sound)
    remarks = incomparable(infos)
    if len(groups) > 1:
        remarks.append(f"The figures are of {counted(len(counted_in), 'run', 'runs')} like {counted_in[0].name} alone.")
    against = differences_to(found, baseline)
    frames = _frames(sound) if runs is None else [run for run in runs if run.arm in order]
    parts = [
        _head(title, sentences(verdict(found, baseline, counted_in)), infos),
        paragraphs(remarks, "verdict warning"),
        section("What was compared", facts(_compared(counted_in, order, compute))),
        section(
            "Results",
            results_table(order, tasks, summary(found), against, _minutes(sound), baseline) if len(found) else "",
            folded("Differences, one by one", differences_table(tasks, against, baseline)),
            figures(_result_charts(found, tasks, baseline, against)),
        ),
        section("Who is in front", figures(_ranking_charts(found, tasks))),
        section("Learning", figures(_curve_charts(frames, tasks))),
        section("Weights", figures(_weight_charts(_several(frames, sound), tasks))),
        section("Gradients", figures(_gradient_charts(_several(frames, sound), tasks))),
        section("Strategies and settings", arms_table(sound), figures(_settings(sound, found, tasks)),
                folded("Settings that all share", settings_table(sound)), folded("All runs", runs_table(infos, tasks))),
        section("What this does not show", _listed(limits(tasks))),
        f"<footer>Made by mtldemo {escape(__version__)} on {time.strftime('%Y-%m-%d %H:%M')}. This file holds all it "
        "shows and asks no network for anything.</footer>",
    ]  # fmt: skip
    return page(title, _without_places("\n".join(part for part in parts if part), infos))


def _without_places(body: str, infos: Sequence[RunInfo]) -> str:
    """``body`` (HTML) with runs called by their names: this machine's folders don't concern whoever reads it."""
    for folder in {info.runs_dir for info in infos}:
        body = body.replace(escape(f"{folder}{os.sep}"), "")
    return body


def _order(infos: Sequence[RunInfo], found: pd.DataFrame) -> list[str]:
    """The arms, the best by their mean rank first; then those that can't be ranked, such as single tasks."""
    table = ranks(found) if len(found) else pd.DataFrame(columns=["arm", "task"])
    ranked = [str(arm) for arm in table["arm"][table["task"] == ALL]]
    places = dict(zip(ranked, table["rank"][table["task"] == ALL], strict=True)) if ranked else {}
    return sorted(arms(infos), key=lambda arm: float(places.get(arm, len(places) + 1)))


def _head(title: str, lines: Sequence[str], infos: Sequence[RunInfo]) -> str:
    runs = f"{counted(len(infos), 'run', 'runs')} of a HydraNet with several ways to weight its task losses"
    return f'<header>\n<h1>{escape(title)}</h1>\n<p class="lead">{runs}</p>\n{paragraphs(lines, "verdict")}\n</header>'


def _compared(infos: Sequence[RunInfo], order: Sequence[str], compute: Mapping[str, Any] | None) -> dict[str, str]:
    """What was compared, in words; where runs differ, all that there is."""
    configs = [info.config for info in infos if info.config is not None]

    def told(value: Any) -> str:
        return listed(list(dict.fromkeys(str(value(config)) for config in configs)), "or")

    tested = next((info.test for info in infos if info.test), None) or {}
    seeds = sorted({config.seed for config in configs})
    values = {
        "Data": f"{infos[0].dataset_name} at {told(lambda config: config.data.image_size)} px",
        "Split": told(
            lambda config: (
                f"{100 * config.data.val_share:g} % validation, {100 * config.data.test_share:g} % test, split seed "
                f"{config.data.split_seed}"
            )
        ),
        "Held-out pictures": f"{tested['images']:,}" if tested.get("images") else "not tested yet",
        "Network": told(lambda c: c.model.backbone + _sharing(c.sharing) + _beginning(c.model)),
        "Budget": told(lambda c: f"{c.steps:,} steps" if c.steps else counted(c.epochs, "epoch", "epochs"))
        + f" at batch size {told(lambda config: config.batch_size)}",
        "Optimizer": told(lambda c: f"{c.optim.optimizer}, learning rate {c.optim.lr:g}, {c.optim.schedule}"),
        "Seeds": f"{len(seeds)}: {', '.join(map(str, seeds))}",
        "Strategies": _counts(infos),
        "Training time": f"{sum(info.time_s for info in infos) / 3600:.1f} hours in all",
    }
    if compute:
        names = ("device", "precision", "layout", "threads")
        values["Arithmetic"] = ", ".join(f"{name} {compute[name]}" for name in names if name in compute)
    return values


def _sharing(config: SharingConfig) -> str:
    """How the tasks share the network, where that isn't hard sharing."""
    title = sharing_title(config)
    return f" ({title})" if title else ""


def _beginning(model: ModelConfig) -> str:
    """What the weights were before training, where they weren't random."""
    if model.init_from:
        return f", from the weights of {weights_title(model.init_from)}"
    return ", from ImageNet weights" if model.pretrained else ""


def _counts(infos: Sequence[RunInfo]) -> str:
    strategies, ways = axes(infos)
    alone = {info.arm for info in infos if len(info.tasks) == 1}
    words = [str(strategies) + (f" on {ways} ways of sharing" if ways > 1 else "")] if strategies else []
    return listed([*words, *([counted(len(alone), "task alone", "tasks alone")] if alone else [])])


def _result_charts(
    found: pd.DataFrame, tasks: Sequence[Task], baseline: str, against: pd.DataFrame
) -> list[tuple[Chart, bool]]:
    single = single_arms(found) if len(found) else {}
    several = sorted(arm for arm, names in tasks_by_arm(found).items() if len(names) > 1)
    # Single tasks have a chart of their own.
    shown: Any = against[against["arm"].isin(several)] if several else against
    charts = [(comparison.difference_forest(shown, tasks, baseline), True)]
    if single and baseline != SINGLE:
        alone = differences_to(found, SINGLE)
        charts.append((comparison.difference_forest(alone, tasks, "single-task learning"), True))
    if single:
        charts.append((comparison.delta_m_bars(delta_m(found)), True))
    rows: Any = found[found["arm"].isin(several)]
    for one, other in most_opposed(rows, tasks) if several else ():
        charts.append((comparison.trade_off(pareto_front(rows, one.name, other.name), one, other, tasks=tasks), False))
    return charts


def _ranking_charts(found: pd.DataFrame, tasks: Sequence[Task]) -> list[tuple[Chart, bool]]:
    if len(set(found["arm"])) < 2:
        return []
    return [(comparison.rank_heat(ranks(found), tasks), False), (comparison.best_heat(p_best(found), tasks), False)]


def _curve_charts(runs: Sequence[ArmRun], tasks: Sequence[Task]) -> list[tuple[Chart, bool]]:
    by_epoch = ChartOptions(x="epoch")
    return [
        (comparison.compared_curves(runs, tasks, by_epoch, what="metric"), True),
        (comparison.compared_curves(runs, tasks, by_epoch, what="train"), True),
        (comparison.compared_curves(runs, tasks, by_epoch, what="validation"), True),
    ]


def _weight_charts(runs: Sequence[ArmRun], tasks: Sequence[Task]) -> list[tuple[Chart, bool]]:
    options = ChartOptions(x="epoch")
    charts = [(comparison.compared_weights(runs, tasks, options), True)]
    return [*charts, (comparison.weight_paths(runs, tasks, options), True)] if len(tasks) == 3 else charts


def _gradient_charts(runs: Sequence[ArmRun], tasks: Sequence[Task]) -> list[tuple[Chart, bool]]:
    options = ChartOptions(x="epoch")
    return [
        (comparison.compared_cosines(runs, tasks, options), True),
        (comparison.cosine_heat(runs, tasks), False),
        (comparison.compared_norms(runs, tasks, options), True),
    ]


def _settings(infos: Sequence[RunInfo], found: pd.DataFrame, tasks: Sequence[Task]) -> list[tuple[Chart, bool]]:
    """The settings that differ beside the results, where more than the strategy does."""
    several = [info for info in infos if len(info.tasks) > 1]
    told: Any = differences(several)
    labels = told.attrs.get("labels", {})
    told = told[[name for name in told.columns if name != "seed"]].rename(columns=labels)
    if len(told.columns) < 2 or found.empty:
        return []
    told = told.reset_index()
    told.insert(1, "arm", [info.arm for info in several])
    return [(comparison.parallel_settings(told, found, tasks), True)]


def _several(runs: Sequence[ArmRun], infos: Sequence[RunInfo]) -> list[ArmRun]:
    """The runs of arms that learn several tasks: one task alone has no weights to compare."""
    wanted = {info.arm for info in infos if len(info.tasks) > 1}
    return [run for run in runs if run.arm in wanted]


def _frames(infos: Sequence[RunInfo]) -> list[ArmRun]:
    """What the runs have recorded; long ones thinned before they are gone through."""
    runs, diverged = [], diverged_runs(infos)
    for info in infos:
        try:
            records, _ = info.folder.read()
        except MtlDemoError:
            continue
        steps = [record for record in records if record.get("kind") == "step"]
        every = -(-len(steps) // STEPS) or 1
        others = [record for record in records if record.get("kind") != "step"]
        frame = RunFrame(steps[::every])
        frame.extend(others)
        if len(frame.steps) or frame.epochs:
            runs.append(ArmRun(info.arm, info.seed, frame, info.name, diverged=info.path in diverged))
    return runs


def _minutes(infos: Sequence[RunInfo]) -> dict[str, float]:
    """The median training time of each arm's finished runs in minutes."""
    times = {arm: [info.time_s / 60 for info in members if info.test] for arm, members in arms(infos).items()}
    return {arm: numbers.median(found) for arm, found in times.items() if found}


def _baseline(infos: Sequence[RunInfo]) -> str:
    """The plain sum of several tasks, else the first arm of several tasks, else the first."""
    several = [info for info in infos if len(info.tasks) > 1] or list(infos)
    plain = [info.arm for info in several if info.strategy == "equal"]
    return (plain or [info.arm for info in several])[0]
