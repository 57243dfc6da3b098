"""Reads out of reports: the fast way equals the safe way, and what is left out is remembered."""

import struct
from collections.abc import Sequence
from itertools import pairwise
from math import pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Garbled
from drivers.llrp.wire import Bits, Framer, Parameter, TagReports, encode, message, parameter
from drivers.observations import TagRead

EPC = "300833B2DDD9CAFEBABE801E"
OTHER = "2C14257BF42EF800000004D2"
IMPINJ = 25882


def report(*tags: Parameter) -> bytes:
    return encode(message("RO_ACCESS_REPORT", 1, *tags))


def tag(epc: str, *parts: Parameter) -> Parameter:
    return parameter("TagReportData", parameter("EPC_96", EPC=bytes.fromhex(epc)), *parts)


def antenna(number: int) -> Parameter:
    return parameter("AntennaID", AntennaID=number)


def rssi(dbm: int) -> Parameter:
    return parameter("PeakRSSI", PeakRSSI=dbm)


def time(name: str, us: int) -> Parameter:
    return parameter(name, Microseconds=us)


def seen(count: int) -> Parameter:
    return parameter("TagSeenCount", TagCount=count)


def impinj(subtype: int, data: bytes) -> Parameter:
    return parameter("Custom", VendorIdentifier=IMPINJ, ParameterSubtype=subtype, Data=data)


def impinj_rssi(centi_dbm: int) -> Parameter:
    return impinj(57, struct.pack(">h", centi_dbm))


