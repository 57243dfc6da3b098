"""Reads at a door: which way a tag went, and when not to say."""

import sys
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from controller.domain.model import Direction, Side
from controller.domain.passage import DoorPassages, Verdict
from controller.domain.trace import Trace
from drivers.observations import InputChanged, Moment, TagRead, TagReport
from tests.domain.doors import door, play
from tests.domain.physics import (
    FOUR,
    TWO,
    Antenna,
    Read,
    hear,
    parked,
    reports,
    through,
    turning,
)
from tests.domain.rooms import START, moment

Told = list[tuple[Direction, Side | None]]


def told(verdicts: list[tuple[float, Verdict]]) -> Told:
    return [(verdict.direction, verdict.side) for _, verdict in verdicts]


def walk(seed: int, *, out: bool, antennas: dict[int, Antenna] = TWO) -> list[Read]:
    chance = Random(seed)
    path = through(chance.uniform(0.5, 1.8), out=out)
    return hear(path, chance=chance, antennas=antennas)


def judged(reads: list[Read], antennas: dict[int, Antenna] = TWO) -> list[tuple[float, Verdict]]:
    return play(door(antennas), reports(reads), reads[-1].t_s + 6.0)


@pytest.mark.parametrize("antennas", [TWO, FOUR], ids=["two antennas", "four antennas"])
@pytest.mark.parametrize("out", [True, False], ids=["out", "in"])
def test_walks_get_their_direction_and_no_confident_one_is_wrong(
    out: bool, antennas: dict[int, Antenna]
) -> None:
    right = wrong_and_sure = 0
    want: Told = [(Direction.OUT, Side.OUTSIDE)] if out else [(Direction.IN, Side.INSIDE)]
    for seed in range(60):
        verdicts = judged(walk(seed, out=out, antennas=antennas), antennas)
        right += told(verdicts) == want
        wrong_and_sure += any(
            verdict.confidence >= 0.98 and (verdict.direction, verdict.side) != want[0]
            for _, verdict in verdicts
        )
    assert wrong_and_sure == 0
    assert right >= 57  # 95 %


@pytest.mark.parametrize("inside", [True, False], ids=["inside", "outside"])
def test_who_turns_back_in_the_door_has_not_passed(inside: bool) -> None:
    start = Side.INSIDE if inside else Side.OUTSIDE
    for seed in range(40):
        chance = Random(seed)
        path = turning(chance.uniform(0.5, 1.8), inside=inside, closest_m=chance.uniform(0.2, 1.0))
        verdicts = judged(hear(path, chance=chance))
        assert told(verdicts) in ([], [(Direction.TURNED_BACK, start)]), seed


@pytest.mark.parametrize("x_m", [-1.2, -0.3, 0.0, 0.4, 1.5])
def test_a_parked_tag_says_nothing_for_two_minutes_and_costs_at_most_2_kb(x_m: float) -> None:
    reads = hear(parked(x_m, 120.0), chance=Random(7), antennas=FOUR)
    passages = door(FOUR)

    assert play(passages, reports(reads), 119.0) == []
    (visit,) = passages._visits.values()
    assert _size(visit) + _size(visit.trace) <= 2048


def _size(thing: Any) -> int:
    """Its own bytes and those of what only it holds."""
    held = [getattr(thing, name) for name in thing.__slots__]
    own = [part for part in held if not isinstance(part, (Trace, Side, bool, type(None)))]
    return sys.getsizeof(thing) + sum(sys.getsizeof(part) for part in own)


def test_a_tag_out_of_the_field_costs_nothing() -> None:
    passages = door(TWO)
    reads = walk(1, out=True)

    play(passages, reports(reads), reads[-1].t_s + 30.0)

    assert passages.in_field == 0
    assert passages._left == {}


