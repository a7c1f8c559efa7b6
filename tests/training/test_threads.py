"""Fewer threads while other programs are busy, and the same ones again when a run is resumed."""

import pytest

from mtldemo import cores
from mtldemo.training import threads
from mtldemo.training.compute import ResolvedCompute
from mtldemo.training.threads import ThreadControl

TWO = ResolvedCompute(threads=2, overlap=True, adapts=True)


class Machine:
    """A machine of two cores on which a step takes a second; ``others`` are the cores that are busy in each step."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, others: list[float]) -> None:
        monkeypatch.setattr(cores, "physical", lambda: 2)
        self.others, self.step = others, 0

    def busy(self) -> float:
        return self.others[self.step - 1]

    def changes(self, compute: ResolvedCompute, first: int = 1) -> tuple[list[tuple[int, int]], list[int]]:
        control = ThreadControl(compute, busy=self.busy, clock=lambda: float(self.step))
        found: list[tuple[int, int]] = []
        counts: list[int] = []
        for number in range(first, len(self.others) + 1):
            self.step = number
            found += [(number, control.threads)] if control.before(number) else []
            counts.append(control.threads)
        return found, counts


def test_a_busy_core_is_left_at_once_and_taken_again_once_it_is_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, [0, 1, 1, 0.3, 0, 0, 0, 0.2])
    changes, counts = machine.changes(TWO)
    assert changes == [(2, 1), (6, 2)]
    assert counts == [2, 1, 1, 1, 1, 2, 2, 2]


def test_a_run_that_begins_on_a_busy_machine_begins_with_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Machine(monkeypatch, [2.0, 2.0]).changes(TWO) == ([(1, 1)], [1, 1])


def test_a_machine_that_is_always_calm_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Machine(monkeypatch, [0.3] * 4).changes(TWO) == ([], [2, 2, 2, 2])


def test_a_resumed_run_repeats_what_is_written_whatever_the_machine_does(monkeypatch: pytest.MonkeyPatch) -> None:
    first, counts = Machine(monkeypatch, [0, 1, 1, 0.3, 0, 0, 0, 0]).changes(TWO)
    written = TWO
    for change in first:
        written = written.changed(*change)
    again, repeated = Machine(monkeypatch, [2.0] * 8).changes(written, first=3)
    assert repeated[:4] == counts[2:6]
    assert again == [(7, 1)]  # the last step that is written is over


@pytest.mark.parametrize("compute", [ResolvedCompute(threads=2), ResolvedCompute(threads=1, overlap=True)])
def test_a_number_that_is_fixed_stays(monkeypatch: pytest.MonkeyPatch, compute: ResolvedCompute) -> None:
    machine = Machine(monkeypatch, [2.0] * 4)
    assert machine.changes(compute) == ([], [compute.threads] * 4)


def test_the_machine_is_not_looked_at_before_each_short_step(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    now = iter([0.0, 0.1, 0.2, threads.LOOK_EVERY, threads.LOOK_EVERY + 0.1])
    control = ThreadControl(TWO, busy=lambda: looks.append(1) or 0.0, clock=lambda: next(now))
    for step in range(1, 6):
        control.before(step)
    assert len(looks) == 2
