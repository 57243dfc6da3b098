"""One connection to a reader, from its greeting to the goodbye: who asks, who answers, who acts.

It never judges a read: what a report means is decided elsewhere.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from time import monotonic

from drivers.errors import Declined, Garbled, Unreachable
from drivers.link import Link
from drivers.llrp.capabilities import IMPINJ
from drivers.llrp.wire import (
    ENUMERATIONS,
    HEADER,
    MESSAGES,
    PARAMETERS,
    Framer,
    Message,
    Parameter,
    TagReports,
    Value,
    decode,
    encode,
    message,
)
from drivers.observations import TagRead

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 5.0
RO_ACCESS_REPORT = MESSAGES.by_name["RO_ACCESS_REPORT"].number
LLRP_STATUS = PARAMETERS.by_name["LLRPStatus"].number.to_bytes(2)
STARTED = 0
"""Of ROSpecEventType; the others mean that nobody reads now."""
_KIND_BITS = 0x3FF

IMPINJ_ENABLE_EXTENSIONS = 21
"""Subtype of the message without which an Impinj reader knows none of its own parameters."""

Changed = Callable[[int, bool], None]
"""An input and whether it is high."""
Report = Callable[[tuple[TagRead, ...]], None]


class Session:
    """Speaks LLRP over one `Link`: asks and waits, and meanwhile hears everything else."""

    def __init__(
        self,
        name: str,
        link: Link,
        *,
        report: Report,
        changed: Changed,
        counters: Counter[str],
    ) -> None:
        self._name = name
        self._link = link
        self._report = report
        self._changed = changed
        self._counters = counters
        self._framer = Framer()
        self._tags = TagReports()
        self._last_id = 0
        self._asked = 0
        self._answers: dict[int, Message] = {}
        self._greeting: int | None = None
        self._heard_at = monotonic()
        self._reading = False
        self._gathered: list[TagRead] = []
        self._warned = False
        self._sought: tuple[str, int] | None = None
        self.found: Parameter | None = None
        """The OpSpecResult of the operation sought, once it came."""
        self.version = 1
        """What our frames say: 1 is LLRP 1.0.1, 2 is LLRP 1.1."""
        self.silence_s: float | None = None
        """How long the reader may say nothing; ``None`` before it has promised keepalives."""

    def greet(self) -> None:
        """Wait for the reader to accept the connection (section 16.2.7.6.9).

        Raises:
            Unreachable: it serves somebody else, or says nothing.
        """
        end = monotonic() + ANSWER_WITHIN_S
        while self._greeting is None:
            if monotonic() >= end:
                raise Unreachable(f"connected, but no greeting within {ANSWER_WITHIN_S:g} s")
            self.hear(end)
        if self._greeting != 0:
            words = ENUMERATIONS["ConnectionAttemptStatusType"].get(self._greeting, "unknown")
            raise Unreachable(f"refused: {_spoken(words)}")

    def ask(self, name: str, *parameters: Parameter, **fields: int) -> Message:
        """Send a request and return the answer to it.

        Raises:
            Declined: the reader says no, in its own words.
            Unreachable: no answer in time.
        """
        answer = self._answer_to(name, *parameters, **fields)
        _require_success(name, answer)
        return answer

    def enable_impinj_extensions(self) -> None:
        """Let the reader understand and use Impinj's own parameters.

        Raises:
            Declined: it does not.
            Unreachable: no answer in time.
        """
        fields: dict[str, Value] = {"Data": bytes(4)}
        answer = self._answer_to(
            "CUSTOM_MESSAGE",
            VendorIdentifier=IMPINJ,
            MessageSubtype=IMPINJ_ENABLE_EXTENSIONS,
            **fields,
        )
        status = answer.fields.get("Data")
        if not isinstance(status, bytes) or status[:2] != LLRP_STATUS or any(status[4:6]):
            raise Declined("the Impinj extension cannot be enabled")

    def _answer_to(self, name: str, *parameters: Parameter, **fields: Value) -> Message:
        asked = self._asked = self.send(name, *parameters, **fields)
        end = monotonic() + ANSWER_WITHIN_S
        while asked not in self._answers:
            if monotonic() >= end:
                raise Unreachable(f"no answer to {name} within {ANSWER_WITHIN_S:g} s")
            self.hear(end)
        return self._answers.pop(asked)

    def send(self, name: str, *parameters: Parameter, **fields: Value) -> int:
        """Send a message that may or may not be answered; return its id."""
        self._last_id += 1
        sent = message(name, self._last_id, *parameters, version=self.version, **fields)
        self._link.send(encode(sent))
        return self._last_id

    def seek(self, result: str, operation: int) -> None:
        """Look for the ``result`` parameter of the operation with that OpSpecID from now on."""
        self._sought, self.found = (result, operation), None

    def seek_no_more(self) -> None:
        """The operation is over."""
        self._sought = self.found = None

    def expect_reading(self) -> None:
        """From now on the end of the reading that was asked for is a failure."""
        self._reading = True

    def hear(self, until: float) -> int:
        """Wait for bytes, at most until that monotonic time, and act on what they say.

        Returns how many reads were among it. Reads that arrive together are reported together,
        except across anything else the reader says, so that all is told in its order.

        Raises:
            Unreachable: the reader is gone, has been silent too long, or stopped reading.
            Garbled: what came cannot be cut into frames any more.
        """
        limit = None if self.silence_s is None else self._heard_at + self.silence_s
        data = self._link.receive(until if limit is None else min(until, limit))
        now = monotonic()
        if not data:
            if limit is not None and now >= limit:
                raise Unreachable(f"silent for {self.silence_s:g} s")
            return 0
        self._heard_at = now
        self._counters["bytes"] += len(data)
        before = self._counters["reads"]
        try:
            for frame in self._framer.feed(data, self._run):
                self._frame(frame)
        finally:
            self._hand_over()
        return self._counters["reads"] - before

    def _run(self, data: bytes) -> int:
        """Take the reports that ``data`` begins with together; how many octets these are."""
        if self._sought is not None:
            return 0
        taken, reads = self._tags.read_run(data)
        self._counters["frames"] += len(reads)
        self._tagged(reads)
        return taken

    def _frame(self, frame: bytes) -> None:
        self._counters["frames"] += 1
        try:
            if HEADER.unpack_from(frame)[0] & _KIND_BITS == RO_ACCESS_REPORT:
                self._tagged(self._tags.read(frame))
                if self._sought is not None:
                    self._look_for_result(decode(frame), *self._sought)
            else:
                self._hand_over()
                self._message(decode(frame))
        except Garbled as error:
            self._counters["bad_frames"] += 1
            level = logging.DEBUG if self._warned else logging.WARNING
            self._warned = True
            log.log(level, "%s: a bad frame dropped: %s", self._name, error)

    def _tagged(self, reads: Sequence[TagRead]) -> None:
        self._counters["reads"] += len(reads)
        self._gathered += reads

    def _hand_over(self) -> None:
        if self._gathered:
            gathered, self._gathered = tuple(self._gathered), []
            self._report(gathered)

    def _look_for_result(self, report: Message, name: str, operation: int) -> None:
        for tag in report.all("TagReportData"):
            for result in tag.all(name):
                if result.number("OpSpecID") == operation:
                    self.found = result

    def _message(self, heard: Message) -> None:
        match heard.name:
            case "KEEPALIVE":
                acknowledgement = message("KEEPALIVE_ACK", heard.id, version=self.version)
                self._link.send(encode(acknowledgement))
            case "READER_EVENT_NOTIFICATION":
                self._event(heard)
            case name if name.endswith("_RESPONSE") or name == "ERROR_MESSAGE":
                self._answered(heard)
            case "CUSTOM_MESSAGE" if heard.id == self._asked:
                self._answered(heard)
            case name:
                self._counters["unknown_frames"] += 1
                log.info("%s: %s message of type %d ignored", self._name, name, heard.kind)

    def _answered(self, heard: Message) -> None:
        if heard.id == self._asked:
            self._answers[heard.id] = heard
        else:
            log.warning("%s: %s nobody asked for: %s", self._name, heard.name, _refusal(heard))

    def _event(self, heard: Message) -> None:
        data = heard.first("ReaderEventNotificationData")
        for event in data.parameters if data else ():
            self._happened(event)

    def _happened(self, event: Parameter) -> None:
        match event.name:
            case "ConnectionAttemptEvent" if self._greeting is None:
                self._greeting = event.number("Status")
            case "ConnectionCloseEvent":
                raise Unreachable("the reader says goodbye")
            case "ROSpecEvent" if self._reading and event.number("EventType") != STARTED:
                raise Unreachable("the reader stopped reading")
            case "GPIEvent":
                self._changed(event.number("GPIPortNumber"), bool(event.number("GPIEvent")))
            case "ReaderExceptionEvent":
                log.warning("%s: %s", self._name, event.text("Message"))
            case "AntennaEvent" | "ReportBufferLevelWarningEvent":
                log.warning("%s: %s: %s", self._name, event.name, dict(event.fields))
            case "ReportBufferOverflowErrorEvent":
                self._counters["overflows"] += 1
                log.error("%s: the reader lost reads: its buffer is full", self._name)
            case _:
                log.debug("%s: %s", self._name, event.name)


def _require_success(name: str, answer: Message) -> None:
    status = answer.first("LLRPStatus")
    if status is None or status.number("StatusCode") != 0:
        raise Declined(f"{name} declined: {_refusal(answer)}")


def _refusal(answer: Message) -> str:
    status = answer.first("LLRPStatus")
    if status is None:
        return "without a status"
    code = status.number("StatusCode")
    word = ENUMERATIONS["StatusCode"].get(code, str(code))
    return f"{word} {status.text('ErrorDescription')}".strip()


def _spoken(word: str) -> str:
    """A word of the standard as people read it."""
    return word.removeprefix("Failed_").replace("_", " ").lower()
