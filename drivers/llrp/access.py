"""Reading, writing and locking the memory of one tag: one AccessSpec at a time (section 12).

A command is sent once and answered once. What may have happened but was not confirmed is said to
be unknown; nothing is ever repeated.
"""

import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import assert_never

from drivers.commands import KillTag, LockTag, ReadTagMemory, TagCommand, WriteTagMemory
from drivers.errors import Declined
from drivers.llrp.plan import GEN2, ROSPEC_ID
from drivers.llrp.session import Session
from drivers.llrp.wire import ENUMERATIONS, Bits, Parameter, parameter
from drivers.observations import Clock, Outcome, TagAccessed
from drivers.ports import Emit

log = logging.getLogger(__name__)

ACCESS_WITHIN_S = 2.0
"""A tag that lies before an antenna is met many times in so long."""
TAKEN_WITHIN_S = 10.0
"""A command that waited longer is refused: by now another tag may lie there."""
ACCESS_SPEC_ID = 1
LAST_OPERATION = 0xFFFF
EPC_BANK, EPC_STARTS_AT_BIT = 1, 32
AFTER_ONE_OPERATION = 1
RESULTS: Mapping[type, tuple[str, str]] = {
    ReadTagMemory: ("C1G2ReadOpSpecResult", "C1G2ReadResultType"),
    WriteTagMemory: ("C1G2WriteOpSpecResult", "C1G2WriteResultType"),
    LockTag: ("C1G2LockOpSpecResult", "C1G2LockResultType"),
    KillTag: ("C1G2KillOpSpecResult", "C1G2KillResultType"),
}
"""How an operation is answered (section 16.3.1.5.5), and the words for what became of it."""
WORDS_OF_1_1 = {
    "C1G2ReadResultType": {
        4: "Tag_Memory_Overrun_Error",
        5: "Tag_Memory_Locked_Error",
        6: "Incorrect_Password_Error",
    },
    "C1G2WriteResultType": {7: "Incorrect_Password_Error"},
    "C1G2LockResultType": {
        5: "Incorrect_Password_Error",
        6: "Tag_Memory_Overrun_Error",
        7: "Tag_Memory_Locked_Error",
    },
    "C1G2KillResultType": {6: "Incorrect_Password_Error"},
}
"""What LLRP 1.1 added."""
NO_RESPONSE = "no_response_from_tag"

_Verdict = tuple[Outcome, str, str]
"""The outcome, the data, why not."""


@dataclass(frozen=True, slots=True)
class _UnderWay:
    command: TagCommand
    until: float


