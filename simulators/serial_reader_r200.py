"""A module of the R200/M100 family that is not there; it reads only after it was told to."""

from drivers.serial_uhf.wire import r200
from drivers.serial_uhf.wire.r200 import ANSWER, Frame
from simulators.llrp_tags import Seen
from simulators.serial_answers import Answers
from simulators.tag_memory import SimulatedTag, TagError

ROUND_S = 0.03
"""It says of an empty round that it was empty, and so often."""
INFO = {0: b"M100 26dBm V1.0", 1: b"V2.3.5", 2: b"MagicRF"}
BAD_PARAMETER, BAD_COMMAND = 0x0E, 0x17
DONE = b"\x00"
NOT_THERE = {r200.READ: 0x09, r200.WRITE: 0x10, r200.KILL: 0x12, r200.LOCK: 0x13}
FAILED = {r200.READ: 0xA0, r200.WRITE: 0xB0, r200.LOCK: 0xC0, r200.KILL: 0xD0}
"""With the tag's own error code in the low half."""
WRONG_PASSWORD = 0x16
OWN_CODES = {
    "Tag_Memory_Overrun_Error": 0x3,
    "Tag_Memory_Locked_Error": 0x4,
    "Insufficient_Power": 0xB,
    "Zero_Kill_Password_Error": 0x0,
}
NONSPECIFIC = 0xF
NO_RESPONSE = "No_Response_From_Tag"
NEVER_SELECT = 1
PRIVILEGES = {0b10: 0, 0b11: 1, 0b01: 2, 0b00: 3}
"""The action bits of a lock as the memory of a tag numbers its states."""


class R200Brain:
    """What the module knows since it was switched on."""

    def __init__(self, head: int = r200.HEAD) -> None:
        self._head = head
        self._framer = r200.framer()
        self._next_round = 0.0
        self._rounds_left = 0
        self.power_dbm = 20.0
        self.region = 1
        self.query = 0x1020
        self.refusals: dict[int, int] = {}
        """Error code by command, for what it shall decline."""
        self.heard: list[Frame] = []
        self.answers = Answers()
        self.tags: list[SimulatedTag] = []
        self._select_mode = NEVER_SELECT
        self._mask = b""

    @property
    def reading(self) -> bool:
        """Whether rounds are left of those it was told to do."""
        return self._rounds_left > 0

    def end_rounds(self) -> None:
        """Come to the end of the rounds it was told to do."""
        self._rounds_left = 0

    def hear(self, data: bytes, now: float) -> list[bytes]:
        """Answer every command."""
        answers: list[bytes] = []
        for frame in self._framer.feed(data):
            if frame.kind == r200.COMMAND and frame.head == self._head:
                self.heard.append(frame)
                if frame.command in self.refusals:
                    said = [self._error(self.refusals[frame.command])]
                else:
                    said = self._obey(frame, now)
                coded = [r200.encode(answer) for answer in said]
                answers += self.answers.sent(frame.command, coded)
        return answers

    def see(self, seen: Seen, now: float) -> list[bytes]:
        """A notice, if it reads."""
        return [self.frame_of(seen)] if self.reading else []

    def frame_of(self, seen: Seen) -> bytes:
        """What it says of a tag that it sees."""
        epc = bytes.fromhex(seen.epc)
        pc = len(epc) // 2 << 11 if seen.pc is None else seen.pc
        notice = r200.tag_notice(epc, pc, round(seen.rssi_dbm), self._head)
        return r200.encode(notice)

    def tick(self, now: float) -> list[bytes]:
        """That a round was empty."""
        if not self.reading or now < self._next_round:
            return []
        self._next_round = now + ROUND_S
        self._rounds_left -= 1
        return [r200.encode(self._error(r200.NO_TAG))]

    def _obey(self, frame: Frame, now: float) -> list[Frame]:
        payload = frame.payload
        match frame.command, len(payload):
            case r200.MODULE_INFO, 1 if payload[0] in INFO:
                return [self._answer(frame, payload + INFO[payload[0]])]
            case r200.SET_REGION, 1:
                self.region = payload[0]
            case r200.SET_POWER, 2:
                self.power_dbm = int.from_bytes(payload, "big") / 100
            case r200.SET_QUERY, 2:
                self.query = int.from_bytes(payload, "big")
            case r200.MULTIPLE_INVENTORY, 3:
                self._rounds_left = int.from_bytes(payload[1:], "big")
                self._next_round = now + ROUND_S
                return []
            case r200.STOP_INVENTORY, 0:
                self._rounds_left = 0
            case _:
                return [self._obey_about_tags(frame)]
        return [self._answer(frame, DONE)]

    def _obey_about_tags(self, frame: Frame) -> Frame:
        payload = frame.payload
        match frame.command, len(payload):
            case r200.GET_QUERY, 0:
                return self._answer(frame, self.query.to_bytes(2, "big"))
            case r200.SET_SELECT_MODE, 1:
                self._select_mode = payload[0]
            case r200.SET_SELECT, length if length >= 7:
                self._mask = payload[7:]
            case command, length if command in FAILED and length >= 4:
                return self._access(frame)
            case command, _:
                return self._error(BAD_PARAMETER if command in r200.COMMANDS else BAD_COMMAND)
        return self._answer(frame, DONE)

    def _answer(self, asked: Frame, payload: bytes) -> Frame:
        return Frame(ANSWER, asked.command, payload, self._head)

    def _error(self, code: int) -> Frame:
        return Frame(ANSWER, r200.ERROR, bytes((code,)), self._head)

    def _access(self, frame: Frame) -> Frame:
        """Do to the tag that is selected what is wanted; without a selection to any."""
        selected = [tag for tag in self.tags if not tag.killed and self._selects(tag)]
        if not selected or self.reading:
            return self._error(NOT_THERE[frame.command])
        tag = selected[0]
        epc = bytes.fromhex(tag.epc)
        who = bytes((len(epc) + 2,)) + tag.pc.to_bytes(2, "big") + epc
        try:
            said = _done(frame, tag)
        except TagError as error:
            word = str(error)
            code = FAILED[frame.command] | OWN_CODES.get(word, NONSPECIFIC)
            code = WRONG_PASSWORD if word == "Incorrect_Password_Error" else code
            if word == NO_RESPONSE:
                return self._error(NOT_THERE[frame.command])
            return Frame(ANSWER, r200.ERROR, bytes((code,)) + who, self._head)
        return self._answer(frame, who + said)

    def _selects(self, tag: SimulatedTag) -> bool:
        never = self._select_mode == NEVER_SELECT
        return never or tag.matches(1, 32, b"\xff" * len(self._mask), self._mask)


def _done(frame: Frame, tag: SimulatedTag) -> bytes:
    payload = frame.payload
    password = int.from_bytes(payload[:4], "big")
    if frame.command == r200.KILL:
        tag.kill(password)
        return DONE
    if frame.command == r200.LOCK:
        bits = int.from_bytes(payload[4:], "big")
        changes = [
            (PRIVILEGES[bits >> 8 - 2 * field & 0b11], field)
            for field in range(5)
            if bits >> 18 - 2 * field & 0b11
        ]
        tag.lock(changes, password)
        return DONE
    bank, start = payload[4], int.from_bytes(payload[5:7], "big")
    if frame.command == r200.READ:
        words = tag.read(bank, start, int.from_bytes(payload[7:9], "big"), password)
        return b"".join(word.to_bytes(2, "big") for word in words)
    data = payload[9:]
    words = tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
    if tag.write(bank, start, words, password) < len(words):
        raise TagError(NO_RESPONSE)
    return DONE
