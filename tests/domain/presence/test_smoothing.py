"""How long silence must last before it means absence: the figures of the adaptive time-out."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.plans_presence import Mobility
from controller.domain.presence.smoothing import CYCLE_S, Heard

LONGEST_S = 300.0


def heard_for(cycles: int, chance: float, seed: int) -> tuple[Heard, int]:
    """A tag that is heard in that share of its cycles; and how often it would have been lost."""
    chances = random.Random(seed)
    heard = Heard(0.0)
    heard.read(0.0, -60.0, 0.0)
    lost = 0
    for cycle in range(1, cycles):
        now_s = cycle * CYCLE_S
        lost += cycle > 100 and now_s == heard.last_s + heard.patience_s(LONGEST_S)
        if chances.random() < chance:
            heard.read(now_s, -60.0, 0.0)
    return heard, lost


@pytest.mark.parametrize(("chance", "at_most_s"), [(0.8, 7.0), (0.4, 22.0), (0.15, 75.0)])
def test_a_tag_that_is_heard_well_is_missed_soon_and_one_heard_badly_is_given_time(
    chance: float, at_most_s: float
) -> None:
    lost = 0
    patience = []
    for seed in range(20):
        heard, losses = heard_for(2000, chance, seed)
        lost += losses
        patience.append(heard.patience_s(LONGEST_S))
    assert lost == 0
    assert sorted(patience)[10] <= at_most_s


def test_no_silence_is_waited_for_longer_than_the_site_says() -> None:
    heard, _ = heard_for(2000, 0.03, 1)
    assert heard.patience_s(LONGEST_S) == LONGEST_S
    assert heard.patience_s(60.0) == 60.0


@given(st.lists(st.floats(0.0, 100.0), min_size=1, max_size=50))
def test_reads_of_one_cycle_count_once_for_the_share_and_all_for_the_level(
    moments: list[float],
) -> None:
    once, often = Heard(0.0), Heard(0.0)
    for moment in sorted(moments):
        once.read(moment, -60.0, 0.0)
        for _ in range(3):
            often.read(moment, -60.0, 0.0)
    assert often.patience_s(LONGEST_S) == once.patience_s(LONGEST_S)
    assert often.reads == 3 * once.reads
    assert often.level_dbm == pytest.approx(-60.0)


def test_silence_of_the_reader_is_not_learnt_as_silence_of_the_tag() -> None:
    heard, _ = heard_for(1000, 0.8, 3)
    before = heard.patience_s(LONGEST_S)
    after_hours = heard.last_s + 3 * 3600.0
    heard.read(after_hours, -60.0, after_hours - 1.0)
    assert heard.patience_s(LONGEST_S) == pytest.approx(before, abs=1.0)


def test_the_advantage_a_new_place_needs_shrinks_as_the_old_one_falls_silent() -> None:
    rule = Mobility(threshold_db=6.0, hold_off_s=0.5, slope_db_per_s=8.0)
    assert rule.advantage_db(0.0) == 6.0
    assert rule.advantage_db(0.5) == 6.0
    assert math.isclose(rule.advantage_db(1.0), 2.0)
    assert rule.advantage_db(2.0) < 0
