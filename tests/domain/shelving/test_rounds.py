"""No order of aisles moves fewer carriages than the one that is proposed."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from controller.domain.rounds import best_round, carriages_moved


@given(st.sets(st.integers(1, 12), max_size=6), st.none() | st.integers(1, 12))
def test_the_proposed_round_costs_no_more_than_any_other(
    aisles: set[int], open_aisle: int | None
) -> None:
    proposed = best_round(aisles, open_aisle)

    assert sorted(proposed) == sorted(aisles)
    cheapest = min(carriages_moved(order, open_aisle) for order in permutations(aisles))
    assert carriages_moved(proposed, open_aisle) == cheapest


def carriages_by_hand(columns: int, order: list[int]) -> int:
    """Every carriage pushed one by one: aisle a is the gap after a carriages from the left."""
    moved, at_left = 0, order[0]
    for aisle in order[1:]:
        for carriage in range(1, columns):
            moved += (carriage <= at_left) != (carriage <= aisle)
        at_left = aisle
    return moved


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_the_measure_counts_each_carriage_that_is_pushed(order: list[int]) -> None:
    assert carriages_moved(order[1:], order[0]) == carriages_by_hand(10, order)
