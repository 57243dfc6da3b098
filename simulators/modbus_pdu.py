"""What a Modbus server does with a request, whatever carried it: one PDU in, one PDU out. Pure.

Written out here, not borrowed from the client's library, so that the two check each other.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

Table = Literal["coil", "discrete", "input", "holding"]
"""The four tables of a Modbus device (Modbus application protocol 4.3)."""

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, BUSY = 1, 2, 3, 6
"""Exception codes, Modbus application protocol 7."""


class _Read(NamedTuple):
    table: Table
    most: int


READS: Mapping[int, _Read] = {
    1: _Read("coil", 2000),
    2: _Read("discrete", 2000),
    3: _Read("holding", 125),
    4: _Read("input", 125),
}
"""Function codes that read, and how much one request may ask for (6.1 to 6.4)."""
WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS = 5, 6, 15, 16
"""Function codes that write, Modbus application protocol 6.5, 6.6, 6.11 and 6.12."""
MOST_COILS, MOST_REGISTERS = 1968, 123
COIL_VALUES: Mapping[int, int] = {0x0000: 0, 0xFF00: 1}


class Refused(Exception):
    """The device answers with an exception code instead."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code}")
        self.code = code


class Unit(Protocol):
    """One simulated device on a line; called from the line's threads."""

    silent: bool
    """Not there: carries out nothing, answers nothing."""

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        """So many registers or bits from ``address``; raises ``Refused``."""
        ...

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Take ``values`` from ``address`` on; raises ``Refused``."""
        ...


def answer(unit: Unit, request: bytes) -> bytes:
    """The reply of ``unit``, an exception reply included."""
    function = request[0]
    try:
        if function in READS:
            return _read(unit, request)
        if function in (WRITE_COIL, WRITE_REGISTER):
            return _write_one(unit, request)
        if function in (WRITE_COILS, WRITE_REGISTERS):
            return _write_many(unit, request)
        raise Refused(ILLEGAL_FUNCTION)
    except Refused as refusal:
        return exception(function, refusal.code)


def exception(function: int, code: int) -> bytes:
    """An exception reply (Modbus application protocol 7)."""
    return bytes([function | 0x80, code])


def mismatched(reply: bytes) -> bytes:
    """A sound reply to something else: another register's echo, or one register too few."""
    if reply[0] in READS:
        return bytes([reply[0], reply[1] - 2]) + reply[2:-2]
    return reply[:2] + bytes([reply[2] ^ 1]) + reply[3:] if len(reply) > 2 else reply


def _read(unit: Unit, request: bytes) -> bytes:
    table, most = READS[request[0]]
    address, count = _two_words(request)
    if not 1 <= count <= most:
        raise Refused(ILLEGAL_VALUE)
    _within(address, count)
    values = unit.read(table, address, count)
    if table in ("coil", "discrete"):
        word = sum(1 << i for i, value in enumerate(values) if value)
        data = word.to_bytes((count + 7) // 8, "little")
    else:
        data = b"".join(value.to_bytes(2, "big") for value in values)
    return bytes([request[0], len(data)]) + data


def _write_one(unit: Unit, request: bytes) -> bytes:
    address, value = _two_words(request)
    if request[0] == WRITE_REGISTER:
        unit.write("holding", address, [value])
    elif value in COIL_VALUES:
        unit.write("coil", address, [COIL_VALUES[value]])
    else:
        raise Refused(ILLEGAL_VALUE)
    return request


def _write_many(unit: Unit, request: bytes) -> bytes:
    address, count = _two_words(request)
    coils = request[0] == WRITE_COILS
    size = (count + 7) // 8 if coils else 2 * count
    data = request[6:]
    if not 1 <= count <= (MOST_COILS if coils else MOST_REGISTERS) or len(data) != size:
        raise Refused(ILLEGAL_VALUE)
    _within(address, count)
    if coils:
        bits = int.from_bytes(data, "little")
        unit.write("coil", address, [bits >> i & 1 for i in range(count)])
    else:
        words = [int.from_bytes(data[i : i + 2], "big") for i in range(0, size, 2)]
        unit.write("holding", address, words)
    return request[:5]


def _two_words(request: bytes) -> tuple[int, int]:
    if len(request) < 5:
        raise Refused(ILLEGAL_VALUE)
    return int.from_bytes(request[1:3], "big"), int.from_bytes(request[3:5], "big")


def _within(address: int, count: int) -> None:
    if address + count > 65536:
        raise Refused(ILLEGAL_ADDRESS)
