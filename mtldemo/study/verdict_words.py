"""A verdict in sentences, each made of its data."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mtldemo.sentences import counted, listed
from mtldemo.study.divergence import divergence_words
from mtldemo.study.findings import Budget, Finding, LeftOut, NoFindingReason, OneNetwork, Power, Verdict
from mtldemo.study.statistics import no_single_words
from mtldemo.study.wording import amount, percent_span, span

FEW_TASKS = 5
"""Tasks that are gone through one by one; the others are counted."""
NAMED = 2
"""Losers called by name; the others are counted."""
SCOPE = (
    "The intervals are over seeds alone: on other pictures, with another budget or other settings the order may be "
    "another."
)
_SILENCES: dict[NoFindingReason, str] = {
    "incomparable": "These runs can't be compared, so there is no verdict",
    "untested": "No run has been tested yet, so there is nothing to compare",
    "one seed": "Nothing can be concluded from one seed: add seeds, three at least, to see what chance does",
    "baseline diverged": "nothing is said of better or worse: the baseline, {base}, diverged in every seed",
    "baseline untested": "nothing is said of better or worse: the baseline, {base}, has no run that was tested",
    "baseline alone": "there is nothing to compare {base} with: add a strategy",
    "no pairs": "nothing can be concluded: no strategy shares two seeds with {base}; add seeds",
}
_WITHOUT_BUDGET = ("incomparable", "untested", "one seed")


@dataclass(frozen=True)
class Clause:
    """What the headline says of one thing. ``named``: it begins with an arm's name, which stays as it is written."""

    text: str
    named: bool = False

    @property
    def line(self) -> str:
        """The clause as a sentence of its own."""
        return f"{self.text if self.named else self.text[0].upper() + self.text[1:]}."


@dataclass(frozen=True)
class Headline:
    """The first sentence in its parts: the ``budget`` that it speaks of (or empty), and its clauses, task by task."""

    budget: str
    clauses: tuple[Clause, ...]

    @property
    def sentence(self) -> str:
        """The whole."""
        text = "; ".join(clause.text for clause in self.clauses)
        return f"{self.budget}, {text}." if self.budget else f"{text}."


def verdict_sentences(verdict: Verdict) -> list[str]:
    """All that a verdict says, the headline first."""
    return [headline(verdict).sentence, *what_else(verdict)]


def headline(verdict: Verdict) -> Headline:
    """What is said first."""
    base, silence = baseline_words(verdict), verdict.silence
    if silence is None:
        return Headline(budget_words(verdict.budget), tuple(_clauses(verdict, base)))
    text = _SILENCES[silence].format(base=base)
    if silence == "untested" and verdict.lost:
        text = "Every run that ended has diverged, so there is nothing to compare"
    if silence == "one seed" and verdict.underway is not None and verdict.underway.seeds > 1:
        text = verdict.underway.headline.removesuffix(".")
    return Headline("" if silence in _WITHOUT_BUDGET else budget_words(verdict.budget), (Clause(text),))


def what_else(verdict: Verdict) -> list[str]:
    """What there is to say beneath the headline: what nearly was, what can't be known, what the figures don't hold."""
    if verdict.silence == "incomparable":
        return list(verdict.remarks)
    diverged, left_out = divergence_words(verdict.lost), _left_out(verdict.left_out)
    if verdict.silence in _WITHOUT_BUDGET:
        return [*diverged, *left_out]
    base, more, called = baseline_words(verdict), [], functools.partial(_title, verdict)
    decided = [task for task in verdict.tasks if verdict.of("worse", task) or verdict.of("alone", task)]
    for task in decided[:FEW_TASKS]:
        worse, near = verdict.of("worse", task), verdict.of("alone", task)
        if worse:
            more.append(f"Worse than {base} on {called(task)}: {_several(worse)}.")
        if near:
            more.append(
                f"Looked at alone, these would count as better on {called(task)}, but among {near[0].among} strategies "
                f"that isn't enough: {_several(near)}."
            )
    if len(decided) > FEW_TASKS:
        others = counted(len(decided) - FEW_TASKS, "other task", "other tasks")
        more.append(f"Strategies are worse than {base}, or nearly better, on {others}, too; the table has them.")
    more += [_power(verdict.power, called)] if verdict.power else []
    more += [_one_network(verdict.one_network, called)] if verdict.one_network else []
    return [*diverged, *more, *_uneven(verdict), *left_out, SCOPE]


def baseline_words(verdict: Verdict) -> str:
    """What a sentence calls the baseline."""
    return "the plain sum" if verdict.plain_sum else verdict.baseline


def budget_words(budget: Budget) -> str:
    """``On this budget (UTKFace at 48 px, 5 epochs, 3 seeds)``."""
    facts = [budget.dataset + (f" at {budget.image_size} px" if budget.image_size else "")] if budget.dataset else []
    if budget.steps:
        facts.append(f"{budget.steps:,} steps")
    elif budget.epochs:
        facts.append(counted(budget.epochs, "epoch", "epochs"))
    elif budget.equal_time:
        facts.append("equal time")
    return f"On this budget ({', '.join([*facts, f'{budget.seeds} seeds'])})"


def _title(verdict: Verdict, task: str) -> str:
    """What a sentence calls a task."""
    return verdict.titles.get(task, task)


