"""URLs of lines."""

import pytest

from drivers.modbus.line import SerialLine, TcpLine, parse_line


def test_a_serial_url_carries_its_settings() -> None:
    assert parse_line("serial:///dev/ttyUSB0?baud=4800&parity=E&stopbits=2") == SerialLine(
        device="/dev/ttyUSB0", baud=4800, parity="E", stopbits=2
    )


def test_a_serial_url_without_settings_means_9600_8n1() -> None:
    assert parse_line("serial:///dev/ttyS1") == SerialLine(
        device="/dev/ttyS1", baud=9600, parity="N", stopbits=1
    )


def test_tcp_and_tunnelled_rtu_differ_in_framing_only() -> None:
    assert parse_line("tcp://10.0.0.5") == TcpLine(host="10.0.0.5", port=502, rtu=False)
    assert parse_line("rtu+tcp://10.0.0.6:4001") == TcpLine(host="10.0.0.6", port=4001, rtu=True)


@pytest.mark.parametrize(
    "url",
    [
        "serial://dev/ttyUSB0",
        "serial:///dev/ttyUSB0?bauds=9600",
        "serial:///dev/ttyUSB0?baud=fast",
        "serial:///dev/ttyUSB0?parity=M",
        "tcp://",
        "udp://10.0.0.5:502",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=url.split("?")[0]):
        parse_line(url)
