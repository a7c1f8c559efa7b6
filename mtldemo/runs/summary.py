"""A run at a glance: its latest figures, found without reading every step."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtldemo.runs import metrics
from mtldemo.runs.status import Status


@dataclass(frozen=True)
class Summary:
    """A run at a glance. ``last`` and ``best`` are epoch records, ``test`` the test record, each as read from the
    metrics file or ``None``; ``time`` is seconds of training up to the latest of them, ``damaged`` counts lines that
    are no records."""

    status: Status
    last: dict[str, Any] | None = None
    best: dict[str, Any] | None = None
    test: dict[str, Any] | None = None
    time: float = 0.0
    damaged: int = 0

    @property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """Metrics by task: of the test split where it was measured, else of the best epoch's validation split."""
        record = self.test or self.best or self.last or {}
        return record.get("metrics", {})

    @property
    def split(self) -> str:
        """Where ``metrics`` come from: ``test``, ``val`` or an empty text."""
        return "test" if self.test else "val" if self.last else ""


def summarised(metrics_file: Path, status: Status) -> Summary:
    """The summary of the records in ``metrics_file``. Raises ``MtlDemoError`` where that can't be read."""
    last = best = test = None
    damaged = 0
    for line in metrics.rare_lines(metrics_file):
        record = metrics.parsed(line)
        if record is None:
            damaged += 1
        elif record["kind"] == "epoch":
            last = record
            best = record if record.get("best") else best
        elif record["kind"] == "test":
            test = record
    latest = test or last or {}
    return Summary(status, last, best, test, float(latest.get("time") or 0.0), damaged)