def _clauses(verdict: Verdict, base: str) -> list[Clause]:
    clauses, called = [], functools.partial(_title, verdict)
    won = [task for task in verdict.tasks if verdict.of("better", task)]
    for task in won[:FEW_TASKS]:
        winners, what = verdict.of("better", task), f"{base} on {called(task)}"
        if len(winners) == 1:
            clauses.append(Clause(f"{winners[0].arm} beats {what} by {_size(winners[0])}", named=True))
        elif winners:
            clauses.append(Clause(f"{len(winners)} strategies beat {what}, such as {_by(winners[0])}"))
    if len(won) > FEW_TASKS:
        others = counted(len(won) - FEW_TASKS, "other task", "other tasks")
        clauses.append(Clause(f"a strategy beats {base} on {others}, too"))
    unclear = [called(task) for task in verdict.open]
    if unclear and clauses:
        clauses.append(Clause(f"no strategy is better on {_few(unclear, 'or')} than chance allows"))
    elif unclear:
        clauses.append(Clause(f"no strategy beats {base} on {_few(unclear, 'or')} by more than chance allows"))
    return clauses


def _few(tasks: Sequence[str], word: str = "and") -> str:
    """The tasks, or what is said of each; of many the first, and how many more there are."""
    more = len(tasks) - FEW_TASKS
    names = [*tasks[:FEW_TASKS], counted(more, "other task", "other tasks")] if more > 1 else list(tasks)
    return listed(names, word)


def _size(finding: Finding) -> str:
    """``0.61 to 0.90 years``, without a sign."""
    factor = finding.measure.factor
    return f"{span(factor * finding.low, factor * finding.high)} {finding.unit}".rstrip()


def _by(finding: Finding) -> str:
    """``uncertainty by 0.61 to 0.90 years``."""
    return f"{finding.arm} by {_size(finding)}"


def _several(findings: Sequence[Finding]) -> str:
    first, rest = [_by(finding) for finding in findings[:NAMED]], len(findings) - NAMED
    return listed([*first, f"{rest} more"] if rest > 0 else first)


def _power(power: Power, called: Callable[[str], str]) -> str:
    if not power.needed and not power.blind:
        return f"With {power.seeds} seeds each, the runs came out the same."
    tasks: dict[str, list[str]] = {}
    for task, needed, measure in power.needed:
        size = f"{amount(measure.factor * needed)} {measure.difference_unit}".rstrip()
        tasks.setdefault(size, []).append(called(task))
    sizes = [f"{size} on {_few(names)}" for size, names in tasks.items()]
    if len(sizes) > FEW_TASKS:
        others = sum(len(names) for names in list(tasks.values())[FEW_TASKS:])
        sizes = [*sizes[:FEW_TASKS], counted(others, "other task", "other tasks")]
    parts = [f"a difference had to be about {listed(sizes)} to show"] if sizes else []
    if power.blind:
        blind = _few([called(task) for task in power.blind], "or")
        parts.append(f"on {blind} not even the largest that there can be would have shown")
    return (
        f"That isn't proof that they are equal: with {power.seeds} seeds and {counted(power.arms)} to tell apart, "
        f"{'; '.join(parts)}."
    )


def _one_network(gain: OneNetwork, called: Callable[[str], str]) -> str:
    unknown = "Whether one network for all tasks is worth it isn't known"
    if gain.unknown == "missing":
        return f"{unknown}. {no_single_words([called(task) for task in gain.missing], gain.diverged)}"
    if gain.unknown == "seeds":
        return f"{unknown}: too few seeds have single-task runs."
    if gain.unknown == "lost":
        return f"{unknown}: every strategy has seeds that diverged."
    if gain.better:
        others = gain.arms_better - 1
        too = f"; {counted(others, 'other strategy does', 'other strategies do')}, too" if others > 0 else ""
        return (
            f"One network for all tasks beats one network a task with {gain.best}: its metrics are on average "
            f"{_relative(gain.low, gain.high)} % better (delta-m){too}."
        )
    if gain.better is False:
        who = gain.best if gain.arms == 1 else f"every strategy, with {gain.best} least:"
        return (
            f"One network for all tasks is worse than one network a task with {who} by "
            f"{_relative(-gain.high, -gain.low)} % on average (delta-m)."
        )
    worse = counted(gain.arms_worse, "strategy is", "strategies are")
    losing = f"; {worse} worse by more than chance allows" if gain.arms_worse else ""
    if gain.low < -100 and gain.high > 100:
        how = f"too few seeds tell how {gain.best}, the best, compares"
    else:
        how = f"the best, {gain.best}, is between {percent_span(gain.low, gain.high)} on average (delta-m)"
    return f"Whether one network for all tasks beats one network a task is open: {how}{losing}."


def _relative(low: float, high: float) -> str:
    """``6.06 to 6.44``; beyond 100 %, where what a gain is relative to is small, without a figure."""
    if high <= 100:
        return span(low, high)
    return "more than 100" if low >= 100 else f"{low:.0f} to more than 100"


def _left_out(left_out: LeftOut) -> list[str]:
    lines = []
    if left_out.states:
        states = listed([f"{count} {state}" for state, count in left_out.states])
        waiting = sum(count for _, count in left_out.states)
        what = counted(waiting, "run has no test result and is", "runs have no test result and are")
        lines.append(f"{what} left out ({states}).")
    if left_out.broken:
        what = counted(left_out.broken, "run can't be read and is", "runs can't be read and are")
        lines.append(f"{what} left out.")
    return lines + [f"On the data: {notice}" for notice in left_out.notices]


def _uneven(verdict: Verdict) -> list[str]:
    """Arms with fewer seeds than the others."""
    fewer = [f"{arm} ({seeds})" for arm, seeds in verdict.fewer]
    if not fewer:
        return []
    names = [*fewer[:3], f"{len(fewer) - 3} more"] if len(fewer) > 3 else fewer
    return [
        f"Not all strategies have {verdict.budget.seeds} seeds, and those with fewer have wider intervals: "
        f"{listed(names)}."
    ]
