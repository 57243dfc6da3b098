"""UHFReader18 and UHFReader288 readers: they read for one round at a time, when they are asked.

A round's answer comes in several frames; the last one's status says that it is the last.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import cycle
from time import monotonic

from drivers.commands import TagCommand
from drivers.errors import Declined
from drivers.serial_uhf.family import Report, reads_of
from drivers.serial_uhf.profile import SerialProfile
from drivers.serial_uhf.talk import TRIES, Talk
from drivers.serial_uhf.wire import uhf288, uhf288_tags
from drivers.serial_uhf.wire.uhf288 import Frame
from drivers.tag_access import NO_ANSWER, Verdict, unconfirmed

BANDS = {
    "china-920": (0b0001, 19), "us": (0b0010, 49), "korea": (0b0011, 31), "eu": (0b0100, 14),
    "china-840": (0b1000, 19),
}  # fmt: skip
"""Band, whose bits are shared out over both channel bytes, and its highest channel."""
MIN_ROUND_S = 0.02
"""Rounds do not follow each other faster, however fast an empty field is noticed."""
_USUAL_Q = 4
_TENTHS = 10
_ROUND_ENDS = uhf288.WITH_TAGS - {uhf288.MORE} | {uhf288.NO_TAG, uhf288.ANTENNA_FAULT}
REFUSALS_TAKEN = 3
"""So many rounds refused in a row, and it counts as lost."""


class Uhf288:
    """One reader."""

    outputs = 0

    def __init__(
        self, talk: Talk[Frame], profile: SerialProfile, report: Report, counters: Counter[str]
    ) -> None:
        self._talk = talk
        self._profile = profile
        self._report = report
        self._counters = counters
        self._layout = profile.variant or uhf288.TYPE_288
        self._scan_time = max(1, round(profile.scan_time_s * _TENTHS))
        self._antennas = cycle(profile.antennas or (None,))
        self._reading = False
        self._asked_at: float | None = None
        self._last_round = 0.0
        self._in_vain = 0
        self._refused = 0
        self._wanted = Frame(profile.address, uhf288.READER_INFO, b"")
        """What `aim` made ready."""
        talk.hears = self._heard

    def prepare(self) -> str:
        """Identify it, then set what is not as it shall be."""
        self._reading = False
        info = uhf288.read_info(self._ask(uhf288.READER_INFO))
        profile = self._profile
        if profile.region is not None:
            band, highest = BANDS[profile.region]
            channels = (band >> 2 << 6 | highest, (band & 0b11) << 6)
            if channels != (info.highest_channel, info.lowest_channel):
                self._ask(uhf288.SET_REGION, bytes(channels))
        if profile.transmit_power_dbm is not None:
            power_dbm = int(profile.transmit_power_dbm)
            if power_dbm != info.power_dbm:
                self._ask(uhf288.SET_POWER, bytes((power_dbm,)))
        if self._scan_time != info.scan_time:
            self._ask(uhf288.SET_SCAN_TIME, bytes((self._scan_time,)))
        return f"UHFReader type {info.kind:02X}, firmware {info.version}"

    def start(self) -> None:
        """Ask for the first round, unless one is under way."""
        self._reading = True
        self._in_vain = 0
        if self._asked_at is None:
            self._ask_round(monotonic())

    def tend(self, now: float) -> float:
        """Ask for the next round when one is over, or its answer was lost."""
        if self._asked_at is None:
            due = self._last_round + MIN_ROUND_S
            if now < due:
                return due
            self._in_vain = 0
            self._ask_round(now)
        elif now >= self._overdue_at(self._asked_at):
            self._in_vain += 1
            if self._in_vain >= TRIES:
                raise self._talk.no_answer()
            self._ask_round(now)
        return self._overdue_at(now)

    def nudge(self) -> None:
        """Nothing: it is asked for a round all the time."""

    def switch(self, states: Mapping[int, bool]) -> None:
        """Nothing: it has no relays that we know of."""

    def aim(self, command: TagCommand) -> None:
        """Let the round under way end: until then it hears nothing."""
        self._wanted = uhf288_tags.command_frame(command, self._profile.address)
        while self._asked_at is not None:
            overdue = self._overdue_at(self._asked_at)
            if monotonic() >= overdue:
                self._asked_at = None
                self._ask(uhf288.READER_INFO)
            else:
                self._talk.hear(overdue)
        self._reading = False

    def carry_out(self, command: TagCommand) -> Verdict:
        """Ask once; after silence let it say who it is, lest a late answer be taken for another."""
        wanted = self._wanted
        answer = self._talk.ask_once(
            wanted, lambda heard: heard.code == wanted.code, self._profile.access_within_s
        )
        if answer is not None:
            return uhf288_tags.judge(answer, command)
        self._ask(uhf288.READER_INFO)
        return unconfirmed(command, NO_ANSWER)

    def stop(self) -> None:
        """Ask for no more rounds."""
        self._reading = False

    def _overdue_at(self, since: float) -> float:
        return since + self._scan_time / _TENTHS + self._profile.answer_within_s

    def _ask_round(self, now: float) -> None:
        self._asked_at = self._last_round = now
        profile = self._profile
        if self._layout == uhf288.TYPE_18:
            self._talk.send(Frame(profile.address, uhf288.INVENTORY, b""))
            return
        self._talk.send(
            uhf288.inventory(
                profile.address,
                q=_USUAL_Q if profile.q is None else profile.q,
                session=profile.session or 0,
                antenna=next(self._antennas),
                scan_time=self._scan_time,
            )
        )

    def _heard(self, frame: Frame) -> None:
        if frame.code == uhf288.INVENTORY:
            self._note_end(frame.status)
        elif frame.code not in uhf288.CODES:
            self._counters["unknown_frames"] += 1
        tags = uhf288.read_tags(frame, self._layout)
        if tags and self._reading:
            reads = reads_of(tags, self._profile.rssi)
            self._counters["reads"] += len(reads)
            self._report(reads)

    def _note_end(self, status: int | None) -> None:
        """Note whether a frame ends the round.

        Raises:
            Declined: it has refused too many rounds.
        """
        if status in (uhf288.MORE, uhf288.STATISTICS):
            if self._asked_at is not None:
                self._asked_at = self._talk.last_heard
            return
        self._asked_at = None
        if status not in _ROUND_ENDS or status == uhf288.ANTENNA_FAULT:
            self._counters["reader_errors"] += 1
        self._refused = 0 if status in _ROUND_ENDS else self._refused + 1
        if self._refused >= REFUSALS_TAKEN:
            raise Declined(f"inventory: {uhf288.status_words(status)}")

    def _ask(self, code: int, data: bytes = b"") -> Frame:
        answer = self._talk.ask(
            Frame(self._profile.address, code, data), lambda heard: heard.code == code
        )
        if answer.status != uhf288.SUCCESS:
            raise Declined(f"{uhf288.CODES[code]}: {uhf288.status_words(answer.status)}")
        return answer
