"""One bank of three aisles, driven by plain values."""

from controller.domain.decision import Decision
from controller.domain.events_shelving import AisleReserved
from controller.domain.model_shelving import Finding
from controller.domain.plans import RackPlan
from controller.domain.requests import RequestAisle
from controller.domain.requests_shelving import (
    ClaimAisle,
    ReleaseAisle,
    ReserveAisle,
    ResolveMotion,
)
from drivers.commands import OpenAisle
from drivers.observations import CommandOutcome, Outcome, Presence, RackMode, RackStatus
from tests.domain.rooms import Room, asked, moment

AISLES = 3
PLAN = RackPlan(id="rack-a", aisles=AISLES, stale_after_s=3.0)
CLEAR = (Presence.CLEAR,) * AISLES


def picture(
    seconds: float,
    presence: tuple[Presence, ...] = CLEAR,
    mode: RackMode = RackMode.IDLE,
    open_aisle: int | None = None,
) -> RackStatus:
    return RackStatus(
        at=moment(seconds),
        rack="rack-a",
        mode=mode,
        open_aisle=open_aisle,
        presence=presence,
        fault_code=0,
    )


class Shelving:
    """A room with that bank; remembers the last motion and the reservations by person."""

    def __init__(self, **parts: object) -> None:
        self.room = Room(**{"racks": [PLAN], "sensors": [], "doors": [], **parts})
        self.command_id = ""
        self.ids: dict[str, str] = {}

    def tell(self, message: object) -> Decision:
        decision = self.room.tell(message)  # type: ignore[arg-type]
        for command in decision.commands:
            if isinstance(command, OpenAisle):
                self.command_id = command.command_id
        for event in decision.events:
            if isinstance(event, AisleReserved):
                self.ids[event.by] = event.reservation_id
        return decision

    def look(
        self,
        seconds: float,
        presence: tuple[Presence, ...] = CLEAR,
        mode: RackMode = RackMode.IDLE,
        open_aisle: int | None = None,
    ) -> Decision:
        return self.tell(picture(seconds, presence, mode, open_aisle))

    def reserve(self, seconds: float, by: str, aisle: int) -> Decision:
        return self.tell(ReserveAisle(asked=asked(seconds, by), rack="rack-a", aisle=aisle))

    def open(self, seconds: float, by: str, aisle: int) -> Decision:
        return self.tell(RequestAisle(asked=asked(seconds, by), rack="rack-a", aisle=aisle))

    def claim(self, seconds: float, by: str, of: str | None = None) -> Decision:
        wish = ClaimAisle(
            asked=asked(seconds, by), rack="rack-a", reservation_id=self.ids.get(of or by, "none")
        )
        return self.tell(wish)

    def release(self, seconds: float, by: str, of: str | None = None) -> Decision:
        wish = ReleaseAisle(
            asked=asked(seconds, by), rack="rack-a", reservation_id=self.ids.get(of or by, "none")
        )
        return self.tell(wish)

    def resolve(self, seconds: float, finding: Finding, note: str = "seen") -> Decision:
        wish = ResolveMotion(
            asked=asked(seconds, "zhao"), rack="rack-a", finding=finding, note=note
        )
        return self.tell(wish)

    def word(self, seconds: float, outcome: Outcome, detail: str = "") -> Decision:
        """The bank says what became of the last motion."""
        return self.tell(
            CommandOutcome(
                at=moment(seconds),
                device="rack-a",
                command_id=self.command_id,
                outcome=outcome,
                detail=detail,
            )
        )

    def stand_open(self, seconds: float, aisle: int) -> None:
        """The motion ends well, and the bank shows it."""
        self.word(seconds, Outcome.DONE)
        self.look(seconds, mode=RackMode.HOLDING, open_aisle=aisle)


def opened(decision: Decision) -> list[int]:
    """The aisles that carriages were told to open."""
    return [c.aisle for c in decision.commands if isinstance(c, OpenAisle)]


def code(decision: Decision) -> str:
    (answer,) = decision.answers
    return answer.code
