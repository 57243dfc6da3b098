"""The codecs by themselves: published frames, what is refused, and what never happens."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Garbled
from drivers.serial_uhf.wire import Tag, cfm, checks, r200, uhf288
from drivers.serial_uhf.wire.framing import Framer
from drivers.serial_uhf.wire.recording import checked, described

R200_GOOD = """
BB 02 22 00 11 D6 34 00 E2 80 11 70 40 00 02 1D 35 AE 40 08 D4 44 C4 7E
BB 02 22 00 11 C9 34 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 3A 76 EF 7E
BB 01 FF 00 01 15 16 7E
BB 00 27 00 03 22 27 10 83 7E
BB 00 28 00 00 28 7E
BB 01 28 00 01 00 2A 7E
BB 00 0C 00 13 01 00 00 00 20 60 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 AD 7E
BB 00 39 00 09 00 00 FF FF 03 00 00 00 02 45 7E
BB 00 B6 00 02 07 D0 8F 7E
BB 01 B7 00 02 0A 28 EC 7E
BB 01 03 00 10 00 4D 31 30 30 20 32 36 64 42 6D 20 56 31 2E 30 92 7E
"""
R200_WRONG = """
BB 00 AB 00 01 01 AC 7E
BB 01 03 00 10 00 4D 31 30 30 20 32 36 64 42 6D 20 56 31 2E 30 22 7E
BB 01 22 00 03 E8 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 3A 76 EF 7E
"""
"""Published all the same: two wrong sums, and a length of 3 with 18 bytes behind it."""
UHF288_GOOD = """
1500010301010c0000000000000000000003136bb1a5
1500010304010c49440000000000000a0003346425c0
2300010301020c0000000000000000000003136b0c0000000000000000000003146c70f2
0700010101001e4b
0d000103010104003230386da3d2
1100210000160c034e001e0a01000000e651
13000103010c0000000000000000000003133f39
04ff211995
0dff010f0001000000008014c03a
"""
UHF288_WRONG = "1500010301010c0000000000000000000003136bb1a6"
CFM_GOOD = """
CF FF 00 70 00 24 15
CF FF 00 72 00 17 A5
CF 01 00 52 01 00 16 4D
CF 01 00 50 01 00 A3 F5
CF 00 00 53 01 00 47 D5
CF 00 00 01 01 12 42 1D
CF FF 00 01 05 00 00 00 00 00 F5 B5
CF FF 00 02 00 E7 61
CF FF 00 53 02 1A 00 FB C8
CF 01 00 72 1A 00 01 00 01 20 00 00 01 03 03 61 00 64 00 C8 0F 21 01 04 00 00 0C 03 03 01 00 66 99
CF 00 00 72 1A 00 00 00 01 80 04 00 01 01 03 86 02 EE 01 F4 31 21 01 04 00 00 0C 00 03 01 05 2C 68
CF 01 00 70 99 00
 43 50 2D 32 31 34 39 31 34 5F 56 31 2E 31 32 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
 55 48 46 20 47 61 74 65 20 52 65 61 64 65 72 20 56 31 2E 31 20 32 30 32 35 2E 30 34 2E 31 30 20
 37 DD 33 39 39 39 0B 00 4B 39 32 34
 4D 55 2D 39 31 34 5F 56 31 2E 31 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
 55 48 46 20 53 65 6E 69 6F 72 20 52 65 61 64 65 72 20 56 31 2E 35 2E 31 32 2E 31 33 00 00 00 00
 22 07 00 1E 8C 12 30 16 47 34 38 30 8F 3E
