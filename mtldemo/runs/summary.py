"""A run at a glance: its latest figures, found without reading every step."""

from dataclasses import dataclass
from typing import Any

from mtldemo.runs.metrics_scan import Scan
from mtldemo.runs.status import Status


@dataclass(frozen=True)
class Summary:
    """A run at a glance: its ``status``, and what a ``scan`` of its metrics file says."""

    status: Status
    scan: Scan

    @property
    def test(self) -> dict[str, Any] | None:
        """The test's record."""
        return self.scan.test

    @property
    def last(self) -> dict[str, Any] | None:
        """The last epoch's record."""
        return self.scan.last

    @property
    def time(self) -> float:
        """Seconds of training up to the last epoch or test."""
        return self.scan.seconds

    @property
    def damaged(self) -> int:
        """Lines that are no records."""
        return self.scan.skipped

    @property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """Metrics by task: of the test split where it was measured, else of the best epoch's validation split."""
        record = self.scan.test or self.scan.best or self.scan.last or {}
        return record.get("metrics", {})

    @property
    def split(self) -> str:
        """Where ``metrics`` come from: ``test``, ``val`` or an empty text."""
        return "test" if self.scan.test else "val" if self.scan.last else ""