def test_a_tag_that_lingers_behind_the_door_is_judged_once_and_soon() -> None:
    waits = []
    for seed in range(20):
        chance = Random(seed)
        path = through(1.0, out=True, reach_m=1.6)
        reads = hear(path, chance=chance)
        reads += hear(parked(-1.6, 40.0), chance=chance, start_s=path[1])

        verdicts = judged(reads)

        assert told(verdicts) == [(Direction.OUT, Side.OUTSIDE)], seed
        waits.append(verdicts[0][0] - path[1] / 2)  # seconds since it was in the doorway
    assert max(waits) <= 12.0
    assert sorted(waits)[len(waits) // 2] <= 4.0


def test_the_fading_tail_of_a_passage_is_no_second_passage() -> None:
    for seed in range(30):
        chance = Random(seed)
        path = through(chance.uniform(0.5, 1.2), out=True, reach_m=4.0)
        told_of = told(judged(hear(path, chance=chance, fading_db=20.0)))
        assert told_of == [(Direction.OUT, Side.OUTSIDE)], seed


def test_who_goes_out_and_comes_back_while_still_being_read_is_reported_both_times() -> None:
    both = 0
    for seed in range(20):
        chance = Random(seed)
        out, back = through(1.0, out=True, reach_m=2.0), through(1.0, out=False, reach_m=2.0)
        reads = hear(out, chance=chance)
        reads += hear(parked(-2.0, 3.0), chance=chance, start_s=out[1])
        reads += hear(back, chance=chance, start_s=out[1] + 3.0)
        verdicts = told(judged(reads))
        assert not verdicts or verdicts[-1] != (Direction.OUT, Side.OUTSIDE), seed
        both += verdicts == [(Direction.OUT, Side.OUTSIDE), (Direction.IN, Side.INSIDE)]
    assert both >= 15


def test_a_tag_parked_at_the_door_and_then_carried_out_has_left() -> None:
    left = asked = 0
    for seed in range(20):
        chance = Random(seed)
        reads = hear(parked(1.2, 30.0), chance=chance)
        reads += hear(through(0.9, out=True, reach_m=1.2), chance=chance, start_s=30.0)
        verdicts = told(judged(reads))
        assert (Direction.IN, Side.INSIDE) not in verdicts
        left += (Direction.OUT, Side.OUTSIDE) in verdicts
        asked += (Direction.UNKNOWN, None) in verdicts
    assert left >= 16
    assert left + asked >= 19


def test_a_tag_carried_past_a_dead_side_is_a_question_that_says_so() -> None:
    reads = [read for read in walk(3, out=True) if read.antenna == 1]

    ((_, verdict),) = judged(reads)

    assert (verdict.direction, verdict.side) == (Direction.UNKNOWN, None)
    assert verdict.evidence["silent_side"] == "outside"


def test_a_tag_heard_on_one_side_only_is_a_stray_where_the_other_side_hears() -> None:
    reads = [read for read in walk(3, out=True) if read.antenna == 1]
    other = hear(parked(-0.6, 12.0), chance=Random(1), epc="E2AA")

    assert [v for _, v in judged(sorted(reads + other)) if v.epc == reads[0].epc] == []


def test_an_unbroken_beam_vetoes_a_passage_and_a_broken_one_proves_nothing() -> None:
    reads = walk(5, out=True)
    told_of = {}
    for breaks in (False, True):
        passages = DoorPassages({1: Side.INSIDE, 2: Side.OUTSIDE}, beams=(1,))
        passages.input(beam(0.0, active=False))
        if breaks:
            middle = reads[len(reads) // 2].t_s
            passages.input(beam(middle, active=True))
            passages.input(beam(middle + 0.4, active=False))
        verdicts = play(passages, reports(reads), reads[-1].t_s + 6.0)
        told_of[breaks] = max((v.confidence for _, v in verdicts if v.side), default=0.0)

    assert told_of[True] == max(v.confidence for _, v in judged(reads) if v.side)
    assert told_of[False] < 0.98


def beam(seconds: float, *, active: bool) -> InputChanged:
    return InputChanged(at=moment(seconds), device="door-north", input=1, active=active)


def test_ports_that_are_not_of_this_door_are_not_heard() -> None:
    reads = [read._replace(antenna=read.antenna + 6) for read in walk(3, out=True)]

    assert judged(reads) == []


def test_reads_without_level_or_time_do_no_harm() -> None:
    messages = [
        TagReport(
            at=message.at,
            reader=message.reader,
            reads=tuple(r._replace(rssi_dbm=None, reader_time_us=None) for r in message.reads),
        )
        for message in reports(walk(3, out=True))
    ]

    verdicts = play(door(TWO), messages, 15.0)

    assert all(verdict.confidence < 0.98 for _, verdict in verdicts)


@pytest.mark.parametrize("epoch_us", [0, 946_684_800_000_000, 4_102_444_800_000_000])
def test_the_year_on_the_readers_clock_does_not_matter(epoch_us: int) -> None:
    reads = walk(5, out=True)
    shifted = [
        TagReport(
            at=message.at,
            reader=message.reader,
            reads=tuple(
                r._replace(reader_time_us=(r.reader_time_us or 0) + epoch_us) for r in message.reads
            ),
        )
        for message in reports(reads)
    ]

    assert play(door(TWO), shifted, 15.0) == judged_until(reads, 15.0)


def judged_until(reads: list[Read], until_s: float) -> list[tuple[float, Verdict]]:
    return play(door(TWO), reports(reads), until_s)


def test_a_step_of_the_wall_clock_does_not_matter() -> None:
    reads = walk(5, out=True)
    stepped = [
        TagReport(
            at=Moment(utc=START, monotonic_s=message.at.monotonic_s),
            reader=message.reader,
            reads=message.reads,
        )
        for message in reports(reads)
    ]
    passages = door(TWO)

    verdicts = [verdict for message in stepped for verdict in passages.observe(message)]
    verdicts += passages.tick(moment(15.0))

    assert [verdict.direction for verdict in verdicts] == [Direction.OUT]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), out=st.booleans(), later=st.integers(1, 100_000))
