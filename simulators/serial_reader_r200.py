"""A module of the R200/M100 family that is not there; it reads only after it was told to."""

from drivers.serial_uhf.wire import r200
from drivers.serial_uhf.wire.r200 import ANSWER, Frame
from simulators.llrp_tags import Seen

ROUND_S = 0.03
"""It says of an empty round that it was empty, and so often."""
INFO = {0: b"M100 26dBm V1.0", 1: b"V2.3.5", 2: b"MagicRF"}
BAD_PARAMETER, BAD_COMMAND = 0x0E, 0x17
DONE = b"\x00"


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

    @property
    def reading(self) -> bool:
        """Whether rounds are left of those it was told to do."""
        return self._rounds_left > 0

    def end_rounds(self) -> None:
        """Come to the end of the rounds it was told to do."""
        self._rounds_left = 0

    def hear(self, data: bytes, now: float) -> list[bytes]:
        """Answer every command."""
        answers = []
        for frame in self._framer.feed(data):
            if frame.kind == r200.COMMAND and frame.head == self._head:
                self.heard.append(frame)
                if frame.command in self.refusals:
                    answers.append(self._error(self.refusals[frame.command]))
                else:
                    answers += self._obey(frame, now)
        return [r200.encode(answer) for answer in answers]

    def see(self, seen: Seen, now: float) -> list[bytes]:
        """A notice, if it reads."""
        return [self.frame_of(seen)] if self.reading else []

    def frame_of(self, seen: Seen) -> bytes:
        """What it says of a tag that it sees."""
        epc = bytes.fromhex(seen.epc)
        words_in_top_bits = len(epc) // 2 << 11
        notice = r200.tag_notice(epc, words_in_top_bits, round(seen.rssi_dbm), self._head)
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
            case command, _:
                return [self._error(BAD_PARAMETER if command in r200.COMMANDS else BAD_COMMAND)]
        return [self._answer(frame, DONE)]

    def _answer(self, asked: Frame, payload: bytes) -> Frame:
        return Frame(ANSWER, asked.command, payload, self._head)

    def _error(self, code: int) -> Frame:
        return Frame(ANSWER, r200.ERROR, bytes((code,)), self._head)
