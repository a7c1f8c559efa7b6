"""About this model, folded: what it is, how good and for whom, how sure, and what it is not for.

It comes from the card beside the model's file, or, for a run, from what the run has recorded.
"""

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from mtldemo.config import RunConfig
from mtldemo.errors import MtlDemoError
from mtldemo.predict.domain import DRAWINGS, domain_of_run
from mtldemo.predict.models import ModelChoice, notice
from mtldemo.predict.usage import read_beside
from mtldemo.runs import RunFolder
from mtldemo.sentences import listed
from mtldemo.study.info import dataset_name
from mtldemo.ui.arm_titles import method_title, network_title
from mtldemo.ui.by_group import by_group, has_groups
from mtldemo.ui.card_text import ABOUT, CALIBRATION, ERRORS, LIMITS, of_card, written
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import in_words
from mtldemo.ui.words import metric_text, training_length


def model_card(choice: ModelChoice, *, key: str = "model_card") -> None:
    """Draw the folded card of ``choice``; nothing is read before it is opened."""
    folded = st.expander("About this model", icon=":material/badge:", key=f"{key}.open", on_change="rerun")
    if not folded.open:
        return
    with folded, in_words():
        parts, run = card_parts(choice), _run_without_card(choice)
        for tab, (title, text) in zip(st.tabs(list(parts), key=f"{key}.part"), parts.items(), strict=True):
            with tab:
                written(text, f"{key}.table.{choice.key}")
                if title == ERRORS and run is not None and has_groups(run):
                    by_group(run)


def card_parts(choice: ModelChoice) -> dict[str, str]:
    """The card in Markdown by the title of its part. Raises ``MtlDemoError`` where it can't be read."""
    beside = choice.path.with_suffix(".md")
    if beside.is_file():
        return of_card(_text(beside))
    run = _run_without_card(choice)
    if run is not None:
        return of_run(run, choice.key)
    return {ABOUT: f"There is no card beside {plain(choice.path.name)}. {notice([choice.domain])}"}


def _run_without_card(choice: ModelChoice) -> RunFolder | None:
    run = RunFolder(choice.path.parent)
    has_run = (run.path / "config.json").is_file() and not choice.path.with_suffix(".md").is_file()
    return run if has_run else None


def of_run(run: RunFolder, key: str) -> dict[str, str]:
    """The same of what a run has recorded; ``key`` is what the command line calls its model."""
    from mtldemo.predict import card

    config, summary = run.config(), run.summary()
    domain, name = domain_of_run(config, run.model_file), dataset_name(config.data).lower()
    terms = card.UTKFACE_TERMS if "utkface" in name else card.UNKNOWN_TERMS
    limits = ["\n".join(f"- {limit}" for limit in card.model_limitations(domain, config.learned_tasks()))]
    if domain != DRAWINGS:
        limits.insert(0, terms)
    return {
        ABOUT: _about(run, config),
        ERRORS: _errors(summary.metrics, summary.split, config),
        CALIBRATION: _calibration(run, config, key),
        LIMITS: "\n\n".join(limits),
    }


def _about(run: RunFolder, config: RunConfig) -> str:
    domain, weighting = domain_of_run(config, run.model_file), method_title(config.weighting.strategy)
    learned = domain.many if domain == DRAWINGS else dataset_name(config.data)
    size, network = config.data.image_size, network_title(config)
    return (
        f"**{plain(run.name)}**, one of your runs: a {plain(network)} looks at a {domain.item} of {size} x "
        f"{size} pixels, and a "
        f"head each answers {plain(listed(config.tasks, most=12))}. It learned {training_length(config)} from "
        f"{plain(learned)}, weighted by {plain(weighting)}, seed {config.seed}. The weights are those of its best "
        f"epoch. {notice([domain])}"
    )


def _errors(metrics: Mapping[str, Mapping[str, Any]], split: str, config: RunConfig) -> str:
    if not metrics:
        return "Nothing has been measured yet: its first epoch hasn't ended."
    where = {"test": "the held-out test pictures", "val": "the validation pictures, which chose its best epoch"}[split]
    lines = [f"On {where}:", "", "| Task | Measure | Value |", "|---|---|---:|"]
    tasks = [task for task in config.learned_tasks() if task.name in metrics]
    for task in tasks:
        for measure in (measure for name, measure in task.measures.items() if name in metrics[task.name]):
            value = metric_text(measure, metrics[task.name][measure.name])
            lines.append(f"| {task.title} | {measure.title} | {value} |")
    groups = [row for task in tasks for row in _by_class(task.title, task.classes, metrics[task.name])]
    if groups:
        lines += ["", "| True class | Pictures | Right |", "|---|---:|---:|", *groups]
    return "\n".join(lines)


def _by_class(title: str, classes: Iterable[str], metrics: Mapping[str, Any]) -> list[str]:
    rows = []
    for number, (name, row) in enumerate(zip(classes, metrics.get("confusion") or (), strict=False)):
        total = sum(row)
        right = f"{100 * row[number] / total:.1f} %" if total else "—"
        rows.append(f"| {title}: {name} | {total:,} | {right} |")
    return rows


def _calibration(run: RunFolder, config: RunConfig, key: str) -> str:
    usage = read_beside(run.model_file)
    if usage is not None and usage.lapsed:
        return usage.lapsed
    if usage is None or not usage.calibrated:
        return (
            "This model isn't calibrated: nobody has checked yet how often it is right when it says 90 %. So its "
            "numbers have no interval, and it never says *not sure*. This command checks it on the validation "
            "pictures:\n\n"
            f"    python -m mtldemo model {shlex.quote(key)}"
        )
    lines = []
    for task in config.learned_tasks():
        interval, confidence = usage.intervals.get(task.name), usage.confidences.get(task.name)
        if interval is not None:
            lines.append(
                f"- **{task.title}**: the interval is made to hold {100 * interval.nominal:.0f} % of the labels, by "
                f"conformal prediction on {interval.count:,} validation pictures."
            )
        if confidence is not None:
            lines.append(
                f"- **{task.title}**: *not sure* below {100 * confidence.threshold:.0f} %; calibration error "
                f"{100 * confidence.error_before:.1f} % before and {100 * confidence.error_after:.1f} % after "
                f"calibration (temperature {confidence.temperature:.2f})."
            )
    return "\n".join(lines)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise MtlDemoError(
            f"The card {file.name} can't be read; make it again with python -m mtldemo model."
        ) from error
