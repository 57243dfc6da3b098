"""A thing's own climate: only where it stood, only what was measured, in whatever portions."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.domain.model import OUTSIDE
from controller.domain.preservation.ageing import preservation_index_years
from controller.domain.preservation.exposure import (
    Basis,
    Exposure,
    Gap,
    GapReason,
    Stay,
    live_through,
    within,
)
from controller.domain.preservation.limits import PRESETS
from controller.domain.preservation.rooms import HOUR, Hour, Spread, excursions, merged

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAPER = next(preset for preset in PRESETS if preset.name == "jgj25-paper")
LIMITS = {"room-1": PAPER, "room-2": PAPER}


def hour(
    number: int, temperature: float = 20.0, humidity: float = 50.0, coverage: float = 1.0,
    sensor: str = "th",
) -> Hour:  # fmt: skip
    return Hour(
        sensor=sensor,
        at=NOON + number * HOUR,
        readings=60,
        uncertain=0,
        coverage=coverage,
        temperature_c=Spread(lowest=temperature - 1, mean=temperature, highest=temperature + 1),
        relative_humidity_percent=Spread(lowest=humidity - 2, mean=humidity, highest=humidity + 2),
    )


def stay(place: str, begin: float, end: float, basis: Basis = Basis.PASSAGE) -> Stay:
    return Stay(place=place, since=NOON + begin * HOUR, until=NOON + end * HOUR, basis=basis)


def lived(stays: Sequence[Stay], rooms: dict[str, list[Hour]]) -> Exposure:
    def hours(room: str, since: datetime, until: datetime) -> list[Hour]:
        return [h for h in rooms.get(room, []) if since - HOUR < h.at < until]

    return live_through(stays, hours, LIMITS)


def test_it_lives_the_climate_of_each_room_only_while_it_stands_there() -> None:
    rooms = {
        "room-1": [hour(n, 20.0, 50.0) for n in range(48)],
        "room-2": [hour(n, 14.0, 45.0) for n in range(48)],
    }
    found = lived([stay("room-1", 0, 12), stay("room-2", 12, 24)], rooms)
    each = (preservation_index_years(20, 50), preservation_index_years(14, 45))
    assert found.twpi_years == pytest.approx(2 / (1 / each[0] + 1 / each[1]))
    assert found.coverage == 1.0
    assert found.gaps == []
    assert (found.record.temperature_c.lowest, found.record.temperature_c.highest) == (13.0, 21.0)


def test_what_is_not_known_counts_for_nothing_and_is_told() -> None:
    rooms = {"room-1": [hour(n) for n in range(6)] + [hour(n) for n in range(10, 12)]}
    found = lived(
        [
            stay("room-1", 0, 12),
            stay(OUTSIDE, 12, 20),
            stay("", 20, 21),
            stay("room-1", 21, 22, Basis.CATALOGUE),
        ],
        rooms,
    )
    assert [(gap.reason, gap.until - gap.since) for gap in found.gaps] == [
        (GapReason.NOT_MEASURED, 4 * HOUR),
        (GapReason.OUTSIDE, 8 * HOUR),
        (GapReason.PLACE_UNKNOWN, HOUR),
        (GapReason.NOT_MEASURED, HOUR),
    ]
    assert found.in_rooms_s == 13 * 3600
    assert found.observed_s == 12 * 3600
    assert found.record.known_s == 8 * 3600
    assert found.twpi_years is None  # 8 of 13 hours are too few


def test_an_excursion_counts_only_while_the_thing_stood_in_it() -> None:
    rooms = {"room-1": [hour(n, 20.0, 66.0 if 4 <= n < 10 else 50.0) for n in range(24)]}
    found = lived([stay("room-1", 0, 6.5), stay(OUTSIDE, 6.5, 24)], rooms)
    (one,) = found.excursions
    assert (one.room, one.excursion.side, one.excursion.limit) == ("room-1", "high", 60)
    assert (one.excursion.since, one.excursion.until) == (NOON + 4 * HOUR, NOON + 6.5 * HOUR)
    assert one.excursion.worst == 68.0
    assert found.beyond_s == {"relative_humidity_percent_high": 2.5 * 3600}


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(-5, 35), st.floats(10, 95), st.floats(0.02, 1)), max_size=40),
    st.sets(st.integers(1, 159), max_size=8),
)
def test_living_through_it_piece_by_piece_equals_all_at_once(
    climate: list[tuple[float, float, float]], cuts: set[int]
) -> None:
    rooms = {"room-1": [hour(n, *values) for n, values in enumerate(climate)]}
    edges = [0, *sorted(cuts), 160]
    whole = lived([stay("room-1", 0, 40)], rooms)
    pieces = lived([stay("room-1", a / 4, b / 4) for a, b in itertools.pairwise(edges)], rooms)
    assert pieces.record.known_s == pytest.approx(whole.record.known_s)
    assert pieces.record.index_years.mean == (
        None if whole.record.index_years.mean is None
        else pytest.approx(whole.record.index_years.mean)
    )  # fmt: skip
    assert pieces.record.mould.highest == pytest.approx(whole.record.mould.highest, abs=1e-9)
    assert pieces.beyond_s == pytest.approx(whole.beyond_s)
    assert pieces.gaps == whole.gaps
    assert pieces.stays == whole.stays


spans = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40), st.sampled_from(["room-1", OUTSIDE, ""])),
    max_size=12,
)


@given(spans, st.integers(0, 20), st.integers(21, 40))
def test_stays_cut_to_a_span_fill_it_without_a_break_or_an_overlap(
    given: list[tuple[int, int, str]], begin: int, end: int
) -> None:
    stays = [stay(place, min(a, b), max(a, b)) for a, b, place in sorted(given)]
    cut = list(within(stays, NOON + begin * HOUR, NOON + end * HOUR))
    assert cut[0].since == NOON + begin * HOUR
    assert cut[-1].until == NOON + end * HOUR
    for before, after in itertools.pairwise(cut):
        assert before.until == after.since


def test_a_room_is_the_mean_of_its_sensors_and_the_furthest_of_any() -> None:
    (one,) = merged({"a": [hour(0, 20.0, 50.0, 1.0, "a")], "b": [hour(0, 24.0, 40.0, 0.5, "b")]})
    assert (one.sensor, one.coverage, one.readings) == ("", 1.0, 120)
    assert one.temperature_c is not None
    assert (one.temperature_c.lowest, one.temperature_c.highest) == (19.0, 25.0)
    assert one.temperature_c.mean == pytest.approx(64 / 3)


def test_an_unknown_hour_ends_an_excursion() -> None:
    hours = [hour(n, 26.0) for n in (0, 1, 3)]
    found = excursions(hours, PAPER)
    assert [(each.since, each.seconds) for each in found] == [
        (NOON, 7200.0), (NOON + 3 * HOUR, 3600.0),
    ]  # fmt: skip
    assert {each.worst for each in found} == {27.0}


def test_nothing_at_all_is_a_gap_and_no_figure() -> None:
    found = lived(list(within([], NOON, NOON + HOUR)), {})
    assert found.gaps == [Gap(since=NOON, until=NOON + HOUR, reason=GapReason.PLACE_UNKNOWN)]
    assert (found.twpi_years, found.equivalent_lifetime, found.coverage) == (None, None, 0.0)
