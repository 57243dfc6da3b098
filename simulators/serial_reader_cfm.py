"""A CF-M gate reader that is not there, with two relays and two infra-red beams."""

from drivers.serial_uhf.wire import cfm
from drivers.serial_uhf.wire.cfm import Frame
from simulators.llrp_tags import Seen
from simulators.tag_memory import SimulatedTag

BAD_PARAMETER = 0x01
INFO = (
    (b"CP-214914_V1.12", 32), (b"UHF Gate Reader V1.1", 32), (b"", 12),
    (b"K924MU-914_V1.1", 32), (b"UHF Senior Reader V1.5", 32), (b"", 12),
)  # fmt: skip
"""Texts and the widths of their fields, as a device was captured with them."""
FACTORY = bytes.fromhex("0000018004000101038602EE01F4311A010400000C00030105")
"""All parameters as a device was captured with them: active mode, US band, 26 dBm, Q 4."""


class CfmBrain:
    """What the gate knows since it was switched on."""

    def __init__(self, address: int = 0) -> None:
        self._address = address
        self._framer = cfm.framer()
        self._started = 0.0
        self._ends_at: float | None = None
        self.reading = False
        self.parameters = cfm.read_parameters(FACTORY)
        self.max_power_dbm = 33
        """More than that is this, without a word (section 2.2.3)."""
        self.relays = {1: False, 2: False}
        self.refusals: dict[int, int] = {}
        """Status by code, for what it shall decline."""
        self.heard: list[Frame] = []
        self.tags: list[SimulatedTag] = []

    def hear(self, data: bytes, now: float) -> list[bytes]:
        """Answer every command to its address."""
        answers = []
        for frame in self._framer.feed(data):
            if frame.address in (self._address, cfm.BROADCAST):
                self.heard.append(frame)
                if frame.code in self.refusals:
                    answers.append(self._answer(frame.code, self.refusals[frame.code]))
                else:
                    answers += self._obey(frame, now)
        return [cfm.encode(answer) for answer in answers]

    def see(self, seen: Seen, now: float) -> list[bytes]:
        """An answer to the inventory, if it reads with that antenna."""
        if not self.reading or not self.parameters.antennas >> seen.antenna - 1 & 1:
            return []
        return [self.frame_of(seen)]

    def frame_of(self, seen: Seen) -> bytes:
        """What it says of a tag that it sees."""
        epc, tenths = bytes.fromhex(seen.epc), round(10 * seen.rssi_dbm)
        return cfm.encode(cfm.tag_answer(self._address, epc, seen.antenna, tenths))

    def tick(self, now: float) -> list[bytes]:
        """That the time is over for which it was told to read."""
        if not self.reading or self._ends_at is None or now < self._ends_at:
            return []
        return self.end_rounds()

    def end_rounds(self) -> list[bytes]:
        """Stop reading, and say so."""
        self.reading = False
        return [cfm.encode(self._answer(cfm.INVENTORY, cfm.ROUND_OVER))]

    def pass_gate(self, direction: int, time_ms: int = 0) -> bytes:
        """What it reports when somebody passes its beams."""
        return cfm.encode(cfm.gate_event(self._address, direction, time_ms))

    def _obey(self, frame: Frame, now: float) -> list[Frame]:
        data = frame.data
        match frame.code, len(data):
            case cfm.INVENTORY, 5:
                seconds = int.from_bytes(data[1:], "big")
                self._ends_at = now + seconds if seconds else None
                self.reading = True
                return []
            case cfm.STOP_INVENTORY, 0:
                self.reading = False
            case cfm.DEVICE_INFO, 0:
                return [self._answer(frame.code, cfm.SUCCESS, _info())]
            case cfm.GET_PARAMETERS, 0:
                said = cfm.parameter_bytes(self.parameters)
                return [self._answer(frame.code, cfm.SUCCESS, said)]
            case cfm.SET_PARAMETERS, 25:
                told = cfm.read_parameters(data)
                power_dbm = min(told.power_dbm, self.max_power_dbm)
                self.parameters = told._replace(power_dbm=power_dbm)
            case code, 2 if code in cfm.RELAYS:
                self.relays[cfm.RELAYS.index(code) + 1] = data[0] == cfm.CLOSE
                return [self._answer(code, cfm.SUCCESS, data)]
            case code, _:
                # A device says nothing of a code that it does not know.
                return [self._answer(code, BAD_PARAMETER)] if code in cfm.CODES else []
        return [self._answer(frame.code, cfm.SUCCESS)]

    def _answer(self, code: int, status: int, data: bytes = b"") -> Frame:
        return Frame(self._address, code, bytes((status,)) + data)


def _info() -> bytes:
    return b"".join(text.ljust(width, b"\0") for text, width in INFO)
