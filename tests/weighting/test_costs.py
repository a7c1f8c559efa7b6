import pytest

from mtldemo.weighting import STRATEGIES, GradientMerge, GradientStrategy, LossStrategy, strategy_named
from mtldemo.weighting.base import LOSSES_AFTER
from mtldemo.weighting.costs import Cost, kind, places, relative_cost


def test_strategies_by_losses_cost_nothing_but_a_forward_pass_they_ask_for() -> None:
    for strategy in STRATEGIES:
        if issubclass(strategy, LossStrategy):
            more = relative_cost(strategy).time > 1
            assert more == (LOSSES_AFTER in strategy.needs)
            assert places(strategy) == ()


def test_gradients_cost_less_the_nearer_they_are_to_the_heads_and_more_with_more_tasks() -> None:
    for strategy in STRATEGIES:
        for what in ("time", "memory"):
            figures = [getattr(relative_cost(strategy, place), what) for place in places(strategy)]
            assert figures == sorted(figures, reverse=True)
        for place in places(strategy):
            assert relative_cost(strategy, place, tasks=1).time == 1
            assert relative_cost(strategy, place, tasks=5).time > relative_cost(strategy, place, tasks=2).time > 1


def test_each_strategy_has_a_kind_and_places_that_suit_it() -> None:
    for strategy in STRATEGIES:
        base, least = {
            "losses": (LossStrategy, 0),
            "gradients": (GradientStrategy, 3),
            "merge": (GradientMerge, 1),
        }[kind(strategy)]
        assert issubclass(strategy, base)
        assert len(places(strategy)) >= least


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (Cost(1.0, 1.02), "about the same as a plain step"),
        (Cost(2.28, 1.32), "about 2.3 x the time and 1.3 x the memory of a plain step"),
    ],
)
def test_a_cost_is_told_in_words(cost: Cost, words: str) -> None:
    assert cost.words == words


def test_famo_costs_a_third_more() -> None:
    assert relative_cost(strategy_named("famo")).time == pytest.approx(1.33)
