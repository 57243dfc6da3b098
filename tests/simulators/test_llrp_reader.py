"""The simulated reader by itself: it obeys what it was told, and nothing else."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from drivers.llrp.wire import (
    ENUMERATIONS,
    Framer,
    Message,
    Parameter,
    decode,
    encode,
    message,
    parameter,
)
from simulators.llrp_abilities import Abilities
from simulators.llrp_brain import HELD_READS, ReaderBrain
from simulators.llrp_reader import SimulatedReader
from simulators.llrp_tags import Seen

EPC = "300833B2DDD9CAFEBABE801E"


@pytest.fixture
def brain() -> ReaderBrain:
    made = ReaderBrain(Abilities(antennas=2), clock_us=lambda: 1_000_000)
    made.connected()
    return made


def rospec(*antennas: int, every: int = 1, **content: int) -> Parameter:
    selector = parameter("TagReportContentSelector", **content)
    return parameter(
        "ROSpec",
        parameter(
            "ROBoundarySpec", parameter("ROSpecStartTrigger"), parameter("ROSpecStopTrigger")
        ),
        parameter("AISpec", parameter("AISpecStopTrigger"), AntennaIDs=antennas or (0,)),
        parameter("ROReportSpec", selector, ROReportTrigger=1, N=every),
        ROSpecID=1,
    )


def tell(brain: ReaderBrain, name: str, *parts: Parameter, **fields: int) -> str:
    """The status the reader answers with."""
    (answer,) = brain.hear(message(name, 7, *parts, **fields))
    status = answer.first("LLRPStatus")
    assert status is not None
    assert answer.id == 7
    return ENUMERATIONS["StatusCode"][status.number("StatusCode")]


def started(brain: ReaderBrain, spec: Parameter) -> None:
    assert tell(brain, "ADD_ROSPEC", spec) == "M_Success"
    assert tell(brain, "ENABLE_ROSPEC", ROSpecID=1) == "M_Success"
    assert tell(brain, "START_ROSPEC", ROSpecID=1) == "M_Success"


def tags(messages: Iterator[Message]) -> list[list[str]]:
    """What each report says of each tag."""
    return [[part.name for part in tag.parameters] for m in messages for tag in m.parameters]


def test_nothing_is_reported_before_it_was_added_enabled_and_started(brain: ReaderBrain) -> None:
    steps: list[tuple[str, tuple[Parameter, ...], dict[str, int]]]
    steps = [("ADD_ROSPEC", (rospec(),), {})]
    steps += [(name, (), {"ROSpecID": 1}) for name in ("ENABLE_ROSPEC", "START_ROSPEC")]
    for name, parts, fields in steps:
        assert list(brain.see([Seen(1, EPC)])) == []
        assert tell(brain, name, *parts, **fields) == "M_Success"
    assert len(list(brain.see([Seen(1, EPC)]))) == 1
    assert tell(brain, "STOP_ROSPEC", ROSpecID=1) == "M_Success"
    assert list(brain.see([Seen(1, EPC)])) == []


def test_only_its_antennas_and_fields_are_reported(brain: ReaderBrain) -> None:
    started(brain, rospec(2, EnablePeakRSSI=1, EnableTagSeenCount=1))
    seen = [Seen(1, EPC), Seen(2, EPC), Seen(3, EPC)]
    assert tags(brain.see(seen)) == [["EPC_96", "PeakRSSI", "TagSeenCount"]]


def test_a_report_waits_for_as_many_tags_as_were_asked_for(brain: ReaderBrain) -> None:
    started(brain, rospec(every=3))
    assert [len(m.parameters) for m in brain.see([Seen(1, EPC)] * 7)] == [3, 3]
    (answer,) = brain.hear(message("GET_REPORT", 1))
    assert len(answer.parameters) == 1


def test_what_did_not_change_may_be_left_out(brain: ReaderBrain) -> None:
    brain.omits_repeats = True
    started(brain, rospec(EnableAntennaID=1, EnablePeakRSSI=1))
    seen = [Seen(1, EPC, -50), Seen(1, EPC, -51), Seen(1, "01", -51)]
    assert tags(brain.see(seen)) == [
        ["EPC_96", "AntennaID", "PeakRSSI"], ["EPC_96", "PeakRSSI"], ["EPCData"]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "parts", "fields", "status"),
    [
        ("ADD_ROSPEC", (rospec(3),), {}, "A_OutOfRange"),
        ("ENABLE_ROSPEC", (), {"ROSpecID": 1}, "A_Invalid"),
        ("START_ROSPEC", (), {"ROSpecID": 1}, "A_Invalid"),
        ("SET_READER_CONFIG", (parameter("GPOWriteData", GPOPortNumber=5),), {}, "A_OutOfRange"),
        ("ENABLE_ACCESSSPEC", (), {"AccessSpecID": 1}, "A_Invalid"),
        ("CLIENT_REQUEST_OP", (), {}, "M_UnsupportedMessage"),
    ],
)
def test_what_cannot_be_is_refused_with_a_status(
    brain: ReaderBrain,
    name: str,
    parts: tuple[Parameter, ...],
    fields: dict[str, int],
    status: str,
) -> None:
    assert tell(brain, name, *parts, **fields) == status


def test_a_reader_of_1_0_1_refuses_version_1_1_with_an_error_message() -> None:
    brain = ReaderBrain(Abilities(speaks_1_1=False), clock_us=lambda: 0)
    (answer,) = brain.hear(message("GET_SUPPORTED_VERSION", 1, version=2))
    assert (answer.name, answer.version) == ("ERROR_MESSAGE", 1)


def test_reads_are_held_while_nobody_is_connected_when_that_was_asked(brain: ReaderBrain) -> None:
    hold = parameter("EventsAndReports", HoldEventsAndReportsUponReconnect=1)
    assert tell(brain, "SET_READER_CONFIG", hold) == "M_Success"
    started(brain, rospec())
    brain.disconnected()
    assert list(brain.see([Seen(1, EPC)] * (HELD_READS + 5))) == []
    brain.connected()
    (report,) = brain.hear(message("ENABLE_EVENTS_AND_REPORTS", 1))
    assert len(report.parameters) == HELD_READS


def test_reads_are_lost_while_nobody_is_connected_when_that_was_not_asked(
    brain: ReaderBrain,
) -> None:
    started(brain, rospec())
    brain.disconnected()
    assert list(brain.see([Seen(1, EPC)])) == []
    brain.connected()
    assert list(brain.hear(message("ENABLE_EVENTS_AND_REPORTS", 1))) == []


class Client:
    """A bare LLRP client."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._framer = Framer()
        self._heard: list[Message] = []

    def hear(self) -> Message:
        while not self._heard:
            data = self._link.recv(4096)
            assert data, "closed"
            self._heard += map(decode, self._framer.feed(data))
        return self._heard.pop(0)

    def greeting(self) -> int:
        data = self.hear().first("ReaderEventNotificationData")
        event = data.first("ConnectionAttemptEvent") if data else None
        assert event is not None
        return event.number("Status")

    def say(self, name: str, *parts: Parameter) -> None:
        self._link.sendall(encode(message(name, 1, *parts)))

    def closed(self) -> bool:
        return self._link.recv(1) == b""


