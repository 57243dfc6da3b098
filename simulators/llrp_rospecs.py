"""The ROSpecs a simulated reader was given, and what it may do with them (section 10)."""

from collections.abc import Iterator

from drivers.llrp.wire import ENUMERATIONS, Parameter
from simulators.llrp_abilities import Abilities

DISABLED, INACTIVE, ACTIVE = range(3)
START_IMMEDIATE = 1
EVERY_ANTENNA = 0
_CODES = {word: code for code, word in ENUMERATIONS["StatusCode"].items()}


class Refusal(Exception):
    """The reader says no: a word of StatusCode, and why."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.status = _CODES[code]


class ROSpecs:
    """Added, enabled, started: in that order only. Every verb raises `Refusal` else."""

    def __init__(self, abilities: Abilities) -> None:
        self._abilities = abilities
        self._specs: dict[int, Parameter] = {}
        self._states: dict[int, int] = {}

    def add(self, spec: Parameter) -> None:
        """Take a ROSpec that this reader can carry out."""
        id_ = spec.number("ROSpecID")
        if id_ == 0 or id_ in self._specs:
            raise Refusal("A_Invalid", f"ROSpec {id_} cannot be added")
        self._check_antennas(spec)
        self._check_settings(spec)
        self._specs[id_] = spec
        self._states[id_] = DISABLED

    def delete(self, id_: int) -> None:
        """Forget one, or all (0)."""
        for each in list(self._specs) if id_ == 0 else [self._known(id_)]:
            del self._specs[each], self._states[each]

    def enable(self, id_: int) -> None:
        """Make it ready to start; it starts now if its trigger says so."""
        for each in self._chosen(id_):
            boundary = self._specs[each].first("ROBoundarySpec")
            trigger = boundary.first("ROSpecStartTrigger") if boundary else None
            immediate = trigger and trigger.number("ROSpecStartTriggerType") == START_IMMEDIATE
            self._states[each] = ACTIVE if immediate else INACTIVE

    def disable(self, id_: int) -> None:
        """Stop it, and let nothing start it."""
        for each in self._chosen(id_):
            self._states[each] = DISABLED

    def start(self, id_: int) -> None:
        """Start one that is enabled."""
        if self._states[self._known(id_)] != INACTIVE:
            raise Refusal("A_Invalid", f"ROSpec {id_} is not ready to start")
        self._states[id_] = ACTIVE

    def stop(self, id_: int) -> None:
        """Stop one that is active."""
        if self._states[self._known(id_)] != ACTIVE:
            raise Refusal("A_Invalid", f"ROSpec {id_} is not active")
        self._states[id_] = INACTIVE

    @property
    def active(self) -> int | None:
        """The one that reads now."""
        return next((id_ for id_, state in self._states.items() if state == ACTIVE), None)

    @property
    def report_spec(self) -> Parameter | None:
        """When and what the active one reports."""
        return None if self.active is None else self._specs[self.active].first("ROReportSpec")

    def reads_with(self, antenna: int) -> bool:
        """Whether the active one uses that antenna."""
        if self.active is None or not 1 <= antenna <= self._abilities.antennas:
            return False
        used = set(_antennas(self._specs[self.active]))
        return EVERY_ANTENNA in used or antenna in used

    def all(self) -> Iterator[Parameter]:
        """Every one with its present state."""
        for id_, spec in self._specs.items():
            fields = {**spec.fields, "CurrentState": self._states[id_]}
            yield Parameter(kind=spec.kind, fields=fields, parameters=spec.parameters)

    def _known(self, id_: int) -> int:
        if id_ not in self._specs:
            raise Refusal("A_Invalid", f"there is no ROSpec {id_}")
        return id_

    def _chosen(self, id_: int) -> list[int]:
        return list(self._specs) if id_ == 0 else [self._known(id_)]

    def _check_antennas(self, spec: Parameter) -> None:
        for antenna in _antennas(spec):
            if antenna > self._abilities.antennas:
                raise Refusal("A_OutOfRange", f"there is no antenna {antenna}")

    def _check_settings(self, spec: Parameter) -> None:
        for part in _within(spec):
            if part.name == "C1G2RFControl" and part.number("ModeIndex") not in self._modes:
                raise Refusal("A_OutOfRange", f"there is no mode {part.number('ModeIndex')}")
            if part.name == "RFTransmitter":
                hops = part.number("HopTableID") == 1 and part.number("ChannelIndex") == 0
                fixed = part.number("HopTableID") == 0 and part.number("ChannelIndex") > 0
                if not (hops if self._abilities.hops else fixed):
                    raise Refusal("A_Invalid", "neither a hop table nor a channel of this reader")
                index = part.number("TransmitPower")
                if not 1 <= index <= len(self._abilities.power_levels_dbm):
                    raise Refusal("A_OutOfRange", f"there is no power level {index}")

    @property
    def _modes(self) -> tuple[int, ...]:
        return self._abilities.modes


def _antennas(spec: Parameter) -> Iterator[int]:
    for part in spec.all("AISpec"):
        listed = part.fields["AntennaIDs"]
        if isinstance(listed, tuple):
            yield from (int(antenna) for antenna in listed)


def _within(owner: Parameter) -> Iterator[Parameter]:
    for part in owner.parameters:
        yield part
        yield from _within(part)
