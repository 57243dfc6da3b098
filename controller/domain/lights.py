"""The shelves' lights: an aisle in which something is to be found is lit while it stands open."""

from collections.abc import Callable, Iterable

from controller.domain.decision import Decision
from controller.domain.errands import Errands
from controller.domain.events import AisleOpened
from controller.domain.events_shelving import ReservationEnded
from controller.domain.model_shelving import ReservationState
from controller.domain.plans import RackPlan
from drivers.commands import LightAisle, OpenAisle


class Lights:
    """Commands that follow what was decided; they move nothing."""

    def __init__(
        self, racks: Iterable[RackPlan], errands: Errands, new_id: Callable[[], str]
    ) -> None:
        self._lit = {rack.id for rack in racks if rack.shelves.light}
        self._errands = errands
        self._new_id = new_id

    def follow(self, decision: Decision) -> tuple[LightAisle, ...]:
        """Light what was opened for an errand; darken what was given back."""
        commands: list[LightAisle] = []
        moving = {c.device for c in decision.commands if isinstance(c, OpenAisle)}
        for event in decision.events:
            match event:
                case AisleOpened() if event.rack in self._lit:
                    if self._errands.wanted_in(event.rack, event.aisle):
                        commands.append(self._light(event.rack, event.aisle))
                case ReservationEnded(state=ReservationState.RELEASED):
                    if event.rack in self._lit - moving:
                        commands.append(self._light(event.rack, 0))
                case _:
                    pass
        return tuple(commands)

    def _light(self, rack: str, aisle: int) -> LightAisle:
        return LightAisle(device=rack, command_id=self._new_id(), aisle=aisle)
