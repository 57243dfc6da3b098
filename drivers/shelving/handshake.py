"""One wish from its first look to its outcome: no socket, no clock, no thread.

A Modbus reply to the write proves nothing, because a late one may belong to something else; only
what the machine itself then shows does. A machine that numbers its commands shows our number;
it may be sent that same number again once it was seen not to have arrived, a new one never. A
weaker one shows only that it moves and where it stands: it is written to once and no more.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from drivers.observations import Outcome, Presence, RackMode
from drivers.shelving.wire import Picture
from drivers.shelving.wishes import Wish


class Sent(Enum):
    """What is known of the last write."""

    NOT_YET = "not yet"
    ECHOED = "echoed"
    PERHAPS = "perhaps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the picture led to."""

    send: bool = False
    """Write, now."""
    outcome: Outcome | None = None
    detail: str = ""


WAIT = Step()
SEND = Step(send=True)


class Following(ABC):
    """One wish that is followed; fed with pictures, it says what to do and what became of it."""

    def __init__(
        self,
        *,
        wish: Wish,
        ack_timeout_s: float,
        done_timeout_s: float,
        now_s: float,
        wanted: Callable[[], bool],
    ) -> None:
        self.wish = wish
        self.sequence = 0
        self.accepted = False
        self.wanted = wanted
        """False once a stop was asked for after this wish: nothing is sent any more."""
        self._ack_timeout_s = ack_timeout_s
        self._done_timeout_s = done_timeout_s
        self._deadline_s = now_s + ack_timeout_s
        self._sent = Sent.NOT_YET

    def echoed(self) -> None:
        """The write was answered; the machine will say in a picture what it thinks of it."""
        self._sent = Sent.ECHOED

    def lost(self) -> None:
        """The write was not answered, or not sensibly; it may have arrived."""
        self._sent = Sent.PERHAPS

    @property
    def ever_sent(self) -> bool:
        """Whether the machine may know of this wish."""
        return self._sent is not Sent.NOT_YET

    def look(self, picture: Picture, now_s: float) -> Step:
        """What ``picture``, read after everything sent so far, means for this wish."""
        if self.accepted:
            return self._running(picture, now_s)
        if not self.ever_sent:
            return self._first(picture)
        return self._waiting(picture, now_s)

    def _first(self, picture: Picture) -> Step:
        """The last look before anything moves; the machine and the domain look for themselves."""
        if not self.wanted():
            return Step(outcome=Outcome.STOPPED, detail="withdrawn")
        if not self.wish.verb.moves:
            return SEND
        if picture.mode not in (RackMode.IDLE, RackMode.HOLDING) or picture.moving:
            return Step(outcome=Outcome.REFUSED, detail="refused_mode")
        if any(presence is not Presence.CLEAR for presence in picture.presence):
            return Step(outcome=Outcome.REFUSED, detail="refused_occupied")
        return SEND

    def _begun(self, now_s: float) -> Step:
        self.accepted = True
        self._deadline_s = now_s + self._done_timeout_s
        return Step(outcome=Outcome.ACCEPTED)

    def _arrived(self, picture: Picture) -> Step:
        if not picture.shows(self.wish.verb, self.wish.arguments):
            return Step(outcome=Outcome.FAILED, detail="not_in_position")
        return Step(outcome=Outcome.DONE)

    @abstractmethod
    def _waiting(self, picture: Picture, now_s: float) -> Step: ...

    @abstractmethod
    def _running(self, picture: Picture, now_s: float) -> Step: ...


class Handshake(Following):
    """A wish to a machine that numbers, acknowledges and reports done."""

    def __init__(
        self,
        *,
        wish: Wish,
        session: int,
        sequence: int,
        ack_timeout_s: float,
        done_timeout_s: float,
        now_s: float,
        wanted: Callable[[], bool],
    ) -> None:
        super().__init__(
            wish=wish,
            ack_timeout_s=ack_timeout_s,
            done_timeout_s=done_timeout_s,
            now_s=now_s,
            wanted=wanted,
        )
        self.sequence = sequence
        self._session = session

    def _waiting(self, picture: Picture, now_s: float) -> Step:
        if picture.ack_seq == self.sequence:
            if picture.ack_code not in ("accepted", "queued"):
                return Step(outcome=Outcome.REFUSED, detail=picture.ack_code)
            return self._begun(now_s)
        if now_s >= self._deadline_s:
            return Step(outcome=Outcome.UNKNOWN, detail="not_acknowledged")
        again = self._sent is Sent.PERHAPS and self.wish.verb.idempotent and self.wanted()
        return SEND if again else WAIT

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
        return self._arrived(picture)


class Recovery(Handshake):
    """A wish of an earlier run: what the machine still says of its number. Sends nothing.

    The watchdog is not beaten for it: whoever held the session is gone, so it stops by itself.
    """

    def look(self, picture: Picture, now_s: float) -> Step:
        """What ``picture`` says of the number."""
        self._session = picture.session
        if self.accepted:
            return self._running(picture, now_s)
        if picture.ack_seq != self.sequence:
            return Step(outcome=Outcome.UNKNOWN, detail="forgotten")
        step = self._waiting(picture, now_s)
        if step.outcome is Outcome.ACCEPTED and picture.done_seq == self.sequence:
            return self._done(picture)
        if step.outcome is Outcome.ACCEPTED and not picture.moving:
            return Step(outcome=Outcome.UNKNOWN, detail="forgotten")
        return step


class StateFollower(Following):
    """A wish to a machine without numbers: it is seen to move, and seen to stand where it should.

    Written once. If it is not seen to move, nobody can say whether the write arrived.
    """

    _standing_since_s: float | None = None

    def _first(self, picture: Picture) -> Step:
        step = super()._first(picture)
        there = picture.shows(self.wish.verb, self.wish.arguments)
        return Step(outcome=Outcome.DONE) if step.send and there else step

    def _waiting(self, picture: Picture, now_s: float) -> Step:
        if picture.moving or picture.shows(self.wish.verb, self.wish.arguments):
            return self._begun(now_s)
        if now_s >= self._deadline_s:
            return Step(outcome=Outcome.UNKNOWN, detail="not_seen_to_move")
        return WAIT

    def _running(self, picture: Picture, now_s: float) -> Step:
        if now_s >= self._deadline_s:
            return Step(outcome=Outcome.UNKNOWN, detail="not_done")
        if picture.mode is RackMode.UNKNOWN or picture.moving:
            self._standing_since_s = None
            return WAIT
        if not self.wanted():
            return Step(outcome=Outcome.STOPPED, detail="stopped")
        if picture.mode not in (RackMode.IDLE, RackMode.HOLDING):
            return Step(outcome=Outcome.FAILED, detail=picture.mode.value)
        step = self._arrived(picture)
        if step.outcome is Outcome.DONE:
            return step
        since_s = self._standing_since_s = self._standing_since_s or now_s
        return step if now_s - since_s >= self._ack_timeout_s else WAIT
