"""A reader of the UHFReader288 or UHFReader18 family that is not there; it reads by rounds."""

from drivers.serial_uhf.wire import uhf288
from drivers.serial_uhf.wire.uhf288 import Frame
from simulators.llrp_tags import Seen

ROUND_S = 0.05
"""A round takes no longer, whatever scan time is asked for, lest tests wait."""
ILLEGAL_COMMAND = 0xFE
RAW_AT_ZERO_DBM = 130
"""Its RSSI byte is dBm and so much; what a device means by it is not documented."""
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

    @property
    def reading(self) -> bool:
        """Whether a round is under way."""
        return self._round_ends is not None

    def hear(self, data: bytes, now: float) -> list[bytes]:
        """Answer every command to its address."""
        answers = []
        for frame in self._framer.feed(data):
            if frame.address in (self._address, uhf288.BROADCAST):
                self.heard.append(frame)
                if frame.code in self.refusals:
                    status = bytes((self.refusals[frame.code],))
                    answers.append(self._answer(frame.code, status))
                else:
                    answers += self._obey(frame, now)
        return [uhf288.encode(answer) for answer in answers]

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
