"""Arrivals and departures beside doors, through the one door into the domain."""

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.domain.events import Event, PassageDetected
from controller.domain.events_presence import TagArrived, TagDeparted
from controller.domain.plans_presence import ListenerKind, ListenerPlan
from controller.domain.presence.tracker import PASSED_S
from drivers.observations import DeviceBack, DeviceLost, TagRead
from tests.domain.rooms import Room, epc, events_of, moment, report, straight_walk

ZONE = ListenerPlan(
    id="zone-east", kind=ListenerKind.ZONE, room="room-1", spots={}, elsewhere="zone-east"
)
WEST = ListenerPlan(
    id="zone-west", kind=ListenerKind.ZONE, room="room-1", spots={}, elsewhere="zone-west"
)
SHELF = ListenerPlan(
    id="shelf-a",
    kind=ListenerKind.SHELF,
    room="room-1",
    spots={1: "rack-a/1", 2: "rack-a/2"},
)
READERS = [ZONE, WEST, SHELF]


def listening_room() -> Room:
    room = Room(listeners=READERS)
    room.registry.add(1)
    for reader in READERS:
        room.tell(DeviceBack(at=moment(0.0), device=reader.id, detail=""))
    return room


def hear(
    room: Room,
    seconds: Iterable[float],
    reader: ListenerPlan = ZONE,
    port: int = 1,
    dbm: float = -60.0,
    tag: str = epc(1),
) -> list[Event]:
    """That reader reads the tag at these times, with a tick after each."""
    decisions = []
    for at in seconds:
        read = TagRead(tag, port, dbm, None, 1)
        decisions.append(room.tell(report(at, [read], reader=reader.id)))
        decisions.append(room.tick(at))
    return events_of(decisions)


def silence(room: Room, begin: float, end: float) -> list[Event]:
    """Nothing but time."""
    return events_of(room.tick(begin + step) for step in range(int(end - begin) + 1))


def steady(begin: float, end: float) -> list[float]:
    """Twice a second."""
    return [begin + step * 0.5 for step in range(int((end - begin) * 2))]


def told(events: Iterable[Event]) -> list[tuple[str, str]]:
    """What was said, in short."""
    return [
        (type(event).__name__, event.spot)
        for event in events
        if isinstance(event, TagArrived | TagDeparted)
    ]


def test_a_tag_arrives_with_its_second_read_and_once() -> None:
    room = listening_room()
    assert hear(room, [1.0]) == []
    [arrived] = hear(room, steady(1.5, 30.0))
    assert isinstance(arrived, TagArrived)
    assert (arrived.room, arrived.spot, arrived.holding_id) == ("room-1", "zone-east", "holding-1")


def test_a_tag_departs_after_a_silence_that_it_would_hardly_make_and_says_when_it_was_heard() -> (
    None
):
    room = listening_room()
    hear(room, steady(0.0, 60.0))
    assert silence(room, 60.0, 61.0) == []
    [departed] = silence(room, 62.0, 90.0)
    assert isinstance(departed, TagDeparted)
    assert departed.last_heard == moment(59.5).utc
    assert departed.at > departed.last_heard


def test_nothing_departs_while_its_reader_is_lost_nor_in_the_grace_after_its_return() -> None:
    room = listening_room()
    hear(room, steady(0.0, 60.0))
    room.tell(DeviceLost(at=moment(60.0), device="zone-east", reason="no answer"))
    assert told(silence(room, 60.0, 4000.0)) == []
    room.tell(DeviceBack(at=moment(4000.0), device="zone-east", detail=""))
    assert told(silence(room, 4000.0, 4030.0)) == []
    assert told(silence(room, 4031.0, 4060.0)) == [("TagDeparted", "zone-east")]


def test_a_tag_that_is_heard_again_after_the_return_never_left() -> None:
    room = listening_room()
    hear(room, steady(0.0, 60.0))
    room.tell(DeviceLost(at=moment(60.0), device="zone-east", reason="no answer"))
    silence(room, 60.0, 600.0)
    room.tell(DeviceBack(at=moment(600.0), device="zone-east", detail=""))
    assert told(hear(room, steady(610.0, 640.0))) == []


def test_a_shelf_keeps_a_tag_from_every_zone_that_hears_it_louder() -> None:
    room = listening_room()
    hear(room, steady(0.0, 10.0))
    assert told(hear(room, steady(10.0, 12.0), SHELF, 1, -70.0)) == [("TagArrived", "rack-a/1")]
    both = [
        event
        for at in steady(12.0, 40.0)
        for event in (*hear(room, [at], ZONE, dbm=-40.0), *hear(room, [at], SHELF, 1, -70.0))
    ]
    assert told(both) == []


