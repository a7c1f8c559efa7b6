"""The model card: what a model is, what it was trained on, how good it is and for whom, and what it is not for.

After Mitchell et al., Model Cards for Model Reporting, FAT* 2019.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mtldemo.config import RunConfig, to_dict
from mtldemo.data import report
from mtldemo.data.dataset import Dataset
from mtldemo.data.duplicates import quarrel_column
from mtldemo.data.source import SYNTHETIC
from mtldemo.files import write_atomic
from mtldemo.json_text import strict_json
from mtldemo.model.sharing_words import sharing_title
from mtldemo.predict.card_tables import figure_text, measured_tables
from mtldemo.predict.domain import DRAWINGS, PHOTOGRAPHS, Domain
from mtldemo.predict.measure import Measured
from mtldemo.predict.models import notice
from mtldemo.predict.predictor import Predictor
from mtldemo.predict.release import Release
from mtldemo.sentences import listed
from mtldemo.tasks import REGRESSION, Task
from mtldemo.titles import without_paths

VIEWS_IN_WORDS = {
    1: "Each {item} is asked about once",
    2: "Each {item} and its mirror image are asked about and the answers averaged",
    4: "Each {item} is asked about in four views, also mirrored, closer and further away, and the answers averaged",
}

UTKFACE_TERMS = (
    "UTKFace (Zhang, Song and Qi, CVPR 2017) is for non-commercial research only; its pictures belong to their owners "
    "and are not passed on here. These weights carry the same term: **non-commercial research use only**. The age "
    "labels are the estimates of the DEX algorithm, checked by one person, not true ages; gender has two codes and "
    "ethnicity five because the data set has."
)
MOST_NAMED = 12
"""Tasks that are named one by one; of more it is said how many."""
UNKNOWN_TERMS = "The data set's licence isn't known to this program: look it up before passing the weights on."
LIMITATIONS_OF_DRAWINGS = (
    "Trained on portraits that a program drew: the gender code is a neckline and a pin, the ethnicity code a "
    "background's pattern and hue. The names of the classes mean no more than that.",
    DRAWINGS.warning(PHOTOGRAPHS),
)
LIMITATIONS = (
    "Trained on frontal, aligned faces, most of them of adults and of people who are often photographed: expect more "
    "errors for turned, covered, blurred or small faces, and for the groups with few pictures above.",
    "Group errors differ, as the tables show; an average says little about one person.",
    "The interval covers its share of people like those of the data set, not of every group (see the column "
    "*in interval*) and not of other cameras.",
    "It recognises nobody, and it has no use in decisions about people, in surveillance, or in checking an age by law.",
)


LIMITATIONS_OF_WHOLES = (
    "It answers about every picture, also about one that shows nothing like its data set's: it has no answer for "
    "*none of these*.",
    "It sees the middle square of a picture, made as small as its training pictures: what lies outside or is tiny is "
    "not seen.",
    "Trained on the pictures of one data set: expect more errors for other cameras, light and backgrounds, and for the "
    "groups with few pictures above.",
    "Group errors differ, as the tables show; an average says little about one picture.",
)
LIMITATION_OF_INTERVALS = (
    "An interval covers its share of pictures like those of the data set, not of every group and not of others."
)


def model_limitations(domain: Domain, tasks: Sequence[Task] = ()) -> tuple[str, ...]:
    """What a model that learned from pictures of that kind isn't good for."""
    if domain.faces:
        return LIMITATIONS_OF_DRAWINGS if domain == DRAWINGS else LIMITATIONS
    numbers = any(task.kind == REGRESSION for task in tasks)
    return (*LIMITATIONS_OF_WHOLES, *([LIMITATION_OF_INTERVALS] if numbers else []))


def terms(dataset: Dataset) -> str:
    """What may be done with weights trained on ``dataset``, in words."""
    if dataset.source == SYNTHETIC:
        return dataset.drawn_notice
    return UTKFACE_TERMS if "utkface" in dataset.name.lower() else UNKNOWN_TERMS


def card(shipped: Release, dataset: Dataset, *, command: str, size: int) -> str:
    """The card in Markdown. ``command`` (lines) trained and finished the model; ``size`` is the file's in bytes."""
    predictor, measured = shipped.predictor, shipped.measured
    parts = [
        f"# Model card: {predictor.name}",
        f"A HydraNet: one {_network(predictor.config)} looks at a {predictor.domain.item} of "
        f"{predictor.image_size} x {predictor.image_size} pixels, and a head each answers "
        f"{listed([task.name for task in predictor.tasks], most=MOST_NAMED)}. "
        f"{_parameters(predictor)} million parameters, {size / 1e6:.1f} MB"
        f"{' in half precision' if shipped.halved else ''}. {notice([predictor.domain])}",
        "## Terms\n\n" + terms(dataset),
        "## Data\n\n" + _data(dataset),
        "## Measured\n\n" + measured_tables(measured, predictor.tasks),
        "## Calibration\n\n" + _calibration(predictor, measured),
        "## How it was made\n\n" + _recipe(shipped, command),
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in model_limitations(predictor.domain, predictor.tasks)),
    ]
    return "\n\n".join(parts) + "\n"


