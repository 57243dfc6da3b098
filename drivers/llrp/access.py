"""Reading, writing and locking the memory of one tag: one AccessSpec at a time (section 12).

A command is sent once and answered once; see `TagQueue`.
"""

from collections.abc import Mapping
from time import monotonic
from typing import assert_never

from drivers.commands import KillTag, LockTag, ReadTagMemory, TagCommand, WriteTagMemory
from drivers.errors import Declined
from drivers.llrp.plan import GEN2, ROSPEC_ID
from drivers.llrp.session import Session
from drivers.llrp.wire import ENUMERATIONS, Bits, Parameter, parameter
from drivers.observations import Clock, Outcome
from drivers.ports import Emit
from drivers.tag_access import NOT_SEEN, Verdict, failed, refused, unconfirmed, whole_words
from drivers.tag_queue import TagQueue

ACCESS_WITHIN_S = 2.0
"""A tag that lies before an antenna is met many times in so long."""
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


class Accesses:
    """Commands to tags come from any thread; the reader's thread carries them out, in order."""

    def __init__(self, name: str, *, allow_kill: bool, clock: Clock) -> None:
        self._queue = TagQueue(name, allow_kill=allow_kill, clock=clock)
        self._until = 0.0
        """When the operation under way is given up."""
        self._operation = 0
        self.wish = self._queue.wish
        self.lost = self._queue.lost

    def next_due(self) -> float | None:
        """When the operation under way is given up."""
        return None if self._queue.under_way is None else self._until

    def advance(self, session: Session, emit: Emit) -> None:
        """Finish what is answered or late, and begin what waits.

        Raises:
            Unreachable: the reader is gone; `lost` answers for what was under way.
        """
        while True:
            under_way = self._queue.under_way
            if under_way is not None and not self._finished(session, under_way, emit):
                return
            command = self._queue.next(emit)
            if command is None:
                return
            self._begin(session, command, emit)

    def _begin(self, session: Session, command: TagCommand, emit: Emit) -> None:
        self._operation = self._operation % LAST_OPERATION + 1
        try:
            session.ask("ADD_ACCESSSPEC", _access_spec(command, self._operation))
        except (ValueError, Declined) as error:
            self._queue.refuse(str(error), emit)
            return
        session.seek(RESULTS[type(command)][0], self._operation)
        self._queue.begin()
        self._until = monotonic() + ACCESS_WITHIN_S
        try:
            session.ask("ENABLE_ACCESSSPEC", AccessSpecID=ACCESS_SPEC_ID)
        except Declined as error:
            session.seek_no_more()
            self._queue.finish(refused(str(error)), emit)
            session.ask("DELETE_ACCESSSPEC")

    def _finished(self, session: Session, command: TagCommand, emit: Emit) -> bool:
        """Whether the operation is over; it is not before its AccessSpec is gone.

        The reader answers the deletion after its last report of the operation, so that whatever
        was done is known then.
        """
        if session.found is None:
            if monotonic() < self._until:
                return False
            session.send("GET_REPORT")
        session.ask("DELETE_ACCESSSPEC")
        found = session.found
        session.seek_no_more()
        self._queue.finish(failed(NOT_SEEN) if found is None else judge(found, command), emit)
        return True


def judge(result: Parameter, command: TagCommand) -> Verdict:
    """What an OpSpecResult says about ``command``."""
    code = result.number("Result")
    _, kind = RESULTS[type(command)]
    if code:
        word = ENUMERATIONS[kind].get(code) or WORDS_OF_1_1[kind].get(code, f"result_{code}")
        detail = word.lower()
        return unconfirmed(command, detail) if detail == NO_RESPONSE else failed(detail)
    if isinstance(command, WriteTagMemory):
        written, wanted = result.number("NumWordsWritten"), len(_words(command.data))
        if written != wanted:
            return failed(f"only {written} of {wanted} words were written")
    words = result.fields.get("ReadData", ())
    if isinstance(words, tuple):
        return Verdict(Outcome.DONE, "".join(f"{w:04X}" for w in words if isinstance(w, int)))
    return Verdict(Outcome.DONE)


def _access_spec(command: TagCommand, operation: int) -> Parameter:
    """One operation on the tag with that EPC, once (section 12.2).

    Raises:
        ValueError: the EPC or the data are no whole words of hexadecimal.
    """
    epc = whole_words("EPC", command.epc)
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
    octets = whole_words("data", data)
    return tuple(int.from_bytes(octets[at : at + 2]) for at in range(0, len(octets), 2))
