"""R200/M100 modules: told once to read, they send a notice a tag and an error an empty round."""

from collections import Counter
from collections.abc import Mapping

from drivers.commands import TagCommand
from drivers.errors import Declined
from drivers.serial_uhf.family import Report, reads_of
from drivers.serial_uhf.profile import SerialProfile
from drivers.serial_uhf.talk import Talk
from drivers.serial_uhf.wire import r200, r200_tags
from drivers.serial_uhf.wire.r200 import Frame
from drivers.tag_access import NO_ANSWER, Verdict, unconfirmed, whole_words

REGIONS = {"china-920": 1, "us": 2, "eu": 3, "china-840": 4, "japan": 5, "korea": 6}
ROUNDS = 0xFFFF
"""The most it does before it stops by itself; a nudge starts it again."""
NEVER = float("inf")
_QUERY_SESSION_BIT, _QUERY_Q_BIT = 8, 3
_QUERY_DEFAULTS = 0x1000
"""DR 8, M 1, pilot tone, all tags, target A."""
_USUAL_Q = 4
_REFUSALS = (0x0E, 0x17)
"""Bad parameter, bad command."""
_SELECT_FOR_COMMANDS = b"\x02"
"""The selection is made before tag commands, never before inventories."""
_HARDWARE, _FIRMWARE, _MAKER = b"\x00", b"\x01", b"\x02"


class R200:
    """One module."""

    outputs = 0

    def __init__(
        self, talk: Talk[Frame], profile: SerialProfile, report: Report, counters: Counter[str]
    ) -> None:
        self._talk = talk
        self._profile = profile
        self._report = report
        self._counters = counters
        self._head = int(profile.variant or "BB", 16)
        self._reading = False
        self._wanted = Frame(r200.COMMAND, r200.STOP_INVENTORY, b"", self._head)
        """What `aim` made ready."""
        talk.hears = self._heard

    def prepare(self) -> str:
        """Identify it, then set region, power and session."""
        self._reading = False
        self.stop()
        hardware, firmware, maker = map(self._text, (_HARDWARE, _FIRMWARE, _MAKER))
        profile = self._profile
        if profile.region is not None:
            self._set(r200.SET_REGION, bytes((REGIONS[profile.region],)))
        if profile.transmit_power_dbm is not None:
            centi_dbm = round(100 * profile.transmit_power_dbm)
            self._set(r200.SET_POWER, centi_dbm.to_bytes(2, "big"))
        if profile.session is not None or profile.q is not None:
            query = _QUERY_DEFAULTS | (profile.session or 0) << _QUERY_SESSION_BIT
            query |= (_USUAL_Q if profile.q is None else profile.q) << _QUERY_Q_BIT
            self._set(r200.SET_QUERY, query.to_bytes(2, "big"))
        return " ".join(word for word in (maker, hardware, firmware) if word)

    def start(self) -> None:
        """Read for as many rounds as it can count."""
        self._reading = True
        self._send(r200.MULTIPLE_INVENTORY, b"\x22" + ROUNDS.to_bytes(2, "big"))

    def tend(self, now: float) -> float:
        """Nothing: it reads by itself."""
        return NEVER

    def nudge(self) -> None:
        """Set it up again: it has come to the end of its rounds, or been switched on anew.

        It never is quiet while it reads, for it says of every empty round that it was empty.
        """
        self.prepare()
        self.start()

    def switch(self, states: Mapping[int, bool]) -> None:
        """Nothing: it has no relays."""

    def aim(self, command: TagCommand) -> None:
        """End its rounds, and select the tag in the session in which rounds run."""
        epc = whole_words("EPC", command.epc)
        self._wanted = r200_tags.command_frame(command, self._head)
        self._reading = False
        self._set(r200.STOP_INVENTORY, b"")
        query = int.from_bytes(self._set(r200.GET_QUERY, b"").payload[:2], "big")
        self._set(r200.SET_SELECT_MODE, _SELECT_FOR_COMMANDS)
        self._set(r200.SET_SELECT, r200_tags.selection(epc, query, self._head).payload)

    def carry_out(self, command: TagCommand) -> Verdict:
        """Ask once; after silence let it say who it is, lest a late answer be taken for another."""
        wanted = self._wanted
        answer = self._talk.ask_once(
            wanted, lambda heard: _answers(heard, wanted.command), self._profile.access_within_s
        )
        if answer is not None:
            return r200_tags.judge(answer, command)
        self._set(r200.MODULE_INFO, _HARDWARE)
        return unconfirmed(command, NO_ANSWER)

    def stop(self) -> None:
        """End its rounds."""
        self._send(r200.STOP_INVENTORY)

    def _heard(self, frame: Frame) -> None:
        tags = r200.read_tags(frame)
        if tags:
            if self._reading:
                self._counters["reads"] += len(tags)
                self._report(reads_of(tags, self._profile.rssi))
        elif (code := r200.error_of(frame)) is not None:
            self._failed(code)
        elif frame.command not in r200.COMMANDS:
            self._counters["unknown_frames"] += 1

    def _failed(self, code: int) -> None:
        """Note an error that answers no question; refusing to read is the only grave one."""
        if code == r200.NO_TAG:
            return
        self._counters["reader_errors"] += 1
        if self._reading and code in _REFUSALS:
            raise Declined(f"{r200.COMMANDS[r200.MULTIPLE_INVENTORY]}: {r200.error_words(code)}")

    def _text(self, which: bytes) -> str:
        answer = self._set(r200.MODULE_INFO, which)
        return answer.payload[1:].decode("ascii", "replace").strip(" \0")

    def _set(self, command: int, payload: bytes) -> Frame:
        answer = self._talk.ask(
            Frame(r200.COMMAND, command, payload, self._head),
            lambda heard: _answers(heard, command),
        )
        code = r200.error_of(answer)
        if code is not None:
            raise Declined(f"{r200.COMMANDS[command]}: {r200.error_words(code)}")
        return answer

    def _send(self, command: int, payload: bytes = b"") -> None:
        self._talk.send(Frame(r200.COMMAND, command, payload, self._head))


def _answers(heard: Frame, command: int) -> bool:
    """Whether ``heard`` answers ``command``; that a round was empty answers nothing."""
    code = r200.error_of(heard)
    if code is not None:
        return code != r200.NO_TAG
    return heard.kind == r200.ANSWER and heard.command == command
