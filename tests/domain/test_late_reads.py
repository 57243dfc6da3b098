"""Reads that a reader held while nobody was connected decide nothing about now."""

from dataclasses import replace

from drivers.observations import TagRead
from tests.domain.rooms import Room, epc, report, straight_walk


def passages(room: Room, *, late: bool) -> int:
    decisions = []
    for t, antenna, dbm in sorted(straight_walk()):
        told = report(t, [TagRead(epc(1), antenna, dbm, None, 1)])
        decisions += [room.tell(replace(told, late=late)), room.tick(t)]
    decisions.append(room.tick(60.0))
    return sum(len(decision.events) for decision in decisions)


def test_a_walk_heard_late_is_no_passage_now() -> None:
    assert passages(Room(), late=False) > 0
    assert passages(Room(), late=True) == 0
