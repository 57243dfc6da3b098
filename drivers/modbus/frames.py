"""The octets of a request as they would stand on the wire, for people to read: pure.

Written out here, not taken from the client's library, so that a dry run shows what the standard
says (Modbus application protocol 6, Modbus over serial line 2.5.1, messaging on TCP/IP 3.1.3).
"""

from drivers.modbus.exchange import Read, Request, function_of
from drivers.modbus.line import Line, SerialLine

COIL_ON = 0xFF00
CRC_SEED, CRC_POLYNOMIAL = 0xFFFF, 0xA001


def frame(request: Request, line: Line) -> bytes:
    """``request`` as it goes out on ``line``; on TCP with transaction number 1."""
    body = bytes([request.unit]) + pdu(request)
    if isinstance(line, SerialLine) or line.rtu:
        return body + crc(body).to_bytes(2, "little")
    return b"\0\1\0\0" + len(body).to_bytes(2, "big") + body


def pdu(request: Request) -> bytes:
    """Function code and data of ``request``."""
    head = bytes([function_of(request)]) + request.address.to_bytes(2, "big")
    if isinstance(request, Read):
        return head + request.count.to_bytes(2, "big")
    values = request.values
    if len(values) == 1:
        word = values[0] * COIL_ON if request.kind == "coil" else values[0]
        return head + word.to_bytes(2, "big")
    if request.kind == "coil":
        data = sum(bit << i for i, bit in enumerate(values)).to_bytes(
            (len(values) + 7) // 8, "little"
        )
    else:
        data = b"".join(word.to_bytes(2, "big") for word in values)
    return head + len(values).to_bytes(2, "big") + bytes([len(data)]) + data


def crc(body: bytes) -> int:
    """The checksum of an RTU frame, sent low octet first."""
    value = CRC_SEED
    for octet in body:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ CRC_POLYNOMIAL if value & 1 else value >> 1
    return value
