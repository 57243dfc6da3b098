"""One tag at two doors at once is an alarm of its own; neighbouring doors are no clones."""

from dataclasses import replace

from controller.domain.events import AlarmRaised, AlarmReturnedToNormal
from controller.domain.model import AlarmKind
from drivers.observations import TagRead
from tests.domain.rooms import DOOR, Room, epc, report

SOUTH = replace(DOOR, id="door-south")


def heard(room: Room, numbers: list[int], seconds: float) -> list[AlarmRaised]:
    """Tags that both doors hear all the time."""
    raised = []
    for step in range(int(seconds * 5)):
        now = step / 5
        reads = [TagRead(epc(number), 1, -60.0, None, 1) for number in numbers]
        for door in ("door-north", "door-south"):
            room.tell(report(now, reads, reader=door))
        raised += [e for e in room.tick(now).events if isinstance(e, AlarmRaised)]
    return raised


def test_a_tag_at_two_doors_at_once_raises_one_alarm_that_ends_when_it_is_gone() -> None:
    room = Room(doors=[DOOR, SOUTH])

    (alarm,) = heard(room, [1], 10.0)
    later = [event for step in range(50) for event in room.tick(10.0 + step).events]

    assert alarm.kind is AlarmKind.CLONED_TAG
    assert alarm.detail["other_door"] == "door-south"
    assert any(isinstance(event, AlarmReturnedToNormal) for event in later)


def test_doors_that_share_many_tags_are_neighbours() -> None:
    room = Room(doors=[DOOR, SOUTH])

    assert len(heard(room, [1, 2, 3, 4], 20.0)) <= 2
