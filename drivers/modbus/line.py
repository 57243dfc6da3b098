"""Where a Modbus line is: the URL of the site file, taken apart."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

PORT = 502
"""Modbus TCP, implementation guide 4.3.2."""
BAUD = 9600


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpLine:
    """A socket: Modbus TCP, or with ``rtu`` RTU frames tunnelled by a serial gateway."""

    host: str
    port: int
    rtu: bool

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialLine:
    """A serial port with 8 data bits speaking RTU."""

    device: str
    baud: int
    parity: str
    stopbits: int

    def __str__(self) -> str:
        return self.device


Line = TcpLine | SerialLine


def parse_line(url: str) -> Line:
    """The line ``url`` names.

    ``tcp://host:port``, ``rtu+tcp://host:port`` or
    ``serial:///dev/ttyUSB0?baud=9600&parity=N&stopbits=1`` (or ``rtu:///dev/ttyUSB0``).

    Raises:
        ValueError: it names none; the message says why.
    """
    parts = urlsplit(url)
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if parts.scheme in ("tcp", "rtu+tcp"):
        if not parts.hostname or options:
            raise ValueError(f"{url}: must read {parts.scheme}://host:port")
        return TcpLine(host=parts.hostname, port=parts.port or PORT, rtu=parts.scheme == "rtu+tcp")
    if parts.scheme not in ("serial", "rtu") or parts.netloc or not parts.path.startswith("/"):
        raise ValueError(f"{url}: must begin with serial:///, tcp:// or rtu+tcp://")
    return _serial(url, parts.path, options)


def _serial(url: str, device: str, options: dict[str, str]) -> SerialLine:
    baud = options.pop("baud", str(BAUD))
    parity = options.pop("parity", "N")
    stopbits = options.pop("stopbits", "1")
    if options:
        raise ValueError(f"{url}: {next(iter(options))} is not known")
    if not baud.isdecimal() or int(baud) <= 0:
        raise ValueError(f"{url}: baud must be a number")
    if parity not in ("N", "E", "O") or stopbits not in ("1", "2"):
        raise ValueError(f"{url}: parity must be N, E or O and stopbits 1 or 2")
    return SerialLine(device=device, baud=int(baud), parity=parity, stopbits=int(stopbits))
