"""One profile, readers of several makes: what each is asked for is what it can do."""

from math import pi

import pytest

from drivers.llrp.profile import ReaderProfile, TransmitPower
from drivers.llrp.wire import Message, Parameter
from drivers.observations import TagRead
from simulators.llrp_abilities import Abilities
from simulators.llrp_reader import SimulatedReader
from simulators.llrp_tags import Seen
from tests.drivers.llrp.rig import connected, driving

EPC = "300833B2DDD9CAFEBABE801E"
TID = "E2801190200050004F2A03B1"
IMPINJ = Abilities(maker=25882, modes=(0, 1, 2, 3, 4, 1000, 1002), inputs=4)
ZEBRA = Abilities(
    maker=161,
    antennas=8,
    outputs=4,
    modes=tuple(range(1, 34)),
    power_levels_dbm=tuple(10.0 + 0.1 * step for step in range(193)),
    speaks_1_1=False,
)
SMALL = Abilities(
    antennas=2,
    inputs=1,
    outputs=1,
    modes=(0,),
    power_levels_dbm=(20.0, 24.0, 27.0),
    hops=False,
    holds_reports=False,
    access_specs=1,
    speaks_1_1=False,
)
"""Like the smallest readers with an LLRP front: fixed channels, three levels, no memory."""
MAKES = {"impinj": IMPINJ, "zebra": ZEBRA, "small": SMALL}
EVERYTHING = ReaderProfile(
    power=TransmitPower(dbm=26.5),
    antenna_power={2: TransmitPower(dbm=24.0)},
    report_pc=True,
    impinj_phase=True,
    impinj_doppler=True,
    impinj_tid=True,
)
SEEN = Seen(2, EPC, -52.25, at_us=1000, tid=TID, phase=1024, doppler=-24)


def added(reader: SimulatedReader) -> Message:
    return next(heard for heard in reader.heard if heard.name == "ADD_ROSPEC")


def transmitters(message: Message) -> list[tuple[int, int, int]]:
    def within(owner: Message | Parameter) -> list[Parameter]:
        return [part for own in owner.parameters for part in (own, *within(own))]

    found = [part for part in within(message) if part.name == "RFTransmitter"]
    return [
        (p.number("HopTableID"), p.number("ChannelIndex"), p.number("TransmitPower")) for p in found
    ]


@pytest.mark.parametrize("make", MAKES)
def test_one_profile_fits_every_make(make: str) -> None:
    with SimulatedReader(abilities=MAKES[make]) as reader, connected(reader, EVERYTHING) as rig:
        reader.show([SEEN])
        rig.await_reads(EPC)
        assert (rig.reads[0].antenna, rig.reads[0].pc) == (2, 0x3000)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        ("impinj", {(1, 0, 67), (1, 0, 57)}),
        ("zebra", {(1, 0, 166), (1, 0, 141)}),
        ("small", {(0, 1, 2)}),
    ],
)
def test_power_and_channel_are_named_as_each_make_has_them(
    make: str, expected: set[tuple[int, int, int]]
) -> None:
    with SimulatedReader(abilities=MAKES[make]) as reader, connected(reader, EVERYTHING):
        assert set(transmitters(added(reader))) == expected


def test_an_impinj_reader_says_more_of_a_read() -> None:
    with SimulatedReader(abilities=IMPINJ) as reader, connected(reader, EVERYTHING) as rig:
        reader.show([SEEN])
        rig.await_reads(EPC)
        phase = 1024 * 2 * pi / 4096
        assert rig.reads == [TagRead(EPC, 2, -52.25, 1000, 1, 0x3000, TID, phase, -1.5)]


@pytest.mark.parametrize("make", ["zebra", "small"])
def test_other_makes_are_asked_for_nothing_of_impinjs(make: str) -> None:
    with SimulatedReader(abilities=MAKES[make]) as reader, connected(reader, EVERYTHING):
        assert "CUSTOM_MESSAGE" not in [heard.name for heard in reader.heard]


def test_what_no_level_of_the_reader_allows_is_said_once_and_plainly() -> None:
    weak = ReaderProfile(power=TransmitPower(dbm=12.0))
    with SimulatedReader(abilities=SMALL) as reader, driving(reader.port, weak) as rig:
        rig.await_health("lost")
        assert rig.reasons == ["12.0 dBm are asked for, the weakest the reader has is 20.0"]


def test_an_impinj_reader_that_will_not_be_extended_is_told_as_lost() -> None:
    with SimulatedReader(abilities=IMPINJ) as reader:
        reader.refuse("CUSTOM_MESSAGE", "licence")
        with driving(reader.port) as rig:
            rig.await_health("lost", "back")
            assert rig.reasons == ["the Impinj extension cannot be enabled"]
