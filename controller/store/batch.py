"""What was decided and is not committed yet. Values only; ``ledger`` writes it."""

from dataclasses import dataclass, field

from controller.domain.decision import Answer
from controller.domain.events import Event
from controller.domain.requests import Request
from controller.store.outbox import OutgoingMessage
from drivers.observations import ClimateReading

Messages = list[tuple[int | None, OutgoingMessage]]


@dataclass(slots=True)
class Batch:
    """Grows until one transaction takes it all."""

    events: list[tuple[str, Event]] = field(default_factory=list)
    """With their ids, given once and for ever."""
    answers: list[Answer] = field(default_factory=list)
    requests: dict[str, Request] = field(default_factory=dict)
    """Those that are at hand, by id."""
    readings: list[ClimateReading] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.events or self.answers or self.readings)

    def extend(self, other: "Batch") -> None:
        """Take in what was decided after this."""
        self.events += other.events
        self.answers += other.answers
        self.requests |= other.requests
        self.readings += other.readings
