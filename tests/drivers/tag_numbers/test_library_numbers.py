"""URN Code 40, PC word and CRC-16 against the values of the standards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.tag_numbers import (
    BadNumber,
    ProtocolControl,
    crc16,
    decode_uii,
    encode_uii,
    stored_crc_matches,
)

OF_THE_STANDARD = [
    ("CH-", "141C"),
    ("000", "C04F"),
    ("134", "C70B"),
    ("-1.", "ADB5"),
    ("123", "C6E2"),
    ("456", "DA1D"),
    ("78.", "ED4D"),
    ("31", "D319"),
    ("CH-000134-1.12345678.31", "141CC04FC70BADB5C6E2DA1DED4DD319"),
    ("12312345678", "FB2102DDDF7C4E00"),  # a run of digits, with an octet to fill the word
    ("B.A12312345678", "10E2FB2102DDDF7C4E00"),
]
"""ISO/TS 28560-4:2014, page 49, and the postal standard that shows a long run of digits."""


@pytest.mark.parametrize(("text", "uii"), OF_THE_STANDARD)
def test_values_of_the_standard_hold_in_both_directions(text: str, uii: str) -> None:
    assert encode_uii(text).hex().upper() == uii
    assert decode_uii(bytes.fromhex(uii)) == text


@pytest.mark.parametrize(
    ("text", "bits"),
    [("J001-1987-Y-0003", 96), ("0001-WS-2021-D30-0001", 112), ("X043.A.12-0099", 80)],
)
def test_archive_numbers_need_as_many_bits_as_measured(text: str, bits: int) -> None:
    coded = encode_uii(text)
    assert 8 * len(coded) == bits
    assert decode_uii(coded) == text


@pytest.mark.parametrize(
    ("text", "uii"),
    [
        ("123/456", "C6E2FC2FDA1D"),
        ("aa", "FC61FC61"),
        ("é", "FDC3A900"),
        ("档", "FEE6A1A3"),
    ],
)
def test_other_characters_are_escaped_one_by_one(text: str, uii: str) -> None:
    assert encode_uii(text).hex().upper() == uii
    assert decode_uii(bytes.fromhex(uii)) == text


@given(
    st.one_of(
        st.from_regex(r"[A-Z0-9.:\-]{1,60}", fullmatch=True),
        st.from_regex(r"[0-9]{1,60}", fullmatch=True),
        st.text(st.characters(max_codepoint=0xFFFF), min_size=1, max_size=40),
    )
)
def test_any_text_is_refused_or_comes_back(text: str) -> None:
    try:
        coded = encode_uii(text)
    except BadNumber:
        return
    assert len(coded) % 2 == 0
    assert decode_uii(coded) == text


@given(st.from_regex(r"[A-Z0-9.:\-]{1,18}", fullmatch=True))
def test_eighteen_plain_characters_always_fit_96_bits(text: str) -> None:
    assert len(encode_uii(text)) <= 12


@given(st.one_of(st.binary(max_size=64), st.binary(max_size=8).map(lambda tail: b"\xfb" + tail)))
def test_random_bits_are_refused_or_are_printable_text(data: bytes) -> None:
    try:
        text = decode_uii(data)
    except BadNumber:
        return
    assert text.isprintable()
    assert text


@pytest.mark.parametrize(
    "uii",
    [
        "",
        "0000",
        "0001",  # padding only
        "141CC0",  # half a code word
        "FA01",  # above the largest code word
        "D319141C",  # characters after a padded code word
        "FB2102DDDF",  # digits cut off
        "FB",
        "FB00FFFFFFFF",  # more than nine digits
        "FC",
        "FC07",  # a control character
        "FC80",
        "FD4141",  # two characters where there must be one
        "FFFF",
    ],
)
def test_what_is_no_urn_code_40_is_refused(uii: str) -> None:
    with pytest.raises(BadNumber):
        decode_uii(bytes.fromhex(uii))


@pytest.mark.parametrize("text", ["", "A" * 94, "\0", "A\nB", "\U0001f4c1", "\ud800"])
def test_what_no_tag_can_carry_is_refused(text: str) -> None:
    with pytest.raises(BadNumber):
        encode_uii(text)


def test_the_pc_word_of_the_standards_library_tag_is_taken_apart() -> None:
    control = ProtocolControl.from_word(0x45C2)
    assert control == ProtocolControl(words=8, user_memory=True, iso=True, attributes=0xC2)


@given(st.integers(0, 0xFFFF))
def test_every_pc_word_comes_back(word: int) -> None:
    assert ProtocolControl.from_word(word).word == word


CRC_OF_GEN2 = [
    ("0000", 0xE2F0),
    ("08001111", 0xCCAE),
    ("100011112222", 0x968F),
    ("1800111122223333", 0x78F6),
    ("20001111222233334444", 0xC241),
    ("280011112222333344445555", 0x2A91),
    ("3000111122223333444455556666", 0x1835),
    ("3000170328087903000084560000", 0xDAD5),
]
"""EPC Gen2, table F.2, and one tag."""


@pytest.mark.parametrize(("content", "crc"), CRC_OF_GEN2)
def test_the_crc_is_that_of_the_gen2_standard(content: str, crc: int) -> None:
    assert crc16(bytes.fromhex(content)) == crc
    assert stored_crc_matches(crc.to_bytes(2) + bytes.fromhex(content))


BANKS_OF_REAL_TAGS = [
    "3ABC340001045300185304400D0B0000",
    "170B34000104530018530440AD010000",
    "C15734001703000398130803F4040000",
    "B16E34001703000378130803F4040000",
    "92A73000E20000172217013312609896",
]


@pytest.mark.parametrize("bank", BANKS_OF_REAL_TAGS)
def test_the_crc_real_tags_store_is_right_and_one_changed_bit_is_not(bank: str) -> None:
    octets = bytes.fromhex(bank)
    assert stored_crc_matches(octets)
    assert not stored_crc_matches(octets[:9] + bytes([octets[9] ^ 0x10]) + octets[10:])


@pytest.mark.parametrize("bank", ["", "E2F0", "CCAE080011"])
def test_a_bank_cut_short_matches_nothing(bank: str) -> None:
    assert not stored_crc_matches(bytes.fromhex(bank))
