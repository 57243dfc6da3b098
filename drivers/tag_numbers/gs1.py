"""EPC binary schemes of the GS1 EPC Tag Data Standard 1.13, section 14, in both directions.

A header byte proves nothing: private numbers begin with any. So what is decoded must make sense
in every field, down to the company prefix, or it is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from drivers.tag_numbers.number import BadNumber, Scheme
from drivers.tag_numbers.prefixes import can_be_company

FILTER_BITS, PARTITION_BITS, HEADER_BITS = 3, 3, 8
COMPANY_BITS = (40, 37, 34, 30, 27, 24, 20)
"""By partition value; the company prefix has 12 digits at 0, one fewer at each next one."""

_LETTERS = frozenset(
    "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
)
"""GS1 AI encodable character set 82 (GS1 General Specifications, figure 7.11-1)."""
_ESCAPED = frozenset('"%&/<>?')
"""Written as %xx in a URI (section 6, table A-1)."""
_URN = re.compile(r"urn:epc:id:(?P<kind>[a-z]+):(?P<fields>[!-~]+)")


class _Layout(NamedTuple):
    """One binary coding scheme; what follows the company prefix is reference, then serial."""

    header: int
    kind: str
    reference_bits: tuple[int, ...]
    """By partition value."""
    reference_digits: tuple[int, ...]
    """By partition value; for text, the most characters."""
    serial_bits: int
    """0: there is no serial, the reference is the last field."""
    text: bool
    """The last field is text of 7 bits a character, else a number without leading zeros."""
    filters: frozenset[int]
    """Filter values that are not reserved (section 10)."""

    @property
    def octets(self) -> int:
        """The whole number, padded to words of 16 bits."""
        fields = COMPANY_BITS[0] + self.reference_bits[0] + self.serial_bits
        return 2 * -(-(HEADER_BITS + FILTER_BITS + PARTITION_BITS + fields) // 16)


_TYPE_BITS, _TYPE_DIGITS = (1, 4, 7, 11, 14, 17, 21), (0, 1, 2, 3, 4, 5, 6)
_ITEM_BITS, _ITEM_DIGITS = (4, 7, 10, 14, 17, 20, 24), (1, 2, 3, 4, 5, 6, 7)
_ASSET_BITS, _ASSET_DIGITS = (42, 45, 48, 52, 55, 58, 62), (13, 14, 15, 16, 17, 18, 19)
_LONG_BITS, _LONG_LETTERS = (148, 151, 154, 158, 161, 164, 168), (18, 19, 20, 21, 22, 23, 24)

_ITEM_FILTERS = frozenset({0, 1, 2, 3, 5, 6, 7})
_OTHERS, _OTHERS_OR_ONE = frozenset({0}), frozenset({0, 1})

_LAYOUTS: Mapping[Scheme, _Layout] = {
    Scheme.SGTIN_96: _Layout(0x30, "sgtin", _ITEM_BITS, _ITEM_DIGITS, 38, False, _ITEM_FILTERS),
    Scheme.GRAI_96: _Layout(0x33, "grai", _ITEM_BITS, _TYPE_DIGITS, 38, False, _OTHERS),
    Scheme.GIAI_96: _Layout(0x34, "giai", _ASSET_BITS, _ASSET_DIGITS, 0, False, _OTHERS_OR_ONE),
    Scheme.GIAI_202: _Layout(0x38, "giai", _LONG_BITS, _LONG_LETTERS, 0, True, _OTHERS_OR_ONE),
    Scheme.GDTI_96: _Layout(0x2C, "gdti", _TYPE_BITS, _TYPE_DIGITS, 41, False, _OTHERS_OR_ONE),
    Scheme.GDTI_174: _Layout(0x3E, "gdti", _TYPE_BITS, _TYPE_DIGITS, 119, True, _OTHERS_OR_ONE),
}
_BY_HEADER = {layout.header: scheme for scheme, layout in _LAYOUTS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gs1Number:
    """One GS1 key as its fields; leading zeros of fixed fields are kept."""

    scheme: Scheme
    filter_value: int = 0
    company_prefix: str
    reference: str
    """Item reference with its indicator first, asset type, document type, or asset reference."""
    serial: str = ""
    """Empty where the scheme has none (GIAI)."""

    @property
    def urn(self) -> str:
        """The pure identity URI (section 6.3)."""
        kind = _LAYOUTS[self.scheme].kind
        fields = [self.company_prefix, _escape(self.reference)]
        fields += [_escape(self.serial)] if kind != "giai" else []
        return f"urn:epc:id:{kind}:{'.'.join(fields)}"

    @property
    def element_string(self) -> str:
        """The same key as a barcode has it (section 7)."""
        match _LAYOUTS[self.scheme].kind:
            case "giai":
                return f"(8004){self.company_prefix}{self.reference}"
            case "sgtin":
                item = self.reference[0] + self.company_prefix + self.reference[1:]
                return f"(01){item}{_check_digit(item)}(21){self.serial}"
            case kind:
                key = self.company_prefix + self.reference
                start = {"gdti": "(253)", "grai": "(8003)0"}[kind]
                return f"{start}{key}{_check_digit(key)}{self.serial}"


def scheme_of_header(header: int) -> Scheme:
    """The scheme whose first octet this is, or ``UNKNOWN``."""
    return _BY_HEADER.get(header, Scheme.UNKNOWN)


def decode_gs1(epc: bytes) -> Gs1Number:
    """The GS1 key in an EPC.

    Raises:
        BadNumber: another header or length, or a field that no GS1 key can have.
    """
    scheme = scheme_of_header(epc[0]) if epc else Scheme.UNKNOWN
    if scheme is Scheme.UNKNOWN:
        raise BadNumber(f"header {epc[:1].hex().upper() or 'absent'} is of no scheme decoded here")
    layout = _LAYOUTS[scheme]
    if len(epc) != layout.octets:
        raise BadNumber(f"{scheme} has {8 * layout.octets} bits, not {8 * len(epc)}")
    bits = _Bits(epc, HEADER_BITS)
    filter_value, partition = bits.take(FILTER_BITS), bits.take(PARTITION_BITS)
    if filter_value not in layout.filters or partition >= len(COMPANY_BITS):
        raise BadNumber(f"filter {filter_value} or partition {partition} is reserved")
    company = _digits(bits.take(COMPANY_BITS[partition]), 12 - partition, "company prefix")
    if not can_be_company(company):
        raise BadNumber(f"GS1 gives no company the prefix {company}")
    reference_bits, size = layout.reference_bits[partition], layout.reference_digits[partition]
    if layout.serial_bits:
        reference = _digits(bits.take(reference_bits), size, "reference")
        serial = _last(bits, layout, layout.serial_bits, layout.serial_bits // 7)
    else:
        reference, serial = _last(bits, layout, reference_bits, size), ""
    bits.require_zero_rest()
    return Gs1Number(
        scheme=scheme,
        filter_value=filter_value,
        company_prefix=company,
        reference=reference,
        serial=serial,
    )


def encode_gs1(number: Gs1Number) -> bytes:
    """The EPC of a GS1 key, padded to whole words of 16 bits as the tag has it.

    Raises:
        BadNumber: a field that the scheme cannot carry.
    """
    layout = _LAYOUTS.get(number.scheme)
    if layout is None:
        raise BadNumber(f"{number.scheme} is no GS1 scheme")
    if number.filter_value not in layout.filters:
        raise BadNumber(f"filter {number.filter_value} is reserved in {number.scheme}")
    company, partition = number.company_prefix, 12 - len(number.company_prefix)
    if not 0 <= partition < len(COMPANY_BITS) or not can_be_company(company):
        raise BadNumber(f"GS1 gives no company the prefix {company!r}")
    fields = [
        (layout.header, HEADER_BITS),
        (number.filter_value, FILTER_BITS),
        (partition, PARTITION_BITS),
        (int(company), COMPANY_BITS[partition]),
    ]
    reference_bits, size = layout.reference_bits[partition], layout.reference_digits[partition]
    if layout.serial_bits:
        fields.append((_number(number.reference, size, "reference"), reference_bits))
        letters = layout.serial_bits // 7
        fields.append((_packed(number.serial, layout, layout.serial_bits, letters),
                       layout.serial_bits))  # fmt: skip
    elif number.serial:
        raise BadNumber("a GIAI has no serial number")
    else:
        fields.append((_packed(number.reference, layout, reference_bits, size), reference_bits))
    return _join(fields, layout.octets)


def parse_urn(urn: str, scheme: Scheme, filter_value: int = 0) -> Gs1Number:
    """The key a pure identity URI names, to be coded in ``scheme``.

    Raises:
        BadNumber: no such URI, or of another kind of key.
    """
    found = _URN.fullmatch(urn)
    layout = _LAYOUTS.get(scheme)
    if found is None or layout is None or found["kind"] != layout.kind:
        raise BadNumber(f"{urn!r} cannot be coded as {scheme}")
    wanted = 3 if layout.serial_bits else 2
    fields = found["fields"].split(".", wanted - 1)
    if len(fields) != wanted:
        raise BadNumber(f"{urn!r} has too few fields")
    return Gs1Number(
        scheme=scheme,
        filter_value=filter_value,
        company_prefix=fields[0],
        reference=_unescape(fields[1]),
        serial=_unescape(fields[2]) if wanted == 3 else "",
    )


class _Bits:
    """Takes fields off the front of a number."""

    def __init__(self, octets: bytes, skip: int) -> None:
        self._value = int.from_bytes(octets)
        self._left = 8 * len(octets) - skip
        self._value &= (1 << self._left) - 1

    def take(self, bits: int) -> int:
        self._left -= bits
        field = self._value >> self._left
        self._value &= (1 << self._left) - 1
        return field

    def require_zero_rest(self) -> None:
        if self._value:
            raise BadNumber("bits are set behind the number")


def _join(fields: list[tuple[int, int]], octets: int) -> bytes:
    value = used = 0
    for field, bits in fields:
        value, used = value << bits | field, used + bits
    return (value << 8 * octets - used).to_bytes(octets)


def _digits(value: int, size: int, what: str) -> str:
    text = f"{value:0{size}}" if size else ""
    if len(text) != size or (not size and value):
        raise BadNumber(f"the {what} {value} has more than {size} digits")
    return text


def _last(bits: _Bits, layout: _Layout, width: int, most: int) -> str:
    if not layout.text:
        number = str(bits.take(width))
        if not layout.serial_bits and len(number) > most:
            raise BadNumber(f"the reference {number} has more than {most} digits")
        return number
    letters = [chr(bits.take(7)) for _ in range(width // 7)]
    text = "".join(letters).rstrip("\0")
    if bits.take(width % 7) or not text or len(text) > most or not _LETTERS.issuperset(text):
        raise BadNumber(f"{text!r} is no text of 1 to {most} characters of GS1's")
    return text


def _packed(text: str, layout: _Layout, width: int, most: int) -> int:
    """The last field of a number as its bits."""
    if layout.text:
        if not 1 <= len(text) <= most or not _LETTERS.issuperset(text):
            raise BadNumber(f"{text!r} is no text of 1 to {most} characters of GS1's")
        value = 0
        for letter in text:
            value = value << 7 | ord(letter)
        return value << width - 7 * len(text)
    if not text.isascii() or not text.isdigit() or (text != "0" and text.startswith("0")):
        raise BadNumber(f"{text!r} is no number without leading zeros")
    if int(text) >> width or (not layout.serial_bits and len(text) > most):
        raise BadNumber(f"{text} is too large for {width} bits")
    return int(text)


def _number(text: str, size: int, what: str) -> int:
    if len(text) != size or (size and not (text.isascii() and text.isdigit())):
        raise BadNumber(f"the {what} must have {size} digits here, not {text!r}")
    return int(text or "0")


def _escape(text: str) -> str:
    return "".join(f"%{ord(one):02X}" if one in _ESCAPED else one for one in text)


def _unescape(text: str) -> str:
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), text)


def _check_digit(digits: str) -> int:
    """Of GS1's keys: weights 3, 1, 3, … from the right (General Specifications, 7.9)."""
    weighted = sum(int(one) * (1, 3)[at % 2 == 0] for at, one in enumerate(reversed(digits)))
    return -weighted % 10