@contextmanager
def client(reader: SimulatedReader) -> Iterator[Client]:
    with socket.create_connection(("127.0.0.1", reader.port), timeout=10) as link:
        yield Client(link)


def test_a_second_client_is_turned_away_and_the_first_is_told() -> None:
    with SimulatedReader() as reader, client(reader) as first:
        assert first.greeting() == 0
        with client(reader) as second:
            assert second.greeting() == 2
            assert second.closed()
        assert first.greeting() == 4
        assert reader.refused == 1


def test_keepalives_come_when_asked_for() -> None:
    with SimulatedReader() as reader, client(reader) as first:
        first.greeting()
        spec = parameter("KeepaliveSpec", KeepaliveTriggerType=1, PeriodicTriggerValue=50)
        first.say("SET_READER_CONFIG", spec)
        names = [first.hear().name for _ in range(3)]
        assert names == ["SET_READER_CONFIG_RESPONSE", "KEEPALIVE", "KEEPALIVE"]


def test_a_goodbye_is_answered_and_makes_room_for_the_next() -> None:
    with SimulatedReader() as reader:
        with client(reader) as first:
            first.greeting()
            first.say("CLOSE_CONNECTION")
            assert first.hear().name == "CLOSE_CONNECTION_RESPONSE"
            assert first.closed()
        with client(reader) as second:
            assert second.greeting() == 0


def test_a_reader_comes_back_at_its_port_having_forgotten_everything() -> None:
    with SimulatedReader() as reader:
        port = reader.port
        with client(reader) as first:
            first.greeting()
            first.say("SET_READER_CONFIG", parameter("GPOWriteData", GPOPortNumber=1, GPOData=1))
            first.hear()
            assert reader.outputs[1]
            reader.vanish()
            assert first.closed()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=10)
        reader.come_back()
        with client(reader) as second:
            assert second.greeting() == 0
        assert reader.port == port
        assert not any(reader.outputs.values())
