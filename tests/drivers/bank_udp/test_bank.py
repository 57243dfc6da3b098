"""A bank with another tongue: the same wishes, the same states, the same outcomes."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.clock import system_clock
from drivers.bank_udp.driver import UdpBank
from drivers.bank_udp.wire import (
    Climate,
    Code,
    Column,
    Flag,
    Frame,
    Status,
    climate_data,
    climate_of,
    decode,
    encode,
    status_data,
    status_of,
)
from drivers.commands import (
    CloseRack,
    Command,
    OpenAisle,
    RecoverMotion,
    StopRack,
    SwitchOutputs,
    VentilateRack,
)
from drivers.errors import Garbled
from drivers.observations import (
    CommandOutcome,
    DeviceBack,
    DeviceLost,
    Observation,
    Outcome,
    Presence,
    RackMode,
    RackStatus,
)
from simulators.udp_bank import UdpBankSimulator
from tests.services import eventually

COLUMNS = 8


@dataclass(slots=True)
class Rig:
    """A bank, and its driver connected to it."""

    bank: UdpBankSimulator
    driver: UdpBank
    seen: list[Observation] = field(default_factory=list)

    def wish(self, command: Command, command_id: str = "c") -> CommandOutcome:
        """Wish it and wait for the last word."""
        self.driver.submit(command)
        return self.last_word(command_id)

    def last_word(self, command_id: str) -> CommandOutcome:
        """The final outcome of a command."""
        return eventually(lambda: self._final(command_id), lambda found: len(found) == 1)[0]

    def _final(self, command_id: str) -> list[CommandOutcome]:
        return [
            o
            for o in list(self.seen)
            if isinstance(o, CommandOutcome)
            and o.command_id == command_id
            and o.outcome is not Outcome.ACCEPTED
        ]

    def status(self) -> RackStatus:
        """The newest."""
        return [o for o in list(self.seen) if isinstance(o, RackStatus)][-1]

    def heard(self, code: Code) -> int:
        """How often the bank was asked that."""
        return self.bank.heard.count(code)


@pytest.fixture
def rig() -> Iterator[Rig]:
    with UdpBankSimulator(columns=COLUMNS, speed_mm_per_s=3000.0) as bank:
        yield from _driven(bank, columns=COLUMNS, may_move=True)


def _driven(bank: UdpBankSimulator, *, columns: int, may_move: bool) -> Iterator[Rig]:
    driver = UdpBank(
        name="r",
        host="127.0.0.1",
        port=bank.port,
        columns=columns,
        clock=system_clock,
        allow_without_watchdog=may_move,
    )
    rig, ended = Rig(bank=bank, driver=driver), threading.Event()
    threads = [
        threading.Thread(target=driver.run, args=(rig.seen.append, ended)),
        threading.Thread(target=_let_time_run, args=(bank, ended)),
    ]
    for thread in threads:
        thread.start()
    try:
        eventually(
            lambda: [o for o in list(rig.seen) if isinstance(o, DeviceBack | DeviceLost)], bool
        )
        yield rig
    finally:
        ended.set()
        for thread in threads:
            thread.join(5)
            assert not thread.is_alive()


def _let_time_run(bank: UdpBankSimulator, ended: threading.Event) -> None:
    last = monotonic()
    while not ended.wait(0.005):
        now = monotonic()
        bank.advance(now - last)
        last = now


def test_an_aisle_opens_the_bank_closes_and_is_aired(rig: Rig) -> None:
    assert rig.wish(OpenAisle(device="r", command_id="open", aisle=5), "open").outcome is (
        Outcome.DONE
    )
    assert rig.status().open_aisle == 5
    for command in (
        CloseRack(device="r", command_id="close"),
        VentilateRack(device="r", command_id="air"),
    ):
        assert rig.wish(command, command.command_id).outcome is Outcome.DONE


def test_a_wish_that_was_lost_is_not_sent_again_and_nobody_knows(rig: Rig) -> None:
    rig.bank.deaf_to.add(Code.OPEN_FIXED_LEFT)
    word = rig.wish(OpenAisle(device="r", command_id="open", aisle=5), "open")
    assert (word.outcome, word.detail) == (Outcome.UNKNOWN, "not_seen_to_move")
    assert rig.heard(Code.OPEN_FIXED_LEFT) == 1
    assert rig.bank.shelving.motions == []


def test_a_bank_in_local_mode_is_not_asked_to_move(rig: Rig) -> None:
    rig.bank.shelving.switch_to("local")
    eventually(lambda: rig.status().mode, lambda mode: mode is RackMode.LOCAL)
    word = rig.wish(OpenAisle(device="r", command_id="open", aisle=5), "open")
    assert (word.outcome, word.detail) == (Outcome.REFUSED, "refused_mode")


def test_somebody_in_an_aisle_lets_nothing_begin(rig: Rig) -> None:
    rig.bank.shelving.enter_aisle(3)
    eventually(lambda: rig.status().presence, lambda p: set(p) == {Presence.UNKNOWN})
    word = rig.wish(OpenAisle(device="r", command_id="open", aisle=5), "open")
    assert (word.outcome, word.detail) == (Outcome.REFUSED, "refused_occupied")
    assert rig.heard(Code.OPEN_FIXED_LEFT) == 0


def test_a_stop_goes_out_at_once_and_is_seen_to_have_worked(rig: Rig) -> None:
    assert rig.wish(StopRack(device="r", command_id="stop"), "stop").outcome is Outcome.DONE
    assert rig.heard(Code.STOP) >= 1


def test_after_a_restart_such_a_bank_can_tell_nothing(rig: Rig) -> None:
    wish = OpenAisle(device="r", command_id="before", aisle=5)
    word = rig.wish(RecoverMotion(device="r", wish=wish), "before")
    assert (word.outcome, word.detail) == (Outcome.UNKNOWN, "forgotten")
    assert rig.heard(Code.OPEN_FIXED_LEFT) == 0


def test_an_aisle_there_is_not_is_refused(rig: Rig) -> None:
    word = rig.wish(OpenAisle(device="r", command_id="open", aisle=8), "open")
    assert (word.outcome, word.detail) == (Outcome.REFUSED, "bad_argument")


def test_lamps_are_not_for_racks(rig: Rig) -> None:
    with pytest.raises(TypeError, match="SwitchOutputs"):
        rig.driver.submit(SwitchOutputs(device="r", on=(1,), off=(), for_s=None))


def test_nonsense_is_counted_and_changes_nothing(rig: Rig) -> None:
    for nonsense in (b"", b"\x55", b"hello, world", encode(Frame(address=9, code=0))):
        rig.bank.say(nonsense)
    assert rig.wish(OpenAisle(device="r", command_id="open", aisle=2), "open").outcome is (
        Outcome.DONE
    )


def test_silence_is_said_once_and_its_end_once(rig: Rig) -> None:
    rig.bank.silent = True
    eventually(lambda: [o for o in list(rig.seen) if isinstance(o, DeviceLost)], bool)
    rig.bank.silent = False
    eventually(lambda: rig.driver.counters()["reconnects"], lambda n: n == 1)
    kinds = [type(o).__name__ for o in rig.seen if isinstance(o, DeviceBack | DeviceLost)]
    assert kinds == ["DeviceBack", "DeviceLost", "DeviceBack"]


def test_without_the_sites_word_it_does_not_move() -> None:
    with UdpBankSimulator(columns=COLUMNS) as bank:
        for rig in _driven(bank, columns=COLUMNS, may_move=False):
            word = rig.wish(OpenAisle(device="r", command_id="open", aisle=5), "open")
            assert (word.outcome, word.detail) == (Outcome.REFUSED, "no_watchdog")


def test_another_bank_than_was_configured_is_lost() -> None:
    with UdpBankSimulator(columns=COLUMNS) as bank:
        for rig in _driven(bank, columns=12, may_move=True):
            (lost,) = [o for o in rig.seen if isinstance(o, DeviceLost)]
            assert "8 columns, expected 12" in lost.reason


def test_the_emergency_stop_is_told() -> None:
    with UdpBankSimulator(columns=COLUMNS) as bank:
        for rig in _driven(bank, columns=COLUMNS, may_move=True):
            bank.shelving.press_emergency_stop()
            eventually(lambda r=rig: r.status().mode, lambda m: m is RackMode.EMERGENCY_STOP)  # type: ignore[misc]


def test_the_octets_of_a_question() -> None:
    frame = Frame(address=1, code=Code.OPEN_FIXED_LEFT, data=b"\x04")
    assert encode(frame) == bytes.fromhex("55 01 81 01 04 DC")
    assert decode(encode(frame)) == frame


@given(st.binary(max_size=300))
def test_no_datagram_is_more_than_garbled(datagram: bytes) -> None:
    try:
        frame = decode(datagram)
    except Garbled:
        return
    assert encode(frame) == datagram


@given(
    flags=st.integers(0, 127),
    columns=st.lists(st.sampled_from(Column), min_size=2, max_size=33),
    fault=st.integers(0, 255),
)
def test_a_status_survives_the_wire(flags: int, columns: list[Column], fault: int) -> None:
    status = Status(flags=Flag(flags), fault_code=fault, columns=tuple(columns))
    assert status_of(status_data(status)) == status
    assert all(1 <= aisle < len(columns) for aisle in status.open_aisles)


@pytest.mark.parametrize("data", [b"", b"\x01\x00", b"\x01\x00\x02\x00", b"\x01\x00\x01\x09"])
def test_half_a_status_is_garbled(data: bytes) -> None:
    with pytest.raises(Garbled):
        status_of(data)


def test_the_climate_may_be_below_zero_or_absent() -> None:
    cold = Climate(temperature_c=-5.5, relative_humidity_percent=None)
    assert climate_of(climate_data(cold)) == cold
    with pytest.raises(Garbled):
        climate_of(b"\x00")
