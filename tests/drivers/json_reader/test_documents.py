"""What one JSON text of a reader says; texts as public decoders show them."""

import json
from math import pi
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Garbled
from drivers.json_reader.wire import (
    DIALECTS,
    MAX_MESSAGE_BYTES,
    Document,
    EventNumbers,
    Numbered,
    Sighting,
    decode_impinj,
    decode_zebra,
)
from drivers.json_reader.wire.dialects import Format
from drivers.json_reader.wire.numbering import REMEMBERED
from drivers.observations import TagRead

EPC = "7EDA9038051002710002C0AE"


def impinj(**tag: Any) -> bytes:
    told = {"timestamp": "2026-04-02T12:00:00Z", "eventType": "tagInventory"}
    return json.dumps({**told, "tagInventoryEvent": tag}).encode()


def zebra(**data: Any) -> bytes:
    told = {"type": "SIMPLE", "timestamp": "2026-04-02T12:00:00.500+0000"}
    return json.dumps({**told, "data": data}).encode()


def only(document: Document) -> Sighting:
    assert len(document.sightings) == 1
    assert (document.others, document.bad) == (0, 0)
    return document.sightings[0]


def test_an_r700_event_is_read_with_all_it_says() -> None:
    text = b"""{"timestamp":"2026-04-02T12:00:02.000000001Z","hostname":"impinj-01-23-45",
        "eventType":"tagInventory","tagInventoryEvent":{"epc":"ftqQOAUQAnEAAsCu",
        "epcHex":"7EDA9038051002710002C0AE","tid":"4oARcCAAFM2bWgjs",
        "tidHex":"E2801170200014CD9B5A08EC","pc":"NAA=","antennaPort":1,"antennaName":"A}{",
        "peakRssiCdbm":-5234,"frequency":927250,"transmitPowerCdbm":3000,
        "lastSeenTime":"2026-04-02T12:00:01.123456789Z","phaseAngle":90.0}}"""
    expected = TagRead(
        EPC, 1, -52.34, 1_775_131_201_123_456, 1, 0x3400, "E2801170200014CD9B5A08EC", pi / 2
    )
    assert only(decode_impinj(text)) == Sighting(expected, event=None)


def test_a_zebra_event_is_read_with_all_it_says() -> None:
    text = zebra(
        MAC="C4:7D:CC:FF:FF:FF", antenna=2, eventNum=17, format="epc", idHex=EPC.lower(),
        peakRssi=-61, reads=3, PC="3400", TID="e28011", phase=-180, channel=865.7,
    )  # fmt: skip
    expected = TagRead(EPC, 2, -61.0, 1_775_131_200_500_000, 3, 0x3400, "E28011", pi)
    assert only(decode_zebra(text)) == Sighting(expected, event=17)


@pytest.mark.parametrize(
    ("coded", "epc"),
    [
        ("4oARkaUDAGXybMv_", "E2801191A5030065F26CCBFF"),  # the URL's alphabet
        ("4oARkaUDAGXybMv/", "E2801191A5030065F26CCBFF"),  # the other one
        ("ftqQOA==", "7EDA9038"),
        ("ftqQOA", "7EDA9038"),
    ],
)
def test_an_epc_in_base64_is_read_in_either_alphabet(coded: str, epc: str) -> None:
    assert only(decode_impinj(impinj(epc=coded))).read.epc == epc


def test_what_a_reader_does_not_say_is_not_invented() -> None:
    expected = TagRead(EPC, 0, None, 1_775_131_200_000_000, 1)
    assert only(decode_impinj(impinj(epcHex=EPC))) == Sighting(expected, event=None)
    bare = json.dumps({"data": {"idHex": EPC}}).encode()
    assert only(decode_zebra(bare)).read == TagRead(EPC, 0, None, None, 1)


@pytest.mark.parametrize("dbm", [-150.1, 50.1, 1e300])
def test_what_no_receiver_can_measure_is_no_rssi(dbm: float) -> None:
    assert only(decode_zebra(zebra(idHex=EPC, peakRssi=dbm))).read.rssi_dbm is None
    assert only(decode_impinj(impinj(epcHex=EPC, peakRssiCdbm=100 * dbm))).read.rssi_dbm is None


def test_zero_is_a_reading() -> None:
    assert only(decode_zebra(zebra(idHex=EPC, peakRssi=0))).read.rssi_dbm == 0.0


@pytest.mark.parametrize("stamp", ["yesterday", "", "2026-13-01T00:00:00Z"])
def test_a_time_that_cannot_be_read_loses_no_tag(stamp: str) -> None:
    text = json.dumps({"timestamp": stamp, "data": {"idHex": EPC}}).encode()
    assert only(decode_zebra(text)).read.reader_time_us is None


def test_a_time_without_a_zone_is_taken_for_utc() -> None:
    text = b'{"timestamp":"2000-01-01T00:00:01","data":{"idHex":"ABCD"}}'
    assert only(decode_zebra(text)).read.reader_time_us == 946_684_801_000_000


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("impinj", b'{"eventType":"antennaConnected"}'),
        ("impinj", b"{}"),
        ("zebra", b'{"type":"heartbeat","data":{"cpu":3}}'),
        ("zebra", b'{"type":"heartbeat"}'),
        ("zebra", b'{"data":{"idHex":"E280","format":"tid"}}'),
    ],
)
def test_events_of_something_else_are_counted_apart(form: Format, text: bytes) -> None:
    assert DIALECTS[form].decode(text) == Document((), 1, 0)


