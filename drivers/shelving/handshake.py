"""One motion command from wish to outcome: no socket, no clock, no thread.

A Modbus reply to the write proves nothing, because a late one may belong to something else;
only the sequence number that the bank itself reports does. The same sequence number may be
sent again once it was seen not to have arrived; a new one for the same wish never is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from drivers.observations import Outcome, Presence, RackMode
from drivers.shelving.wire import SEQUENCE_MAX, Picture


class Sent(Enum):
    """What is known of the last write of the block."""

    NOT_YET = "not yet"
    ECHOED = "echoed"
    PERHAPS = "perhaps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the picture led to."""

    send: bool = False
    """Write the block, now."""
    outcome: Outcome | None = None
    detail: str = ""


WAIT = Step()
SEND = Step(send=True)


class Handshake:
    """Follows one command; fed with pictures, it says what to do and what became of it."""

    def __init__(
        self,
        *,
        command_id: str,
        aisle: int,
        session: int,
        sequence: int,
        ack_timeout_s: float,
        done_timeout_s: float,
        now_s: float,
        wanted: Callable[[], bool],
    ) -> None:
        self.command_id = command_id
        self.aisle = aisle
        self.sequence = sequence
        self.accepted = False
        self.wanted = wanted
        """False once a stop was asked for after this command: nothing is sent any more."""
        self._session = session
        self._done_timeout_s = done_timeout_s
        self._deadline_s = now_s + ack_timeout_s
        self._sent = Sent.NOT_YET

    def echoed(self) -> None:
        """The write was answered; the bank will say in a picture what it thinks of it."""
        self._sent = Sent.ECHOED

    def lost(self) -> None:
        """The write was not answered, or not sensibly; it may have arrived."""
        self._sent = Sent.PERHAPS

    @property
    def ever_sent(self) -> bool:
        """Whether the bank may know of this command."""
        return self._sent is not Sent.NOT_YET

    def look(self, picture: Picture, now_s: float) -> Step:
        """What ``picture``, read after everything sent so far, means for this command."""
        if self.accepted:
            return self._running(picture, now_s)
        if not self.ever_sent:
            return self._first(picture)
        if picture.ack_seq == self.sequence:
            return self._acknowledged(picture, now_s)
        if now_s >= self._deadline_s:
            return Step(outcome=Outcome.UNKNOWN, detail="not_acknowledged")
        return SEND if self._sent is Sent.PERHAPS and self.wanted() else WAIT

    def _first(self, picture: Picture) -> Step:
        """The last look before anything moves; the bank and the domain look for themselves."""
        if not self.wanted():
            return Step(outcome=Outcome.STOPPED, detail="withdrawn")
        if picture.mode not in (RackMode.IDLE, RackMode.HOLDING):
            return Step(outcome=Outcome.REFUSED, detail="refused_mode")
        if any(presence is not Presence.CLEAR for presence in picture.presence):
            return Step(outcome=Outcome.REFUSED, detail="refused_occupied")
        return SEND

    def _acknowledged(self, picture: Picture, now_s: float) -> Step:
        if picture.ack_code != "accepted":
            return Step(outcome=Outcome.REFUSED, detail=picture.ack_code)
        self.accepted = True
        self._deadline_s = now_s + self._done_timeout_s
        return Step(outcome=Outcome.ACCEPTED)

    def _running(self, picture: Picture, now_s: float) -> Step:
        if picture.session != self._session or picture.ack_seq != self.sequence:
            return Step(outcome=Outcome.UNKNOWN, detail="forgotten")
        if picture.done_seq == self.sequence:
            return self._done(picture)
        if now_s >= self._deadline_s:
            return Step(outcome=Outcome.UNKNOWN, detail="not_done")
        return WAIT

    def _done(self, picture: Picture) -> Step:
        if picture.done_code == "stopped":
            return Step(outcome=Outcome.STOPPED, detail=picture.done_code)
        if picture.done_code != "ok":
            return Step(outcome=Outcome.FAILED, detail=picture.done_code)
        if picture.open_aisle != self.aisle:
            return Step(outcome=Outcome.FAILED, detail="not_in_position")
        return Step(outcome=Outcome.DONE)


def next_sequence(last: int, picture: Picture) -> int:
    """The sequence number after ``last`` that the bank does not already report.

    A bank still shows the numbers of whoever commanded it before us; ours must differ, or its
    old acknowledgement would be taken for ours.
    """
    sequence = last
    while True:
        sequence = sequence % SEQUENCE_MAX + 1
        if sequence not in (picture.ack_seq, picture.done_seq):
            return sequence
