"""A comparison as one HTML file that needs neither a server nor a network: verdict, tables, charts, settings.

report(infos, title="", baseline="", compute=None) -> str
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
from mtldemo.charts import Chart, ChartOptions, comparison
from mtldemo.charts.comparison import ArmRun
from mtldemo.config import DataConfig, ModelConfig, SharingConfig
from mtldemo.files import write_atomic
from mtldemo.model.sharing_words import sharing_title
from mtldemo.sentences import counted, listed
from mtldemo.study.arm_runs import arm_runs
from mtldemo.study.arms import arms, axes
from mtldemo.study.collect import collect, results
from mtldemo.study.differences import comparable_groups, differences, incomparable
from mtldemo.study.folder import StudyFolder
from mtldemo.study.info import RunInfo, tasks_of
from mtldemo.study.ranking import ALL, most_opposed, p_best, pareto_front, ranks
from mtldemo.study.report_page import definition_list, details, figures, page, paragraphs, section
from mtldemo.study.report_tables import arms_table, differences_table, results_table, runs_table, settings_table
from mtldemo.study.statistics import SINGLE, delta_m, differences_to, single_task_arms, summary, tasks_by_arm
from mtldemo.study.verdict import verdict
from mtldemo.study.verdict_words import FEW_TASKS, verdict_sentences
from mtldemo.tasks import UTKFACE, Task, TaskSet
from mtldemo.titles import weights_title

LABELS = "labels are what others measured, guessed or wrote down"
LIMITATIONS = (
    "The intervals are over seeds: initial weights, order of the pictures, augmentation. How much the figures would "
    "change on other test pictures, another split or another data set isn't in them.",
    "Each strategy had the settings that stand above and no others. One that is tuned, or trained for longer, may do "
    "better, and the order on a small network and small pictures needn't hold on large ones.",
    "Among many strategies some look good by chance. The differences are corrected for how many were looked at; ranks "
    "and the probability of being the best are not.",
    "Times were measured on one machine, perhaps with other work beside it. Trust their ratios, not their size.",
)
"""What no such comparison shows."""


def study_limitations(tasks: TaskSet) -> list[str]:
    """What a comparison on ``tasks`` doesn't show."""
    of_faces = [task for task in UTKFACE if task in [each.with_loss(each.losses[0]) for each in tasks]]
    faces = listed([task.in_sentence for task in of_faces])
    whose = f"labels of {faces} are what others guessed or wrote down of a face" if faces else LABELS
    lines = [*LIMITATIONS, f"The {whose}. A better figure means better agreement with these labels, nothing more."]
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
    infos: Sequence[RunInfo], title: str = "", baseline: str = "", compute: Mapping[str, Any] | None = None
) -> str:
    """The page about the runs ``infos``, as HTML; figures are of those that may be compared with each other.

    ``baseline`` is an arm, or ``single-task``; else it is found. ``compute`` says how the arithmetic was done.
    """
    sound = [info for info in infos if info.config is not None]
    title = title or "Comparison of runs"
    if not sound:
        body = _head(title, ["There is no run that can be read, so there is nothing to compare."], infos)
        return page(title, _without_places(body + section("Runs", runs_table(infos, ())), infos))
    groups = comparable_groups(sound)
    counted_in, tasks = groups[0], tasks_of(sound)
    tested = results(counted_in)
    order = _order(sound, tested)
    baseline = baseline if baseline in order or baseline == SINGLE else _baseline(sound)
    remarks = incomparable(infos)
    if len(groups) > 1:
        remarks.append(f"The figures are of {counted(len(counted_in), 'run', 'runs')} like {counted_in[0].name} alone.")
    against = differences_to(tested, baseline)
    frames = arm_runs(sound)
    parts = [
        _head(title, verdict_sentences(verdict(tested, baseline, counted_in)), infos),
        paragraphs(remarks, "verdict warning"),
        section("What was compared", definition_list(_compared(counted_in, order, compute))),
        section(
            "Results",
            results_table(order, tasks, summary(tested), against, _minutes(sound), baseline) if len(tested) else "",
            details("Differences, one by one", differences_table(tasks, against, baseline)),
            figures(_result_charts(tested, tasks, baseline, against)),
        ),
        section("Who is in front", figures(_ranking_charts(tested, tasks))),
        section("Learning", figures(_curve_charts(frames, tasks))),
        section("Weights", figures(_weight_charts(_several(frames, sound), tasks))),
        section("Gradients", figures(_gradient_charts(_several(frames, sound), tasks))),
        section("Strategies and settings", arms_table(sound), figures(_settings(sound, tested, tasks)),
                details("Settings that all share", settings_table(sound)),
                details("All runs", runs_table(infos, tasks))),
        section("What this does not show", _listed(study_limitations(tasks))),
        f"<footer>Made by mtldemo {escape(__version__)} on {time.strftime('%Y-%m-%d %H:%M')}. This file holds all it "
        "shows and asks no network for anything.</footer>",
    ]  # fmt: skip
    return page(title, _without_places("\n".join(part for part in parts if part), infos))


def _without_places(body: str, infos: Sequence[RunInfo]) -> str:
    """``body`` (HTML) with runs called by their names: this machine's folders don't concern whoever reads it."""
    for folder in {info.runs_dir for info in infos}:
        body = body.replace(escape(f"{folder}{os.sep}"), "")
    return body


def _order(infos: Sequence[RunInfo], tested: pd.DataFrame) -> list[str]:
    """The arms, the best by their mean rank first; then those that can't be ranked, such as single tasks."""
    table = ranks(tested) if len(tested) else pd.DataFrame(columns=["arm", "task"])
    ranked = [str(arm) for arm in table["arm"][table["task"] == ALL]]
    mean_ranks = dict(zip(ranked, table["rank"][table["task"] == ALL], strict=True)) if ranked else {}
    return sorted(arms(infos), key=lambda arm: float(mean_ranks.get(arm, len(mean_ranks) + 1)))


