"""The codec by itself: what it yields, what it refuses, what it never does."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Garbled
from drivers.llrp.wire import (
    MAX_FRAME_BYTES,
    UNKNOWN,
    Bits,
    Framer,
    Message,
    Parameter,
    decode,
    encode,
    message,
    parameter,
)
from drivers.llrp.wire.codec import MAX_PARAMETERS
from tests.drivers.llrp.strategies import messages

KEEPALIVE = bytes.fromhex("043e 0000000a 00000007")


def frame(kind: int, body: bytes, *, first: int = 1 << 10) -> bytes:
    return struct.pack(">HII", first | kind, 10 + len(body), 1) + body


def test_a_keepalive_is_ten_octets_with_version_type_length_and_id() -> None:
    assert encode(message("KEEPALIVE", 7)) == KEEPALIVE
    assert decode(KEEPALIVE) == message("KEEPALIVE", 7)


def test_bit_fields_lie_from_the_left_as_the_standard_draws_them() -> None:
    selector = parameter("TagReportContentSelector", EnableAntennaID=1, EnableTagSeenCount=1)
    report = parameter("ROReportSpec", selector, ROReportTrigger=1, N=5)
    config = encode(message("SET_READER_CONFIG", 1, report, ResetToFactoryDefault=1))
    assert config[10:].hex() == "8000ed000d01000500ee00061080"


@pytest.mark.parametrize(
    ("made", "octets"),
    [
        (parameter("C1G2TargetTag", MB=1, Match=1, Pointer=32), "0153000b 60 0020 0000 0000"),
        (parameter("C1G2EPCMemorySelector", EnablePCBits=1), "015c0005 40"),
        (
            parameter("AccessSpec", ProtocolID=1, CurrentState=1),
            "00cf0010 00000000 0000 01 80 00000000",
        ),
        (
            parameter("FrequencyHopTable", HopTableID=1, Frequency=(915250,)),
            "0093000c 01 00 0001 000df732",
        ),
        (parameter("C1G2LockPayload", Privilege=1, DataField=2), "01590006 01 02"),
        (parameter("C1G2Recommission", LSB=1), "0165000b 0000 00000000 01"),
        (parameter("C1G2TagInventoryStateAwareSingulationAction", S=1), "01510005 40"),
    ],
)  # fmt: skip
def test_parameters_lie_on_the_wire_as_the_standard_draws_them(
    made: Parameter, octets: str
) -> None:
    assert encode(message("RO_ACCESS_REPORT", 1, made))[10:] == bytes.fromhex(octets)


def test_signed_fields_are_signed_and_texts_are_counted_in_octets() -> None:
    status = parameter("LLRPStatus", StatusCode=401, ErrorDescription="坏")
    assert encode(message("ERROR_MESSAGE", 1, status))[10:].hex() == "011f000b01910003e59d8f"
    rssi = decode(frame(61, bytes.fromhex("00f0 0006 86c9"))).parameters[0].first("PeakRSSI")
    assert rssi is not None
    assert rssi.number("PeakRSSI") == -55


def test_custom_parameters_and_unknown_types_keep_their_octets() -> None:
    custom = "03ff 000e 0000651a 00000039 eb4c"
    unknown_tlv, unknown_tv = "0190 0006 cafe", "fe 0102"
    sent = frame(61, bytes.fromhex(custom + unknown_tlv + unknown_tv))
    heard = decode(sent)
    assert heard.parameters[0].fields == {
        "VendorIdentifier": 25882, "ParameterSubtype": 57, "Data": b"\xeb\x4c"
    }  # fmt: skip
    assert [part.name for part in heard.parameters[1:]] == [UNKNOWN, UNKNOWN]
    assert encode(heard) == sent
    assert decode(frame(900, b"what")).fields == {"Data": b"what"}


def test_texts_that_are_not_utf_8_survive_and_can_be_shown() -> None:
    sent = frame(100, bytes.fromhex("011f 000a 0065 0002 ff41"))
    status = decode(sent).first("LLRPStatus")
    assert status is not None
    assert status.text("ErrorDescription") == "\ufffdA"
    assert encode(decode(sent)) == sent


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(KEEPALIVE[:9], id="shorter than a head"),
        pytest.param(KEEPALIVE + b"\0", id="longer than its length"),
        pytest.param(frame(62, b"", first=0), id="version 0"),
        pytest.param(frame(62, b"", first=0x2400), id="reserved bits of the head"),
        pytest.param(frame(21, b"\0\0\0"), id="field cut short"),
        pytest.param(frame(3, b"\x01"), id="reserved bits of a field"),
        pytest.param(frame(61, b"\x00\xf0\x00\x03"), id="parameter shorter than its head"),
        pytest.param(frame(61, b"\x00\xf0\x00\x05"), id="parameter longer than its message"),
        pytest.param(frame(61, b"\x00\xf0"), id="half a parameter head"),
        pytest.param(frame(61, b"\x04\xf0\x00\x04"), id="reserved bits of a parameter head"),
        pytest.param(frame(61, b"\x00\x01\x00\x06\x00\x01"), id="type-value number with a length"),
        pytest.param(frame(61, b"\x00\xf0\x00\x05\x81"), id="type-value cut short"),
        pytest.param(frame(100, bytes.fromhex("011f0009000000ff41")), id="text cut short"),
    ],
)
def test_a_frame_that_breaks_the_rules_is_garbled_whole(sent: bytes) -> None:
    with pytest.raises(Garbled):
        decode(sent)


def test_parameters_nested_without_end_are_garbled() -> None:
    nested = b""
    for _ in range(1000):
        nested = struct.pack(">HHHH", 289, 8 + len(nested), 0, 0) + nested
    status = struct.pack(">HHHH", 287, 8 + len(nested), 0, 0) + nested
    with pytest.raises(Garbled, match="deeper"):
        decode(frame(100, status))


def test_a_message_of_nothing_but_tiny_parameters_is_garbled() -> None:
    with pytest.raises(Garbled, match="more than"):
        decode(frame(61, b"\x86\xc9" * (MAX_PARAMETERS + 1)))


@given(messages())
def test_every_message_of_the_standard_survives_a_round_trip(sent: Message) -> None:
    assert decode(encode(sent)) == sent


@given(messages(), st.data())
def test_a_damaged_frame_is_garbled_or_survives_a_round_trip(
    sent: Message, data: st.DataObject
) -> None:
    damaged = bytearray(encode(sent))
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        heard = decode(bytes(damaged))
    except Garbled:
        return
    assert encode(heard) == damaged


@given(st.binary(max_size=200), st.sampled_from([61, 63, 11, 13, 20, 100, 900]))
def test_noise_in_a_frame_is_garbled_or_survives_a_round_trip(body: bytes, kind: int) -> None:
    try:
        heard = decode(frame(kind, body))
    except Garbled:
        return
    assert encode(heard) == frame(kind, body)


@given(st.lists(messages(), max_size=5), st.lists(st.integers(0, 300), max_size=20))
def test_any_cut_of_the_stream_gives_the_same_frames(sent: list[Message], cuts: list[int]) -> None:
    frames = [encode(each) for each in sent]
    stream = b"".join(frames)
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    framer = Framer()
    heard = [found for start, end in pairwise(places) for found in framer.feed(stream[start:end])]
    assert heard == frames


@given(st.binary(max_size=2000))
def test_a_stream_of_noise_is_frames_or_garbled_and_nothing_worse(noise: bytes) -> None:
    framer = Framer()
    try:
        found = list(framer.feed(noise))
    except Garbled:
        return
    assert noise.startswith(b"".join(found))


def test_frames_before_an_impossible_length_are_still_heard() -> None:
    found = Framer().feed(KEEPALIVE + struct.pack(">HII", 1 << 10 | 62, 9, 1))
    assert next(found) == KEEPALIVE
    with pytest.raises(Garbled, match="of 9 bytes"):
        next(found)


@pytest.mark.parametrize("length", [0, 9, MAX_FRAME_BYTES + 1, 0xFFFFFFFF])
def test_no_length_outside_the_limits_is_waited_for(length: int) -> None:
    with pytest.raises(Garbled):
        list(Framer().feed(struct.pack(">HII", 1 << 10 | 61, length, 1)))


def test_the_longest_frame_allowed_is_taken() -> None:
    longest = struct.pack(">HII", 1 << 10 | 900, MAX_FRAME_BYTES, 1).ljust(MAX_FRAME_BYTES, b"\0")
    framer = Framer()
    parts = [longest[at : at + 65536] for at in range(0, len(longest), 65536)]
    assert [found for part in parts for found in framer.feed(part)] == [longest]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("KEEP_ALIVE", {}),
        ("START_ROSPEC", {"ROSpec": 1}),
    ],
)
def test_a_message_or_field_that_does_not_exist_cannot_be_made(
    name: str, fields: dict[str, int]
) -> None:
    with pytest.raises(ValueError, match=r"LLRP defines no|has no field"):
        message(name, 1, **fields)


@pytest.mark.parametrize(
    "wrong",
    [
        message("START_ROSPEC", 1, ROSpecID=1 << 32),
        message("START_ROSPEC", 1, ROSpecID="one"),
        message("SET_READER_CONFIG", 1, parameter("AISpec", AntennaIDs=b"\x01")),
        message("SET_READER_CONFIG", 1, parameter("EPCData", EPC=Bits(9, b"\0"))),
        message("SET_READER_CONFIG", 1, parameter("Custom", Data=bytes(70_000))),
        message("CUSTOM_MESSAGE", 1, Data=bytes(MAX_FRAME_BYTES)),
    ],
)
def test_a_value_that_does_not_fit_is_never_sent(wrong: Message) -> None:
    with pytest.raises(ValueError, match=r"fit|too long"):
        encode(wrong)
