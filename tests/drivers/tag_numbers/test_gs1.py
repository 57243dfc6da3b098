"""GS1 keys against published values, against an independent reading of the bits, and at random."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.tag_numbers import BadNumber, Gs1Number, Scheme, decode_gs1, encode_gs1, parse_urn

PUBLISHED = [
    (Scheme.GDTI_96, "urn:epc:id:gdti:0614141.06012.1234", "2C14257BF42EF800000004D2"),
    (
        Scheme.GDTI_174,
        "urn:epc:id:gdti:0614141.06012.1234",
        "3E14257BF42EF8C59336800000000000000000000000",
    ),
    (
        Scheme.GDTI_174,
        "urn:epc:id:gdti:0614141.06012.ABCDEFGHIJ1234567",
        "3E14257BF42EF9061438916347912653164CDA356CDC",
    ),
    (
        Scheme.GDTI_174,
        "urn:epc:id:gdti:0614141.06012.J001%2F1987-3",
        "3E14257BF42EF92983062BD8B970DD6B300000000000",
    ),
    (Scheme.GIAI_96, "urn:epc:id:giai:0614141.12345400", "3414257BF400000000BC6038"),
    (
        Scheme.GIAI_202,
        "urn:epc:id:giai:0614141.J001-1987-003",
        "3814257BF653060C56B172E1BAD60C1980000000000000000000",
    ),
]
SIZES = {
    Scheme.SGTIN_96: ("sgtin", 13, 38),
    Scheme.GRAI_96: ("grai", 12, 38),
    Scheme.GDTI_96: ("gdti", 12, 41),
}
LETTERS = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(("scheme", "urn", "epc"), PUBLISHED)
def test_published_values_hold_in_both_directions(scheme: Scheme, urn: str, epc: str) -> None:
    assert decode_gs1(bytes.fromhex(epc)).urn == urn
    assert encode_gs1(parse_urn(urn, scheme)).hex().upper() == epc


def test_an_sgtin_reads_as_its_bits_say() -> None:
    fields = [(0x30, 8), (3, 3), (5, 3), (614141, 24), (812345, 20), (6789, 38)]
    epc = int("".join(f"{value:0{bits}b}" for value, bits in fields), 2).to_bytes(12)
    number = decode_gs1(epc)
    assert number.urn == "urn:epc:id:sgtin:0614141.812345.6789"
    assert number.element_string == "(01)80614141123458(21)6789"
    assert number.filter_value == 3


def test_a_grai_reads_as_its_bits_say() -> None:
    fields = [(0x33, 8), (0, 3), (5, 3), (614141, 24), (12345, 20), (400, 38)]
    epc = int("".join(f"{value:0{bits}b}" for value, bits in fields), 2).to_bytes(12)
    assert decode_gs1(epc).urn == "urn:epc:id:grai:0614141.12345.400"


@pytest.mark.parametrize(
    ("scheme", "urn", "element_string"),
    [
        (Scheme.GDTI_96, "urn:epc:id:gdti:0614141.06012.1234", "(253)06141410601221234"),
        (Scheme.GRAI_96, "urn:epc:id:grai:0614141.12345.400", "(8003)00614141123452400"),
        (Scheme.GIAI_96, "urn:epc:id:giai:0614141.400", "(8004)0614141400"),
        (Scheme.SGTIN_96, "urn:epc:id:sgtin:0614141.812345.1", "(01)80614141123458(21)1"),
    ],
)
def test_a_barcode_of_the_same_key_says_the_same(
    scheme: Scheme, urn: str, element_string: str
) -> None:
    assert parse_urn(urn, scheme).element_string == element_string


@pytest.mark.parametrize("digits", range(6, 13))
@pytest.mark.parametrize("scheme", SIZES)
def test_every_length_of_a_company_prefix_has_its_partition(scheme: Scheme, digits: int) -> None:
    kind, total, bits = SIZES[scheme]
    company, reference = "690123456789"[:digits], "123456789"[: total - digits]
    urn = f"urn:epc:id:{kind}:{company}.{reference}.{2**bits - 1}"
    epc = encode_gs1(parse_urn(urn, scheme))
    assert len(epc) == 12
    assert (epc[1] >> 2) & 7 == 12 - digits
    assert decode_gs1(epc).urn == urn


@given(
    digits=st.integers(6, 12),
    scheme=st.sampled_from([Scheme.GDTI_174, Scheme.GIAI_202]),
    data=st.data(),
)
def test_any_text_that_fits_comes_back(digits: int, scheme: Scheme, data: st.DataObject) -> None:
    most = 17 if scheme is Scheme.GDTI_174 else 30 - digits
    text = data.draw(st.text(LETTERS, min_size=1, max_size=most))
    company = "690123456789"[:digits]
    number = Gs1Number(
        scheme=scheme,
        company_prefix=company,
        reference="123456"[: 12 - digits] if scheme is Scheme.GDTI_174 else text,
        serial=text if scheme is Scheme.GDTI_174 else "",
    )
    assert decode_gs1(encode_gs1(number)) == number
    assert parse_urn(number.urn, scheme) == number


@given(
    header=st.sampled_from([0x30, 0x33, 0x34, 0x38, 0x2C, 0x3E]),
    filter_and_partition=st.integers(0, 63),
    rest=st.binary(min_size=26, max_size=26),
)
def test_random_bits_are_refused_or_re_encode_to_themselves(
    header: int, filter_and_partition: int, rest: bytes
) -> None:
    size = {0x38: 26, 0x3E: 22}.get(header, 12)
    epc = (bytes([header, filter_and_partition << 2 | rest[0] & 3]) + rest)[:size]
    try:
        number = decode_gs1(epc)
    except BadNumber:
        return
    assert encode_gs1(number) == epc


@pytest.mark.parametrize(
    ("epc", "reason"),
    [
        ("", "header absent"),
        ("3A14257BF42EF800000004D2", "header 3A"),
        ("2C14257BF42EF800000004D200000000", "gdti-96 has 96 bits, not 128"),
        ("2C1C257BF42EF800000004D2", "partition 7 is reserved"),
        ("2C54257BF42EF800000004D2", "filter 2"),
        ("3000ABCDEF00000000000001", "gives no company the prefix 184473600000"),
        ("303400000000000000000001", "gives no company the prefix 0000000"),
        ("2C17FFFFFFFEF800000004D2", "company prefix 16777215 has more than 7 digits"),
        ("3014257BF7FFFFC000000001", "reference 1048575 has more than 6 digits"),
        ("3E14257BF42EF8C59336800000000000000000000001", "bits are set behind"),
        ("3E14257BF42EF8C50016800000000000000000000000", "is no text"),
        ("3E14257BF42EF8000000000000000000000000000000", "is no text"),
    ],
)
def test_what_no_gs1_key_can_be_is_refused_with_the_reason(epc: str, reason: str) -> None:
    with pytest.raises(BadNumber, match=reason):
        decode_gs1(bytes.fromhex(epc))


@pytest.mark.parametrize(
    ("scheme", "urn"),
    [
        (Scheme.GDTI_96, "urn:epc:id:gdti:0614141.06012.J001"),
        (Scheme.GDTI_96, "urn:epc:id:gdti:0614141.06012.0123"),
        (Scheme.GDTI_96, f"urn:epc:id:gdti:0614141.06012.{2**41}"),
        (Scheme.GDTI_96, "urn:epc:id:gdti:0614141.6012.1"),
        (Scheme.GDTI_96, "urn:epc:id:gdti:0614141.06012"),
        (Scheme.GDTI_174, "urn:epc:id:gdti:0614141.06012.123456789012345678"),
        (Scheme.GIAI_96, "urn:epc:id:giai:0614141.1234567890123456789"),
        (Scheme.GIAI_202, "urn:epc:id:giai:0614141.1%C4"),
        (Scheme.GIAI_202, "urn:epc:id:giai:9901414.1"),
        (Scheme.GIAI_202, "urn:epc:id:giai:06141.1"),
        (Scheme.GRAI_96, "urn:epc:id:giai:0614141.1"),
        (Scheme.ISO_28560_4, "urn:epc:id:giai:0614141.1"),
    ],
)
def test_what_a_scheme_cannot_carry_is_refused(scheme: Scheme, urn: str) -> None:
    with pytest.raises(BadNumber):
        encode_gs1(parse_urn(urn, scheme))
