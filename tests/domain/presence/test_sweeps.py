"""A sweep with a handheld: each part is taken in once, proves presence, and nothing else."""

from datetime import timedelta

from controller.domain.decision import Decision
from controller.domain.events_presence import SweepRecorded, TagSwept
from controller.domain.plans_presence import ListenerKind, ListenerPlan
from controller.domain.requests_presence import RecordSweep
from drivers.observations import DeviceBack, TagRead
from tests.domain.rooms import START, Room, asked, epc, moment, report

SHELF = ListenerPlan(id="shelf-a", kind=ListenerKind.SHELF, room="room-1", spots={1: "rack-a/1"})


def part(
    number: int = 1, *, spot: str = "rack-b/2", tags: int = 3, heard: float = 90.0
) -> RecordSweep:
    """One part of a sweep, filed at second 100."""
    at = (START + timedelta(seconds=heard)).isoformat()
    return RecordSweep(
        asked=asked(100.0),
        sweep="walk-7",
        number=number,
        handheld="handheld-1",
        room="room-1",
        spot=spot,
        heard={epc(n): at for n in range(1, tags + 1)},
    )


def swept(decision: Decision) -> list[TagSwept]:
    return [event for event in decision.events if isinstance(event, TagSwept)]


def test_every_tag_of_a_part_is_written_down_with_its_place_and_when_it_was_heard() -> None:
    room = Room()
    room.registry.add(1)
    decision = room.tell(part())
    recorded = decision.events[0]
    assert isinstance(recorded, SweepRecorded)
    assert (recorded.tags, recorded.unknown) == (3, 2)
    assert [event.holding_id for event in swept(decision)] == ["holding-1", None, None]
    assert {event.spot for event in swept(decision)} == {"rack-b/2"}
    assert {event.heard_at for event in swept(decision)} == {moment(90.0).utc}
    assert decision.answers[0].detail["unknown"] == "2"


def test_the_same_part_again_is_accepted_and_changes_nothing() -> None:
    room = Room()
    room.tell(part())
    again = room.tell(part(heard=95.0))
    assert again.events == ()
    assert again.answers[0].accepted
    assert again.answers[0].detail["repeated"] == "yes"


def test_another_content_under_the_same_number_is_refused() -> None:
    room = Room()
    room.tell(part())
    for other in (part(spot="rack-b/3"), part(tags=2)):
        refusal = room.tell(other)
        assert refusal.events == ()
        assert refusal.answers[0].code == "sweep_part_differs"
    assert room.tell(part(2)).answers[0].accepted


def test_nothing_is_heard_later_than_now() -> None:
    assert swept(Room().tell(part(heard=500.0)))[0].heard_at == moment(100.0).utc


def test_the_shelf_that_hears_a_tag_now_is_named_as_knowing_better() -> None:
    room = Room(listeners=[SHELF])
    room.tell(DeviceBack(at=moment(0.0), device="shelf-a", detail=""))
    for at in (97.0, 98.0):
        room.tell(report(at, [TagRead(epc(1), 1, -60.0, None, 1)], reader="shelf-a"))
    assert [event.nearer for event in swept(room.tell(part()))] == ["shelf-a", "", ""]