"""
"""From captures of devices of this family."""
GOOD = {r200: R200_GOOD, uhf288: UHF288_GOOD, cfm: CFM_GOOD}
FAMILIES = [pytest.param(family, id=family.__name__.rpartition(".")[2]) for family in GOOD]


def octets(text: str) -> bytes:
    return bytes.fromhex("".join(text.split()))


def count(family: ModuleType) -> int:
    return sum(bool(line) and not line.startswith(" ") for line in GOOD[family].splitlines())


@pytest.mark.parametrize("family", FAMILIES)
def test_published_frames_decode_and_encode_to_the_same_bytes(family: Any) -> None:
    data = octets(GOOD[family])
    found, bad = family.frames(data)
    assert (len(found), bad) == (count(family), 0)
    assert b"".join(map(family.encode, found)) == data


def test_published_frames_that_are_wrong_are_refused_each_for_itself() -> None:
    for line in R200_WRONG.split("\n"):
        found, bad = r200.frames(octets(line))
        assert (found, bad) == ([], 1 if line else 0)
    assert r200.frames(octets(R200_WRONG)) == ([], 3)
    assert uhf288.frames(octets(UHF288_WRONG)) == ([], 1)
    assert uhf288.frames(octets(UHF288_WRONG * 3)) == ([], 3)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_recording_is_described_and_checked_with_all_that_is_wrong_in_it(family: Any) -> None:
    name = family.__name__.rpartition(".")[2]
    data = octets(GOOD[family])
    spoilt = bytearray(family.encode(_a_tag(family)))
    spoilt[-3] ^= 0x10
    frames, bad = described(name, bytes(spoilt) + data)
    assert (len(json.loads(json.dumps(frames))), bad) == (count(family), 1)
    wanted = {"messages": count(family), "exact": count(family), "bad": 1}
    assert checked(name, data + bytes(spoilt)) == wanted


def test_a_notice_of_an_r200_is_a_tag_with_its_strength_in_dbm() -> None:
    found, _ = r200.frames(octets(R200_GOOD))
    tags = [tag for frame in found for tag in r200.read_tags(frame) or ()]
    assert tags == [
        Tag("E28011704000021D35AE4008", (1,), -42, 0x3400),
        Tag("30751FEB705C5904E3D50D70", (1,), -55, 0x3400),
    ]


def test_the_other_variant_of_an_r200_says_the_same_in_other_brackets() -> None:
    notice = r200.tag_notice(bytes(12), 0x3000, -60, head=0xAA)
    data = r200.encode(notice)
    assert (data[0], data[-1]) == (0xAA, 0xDD)
    found, bad = r200.frames(octets(R200_GOOD) + data)
    assert (found[-1], bad) == (notice, 0)


def test_a_tag_whose_packet_crc_does_not_fit_is_refused_though_the_sum_is_right() -> None:
    notice = r200.tag_notice(bytes(12), 0x3000, -60)
    wrong = notice._replace(payload=notice.payload[:-1] + b"\x00")
    assert r200.frames(r200.encode(wrong)) == ([wrong], 0)
    with pytest.raises(Garbled, match="PacketCRC"):
        r200.read_tags(wrong)
    assert "fault" in r200.describe(wrong)


def test_brackets_inside_a_frame_are_not_mistaken_for_its_ends() -> None:
    notice = r200.tag_notice(b"\xbb\x7e" * 6, 0x3000, -60)
    assert r200.frames(r200.encode(notice) * 3) == ([notice] * 3, 0)


@pytest.mark.parametrize(
    ("code", "words"),
    [(0x15, "no tag"), (0xA4, "read: memory locked"), (0xB9, "write: tag error 9"), (0x77, "77")],
)
def test_errors_of_an_r200_have_words(code: int, words: str) -> None:
    frame = r200.Frame(r200.ANSWER, r200.ERROR, bytes((code,)))
    assert r200.error_of(frame) == code
    assert words in r200.error_words(code)
    assert words in str(r200.describe(frame)["error"])


@pytest.mark.parametrize(
    ("frame", "tags"),
    [
        (
            "1500010304010c49440000000000000a0003346425c0",
            [Tag("49440000000000000A000334", (3,), 0x64)],
        ),
        (
            "2300010301020c0000000000000000000003136b0c0000000000000000000003146c70f2",
            [Tag(f"{0x313:024X}", (1,), 0x6B), Tag(f"{0x314:024X}", (1,), 0x6C)],
        ),
        ("0700010101001e4b", []),
        ("0d000103010104003230386da3d2", [Tag("00323038", (1,), 0x6D)]),
        ("13000103010c0000000000000000000003133f39", [Tag(f"{0x313:024X}", (1,), None)]),
    ],
)
def test_inventory_answers_of_both_types_are_told_apart(frame: str, tags: list[Tag]) -> None:
    (found,), _ = uhf288.frames(bytes.fromhex(frame))
    assert list(uhf288.read_tags(found) or ()) == tags


def test_one_bit_is_one_antenna_and_a_tag_may_be_seen_by_several() -> None:
    answer = uhf288.tags_answer(0, [(4, bytes(12), 90)], uhf288.MORE)
    assert answer.data[1] == 0x08
    both = answer._replace(data=answer.data[:1] + b"\x05" + answer.data[2:])
    assert [tag.antennas for tag in uhf288.read_tags(both) or ()] == [(1, 3)]


def test_a_tid_that_follows_the_epc_is_no_part_of_it() -> None:
    epc, tid = bytes(range(12)), bytes(range(100, 112))
    data = bytes((3, 1, 1, 0x80 | 24)) + epc + tid + b"\x6b"
    (tag,) = uhf288.read_tags(uhf288.Frame(0, uhf288.INVENTORY, data)) or ()
    assert (tag.epc, tag.tid, tag.rssi) == (epc.hex().upper(), tid.hex().upper(), 0x6B)


def test_realtime_reports_are_tags_and_heartbeats_are_none() -> None:
    report = uhf288.Frame(0, uhf288.REALTIME, bytes((0, 2, 12)) + bytes(12) + b"\x50")
    assert uhf288.read_tags(report) == (Tag("00" * 12, (2,), 0x50),)
    heartbeat = uhf288.Frame(0, uhf288.REALTIME, bytes((0x28,)) + bytes(16))
    assert uhf288.read_tags(heartbeat) is None


def test_the_known_reader_info_says_type_power_and_band() -> None:
    (found,), _ = uhf288.frames(bytes.fromhex("1100210000160c034e001e0a01000000e651"))
    info = uhf288.read_info(found)
    assert (info.version, info.kind, info.power_dbm, info.scan_time) == ("0.22", 0x0C, 30, 10)
    assert (info.highest_channel, info.lowest_channel) == (0x4E, 0x00)


def test_the_published_inventory_command_is_what_we_would_send() -> None:
    frame = uhf288.inventory(0xFF, q=15, session=0, antenna=1, scan_time=20)
    ours = uhf288.encode(frame)
    (published,), _ = uhf288.frames(bytes.fromhex("0dff010f0001000000008014c03a"))
    assert published.data[-2:] == ours[-4:-2] == b"\x80\x14"


def test_a_gate_reader_says_who_it_is_and_how_it_is_set() -> None:
    found, _ = cfm.frames(octets(CFM_GOOD))
    assert cfm.read_info(found[-1])[:2] == (
        "CP-214914_V1.12",
        "UHF Gate Reader V1.1 2025.04.10",
    )
    parameters = cfm.read_parameters(found[-2].data[1:])
    assert parameters.band == (1, 902, 750, 500, 49)
    assert (parameters.work_mode, parameters.power_dbm, parameters.q) == (1, 33, 4)
    assert cfm.parameter_bytes(parameters) == found[-2].data[1:]


def test_a_gate_readers_tag_has_its_strength_in_tenths_of_a_dbm() -> None:
    data = octets("CF 00 00 01 12 00 FE C0 01 00 0C E2 80 11 60 60 00 02 09 4C 4C 8B 1A")
    (frame,), bad = cfm.frames(data + checks.mcrf4xx(data).to_bytes(2, "big"))
    assert bad == 0
    assert cfm.read_tags(frame) == (Tag("E2801160600002094C4C8B1A", (1,), -320),)


def test_a_crc_that_comes_the_other_way_round_is_accepted_and_kept() -> None:
    data = octets("CF 00 00 27 12 00 C9 02 34 00 0C 30 75 1F EB 70 5C 59 04 E3 D5 0D 70")
    data = data + checks.mcrf4xx(data).to_bytes(2, "little")
    (frame,), bad = cfm.frames(data)
    assert (frame.crc_low_first, bad) == (True, 0)
    assert cfm.encode(frame) == data
    assert cfm.read_tags(frame) == (Tag("30751FEB705C5904E3D50D70", (2,), -550, 0x3400),)


@pytest.mark.parametrize("more", [b"", bytes(32)])
def test_a_gate_tells_in_from_out_with_or_without_customer_data(more: bytes) -> None:
    data = bytes((cfm.GATE_EVENT, cfm.GATE_OUT, 0)) + more + (305419896).to_bytes(4, "big")
    frame = cfm.Frame(0, cfm.GATE_STATUS, data)
    assert cfm.read_gate_event(frame) == (cfm.GATE_OUT, 305419896)
    assert cfm.describe(frame)["gate"] == {"direction": "out", "time_ms": 305419896}
    asked = frame._replace(data=b"\0" + data[1:])
    assert cfm.read_gate_event(asked) is None


def test_the_checks_are_the_published_ones() -> None:
    assert checks.mcrf4xx(b"123456789") == 0x6F91
    assert checks.packet_crc(bytes.fromhex("3400E28011704000021D35AE4008")) == 0xD444


@pytest.mark.parametrize("family", FAMILIES)
def test_a_frame_that_never_ends_is_given_up_and_those_behind_it_are_found(family: Any) -> None:
    data = octets(GOOD[family])
    begun = {r200: "BB 02 22 01 FF", uhf288: "FE", cfm: "CF 00 00 01 FE"}[family]
    framer = family.framer()
    assert framer.feed(octets(begun) + data[-20:-20] + family.encode(_a_tag(family))) == []
    assert framer.waits
    assert framer.expire() == [_a_tag(family)]
    assert not framer.waits
    assert framer.bad == 1


def _a_tag(family: ModuleType) -> Any:
    epc = bytes(range(1, 13))
    made: dict[ModuleType, Callable[[], Any]] = {
        r200: lambda: r200.tag_notice(epc, 0x3000, -50),
        uhf288: lambda: uhf288.tags_answer(0, [(1, epc, 100)], uhf288.MORE),
        cfm: lambda: cfm.tag_answer(0, epc, 1, -500),
    }
    return made[family]()


streams = st.lists(st.one_of(st.binary(max_size=40), st.integers(0, 8)), max_size=12)
"""Noise, and the number of a published frame."""


def _stream(family: Any, parts: list[bytes | int]) -> bytes:
    known = [family.encode(frame) for frame in family.frames(octets(GOOD[family]))[0]]
    return b"".join(part if isinstance(part, bytes) else known[part] for part in parts)


@pytest.mark.parametrize("family", FAMILIES)
@given(parts=streams, cuts=st.lists(st.integers(0, 400), max_size=12))
def test_any_cut_of_the_stream_gives_the_same_frames(
    family: Any, parts: list[bytes | int], cuts: list[int]
) -> None:
    data = _stream(family, parts)
    whole: Framer[object] = family.framer()
    pieces: Framer[object] = family.framer()
    places = sorted(min(cut, len(data)) for cut in cuts)
    found = []
    for start, end in zip([0, *places], [*places, len(data)], strict=True):
        found += pieces.feed(data[start:end])
    assert found == whole.feed(data)
    assert pieces.bad == whole.bad
    assert pieces.expire() == whole.expire()
    assert pieces.bad == whole.bad


@pytest.mark.parametrize("family", FAMILIES)
@given(data=st.binary(max_size=2000))
def test_noise_never_raises_and_never_fills_the_memory(family: Any, data: bytes) -> None:
    framer = family.framer()
    for start in range(0, len(data), 7):
        for frame in framer.feed(data[start : start + 7]):
            _look_at(family, frame)
        assert len(framer._pending) <= 700
    for frame in framer.expire():
        _look_at(family, frame)


@pytest.mark.parametrize("family", FAMILIES)
@given(code=st.integers(0, 0xFF), data=st.binary(max_size=60))
def test_any_frame_comes_back_from_its_bytes_and_nothing_in_it_raises_but_garbled(
    family: Any, code: int, data: bytes
) -> None:
    frame = family.Frame(2, code, data)
    assert family.frames(family.encode(frame)) == ([frame], 0)
    _look_at(family, frame)


@pytest.mark.parametrize("family", FAMILIES)
@given(noise=st.binary(max_size=30), place=st.integers(0, 400), bit=st.integers(0, 7))
def test_a_flipped_bit_never_passes_as_a_tag(
    family: Any, noise: bytes, place: int, bit: int
) -> None:
    data = bytearray(family.encode(_a_tag(family)))
    data[place % len(data)] ^= 1 << bit
    found, bad = family.frames(bytes(data))
    assert bad >= 1
    assert _a_tag(family) not in found


def _look_at(family: Any, frame: Any) -> None:
    family.describe(frame)
    try:
        family.read_tags(frame)
    except Garbled:
        return
