"""Requests and replies of a simulated device, byte by byte: the standard's examples, any cut."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.modbus_frames import Framing, Request, RtuFraming, TcpFraming, crc16
from simulators.modbus_pdu import ILLEGAL_ADDRESS, Refused, Table, answer, mismatched


class Examples:
    """The device of the examples in the Modbus application protocol, section 6."""

    silent = False

    def __init__(self) -> None:
        self.written: list[tuple[Table, int, list[int]]] = []

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        if table in ("coil", "discrete"):
            bits = {"coil": 0x056BCD, "discrete": 0x35DBAC}[table]
            return [bits >> i & 1 for i in range(count)]
        held = {107: 0x022B, 108: 0x0000, 109: 0x0064, 8: 0x000A}
        if address not in held:
            raise Refused(ILLEGAL_ADDRESS)
        return [held[address + i] for i in range(count)]

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        self.written.append((table, address, list(values)))


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        ("01 0013 0013", "01 03 CD6B05"),
        ("02 00C4 0016", "02 03 ACDB35"),
        ("03 006B 0003", "03 06 022B 0000 0064"),
        ("04 0008 0001", "04 02 000A"),
        ("05 00AC FF00", "05 00AC FF00"),
        ("06 0001 0003", "06 0001 0003"),
        ("0F 0013 000A 02 CD01", "0F 0013 000A"),
        ("10 0001 0002 04 000A 0102", "10 0001 0002"),
    ],
)
def test_the_examples_of_the_standard_are_answered_as_it_says(request_: str, reply: str) -> None:
    assert answer(Examples(), bytes.fromhex(request_)).hex() == bytes.fromhex(reply).hex()


@pytest.mark.parametrize(
    ("request_", "written"),
    [
        ("05 00AC FF00", ("coil", 172, [1])),
        ("05 00AC 0000", ("coil", 172, [0])),
        ("06 0001 0003", ("holding", 1, [3])),
        ("0F 0013 000A 02 CD01", ("coil", 19, [1, 0, 1, 1, 0, 0, 1, 1, 1, 0])),
        ("10 0001 0002 04 000A 0102", ("holding", 1, [10, 258])),
    ],
)
def test_what_is_written_reaches_the_device(
    request_: str, written: tuple[Table, int, list[int]]
) -> None:
    device = Examples()
    answer(device, bytes.fromhex(request_))
    assert device.written == [written]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ("2B 0E 01 00", 1),  # read device identification: not served
        ("16 0004 00F2 0025", 1),  # mask write: not served
        ("03 0000 0001", 2),
        ("03 FFFF 0002", 2),
        ("10 FFFF 0002 04 0000 0000", 2),
        ("03 006B 0000", 3),
        ("03 006B 007E", 3),
        ("01 0000 07D1", 3),
        ("05 00AC 1234", 3),
        ("10 0001 0002 02 000A", 3),
        ("06 00", 3),
    ],
)
def test_what_no_device_does_is_refused_and_changes_nothing(request_: str, code: int) -> None:
    device, request = Examples(), bytes.fromhex(request_)
    assert answer(device, request) == bytes([request[0] | 0x80, code])
    assert device.written == []


@pytest.mark.parametrize("request_", ["06 0001 0003", "10 0001 0001 02 0003", "03 006B 0003"])
def test_a_mismatched_reply_is_sound_and_wrong(request_: str) -> None:
    right = answer(Examples(), bytes.fromhex(request_))
    wrong = mismatched(right)
    assert wrong[0] == right[0]
    assert wrong != right


def framed(transaction: int, unit: int, pdu: bytes) -> bytes:
    """One Modbus TCP request, written out."""
    return (
        transaction.to_bytes(2, "big") + bytes(2) + (len(pdu) + 1).to_bytes(2, "big")
        + bytes([unit]) + pdu
    )  # fmt: skip


@given(data=st.data())
def test_requests_over_tcp_are_the_same_however_the_stream_is_cut(data: st.DataObject) -> None:
    pdus = data.draw(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=5))
    stream = b"".join(framed(i, 7, pdu) for i, pdu in enumerate(pdus))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)))))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [r.pdu for r in heard(TcpFraming(), pieces)] == pdus


@given(values=st.lists(st.integers(0, 65535), min_size=1, max_size=10), cut=st.integers(1, 30))
def test_a_request_over_rtu_is_the_same_however_it_is_cut(values: list[int], cut: int) -> None:
    data = b"".join(value.to_bytes(2, "big") for value in values)
    body = b"\x05\x10\x00\x00" + len(values).to_bytes(2, "big") + bytes([len(data)]) + data
    frame = body + crc16(body)
    assert heard(RtuFraming(), [frame[:cut], frame[cut:]]) == [Request(5, body[1:])]


@given(noise=st.binary(max_size=600), size=st.integers(1, 50))
def test_noise_on_a_line_is_no_request_and_ends_with_silence(noise: bytes, size: int) -> None:
    framing = RtuFraming()
    pieces = [noise[i : i + size] for i in range(0, len(noise), size)]
    for request in heard(framing, pieces):
        assert crc16(bytes([request.unit]) + request.pdu) in noise
    framing.silence()
    body = bytes.fromhex("01 04 00 01 00 02")
    assert heard(framing, [body + crc16(body)]) == [Request(1, body[1:])]


@pytest.mark.parametrize("start", ["0001 0001 0006 01", "0001 0000 0001 01", "0001 0000 0100 01"])
def test_another_protocol_on_the_port_is_nonsense(start: str) -> None:
    with pytest.raises(ValueError, match="not Modbus TCP"):
        heard(TcpFraming(), [bytes.fromhex(start)])


def heard(framing: Framing, pieces: Sequence[bytes]) -> list[Request]:
    """All requests in these pieces."""
    return [request for piece in pieces for request in framing.feed(piece)]
