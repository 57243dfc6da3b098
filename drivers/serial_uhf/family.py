"""What the driver wants of a family of readers, whatever its protocol."""

from collections.abc import Callable, Mapping
from typing import Protocol

from drivers.commands import TagCommand
from drivers.observations import TagRead
from drivers.serial_uhf.profile import RssiLine
from drivers.serial_uhf.wire.tag import Tag
from drivers.tag_access import Verdict

Report = Callable[[tuple[TagRead, ...]], None]


class Hearing(Protocol):
    """What the driver wants of a conversation, whatever is said in it."""

    last_heard: float
    """When the last good frame came, in monotonic seconds."""

    def hear(self, until: float) -> None:
        """Wait for what the reader says, at most until that monotonic time.

        Raises:
            Unreachable: the line is gone.
        """
        ...


class Family(Protocol):
    """One connected reader of a family, from its greeting to its last round."""

    outputs: int
    """How many relays it has."""

    def prepare(self) -> str:
        """Stop whatever it does, identify it, set it up; return make, model and firmware.

        Raises:
            Declined: it cannot do what the profile asks for.
            Unreachable: it does not answer.
        """
        ...

    def start(self) -> None:
        """Let it read until told otherwise."""
        ...

    def tend(self, now: float) -> float:
        """Do what is due at monotonic time ``now``; return when something is due next.

        Raises:
            Unreachable: it leaves rounds unanswered.
        """
        ...

    def nudge(self) -> None:
        """Ask for a sign of life of a reader that has been quiet, and see that it reads.

        Raises:
            Unreachable: there is none.
        """
        ...

    def switch(self, states: Mapping[int, bool]) -> None:
        """Close (true) or release relays; only numbers up to `outputs` are asked for.

        Raises:
            Declined: it says no.
        """
        ...

    def aim(self, command: TagCommand) -> None:
        """Let it be quiet, and get ready for ``command``; nothing is done to any tag yet.

        Raises:
            Declined: it cannot do such a thing.
            ValueError: it cannot do this one; the message is the reason.
            Unreachable: it does not answer.
        """
        ...

    def carry_out(self, command: TagCommand) -> Verdict:
        """Do what it was made ready for, once; an answer that comes too late is none.

        Raises:
            Unreachable: it does not answer, whatever it is asked.
        """
        ...

    def stop(self) -> None:
        """Let it read no more; it is not waited for."""
        ...


def reads_of(tags: tuple[Tag, ...], rssi: RssiLine | None) -> tuple[TagRead, ...]:
    """``tags`` as reads: one for each antenna that saw a tag."""
    return tuple(
        TagRead(
            tag.epc,
            antenna,
            None if rssi is None or tag.rssi is None else rssi.dbm(tag.rssi),
            None,
            1,
            tag.pc,
            tag.tid or None,
        )
        for tag in tags
        for antenna in tag.antennas
    )
