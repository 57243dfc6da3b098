"""Airing: carriages spread at a set hour, when the room is known to be empty, or not at all.

Nobody asked at that moment, so more is needed than for a person's wish: motion sensors of the
room that have been still for long, and every bank of the room clear. What is not known counts as
somebody being there; the first sign of a person halts it.
"""

from collections.abc import Iterable, Mapping

from controller.domain.banks import Bank
from controller.domain.decision import AiringDue, Decision, together
from controller.domain.events_shelving import AiringRefused
from controller.domain.plans import RackPlan, RoomPlan
from drivers.observations import InputChanged, Moment

Sensor = tuple[str, int]
"""A device and one of its inputs."""


class Airing:
    """Whether rooms are empty, and the airing of their banks."""

    def __init__(
        self, rooms: Iterable[RoomPlan], racks: Iterable[RackPlan], banks: Mapping[str, Bank]
    ) -> None:
        self._rooms = {room.id: room for room in rooms}
        self._room_of = {rack.id: rack.room for rack in racks}
        self._banks = banks
        self._still_since: dict[Sensor, float] = {}

    def due(self, message: AiringDue) -> Decision:
        """Air the bank, or say why not; it is not tried again before its next hour."""
        bank = self._banks.get(message.rack)
        if bank is None:
            return Decision()
        obstacle = self._somebody(message.rack, message.at)
        if obstacle:
            return _refused(message, obstacle)
        return bank.air(message)

    def input(self, message: InputChanged) -> Decision:
        """A motion sensor speaks; one that sees somebody halts what is being aired there."""
        sensor = (message.device, message.input)
        if not message.active:
            self._still_since.setdefault(sensor, message.at.monotonic_s)
            return Decision()
        self._still_since.pop(sensor, None)
        rooms = {room.id for room in self._rooms.values() if sensor in room.motion_sensors}
        return self._halt(rooms, message.at)

    def lost(self, device: str, at: Moment) -> Decision:
        """Nobody knows any more what its sensors see."""
        rooms = {
            room.id
            for room in self._rooms.values()
            if any(sensor[0] == device for sensor in room.motion_sensors)
        }
        self._still_since = {s: at for s, at in self._still_since.items() if s[0] != device}
        return self._halt(rooms, at)

    def _halt(self, rooms: set[str], at: Moment) -> Decision:
        banks = [self._banks[rack] for rack, room in self._room_of.items() if room in rooms]
        return together(bank.halt_airing(at) for bank in banks)

    def _somebody(self, rack: str, at: Moment) -> str:
        """Why the room is not known to be empty; else empty."""
        room = self._rooms.get(self._room_of[rack])
        if room is None or not room.motion_sensors:
            return "room_unwatched"
        for sensor in room.motion_sensors:
            since = self._still_since.get(sensor)
            if since is None or at.monotonic_s - since < room.quiet_s:
                return "room_not_empty"
        for other, where in self._room_of.items():
            if where == room.id and (code := self._banks[other].not_idle(at)):
                return f"{code}:{other}" if other != rack else code
        return ""


def _refused(message: AiringDue, reason: str) -> Decision:
    refusal = AiringRefused(at=message.at.utc, rack=message.rack, reason=reason)
    return Decision(events=(refusal,))
