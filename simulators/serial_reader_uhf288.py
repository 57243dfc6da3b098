"""A reader of the UHFReader288 or UHFReader18 family that is not there; it reads by rounds."""

from drivers.serial_uhf.wire import uhf288
from drivers.serial_uhf.wire.uhf288 import Frame
from simulators.llrp_tags import Seen
from simulators.serial_answers import Answers
from simulators.tag_memory import SimulatedTag, TagError

ROUND_S = 0.05
"""A round takes no longer, whatever scan time is asked for, lest tests wait."""
ILLEGAL_COMMAND = 0xFE
RAW_AT_ZERO_DBM = 130
"""Its RSSI byte is dBm and so much; what a device means by it is not documented."""
NO_TAG, TAG_ERROR, BUSY = 0xFB, 0xFC, 0xF9
OWN_CODES = {
    "Tag_Memory_Overrun_Error": 0x3,
    "Tag_Memory_Locked_Error": 0x4,
    "Insufficient_Power": 0xB,
}
NONSPECIFIC = 0xF
STATUSES = {
    "Incorrect_Password_Error": 0x05,
    "Zero_Kill_Password_Error": 0x0A,
    "No_Response_From_Tag": 0xFA,
}
ACCESS = {uhf288.READ, uhf288.WRITE, uhf288.KILL, uhf288.LOCK}
PRIVILEGES = (3, 2, 0, 1)
"""What it sets a field to, as the memory of a tag numbers its states."""
TYPE = {uhf288.TYPE_288: 0x0C, uhf288.TYPE_18: 0x09}


class Uhf288Brain:
    """What the reader knows since it was switched on."""

    def __init__(self, variant: str = uhf288.TYPE_288, address: int = 0) -> None:
        self._variant = variant
        self._address = address
        self._framer = uhf288.framer()
        self._round_ends: float | None = None
        self._antenna: int | None = None
        self._waiting: list[Seen] = []
        self.channels = (0x4E, 0x00)
        self.power_dbm = 20
        self.scan_time = 10
        self.refusals: dict[int, int] = {}
        """Status by code, for what it shall decline."""
        self.heard: list[Frame] = []
        self.answers = Answers()
        self.tags: list[SimulatedTag] = []

    @property
    def reading(self) -> bool:
        """Whether a round is under way."""
        return self._round_ends is not None

    def hear(self, data: bytes, now: float) -> list[bytes]:
        """Answer every command to its address."""
        answers: list[bytes] = []
        for frame in self._framer.feed(data):
            if frame.address in (self._address, uhf288.BROADCAST):
                self.heard.append(frame)
                if frame.code in self.refusals:
                    said = [self._answer(frame.code, bytes((self.refusals[frame.code],)))]
                else:
                    said = self._obey(frame, now)
                coded = [uhf288.encode(answer) for answer in said]
                answers += self.answers.sent(frame.code, coded)
        return answers

    def see(self, seen: Seen, now: float) -> list[bytes]:
        """A frame of the round under way, or else of the next one."""
        self._waiting.append(seen)
        return [uhf288.encode(frame) for frame in self._report()] if self.reading else []

    def frame_of(self, seen: Seen) -> bytes:
        """What it says of a tag that it sees."""
        return uhf288.encode(self._round(uhf288.MORE, [seen]))

    def tick(self, now: float) -> list[bytes]:
        """The end of the round."""
        if self._round_ends is None or now < self._round_ends:
            return []
        self._round_ends = None
        return [uhf288.encode(self._round(uhf288.COMPLETE, []))]

    def _obey(self, frame: Frame, now: float) -> list[Frame]:
        data = frame.data
        match frame.code, len(data):
            case uhf288.INVENTORY, _:
                self._round_ends = now + ROUND_S
                self._antenna = data[7] - 0x80 + 1 if len(data) == 9 else None
                return self._report()
            case uhf288.READER_INFO, 0:
                return [self._answer(uhf288.READER_INFO, self._info())]
            case uhf288.SET_REGION, 2:
                self.channels = (data[0], data[1])
            case uhf288.SET_POWER, 1:
                self.power_dbm = data[0]
            case uhf288.SET_SCAN_TIME, 1:
                self.scan_time = data[0]
            case code, length if code in ACCESS and length >= 6:
                return [self._answer(code, self._access(frame))]
            case code, _:
                return [self._answer(code, bytes((ILLEGAL_COMMAND,)))]
        return [self._answer(frame.code, bytes((uhf288.SUCCESS,)))]

    def _report(self) -> list[Frame]:
        """What waits and the round's antenna can see, a frame a tag."""
        if self._antenna is None:
            ready, self._waiting = self._waiting, []
        else:
            ready = [seen for seen in self._waiting if seen.antenna == self._antenna]
            self._waiting = [seen for seen in self._waiting if seen.antenna != self._antenna]
        return [self._round(uhf288.MORE, [seen]) for seen in ready]

    def _round(self, status: int, tags: list[Seen]) -> Frame:
        if self._variant == uhf288.TYPE_18:
            return uhf288.tags_answer_18(
                self._address, [bytes.fromhex(seen.epc) for seen in tags], status
            )
        listed = [
            (seen.antenna, bytes.fromhex(seen.epc), round(seen.rssi_dbm) + RAW_AT_ZERO_DBM)
            for seen in tags
        ]
        return uhf288.tags_answer(self._address, listed, status)

    def _info(self) -> bytes:
        said = (uhf288.SUCCESS, 3, 1, TYPE[self._variant], 3)
        return bytes((*said, *self.channels, self.power_dbm, self.scan_time)) + bytes(4)

    def _answer(self, code: int, data: bytes) -> Frame:
        return Frame(self._address, code, data)

    def _access(self, frame: Frame) -> bytes:
        """Do to the tag whose EPC the command carries what is wanted; return status and data."""
        if self.reading:
            return bytes((BUSY,))
        data = frame.data[1:] if frame.code == uhf288.WRITE else frame.data
        middle = 1 + 2 * data[0]
        epc, rest = data[1:middle].hex().upper(), data[middle:]
        tag = next((tag for tag in self.tags if tag.epc == epc and not tag.killed), None)
        if tag is None:
            return bytes((NO_TAG,))
        try:
            return bytes((uhf288.SUCCESS,)) + _done(frame.code, tag, rest)
        except TagError as error:
            word = str(error)
            if word in STATUSES:
                return bytes((STATUSES[word],))
            return bytes((TAG_ERROR, OWN_CODES.get(word, NONSPECIFIC)))


def _done(code: int, tag: SimulatedTag, rest: bytes) -> bytes:
    password = int.from_bytes(rest[-4:], "big")
    if code == uhf288.KILL:
        tag.kill(password)
    elif code == uhf288.LOCK:
        tag.lock([(PRIVILEGES[rest[1]], rest[0])], password)
    elif code == uhf288.READ:
        words = tag.read(rest[0], rest[1], rest[2], password)
        return b"".join(word.to_bytes(2, "big") for word in words)
    else:
        content = rest[2:-4]
        places = range(0, len(content), 2)
        written = tuple(int.from_bytes(content[at : at + 2], "big") for at in places)
        if tag.write(rest[0], rest[1], written, password) < len(written):
            raise TagError("No_Response_From_Tag")
    return b""