class Accesses:
    """Commands to tags come from any thread; the reader's thread carries them out, in order."""

    def __init__(self, name: str, *, allow_kill: bool, clock: Clock) -> None:
        self._name = name
        self._allow_kill = allow_kill
        self._clock = clock
        self._waiting: deque[tuple[TagCommand, float]] = deque()
        self._under_way: _UnderWay | None = None
        self._operation = 0

    def wish(self, command: TagCommand, now: float) -> None:
        """Queue ``command``, at monotonic time ``now``."""
        self._waiting.append((command, now))

    def next_due(self) -> float | None:
        """When the operation under way is given up."""
        return self._under_way.until if self._under_way else None

    def advance(self, session: Session, emit: Emit) -> None:
        """Finish what is answered or late, and begin what waits.

        Raises:
            Unreachable: the reader is gone; `lost` answers for what was under way.
        """
        while True:
            if self._under_way is not None and not self._finished(session, self._under_way, emit):
                return
            command = self._next(emit)
            if command is None:
                return
            self._begin(session, command, emit)

    def lost(self, emit: Emit) -> None:
        """Answer for what was under way and for what waits: the reader is not there."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            command = under_way.command
            self._answer(command, (_unconfirmed(command), "", "link_lost"), emit)
        while self._waiting:
            self._refuse("reader_lost", emit)

    def _next(self, emit: Emit) -> TagCommand | None:
        """The next to carry out; it goes on waiting until its AccessSpec is there."""
        while self._waiting:
            command, since = self._waiting[0]
            if isinstance(command, KillTag) and not self._allow_kill:
                self._refuse("kill_not_allowed", emit)
            elif monotonic() - since > TAKEN_WITHIN_S:
                self._refuse("expired", emit)
            else:
                return command
        return None

    def _begin(self, session: Session, command: TagCommand, emit: Emit) -> None:
        self._operation = self._operation % LAST_OPERATION + 1
        try:
            session.ask("ADD_ACCESSSPEC", _access_spec(command, self._operation))
        except (ValueError, Declined) as error:
            self._refuse(str(error), emit)
            return
        session.seek(RESULTS[type(command)][0], self._operation)
        self._waiting.popleft()
        self._under_way = _UnderWay(command, monotonic() + ACCESS_WITHIN_S)
        try:
            session.ask("ENABLE_ACCESSSPEC", AccessSpecID=ACCESS_SPEC_ID)
        except Declined as error:
            session.seek_no_more()
            self._under_way = None
            self._answer(command, (Outcome.REFUSED, "", str(error)), emit)
            session.ask("DELETE_ACCESSSPEC")

    def _refuse(self, why: str, emit: Emit) -> None:
        command, _ = self._waiting.popleft()
        self._answer(command, (Outcome.REFUSED, "", why), emit)

    def _finished(self, session: Session, under_way: _UnderWay, emit: Emit) -> bool:
        """Whether the operation is over; it is not before its AccessSpec is gone.

        The reader answers the deletion after its last report of the operation, so that whatever
        was done is known then.
        """
        if session.found is None:
            if monotonic() < under_way.until:
                return False
            session.send("GET_REPORT")
        session.ask("DELETE_ACCESSSPEC")
        found = session.found
        session.seek_no_more()
        self._under_way = None
        late = (Outcome.FAILED, "", "tag_not_seen")
        verdict = late if found is None else judge(found, under_way.command)
        self._answer(under_way.command, verdict, emit)
        return True

    def _answer(self, command: TagCommand, verdict: _Verdict, emit: Emit) -> None:
        outcome, data, detail = verdict
        log.info("%s: %s: %s %s", self._name, type(command).__name__, outcome, detail)
        emit(
            TagAccessed(
                at=self._clock(),
                device=self._name,
                command_id=command.command_id,
                epc=command.epc,
                outcome=outcome,
                data=data,
                detail=detail,
            )
        )


def judge(result: Parameter, command: TagCommand) -> _Verdict:
    """What an OpSpecResult says about ``command``."""
    code = result.number("Result")
    _, kind = RESULTS[type(command)]
    if code:
        word = ENUMERATIONS[kind].get(code) or WORDS_OF_1_1[kind].get(code, f"result_{code}")
        detail = word.lower()
        silent = detail == NO_RESPONSE
        return _unconfirmed(command) if silent else Outcome.FAILED, "", detail
    if isinstance(command, WriteTagMemory):
        written, wanted = result.number("NumWordsWritten"), len(_words(command.data))
        if written != wanted:
            return Outcome.FAILED, "", f"only {written} of {wanted} words were written"
    words = result.fields.get("ReadData", ())
    if isinstance(words, tuple):
        return Outcome.DONE, "".join(f"{w:04X}" for w in words if isinstance(w, int)), ""
    return Outcome.DONE, "", ""


def _unconfirmed(command: TagCommand) -> Outcome:
    """A read that was not answered changed nothing; anything else may have."""
    return Outcome.FAILED if isinstance(command, ReadTagMemory) else Outcome.UNKNOWN


def _access_spec(command: TagCommand, operation: int) -> Parameter:
    """One operation on the tag with that EPC, once (section 12.2).

    Raises:
        ValueError: the EPC or the data are no whole words of hexadecimal.
    """
    epc = _octets("EPC", command.epc)
    target = parameter(
        "C1G2TargetTag",
        MB=EPC_BANK,
        Match=1,
        Pointer=EPC_STARTS_AT_BIT,
        TagMask=Bits(8 * len(epc), b"\xff" * len(epc)),
        TagData=Bits(8 * len(epc), epc),
    )
    return parameter(
        "AccessSpec",
        parameter(
            "AccessSpecStopTrigger",
            AccessSpecStopTrigger=AFTER_ONE_OPERATION,
            OperationCountValue=1,
        ),
        parameter(
            "AccessCommand", parameter("C1G2TagSpec", target), _operation(command, operation)
        ),
        parameter("AccessReportSpec"),
        AccessSpecID=ACCESS_SPEC_ID,
        ProtocolID=GEN2,
        ROSpecID=ROSPEC_ID,
    )


def _operation(command: TagCommand, operation: int) -> Parameter:
    match command:
        case ReadTagMemory():
            return parameter(
                "C1G2Read",
                OpSpecID=operation,
                AccessPassword=command.access_password,
                MB=command.bank,
                WordPointer=command.word_pointer,
                WordCount=command.words,
            )
        case WriteTagMemory():
            return parameter(
                "C1G2Write",
                OpSpecID=operation,
                AccessPassword=command.access_password,
                MB=command.bank,
                WordPointer=command.word_pointer,
                WriteData=_words(command.data),
            )
        case LockTag():
            payload = parameter(
                "C1G2LockPayload", Privilege=command.privilege, DataField=command.field
            )
            password = command.access_password
            return parameter("C1G2Lock", payload, OpSpecID=operation, AccessPassword=password)
        case KillTag():
            return parameter("C1G2Kill", OpSpecID=operation, KillPassword=command.kill_password)
        case _:
            assert_never(command)


def _words(data: str) -> tuple[int, ...]:
    octets = _octets("data", data)
    return tuple(int.from_bytes(octets[at : at + 2]) for at in range(0, len(octets), 2))


def _octets(what: str, hexadecimal: str) -> bytes:
    try:
        octets = bytes.fromhex(hexadecimal)
    except ValueError as error:
        raise ValueError(f"the {what} {hexadecimal!r} is not hexadecimal") from error
    if not octets or len(octets) % 2:
        raise ValueError(f"the {what} {hexadecimal!r} is not whole words of four digits")
    return octets