def test_a_walk_an_hour_later_gets_the_same_verdict(seed: int, out: bool, later: int) -> None:
    reads = walk(seed, out=out)
    original = [verdict for _, verdict in judged(reads)]
    passages = door(TWO)
    moved: list[Verdict] = []
    for message in reports(reads):
        at = Moment(utc=START, monotonic_s=message.at.monotonic_s + later)
        moved += passages.observe(TagReport(at=at, reader=message.reader, reads=message.reads))
    moved += passages.tick(Moment(utc=START, monotonic_s=6000.0 + later))

    assert {v.direction for v in moved} == {v.direction for v in original}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), out=st.booleans())
def test_the_order_of_the_reads_within_a_report_changes_nothing(seed: int, out: bool) -> None:
    reads = walk(seed, out=out) + [r._replace(epc="E2AA") for r in walk(seed + 1, out=not out)]
    shuffled = [
        TagReport(
            at=message.at,
            reader=message.reader,
            reads=tuple(Random(seed).sample(message.reads, len(message.reads))),
        )
        for message in reports(reads)
    ]

    def by_tag(verdicts: list[tuple[float, Verdict]]) -> list[tuple[float, Verdict]]:
        return sorted(verdicts, key=lambda told: (told[1].epc, told[0]))

    in_order = play(door(TWO), reports(reads), 20.0)
    assert by_tag(play(door(TWO), shuffled, 20.0)) == by_tag(in_order)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    kind=st.sampled_from(["walk", "turn", "noise"]),
    thin=st.floats(0.1, 1.0),
)
def test_mirrored_sides_flip_every_verdict_and_keep_its_confidence(
    seed: int, kind: str, thin: float
) -> None:
    chance = Random(seed)
    if kind == "noise":
        reads = sorted(
            Read(chance.uniform(0.0, 6.0), "E2", chance.choice([1, 2]), chance.uniform(-75, -35))
            for _ in range(30)
        )
    else:
        way = bool(seed % 2)
        path = through(1.0, out=way) if kind == "walk" else turning(1.0, inside=way)
        reads = [read for read in hear(path, chance=chance) if chance.random() < thin]
    mirrored = {port: Antenna(x_m=-a.x_m, side=-a.side) for port, a in TWO.items()}

    straight = play(door(TWO), reports(reads), 20.0)
    flipped = play(door(mirrored), reports(reads), 20.0)

    assert [(_MIRROR[v.direction], _OTHER[v.side]) for _, v in straight] == told(flipped)
    assert [v.confidence for _, v in flipped] == pytest.approx(
        [v.confidence for _, v in straight], abs=1e-6
    )


_MIRROR = {
    Direction.IN: Direction.OUT,
    Direction.OUT: Direction.IN,
    Direction.TURNED_BACK: Direction.TURNED_BACK,
    Direction.UNKNOWN: Direction.UNKNOWN,
}
_OTHER = {Side.INSIDE: Side.OUTSIDE, Side.OUTSIDE: Side.INSIDE, None: None}


reads_at_all = st.tuples(
    st.one_of(st.floats(0.0, 60.0), st.integers(0, 60).map(float)),
    st.sampled_from(["E2", "E3"]),
    st.integers(0, 3),
    st.one_of(st.none(), st.floats(-200.0, 50.0)),
    st.one_of(st.none(), st.integers(0, 2**63)),
)


@settings(max_examples=300, deadline=None)
@given(noise=st.lists(reads_at_all, max_size=60), ticks=st.booleans())
@example(
    noise=[(0.0, "E2", 1, None, None), (4.0, "E2", 2, None, None), (14.0, "E2", 1, None, None)],
    ticks=False,
)
def test_whatever_a_reader_says_the_door_forgets_it_and_never_fails(
    noise: list[tuple[float, str, int, float | None, int | None]], ticks: bool
) -> None:
    passages = DoorPassages({1: Side.INSIDE, 2: Side.OUTSIDE})
    verdicts: list[Verdict] = []
    for t_s, epc, antenna, dbm, stamp in sorted(noise, key=lambda read: read[0]):
        read = TagRead(epc, antenna, dbm, stamp, 1)
        message = TagReport(at=moment(t_s), reader="door-north", reads=(read,))
        verdicts += passages.observe(message)
        verdicts += passages.tick(moment(t_s)) if ticks else []
    verdicts += passages.tick(moment(80.0))
    assert passages.in_field == 0
    assert all(0.0 <= verdict.confidence <= 1.0 for verdict in verdicts)


def test_silence_ends_a_visit_even_when_no_tick_tells_of_it() -> None:
    passages = door(TWO)
    first, second = walk(1, out=True), walk(2, out=True)
    late = [read._replace(t_s=read.t_s + 60.0) for read in second]

    told = [v for message in reports(first + late) for v in passages.observe(message)]
    told += passages.tick(moment(100.0))

    assert [verdict.direction for verdict in told] == [Direction.OUT, Direction.OUT]