def impinj_tid(words: str) -> Parameter:
    octets = bytes.fromhex(words)
    return impinj(55, struct.pack(">H", len(octets) // 2) + octets)


def full(epc: str, port: int, dbm: int, us: int, count: int) -> Parameter:
    last_seen = time("LastSeenTimestampUTC", us)
    return tag(epc, antenna(port), rssi(dbm), last_seen, seen(count))


def test_a_report_gives_every_tag_with_what_the_reader_said() -> None:
    frame = report(full(EPC, 1, -55, 1000, 3), full(OTHER, 2, -61, 1001, 1))
    assert TagReports().read(frame) == (
        TagRead(EPC, 1, -55.0, 1000, 3),
        TagRead(OTHER, 2, -61.0, 1001, 1),
    )


def test_what_the_reader_never_said_is_not_made_up() -> None:
    assert TagReports().read(report(tag(EPC))) == (TagRead(EPC, 0, None, None, 1),)


@pytest.mark.parametrize(
    ("bits", "octets"), [(8, "0A"), (72, "00112233445566778899"[:18]), (9, "FF80")]
)
def test_an_epc_of_any_length_is_reported(bits: int, octets: str) -> None:
    epc = parameter("EPCData", EPC=Bits(bits, bytes.fromhex(octets)))
    assert TagReports().read(report(parameter("TagReportData", epc)))[0].epc == octets


def test_the_best_time_the_reader_gives_is_taken() -> None:
    first = time("FirstSeenTimestampUTC", 10)
    last = time("LastSeenTimestampUTC", 20)
    uptime = time("FirstSeenTimestampUptime", 30)
    assert TagReports().read(report(tag(EPC, uptime)))[0].reader_time_us == 30
    assert TagReports().read(report(tag(EPC, first, uptime)))[0].reader_time_us == 10
    assert TagReports().read(report(tag(EPC, first, last)))[0].reader_time_us == 20


def test_impinj_says_its_rssi_in_hundredths_of_a_dbm_and_is_believed_over_whole_ones() -> None:
    frame = report(tag(EPC, antenna(1), rssi(-53), seen(1), impinj_rssi(-5275)))
    reports = TagReports()
    assert [reports.read(frame)[0].rssi_dbm for _ in range(3)] == [-52.75] * 3


def test_what_a_tag_and_its_answer_say_beside_the_number_is_reported_either_way() -> None:
    parts = (
        parameter("C1G2_PC", PC_Bits=0x3400),
        impinj_tid("E2801190200050004F2A03B1"),
        impinj(56, struct.pack(">H", 1024)),
        impinj(68, struct.pack(">h", -24)),
    )
    frame = report(tag(EPC, antenna(1), *parts))
    reports = TagReports()
    expected = TagRead(
        EPC, 1, None, None, 1, 0x3400, "E2801190200050004F2A03B1", 1024 * 2 * pi / 4096, -1.5
    )
    assert [reports.read(frame) for _ in range(3)] == [(expected,)] * 3


def test_a_tags_own_number_is_never_taken_for_another_tags() -> None:
    reports = TagReports()
    reports.read(report(tag(EPC, impinj_tid("E2801190"))))
    assert reports.read(report(tag(OTHER)))[0].tid is None


def test_parameters_left_out_equal_the_last_ones_sent() -> None:
    reports = TagReports()
    reports.read(report(full(EPC, 2, -48, 1000, 7)))
    assert reports.read(report(tag(OTHER))) == (TagRead(OTHER, 2, -48.0, 1000, 7),)
    assert reports.read(report(tag(EPC, rssi(-50)))) == (TagRead(EPC, 2, -50.0, 1000, 7),)


def test_parameters_left_out_equal_the_last_ones_even_when_those_came_the_fast_way() -> None:
    reports = TagReports()
    for dbm in (-40, -41, -42):
        reports.read(report(full(EPC, 1, dbm, 5, 1), full(OTHER, 2, dbm - 10, 6, 9)))
    assert reports.read(report(tag(EPC))) == (TagRead(EPC, 2, -52.0, 6, 9),)


def test_a_bad_report_is_garbled_and_leaves_nothing_behind() -> None:
    reports = TagReports()
    reports.read(report(full(EPC, 1, -40, 5, 1)))
    bad = report(full(OTHER, 2, -99, 6, 2), parameter("TagReportData", antenna(3)))
    with pytest.raises(Garbled, match="without an EPC"):
        reports.read(bad)
    assert reports.read(report(tag(EPC))) == (TagRead(EPC, 1, -40.0, 5, 1),)


def test_a_parameter_without_length_cannot_come_with_one() -> None:
    body = bytes.fromhex("00f0 0017 8d 300833b2ddd9cafebabe801e 0001 0006 0005")
    with pytest.raises(Garbled):
        TagReports().read(report()[:2] + struct.pack(">II", 10 + len(body), 1) + body)


def test_what_is_no_tag_is_passed_over() -> None:
    survey = parameter("RFSurveyReportData")
    custom = parameter("Custom", VendorIdentifier=1, Data=b"anything")
    assert TagReports().read(report(survey, full(EPC, 1, -40, 5, 1), custom))[0].epc == EPC


OPTIONAL = st.tuples(
    st.sampled_from([None, antenna(1), antenna(2)]),
    st.sampled_from([None, rssi(-128), rssi(-60), rssi(127)]),
    st.sampled_from([None, parameter("ChannelIndex", ChannelIndex=3)]),
    st.sampled_from([None, time("FirstSeenTimestampUTC", 7), time("FirstSeenTimestampUptime", 8)]),
    st.sampled_from(
        [None, time("LastSeenTimestampUTC", 9), time("LastSeenTimestampUptime", 2**63)]
    ),
    st.sampled_from([None, seen(0), seen(0xFFFF)]),
    st.sampled_from([None, parameter("C1G2_PC", PC_Bits=0x3400)]),
    st.sampled_from([None, impinj_rssi(-4321), parameter("Custom", VendorIdentifier=1)]),
    st.sampled_from([None, impinj(56, b"\x0f\xff"), impinj(58, b"ab"), impinj(56, b"abc")]),
    st.sampled_from([None, impinj(68, b"\xff\xf0"), impinj_tid("E280"), impinj(55, b"\0\2ab")]),
)
EPCS = st.one_of(
    st.binary(min_size=12, max_size=12).map(lambda epc: parameter("EPC_96", EPC=epc)),
    st.binary(min_size=2, max_size=3).map(
        lambda epc: parameter("EPCData", EPC=Bits(8 * len(epc), epc))
    ),
)


@st.composite
def frames(draw: st.DrawFn) -> list[bytes]:
    """Reports mostly of one shape, as readers send them, so that the layout is used."""
    shapes = draw(st.lists(OPTIONAL, min_size=1, max_size=2))
    made = []
    for _ in range(draw(st.integers(1, 6))):
        count = draw(st.integers(0, 3))
        tags = [
            parameter("TagReportData", draw(EPCS), *filter(None, draw(st.sampled_from(shapes))))
            for _ in range(count)
        ]
        frame = bytearray(report(*tags))
        if draw(st.booleans()) and len(frame) > 10:
            frame[draw(st.integers(10, len(frame) - 1))] = draw(st.integers(0, 255))
        made.append(bytes(frame))
    return made


def outcomes(reports: TagReports, sent: Sequence[bytes]) -> list[tuple[TagRead, ...] | None]:
    heard: list[tuple[TagRead, ...] | None] = []
    for frame in sent:
        try:
            heard.append(reports.read(frame))
        except Garbled:
            heard.append(None)
    return heard


@given(frames())
def test_the_fast_way_gives_what_the_safe_way_gives_whatever_comes(sent: list[bytes]) -> None:
    assert outcomes(TagReports(), sent) == outcomes(TagReports(learn=False), sent)


def heard_in(pieces: Sequence[bytes], *, runs: bool) -> tuple[list[TagRead], int]:
    """The reads in a stream that comes in pieces, and how many frames of it were bad."""
    framer, reports = Framer(), TagReports(learn=runs)
    reads: list[TagRead] = []
    bad = 0

    def run(data: bytes) -> int:
        taken, found = reports.read_run(data)
        reads.extend(found)
        return taken

    for piece in pieces:
        for frame in framer.feed(piece, run):
            try:
                reads += reports.read(frame)
            except Garbled:
                bad += 1
    return reads, bad


@given(st.lists(frames(), max_size=3), st.lists(st.integers(0, 2000), max_size=20))
def test_a_run_of_reports_gives_what_they_give_one_by_one_however_they_are_cut(
    sent: list[list[bytes]], cuts: list[int]
) -> None:
    stream = b"".join(frame for shape in sent for frame in shape for _ in range(3))
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(places)]
    assert heard_in(pieces, runs=True) == heard_in([stream], runs=False)


def test_a_long_run_is_taken_as_a_whole_up_to_what_is_not_like_it() -> None:
    reports = TagReports()
    alike = [report(full(EPC, 1, -40, us, 1)) for us in range(100)]
    reports.read(alike[0])
    stream = b"".join(alike) + alike[0][:20]
    taken, reads = reports.read_run(stream)
    assert (taken, [read.reader_time_us for read in reads]) == (len(stream) - 20, [*range(100)])
    size = len(alike[0])
    other = stream[:size] + b"\x05" + stream[size + 1 :]
    assert reports.read_run(other) == (0, [])
    assert reports.read(report(tag(OTHER)))[0].reader_time_us == 99


def test_reports_of_one_shape_do_take_the_fast_way() -> None:
    reports = TagReports()
    reports.read(report(full(EPC, 1, -40, 5, 1)))
    layout = reports._layout
    assert layout is not None
    assert layout.fits(memoryview(report(full(OTHER, 2, -99, 6, 2), full(EPC, 3, 0, 0, 1)))[10:])
    assert not layout.fits(memoryview(report(tag(OTHER)))[10:])