def test_off_the_shelf_a_tag_is_at_once_in_the_zone_that_still_hears_it() -> None:
    room = listening_room()
    hear(room, steady(0.0, 30.0), SHELF, 2)
    assert told(hear(room, steady(30.0, 60.0))) == [
        ("TagDeparted", "rack-a/2"),
        ("TagArrived", "zone-east"),
    ]


def test_between_two_zones_only_a_clear_advantage_moves_a_tag() -> None:
    room = listening_room()
    hear(room, steady(0.0, 10.0), ZONE, dbm=-60.0)
    level = [
        event
        for at in steady(10.0, 20.0)
        for event in (*hear(room, [at], ZONE), *hear(room, [at], WEST, dbm=-57.0))
    ]
    assert told(level) == []
    louder = [
        event
        for at in steady(20.0, 40.0)
        for event in (*hear(room, [at], ZONE), *hear(room, [at], WEST, dbm=-45.0))
    ]
    assert told(louder) == [("TagArrived", "zone-west")]


def test_where_the_old_zone_has_fallen_silent_the_new_one_need_not_be_louder() -> None:
    room = listening_room()
    hear(room, steady(0.0, 10.0), ZONE, dbm=-50.0)
    assert told(hear(room, [11.5, 12.0], WEST, dbm=-55.0)) == [("TagArrived", "zone-west")]


def test_a_tag_that_goes_through_a_door_is_gone_from_its_shelf_and_must_be_heard_anew() -> None:
    room = listening_room()
    hear(room, steady(-10.0, 0.0), SHELF, 1)
    events = events_of(room.walk(straight_walk(), epc(1), until=8.0))
    kinds = [type(event) for event in events]
    assert kinds.index(TagDeparted) < kinds.index(PassageDetected)
    assert told(hear(room, steady(8.0, 9.0), SHELF, 1)) == []
    assert told(hear(room, steady(9.0 + PASSED_S, 12.0 + PASSED_S), SHELF, 1)) == [
        ("TagArrived", "rack-a/1")
    ]


def test_a_controller_that_starts_again_knows_what_was_where_and_waits_for_the_readers() -> None:
    before = listening_room()
    [arrived] = hear(before, steady(0.0, 10.0), SHELF, 1)
    assert isinstance(arrived, TagArrived)
    room = Room(listeners=READERS, present=[arrived])
    room.registry.add(1)
    assert told(silence(room, 100.0, 900.0)) == []
    room.tell(DeviceBack(at=moment(900.0), device="shelf-a", detail=""))
    assert told(hear(room, steady(905.0, 915.0), SHELF, 1)) == []
    assert told(silence(room, 915.0, 1300.0)) == [("TagDeparted", "rack-a/1")]


def test_an_antenna_that_is_not_named_is_not_listened_to_and_late_reads_say_nothing() -> None:
    room = listening_room()
    assert hear(room, steady(0.0, 5.0), SHELF, 7) == []
    for at in steady(6.0, 10.0):
        live = report(at, [TagRead(epc(1), 1, -60.0, None, 1)], reader="shelf-a")
        assert room.tell(replace(live, late=True)).events == ()


def test_a_tag_that_is_gone_costs_no_memory() -> None:
    room = listening_room()
    for number in range(50):
        hear(room, steady(number * 0.1, number * 0.1 + 3.0), tag=epc(number))
    tracker = room.stackroom._presence._tracker
    assert tracker.in_field == 50
    silence(room, 10.0, 400.0)
    assert tracker.in_field == 0
    assert tracker._due == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0.0, 30.0),
            st.sampled_from([(ZONE, 1), (WEST, 1), (SHELF, 1), (SHELF, 2)]),
            st.floats(-80.0, -30.0),
            st.sampled_from(["read", "lost", "back"]),
        ),
        max_size=60,
    )
)
def test_whatever_is_heard_a_tag_is_at_one_place_and_leaves_only_from_there(
    steps: list[tuple[float, tuple[ListenerPlan, int], float, str]],
) -> None:
    room = listening_room()
    events: list[Event] = []
    now = 0.0
    down: set[str] = set()
    for pause, (reader, port), dbm, what in steps:
        events += silence(room, now, now + pause)
        now += pause
        if what == "lost":
            down.add(reader.id)
            room.tell(DeviceLost(at=moment(now), device=reader.id, reason=""))
        elif what == "back":
            down.discard(reader.id)
            room.tell(DeviceBack(at=moment(now), device=reader.id, detail=""))
        elif reader.id not in down:
            events += hear(room, [now], reader, port, dbm)
    place: str | None = None
    for event in events:
        if isinstance(event, TagArrived):
            assert event.spot != place
            place = event.spot
        elif isinstance(event, TagDeparted):
            assert event.spot == place
            place = None