def test_each_element_of_an_array_stands_for_itself() -> None:
    parts = [impinj(epcHex="0001"), b"{}", b"5", impinj(epcHex="xyz"), impinj(epcHex="0002")]
    document = decode_impinj(b" [" + b",".join(parts) + b"]")
    assert [seen.read.epc for seen in document.sightings] == ["0001", "0002"]
    assert (document.others, document.bad) == (1, 2)


@pytest.mark.parametrize("form", ["impinj", "zebra"])
@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"{",
        b'{"data":{"idHex":"\xff"},"tagInventoryEvent":{"epcHex":"\xff"}}',
        b"[" * 100_000,
        b'{"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"x":"' + b"a" * MAX_MESSAGE_BYTES + b'"}',
    ],
)
def test_what_is_no_event_is_garbled(form: Format, text: bytes) -> None:
    with pytest.raises(Garbled):
        DIALECTS[form].decode(text)


@pytest.mark.parametrize(
    "text",
    [
        impinj(),
        impinj(epcHex=""),
        impinj(epcHex="ABC"),
        impinj(epcHex="AB CD"),
        impinj(epcHex="00" * 64),
        impinj(epc="!!!!"),
        impinj(epc="\u6863"),
        impinj(epc="A"),
        impinj(epcHex=EPC, antennaPort=-1),
        impinj(epcHex=EPC, antennaPort="1"),
        impinj(epcHex=EPC, peakRssiCdbm="weak"),
        impinj(epcHex=5),
    ],
)
def test_a_tag_whose_number_or_place_cannot_be_read_is_garbled(text: bytes) -> None:
    with pytest.raises(Garbled):
        decode_impinj(text)


@pytest.mark.parametrize(
    "text",
    [
        zebra(idHex=""),
        zebra(idHex="xyz"),
        zebra(idHex=EPC, antenna=70_000),
        zebra(idHex=EPC, eventNum=-1),
        zebra(idHex=EPC, reads=-1),
        zebra(idHex=EPC, PC="zz"),
    ],
)
def test_the_same_holds_for_a_zebra(text: bytes) -> None:
    with pytest.raises(Garbled):
        decode_zebra(text)


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)
)
KEYS = "epc epcHex tid pc antennaPort peakRssiCdbm lastSeenTime idHex antenna peakRssi reads"
TAGS = st.dictionaries(
    st.sampled_from([*KEYS.split(), "eventNum", "PC", "TID", "format"]),
    st.one_of(LEAVES, st.just(EPC)),
)
EVENTS = st.fixed_dictionaries({}, optional={
    "timestamp": LEAVES, "tagInventoryEvent": st.one_of(TAGS, LEAVES), "data": TAGS,
})  # fmt: skip


@given(
    form=st.sampled_from(["impinj", "zebra"]),
    text=st.one_of(
        st.binary(max_size=60),
        st.one_of(EVENTS, st.lists(EVENTS, max_size=3)).map(lambda told: json.dumps(told).encode()),
    ),
)
def test_any_text_is_a_document_or_garbled(form: Format, text: bytes) -> None:
    try:
        document = DIALECTS[form].decode(text)
    except Garbled:
        return
    for seen in document.sightings:
        assert len(seen.read.epc) % 4 == 0
        assert seen.read.epc == seen.read.epc.upper() != ""
        assert seen.read.seen_count >= 1
        assert seen.read.antenna >= 0


def test_numbers_in_order_miss_nothing() -> None:
    numbers = EventNumbers()
    assert [numbers.take(n, n).missing for n in (7, 8, 9, 10)] == [0, 0, 0, 0]


def test_a_jump_tells_how_many_never_came() -> None:
    numbers = EventNumbers()
    numbers.take(7, "a")
    assert numbers.take(12, "b") == Numbered(4, repeated=False)
    assert numbers.take(13, "c") == Numbered(0, repeated=False)


def test_the_same_event_again_is_a_repeat_and_not_a_step_back() -> None:
    numbers = EventNumbers()
    for number in (7, 8, 9):
        numbers.take(number, number)
    assert numbers.take(7, 7) == Numbered(0, repeated=True)
    assert numbers.take(10, 10) == Numbered(0, repeated=False)


def test_a_reader_that_starts_anew_is_followed_from_there() -> None:
    numbers = EventNumbers()
    numbers.take(500, "before")
    assert numbers.take(1, "after") == Numbered(0, repeated=False)
    assert numbers.take(3, "after") == Numbered(1, repeated=False)


def test_without_anything_to_tell_events_apart_only_the_last_is_known_again() -> None:
    numbers = EventNumbers()
    for number in (1, 2):
        numbers.take(number, None)
    assert numbers.take(2, None).repeated
    assert not numbers.take(1, None).repeated


@given(st.lists(st.booleans(), max_size=600))
def test_missing_and_come_add_up_to_what_was_sent(arrives: list[bool]) -> None:
    numbers = EventNumbers()
    come = [n for n, arrived in enumerate(arrives) if arrived]
    missing = sum(numbers.take(n, n).missing for n in come)
    assert missing == (come[-1] - come[0] + 1 - len(come) if come else 0)


def test_what_is_remembered_does_not_grow() -> None:
    numbers = EventNumbers()
    for number in range(3 * REMEMBERED):
        numbers.take(number, number)
    assert len(numbers._known) == len(numbers._recent) == REMEMBERED