def _head(title: str, lines: Sequence[str], infos: Sequence[RunInfo]) -> str:
    runs = f"{counted(len(infos), 'run', 'runs')} of a HydraNet with several ways to weight its task losses"
    return f'<header>\n<h1>{escape(title)}</h1>\n<p class="lead">{runs}</p>\n{paragraphs(lines, "verdict")}\n</header>'


def _compared(infos: Sequence[RunInfo], order: Sequence[str], compute: Mapping[str, Any] | None) -> dict[str, str]:
    """What was compared, in words; where runs differ, all that there is."""
    configs = [info.config for info in infos if info.config is not None]

    def values_of(value: Any) -> str:
        return listed(list(dict.fromkeys(str(value(config)) for config in configs)), "or")

    splits = dict.fromkeys(_split(info.config.data, own=info.own_split) for info in infos if info.config is not None)

    tested = next((info.test for info in infos if info.test), None) or {}
    seeds = sorted({config.seed for config in configs})
    values = {
        "Data": f"{infos[0].dataset_name} at {values_of(lambda config: config.data.image_size)} px",
        "Split": listed(list(splits), "or"),
        "Held-out pictures": f"{tested['images']:,}" if tested.get("images") else "not tested yet",
        "Network": values_of(lambda c: c.model.backbone + _sharing(c.sharing) + _beginning(c.model)),
        "Budget": values_of(lambda c: f"{c.steps:,} steps" if c.steps else counted(c.epochs, "epoch", "epochs"))
        + f" at batch size {values_of(lambda config: config.batch_size)}",
        "Optimizer": values_of(lambda c: f"{c.optim.optimizer}, learning rate {c.optim.lr:g}, {c.optim.schedule}"),
        "Seeds": f"{len(seeds)}: {', '.join(map(str, seeds))}",
        "Strategies": _counts(infos),
        "Training time": f"{sum(info.time_s for info in infos) / 3600:.1f} hours in all",
    }
    if compute:
        names = ("device", "precision", "layout", "threads")
        values["Arithmetic"] = ", ".join(f"{name} {compute[name]}" for name in names if name in compute)
    return values


def _split(data: DataConfig, *, own: bool) -> str:
    """How the pictures were split; ``own`` says that the data set brought it."""
    if own:
        return "the data set's own" + (f", fold {data.fold}" if data.fold else "")
    return f"{100 * data.val_share:g} % validation, {100 * data.test_share:g} % test, split seed {data.split_seed}"


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
    tested: pd.DataFrame, tasks: Sequence[Task], baseline: str, against: pd.DataFrame
) -> list[tuple[Chart, bool]]:
    single = single_task_arms(tested) if len(tested) else {}
    several = sorted(arm for arm, names in tasks_by_arm(tested).items() if len(names) > 1)
    # Single tasks have a chart of their own.
    shown: Any = against[against["arm"].isin(several)] if several else against
    charts = [(comparison.difference_forest(shown, tasks, baseline), True)]
    if single and baseline != SINGLE:
        alone = differences_to(tested, SINGLE)
        charts.append((comparison.difference_forest(alone, tasks, "single-task learning"), True))
    if single:
        charts.append((comparison.delta_m_bars(delta_m(tested)), True))
    rows: Any = tested[tested["arm"].isin(several)]
    for one, other in most_opposed(rows, tasks) if several else ():
        charts.append((comparison.trade_off(pareto_front(rows, one.name, other.name), one, other, tasks=tasks), False))
    return charts


def _ranking_charts(tested: pd.DataFrame, tasks: Sequence[Task]) -> list[tuple[Chart, bool]]:
    if len(set(tested["arm"])) < 2:
        return []
    return [(comparison.rank_heat(ranks(tested), tasks), False), (comparison.best_heat(p_best(tested), tasks), False)]


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


def _settings(infos: Sequence[RunInfo], tested: pd.DataFrame, tasks: Sequence[Task]) -> list[tuple[Chart, bool]]:
    """The settings that differ beside the results, where more than the strategy does."""
    several = [info for info in infos if len(info.tasks) > 1]
    varied: Any = differences(several)
    labels = varied.attrs.get("labels", {})
    varied = varied[[name for name in varied.columns if name != "seed"]].rename(columns=labels)
    if len(varied.columns) < 2 or tested.empty:
        return []
    varied = varied.reset_index()
    varied.insert(1, "arm", [info.arm for info in several])
    return [(comparison.parallel_settings(varied, tested, tasks), True)]


def _several(runs: Sequence[ArmRun], infos: Sequence[RunInfo]) -> list[ArmRun]:
    """The runs of arms that learn several tasks: one task alone has no weights to compare."""
    wanted = {info.arm for info in infos if len(info.tasks) > 1}
    return [run for run in runs if run.arm in wanted]


def _minutes(infos: Sequence[RunInfo]) -> dict[str, float]:
    """The median training time of each arm's finished runs in minutes."""
    times = {arm: [info.time_s / 60 for info in members if info.test] for arm, members in arms(infos).items()}
    return {arm: numbers.median(minutes) for arm, minutes in times.items() if minutes}


def _baseline(infos: Sequence[RunInfo]) -> str:
    """The plain sum of several tasks, else the first arm of several tasks, else the first."""
    several = [info for info in infos if len(info.tasks) > 1] or list(infos)
    plain = [info.arm for info in several if info.strategy == "equal"]
    return (plain or [info.arm for info in several])[0]
