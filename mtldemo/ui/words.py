"""Numbers and names as a person reads them."""

import time

from mtldemo.config import RunConfig
from mtldemo.tasks import Measure

STATE_BADGES: dict[str, tuple[str, str, str]] = {
    "queued": ("Waiting to start", "gray", ":material/hourglass_empty:"),
    "preparing": ("Getting ready", "blue", ":material/hourglass_top:"),
    "training": ("Training", "blue", ":material/play_circle:"),
    "testing": ("Testing", "violet", ":material/fact_check:"),
    "finished": ("Finished", "green", ":material/check_circle:"),
    "stopped": ("Stopped", "orange", ":material/pause_circle:"),
    "failed": ("Failed", "red", ":material/error:"),
    "crashed": ("Crashed", "red", ":material/bolt:"),
}
"""A run's state -> its words, badge colour and icon."""

LOSS_TITLES = {
    "l1": "Absolute error (L1)",
    "mse": "Squared error (MSE)",
    "huber": "Huber",
    "distribution": "Distribution over the range",
    "bce": "Cross-entropy of two classes",
    "cross_entropy": "Cross-entropy",
}

MOST_NAMED = 8
"""So many tasks are named, or shown side by side; of more there is a table."""


def loss_title(name: str) -> str:
    """A loss's name in words."""
    return LOSS_TITLES.get(name, name)


def duration(seconds: float | None) -> str:
    """``75`` -> ``1 min 15 s``; a dash where it isn't known."""
    if seconds is None or seconds < 0:
        return "—"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def since(moment: float, now: float | None = None) -> str:
    """How long ago a moment (seconds since 1970) was: ``just now``, ``5 min ago``, ``3 h ago``, ``2 days ago``; a dash
    where it isn't known, which is 0."""
    if moment <= 0:
        return "—"
    seconds = max(0.0, (time.time() if now is None else now) - moment)
    for size, unit in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''} ago"
    return "just now"


def metric_text(measure: Measure, value: float | None) -> str:
    """A recorded figure with its unit, such as ``5.80 years`` or ``92.5 %``; a dash where there is none."""
    return "—" if value is None else measure.shown(value)


def metric_change(measure: Measure, value: float | None, before: float | None) -> str | None:
    """The change since the last epoch in the measure's unit, such as ``-0.32 years`` or ``+5.0 points`` of percent;
    None where there is none."""
    if value is None or before is None:
        return None
    unit = "points" if measure.unit == "%" else measure.unit
    return f"{measure.factor * (value - before):+,.{measure.digits}f} {unit}".rstrip()


def tasks_line(config: RunConfig) -> str:
    """The titles of the tasks that a run learns, or how many they are; empty for none."""
    titles = {task.name: task.title for task in config.task_set}
    if len(config.tasks) > MOST_NAMED:
        return f"{len(config.tasks)} tasks"
    return ", ".join(titles.get(name, name) for name in config.tasks)


def training_length(config: RunConfig) -> str:
    """How long a run trains: ``10 epochs``, or ``1,500 steps`` where these take their place."""
    return count(config.steps, "step") if config.steps else count(config.epochs, "epoch")


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 run``, ``2 runs``, ``12,000 pictures``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
