"""A reader's side of LLRP: what it answers, and when it reports. No socket, thread or clock."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from drivers.llrp.wire import Message, Parameter, message, parameter
from simulators.llrp_abilities import Abilities, capabilities
from simulators.llrp_access import AccessSpecs
from simulators.llrp_impinj import IMPINJ, extensions_enabled, own_words
from simulators.llrp_rospecs import Refusal, ROSpecs
from simulators.llrp_tags import Seen, tag_report, without_repeats
from simulators.tag_memory import SimulatedTag

HELD_READS = 10_000
"""How many reads the reader keeps while it may not send them; then the oldest are lost."""
REPORT_AFTER_TAGS = (1, 2)
VERSION_1_1 = 2
END_OF_ROSPEC = 1
GPI_EVENT = 1
"""Of NotificationEventType."""


class ReaderBrain:
    """The state of one reader since it was switched on."""

    def __init__(self, abilities: Abilities, *, clock_us: Callable[[], int]) -> None:
        self._abilities = abilities
        self._clock_us = clock_us
        self._specs = ROSpecs(abilities)
        self._accesses = AccessSpecs(most=abilities.access_specs)
        self._waiting: deque[Parameter] = deque(maxlen=HELD_READS)
        self._latest: dict[int, Parameter] = {}
        self._hold_on_connect = False
        self._holding = True
        self._last_id = 0
        self._version = 1
        self._keepalive_ms = 0
        self._extended = False
        self._told_inputs: set[int] = set()
        self._tells_inputs = False
        self.inputs = dict.fromkeys(range(1, abilities.inputs + 1), False)
        """Which inputs are high."""
        self.outputs = dict.fromkeys(range(1, abilities.outputs + 1), False)
        """Which outputs are closed."""
        self.acknowledged = 0
        """How many KEEPALIVE_ACK came."""
        self.omits_repeats = False
        """Whether reports leave out parameters that equal the last ones sent."""
        self.refusals: dict[str, str] = {}
        """Requests to refuse, each once, whatever they ask: name and the reason to give."""
        self._answers: dict[str, Callable[[Message], Iterable[Parameter]]] = {
            "GET_READER_CAPABILITIES": lambda _: capabilities(abilities),
            "GET_READER_CONFIG": self._configuration,
            "SET_READER_CONFIG": self._configure,
            "GET_ROSPECS": lambda _: self._specs.all(),
            "ADD_ROSPEC": self._add,
            "DELETE_ROSPEC": _by_id(self._specs.delete),
            "ENABLE_ROSPEC": _by_id(self._specs.enable),
            "DISABLE_ROSPEC": _by_id(self._specs.disable),
            "START_ROSPEC": _by_id(self._specs.start),
            "STOP_ROSPEC": _by_id(self._specs.stop),
            "GET_ACCESSSPECS": lambda _: self._accesses.all(),
            "ADD_ACCESSSPEC": self._add_access,
            "DELETE_ACCESSSPEC": _by_id(self._accesses.delete, "AccessSpecID"),
            "ENABLE_ACCESSSPEC": _by_id(self._accesses.enable, "AccessSpecID"),
            "DISABLE_ACCESSSPEC": _by_id(self._accesses.disable, "AccessSpecID"),
            "CLOSE_CONNECTION": lambda _: (),
        }

    @property
    def keepalive_s(self) -> float | None:
        """How often to send KEEPALIVE, when asked for."""
        return self._keepalive_ms / 1000 if self._keepalive_ms else None

    def connected(self, status: int = 0) -> Message:
        """The greeting to a new connection; events and reports are held where that was asked."""
        if status == 0:
            self._version = 1
            self._latest.clear()
            self._holding = self._hold_on_connect
        return self.event(parameter("ConnectionAttemptEvent", Status=status))

    def disconnected(self) -> None:
        """Nobody listens: reads are kept where that was asked, else lost."""
        self._holding = True
        if not self._hold_on_connect:
            self._waiting.clear()

    def keepalive(self) -> Message:
        """What shows that the reader lives."""
        return self._message("KEEPALIVE")

    def event(self, *what: Parameter) -> Message:
        """A notification of something that happened now."""
        now = parameter("UTCTimestamp", Microseconds=self._clock_us())
        return self._message(
            "READER_EVENT_NOTIFICATION", parameter("ReaderEventNotificationData", now, *what)
        )

    def see(self, reads: Iterable[Seen]) -> Iterator[Message]:
        """Let tags be seen; yields the reports that are due then."""
        for seen in reads:
            spec = self._specs.report_spec
            if spec is None or not self._specs.reads_with(seen.antenna):
                continue
            content = spec.first("TagReportContentSelector")
            if content is not None and (not self._holding or self._hold_on_connect):
                own = own_words(seen, spec) if self._extended else ()
                self._waiting.append(tag_report(seen, content, self._clock_us(), own))
            if not self._holding and self._due(spec):
                yield self._report()

    def meet(self, tag: SimulatedTag, antenna: int, rssi_dbm: float) -> Iterator[Message]:
        """Let a tag with a memory be seen, and do to it what an AccessSpec wants."""
        if tag.killed or not self._specs.reads_with(antenna):
            return
        epc = tag.epc
        results = self._accesses.carry_out(tag, antenna)
        yield from self.see([Seen(antenna, epc, rssi_dbm, results=results)])

    def set_input(self, port: int, *, high: bool) -> Iterator[Message]:
        """Let the level of an input be that; yields the event where it was asked for."""
        changed = self.inputs[port] != high
        self.inputs[port] = high
        if changed and self._tells_inputs and port in self._told_inputs and not self._holding:
            yield self.event(parameter("GPIEvent", GPIPortNumber=port, GPIEvent=int(high)))

    def hear(self, heard: Message) -> Iterator[Message]:
        """What the reader answers."""
        match heard.name:
            case "KEEPALIVE_ACK":
                self.acknowledged += 1
            case "ENABLE_EVENTS_AND_REPORTS" | "GET_REPORT":
                self._holding = False
                if self._waiting or heard.name == "GET_REPORT":
                    yield self._report()
            case _:
                yield self._answer(heard)

    @property
    def reading(self) -> bool:
        """Whether a ROSpec is active."""
        return self._specs.active is not None

    def end_reading(self) -> Iterator[Message]:
        """End the active ROSpec unasked; yields the event that tells of it."""
        active = self._specs.active
        if active is not None:
            self._specs.stop(active)
            yield self.event(parameter("ROSpecEvent", EventType=END_OF_ROSPEC, ROSpecID=active))

    def _due(self, spec: Parameter) -> bool:
        every = spec.number("N")
        after_tags = spec.number("ROReportTrigger") in REPORT_AFTER_TAGS
        return after_tags and 0 < every <= len(self._waiting)

    def _report(self) -> Message:
        reports = list(self._waiting)
        self._waiting.clear()
        if self.omits_repeats:
            reports = [without_repeats(report, self._latest) for report in reports]
        return self._message("RO_ACCESS_REPORT", *reports)

    def _answer(self, heard: Message) -> Message:
        try:
            return self._agreed(heard)
        except Refusal as refusal:
            status = parameter(
                "LLRPStatus", StatusCode=refusal.status, ErrorDescription=str(refusal)
            )
            known = heard.name in self._answers and heard.version <= self._highest
            name = f"{heard.name}_RESPONSE" if known else "ERROR_MESSAGE"
            return message(name, heard.id, status, version=self._version)

    def _agreed(self, heard: Message) -> Message:
        if heard.version > self._highest:
            raise Refusal("M_UnsupportedVersion", f"version {heard.version} is not spoken here")
        if heard.name in self.refusals:
            raise Refusal("R_DeviceError", self.refusals.pop(heard.name))
        success = parameter("LLRPStatus")
        if heard.name in ("GET_SUPPORTED_VERSION", "SET_PROTOCOL_VERSION"):
            return self._negotiated(heard, success)
        if heard.name == "CUSTOM_MESSAGE" and self._abilities.maker == IMPINJ:
            greeting = extensions_enabled(heard, success)
            if greeting is not None:
                self._extended = True
                return greeting
        answer = self._answers.get(heard.name)
        if answer is None:
            raise Refusal("M_UnsupportedMessage", f"{heard.name} is not served here")
        content = answer(heard)
        return message(f"{heard.name}_RESPONSE", heard.id, success, *content, version=self._version)

    def _negotiated(self, heard: Message, success: Parameter) -> Message:
        name = f"{heard.name}_RESPONSE"
        if heard.name == "SET_PROTOCOL_VERSION":
            self._version = heard.number("ProtocolVersion")
            return message(name, heard.id, success, version=self._version)
        versions = {"CurrentVersion": self._version, "SupportedVersion": self._highest}
        return message(name, heard.id, success, version=VERSION_1_1, **versions)

    @property
    def _highest(self) -> int:
        return VERSION_1_1 if self._abilities.speaks_1_1 else 1

    def _add(self, heard: Message) -> Iterable[Parameter]:
        for spec in heard.all("ROSpec"):
            self._specs.add(spec)
        return ()

    def _add_access(self, heard: Message) -> Iterable[Parameter]:
        for spec in heard.all("AccessSpec"):
            self._accesses.add(spec)
        return ()

    def _configuration(self, _: Message) -> Iterable[Parameter]:
        yield parameter("Identification", IDType=0, ReaderID=self._abilities.reader_id)
        yield parameter(
            "KeepaliveSpec",
            KeepaliveTriggerType=int(self._keepalive_ms > 0),
            PeriodicTriggerValue=self._keepalive_ms,
        )
        for port, high in self.inputs.items():
            watched = int(port in self._told_inputs)
            yield parameter("GPIPortCurrentState", GPIPortNum=port, Config=watched, State=int(high))
        for port, closed in self.outputs.items():
            yield parameter("GPOWriteData", GPOPortNumber=port, GPOData=int(closed))
        hold = int(self._hold_on_connect)
        yield parameter("EventsAndReports", HoldEventsAndReportsUponReconnect=hold)

    def _configure(self, heard: Message) -> Iterable[Parameter]:
        writes = {w.number("GPOPortNumber"): w.number("GPOData") for w in heard.all("GPOWriteData")}
        for port in writes:
            if port not in self.outputs:
                raise Refusal("A_OutOfRange", f"there is no output {port}")
        self.outputs.update((port, bool(data)) for port, data in writes.items())
        self._configure_inputs(heard)
        for spec in heard.all("KeepaliveSpec"):
            periodic = spec.number("KeepaliveTriggerType")
            self._keepalive_ms = spec.number("PeriodicTriggerValue") if periodic else 0
        for spec in heard.all("EventsAndReports"):
            wanted = spec.number("HoldEventsAndReportsUponReconnect")
            self._hold_on_connect = bool(wanted) and self._abilities.holds_reports
        return ()

    def _configure_inputs(self, heard: Message) -> None:
        for state in heard.all("GPIPortCurrentState"):
            port = state.number("GPIPortNum")
            if port not in self.inputs:
                raise Refusal("A_OutOfRange", f"there is no input {port}")
            (self._told_inputs.add if state.number("Config") else self._told_inputs.discard)(port)
        for spec in heard.all("ReaderEventNotificationSpec"):
            for state in spec.all("EventNotificationState"):
                if state.number("EventType") == GPI_EVENT:
                    self._tells_inputs = bool(state.number("NotificationState"))

    def _message(self, name: str, *parameters: Parameter) -> Message:
        self._last_id += 1
        return message(name, self._last_id, *parameters, version=self._version)


def _by_id(
    verb: Callable[[int], None], field: str = "ROSpecID"
) -> Callable[[Message], Iterable[Parameter]]:
    def answer(heard: Message) -> Iterable[Parameter]:
        verb(heard.number(field))
        return ()

    return answer