def _network(config: RunConfig) -> str:
    sharing = sharing_title(config.sharing)
    return config.model.backbone + (f" ({sharing})" if sharing else "")


def write(text: str, target: Path) -> None:
    """Write a card. Raises ``MtlDemoError`` where the disk refuses."""
    write_atomic(target, text.encode(), durable=True)


def _data(dataset: Dataset) -> str:
    summary = report.dataset_summary(dataset)
    alike = summary["duplicates"]["alike"]
    rejected = sum(summary["rejected"].values())
    splits = ", ".join(f"{count:,} {name}" for name, count in summary["splits"].items())
    notices = "".join(
        f"{notice} " for notice in (dataset.note, dataset.copies_notice, dataset.changes_notice) if notice
    )
    return (
        f"{dataset.name}: {summary['pictures']:,} pictures used, {rejected:,} files rejected for unreadable names or "
        f"pictures, {sum(summary['repaired'].values()):,} read after a repair of their name; content key "
        f"`{dataset.key}`. "
        f"{notices}{alike['groups']:,} groups of identical or nearly identical pictures ({alike['pictures']:,} "
        f"pictures) were found; {_disagreements(alike, dataset.tasks)}. {_division(dataset)}: {splits}. "
        f"Validation chose the epoch, the mirrored picture, the precision and the "
        "calibration; test chose nothing, and is for the tables below."
    )


def _disagreements(alike: Mapping[str, Any], tasks: Sequence[Task]) -> str:
    """On which tasks groups of ``alike`` pictures disagree, in words."""
    parts = []
    for task in tasks:
        if count := alike[f"{task.name}_disagrees"]:
            spread = (
                f", by up to {alike[quarrel_column(task)]:g} {task.unit}".rstrip() if task.kind == REGRESSION else ""
            )
            parts.append(f"{count:,}{'' if parts else ' of them disagree'} on {task.in_sentence}{spread}")
    return listed(parts, most=MOST_NAMED) if parts else "none of them disagree"


def _division(dataset: Dataset) -> str:
    """What the split does with a group."""
    if dataset.own_split:
        return dataset.split_notice.rstrip(".")
    return "A group is never divided by the split"


def _calibration(predictor: Predictor, measured: Measured) -> str:
    lines = []
    for task in predictor.tasks:
        interval, confidence = predictor.usage.intervals.get(task.name), predictor.usage.confidences.get(task.name)
        if interval is not None:
            inside = measured.groups[0].covered.get(task.name)
            held = f"; on {measured.split} it holds {figure_text(inside)}" if inside else ""
            lines.append(
                f"- **{task.title}**: the interval is made to hold {100 * interval.nominal:.0f} % of the labels, by "
                f"conformal prediction on {interval.count:,} validation pictures{held}."
            )
        if confidence is not None:
            sure = measured.sure.get(task.name, {})
            answered, right = sure.get("answered", 0.0), sure.get("right", 0.0)
            those = f"{100 * answered:.1f} % are answered, of which {100 * right:.1f} % are right"
            lines.append(
                f"- **{task.title}**: temperature {confidence.temperature:.2f}; calibration error "
                f"{100 * confidence.error_before:.1f} % before and {100 * confidence.error_after:.1f} % after on "
                f"validation, {100 * sure.get('error', 0):.1f} % on {measured.split}. *Not sure* below "
                f"{100 * confidence.threshold:.0f} %: {those if answered else 'none is answered'}."
            )
    return "\n".join(lines)


def _recipe(shipped: Release, command: str) -> str:
    predictor = shipped.predictor
    changes = ", ".join(f"{name} {100 * change:+.2f} %" for name, change in shipped.gains.items())
    config = to_dict(without_paths(predictor.config))
    commands = "".join(f"    {line}\n" for line in command.splitlines())
    return (
        f"{commands}\n"
        f"{VIEWS_IN_WORDS[predictor.usage.views].format(item=predictor.domain.item)}; "
        f"weights are kept in {'half' if shipped.halved else 'single'} precision. Change of the validation loss (log "
        f"loss of classes, ranked probability score of numbers) by each, the mean over the tasks: {changes}. "
        f"Pixels are "
        f"divided by 255, then normalised to mean "
        f"{_rounded(predictor.mean)} and spread {_rounded(predictor.std)}.\n\n"
        f"```json\n{strict_json(config, indent=1)}\n```"
    )


def _rounded(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.4f}" for value in values)


def _parameters(predictor: Predictor) -> str:
    return f"{sum(parameter.numel() for parameter in predictor.network.parameters()) / 1e6:.1f}"
