"""CF-M gate readers: told once to read, they answer for every tag; they count passages, too.

Two infra-red beams let the device tell in from out by itself. Its word is counted and shown,
never taken for a passage: what a file does at a door is decided elsewhere.
"""

from collections import Counter
from collections.abc import Mapping

from drivers.commands import TagCommand
from drivers.errors import Declined, Unreachable
from drivers.serial_uhf.family import Report, reads_of
from drivers.serial_uhf.profile import SerialProfile
from drivers.serial_uhf.talk import Talk
from drivers.serial_uhf.wire import cfm
from drivers.serial_uhf.wire.cfm import Frame, Parameters
from drivers.tag_access import CANNOT, Verdict, refused

BANDS = {
    "us": (1, 902, 750, 500, 49),
    "korea": (2, 917, 100, 200, 31),
    "eu": (3, 865, 100, 200, 14),
    "japan": (4, 952, 200, 200, 7),
    "china-840": (7, 840, 125, 250, 19),
    "china-920": (8, 920, 125, 250, 19),
}
"""Region, lowest frequency in MHz and kHz, step in kHz, highest channel (section 2.2.8)."""
ANSWERS = 0
"""The work mode in which it reads when told to, and then goes on."""
START_AGAIN_AFTER_S = 0.3
"""After it said that its rounds are over, and then nothing more."""
NEVER = float("inf")
COUNTED = {cfm.GATE_IN: "gate_in", cfm.GATE_OUT: "gate_out", cfm.EAS_ALARM: "gate_eas"}


class Cfm:
    """One gate reader."""

    outputs = len(cfm.RELAYS)

    def __init__(
        self, talk: Talk[Frame], profile: SerialProfile, report: Report, counters: Counter[str]
    ) -> None:
        self._talk = talk
        self._profile = profile
        self._report = report
        self._counters = counters
        self._reading = False
        self._over_at: float | None = None
        self._set: Parameters | None = None
        talk.hears = self._heard

    def prepare(self) -> str:
        """Stop and identify it, then set what is not as it shall be."""
        self._reading = False
        self._ask(cfm.STOP_INVENTORY)
        hardware, firmware, module, _ = cfm.read_info(self._ask(cfm.DEVICE_INFO))
        found = self._parameters()
        wanted = self._as_profile(found)
        if wanted != found:
            self._ask(cfm.SET_PARAMETERS, cfm.parameter_bytes(wanted))
            found = self._parameters()
        self._require(wanted, found)
        self._set = found
        return ", ".join(word for word in (firmware, hardware, module) if word)

    def start(self) -> None:
        """Read until stopped."""
        self._reading = True
        self._over_at = None
        self._talk.send(cfm.inventory(self._profile.address))

    def tend(self, now: float) -> float:
        """Start again where it stopped by itself."""
        if self._over_at is None:
            return NEVER
        due = self._over_at + START_AGAIN_AFTER_S
        if now < due:
            return due
        self.start()
        return NEVER

    def nudge(self) -> None:
        """See that it is set as it was, and start it again: an empty gate may just be quiet."""
        if self._parameters() != self._set:
            raise Unreachable("it has lost its settings")
        self.start()

    def switch(self, states: Mapping[int, bool]) -> None:
        """Close or release relays."""
        for number, on in sorted(states.items()):
            closed = on != (number in self._profile.inverted_outputs)
            command = cfm.relay(number, closed=closed, address=self._profile.address)
            self._ask(command.code, command.data)

    def aim(self, command: TagCommand) -> None:
        """Decline: the maker's manual (section 2.3) knows no command that writes, locks or kills.

        A read without the others would serve nobody: what a gate reads of a tag is its number.
        """
        raise Declined(CANNOT)

    def carry_out(self, command: TagCommand) -> Verdict:
        """Refuse, as `aim` does."""
        return refused(CANNOT)

    def stop(self) -> None:
        """Let it read no more."""
        self._talk.send(Frame(self._profile.address, cfm.STOP_INVENTORY, b""))

    def _require(self, wanted: Parameters, found: Parameters) -> None:
        """Insist that it took what it was told; a reader may say yes and do otherwise."""
        pairs = zip(Parameters._fields, wanted, found, strict=True)
        differing = [f"{name} {is_now!r}" for name, was_told, is_now in pairs if was_told != is_now]
        if differing:
            raise Declined(f"set parameters: it keeps {', '.join(differing)}")

    def _as_profile(self, found: Parameters) -> Parameters:
        profile = self._profile
        wanted = found._replace(work_mode=ANSWERS)
        if profile.q is not None:
            wanted = wanted._replace(q=profile.q)
        if profile.antennas:
            wanted = wanted._replace(antennas=sum(1 << port - 1 for port in profile.antennas))
        if profile.region is not None:
            wanted = wanted._replace(band=BANDS[profile.region])
        if profile.transmit_power_dbm is not None:
            wanted = wanted._replace(power_dbm=int(profile.transmit_power_dbm))
        if profile.session is not None:
            wanted = wanted._replace(session=profile.session)
        return wanted

    def _parameters(self) -> Parameters:
        return cfm.read_parameters(self._ask(cfm.GET_PARAMETERS).data[1:])

    def _heard(self, frame: Frame) -> None:
        event = cfm.read_gate_event(frame)
        if event is not None:
            if event.direction in COUNTED:
                self._counters[COUNTED[event.direction]] += 1
            return
        if frame.code == cfm.INVENTORY:
            self._note_round(frame.status)
        elif frame.code not in cfm.CODES:
            self._counters["unknown_frames"] += 1
        tags = cfm.read_tags(frame)
        if tags and self._reading:
            self._counters["reads"] += len(tags)
            self._report(reads_of(tags, self._profile.rssi))

    def _note_round(self, status: int | None) -> None:
        """Note whether its rounds are over.

        Raises:
            Declined: it refuses to read.
        """
        over = status == cfm.ROUND_OVER and self._reading
        self._over_at = self._talk.last_heard if over else None
        if status in (cfm.SUCCESS, cfm.ROUND_OVER):
            return
        self._counters["reader_errors"] += 1
        if self._reading and status in cfm.REFUSALS:
            raise Declined(f"inventory: {cfm.status_words(status)}")

    def _ask(self, code: int, data: bytes = b"") -> Frame:
        answer = self._talk.ask(
            Frame(self._profile.address, code, data),
            lambda heard: heard.code == code and bool(heard.data),
        )
        if answer.status != cfm.SUCCESS:
            raise Declined(f"{cfm.CODES[code]}: {cfm.status_words(answer.status)}")
        return answer
