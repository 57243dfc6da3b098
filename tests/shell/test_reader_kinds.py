"""Every kind of reader a site file may name: accepted, checked, and built as its own driver."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.assemble import field
from controller.checking import check_site
from controller.config import SiteFileError, load_site
from drivers.observations import Moment
from drivers.profiles import ProfileError
from tests.services import self_signed

EXAMPLE = Path(__file__).parents[2] / "firmware-config" / "site.example.toml"
KINDS: Mapping[str, tuple[str, str]] = {
    "llrp": ('kind = "llrp", host = "192.0.2.1"', "PortalReader"),
    "llrp over TLS": ('kind = "llrp", host = "192.0.2.1", tls = true', "PortalReader"),
    "llrp that calls": (
        'kind = "llrp", host = "192.0.2.1", listen = "0.0.0.0:5084"',
        "PortalReader",
    ),
    "llrp that calls and says who it is": (
        'kind = "llrp", reader_id = "02:00:00:00:00:01", listen = "[::]:5085"',
        "PortalReader",
    ),
    "serial r200": (
        'kind = "serial", url = "/dev/ttyUSB7", profile = "readers/r200.toml"',
        "SerialReader",
    ),
    "serial uhf288": (
        'kind = "serial", url = "socket://192.0.2.2:4001", profile = "readers/uhf288.toml"',
        "SerialReader",
    ),
    "serial cfm": (
        'kind = "serial", url = "rfc2217://192.0.2.2:2217", profile = "readers/cfm.toml"',
        "SerialReader",
    ),
    "impinj-mqtt": ('kind = "impinj-mqtt", host = "192.0.2.3", topic = "r/1"', "MqttJsonReader"),
    "impinj-http": (
        'kind = "impinj-http", url = "http://192.0.2.3/data/stream"',
        "HttpStreamReader",
    ),
    "zebra-tcp": ('kind = "zebra-tcp", host = "192.0.2.4", port = 50001', "TcpJsonReader"),
    "zebra-mqtt": ('kind = "zebra-mqtt", host = "192.0.2.4", topic = "z/1"', "MqttJsonReader"),
}


def clock() -> Moment:
    return Moment(utc=datetime(2026, 3, 2, tzinfo=UTC), monotonic_s=0.0)


def site_file(folder: Path, *readers: str) -> Path:
    text = '[site]\nid = "east"\nname = "East"\n[database]\nurl = "sqlite:///s.db"\n'
    text += '[[rooms]]\nid = "room-1"\nname = "One"\n'
    for number, reader in enumerate(readers, start=1):
        text += f'[[doors]]\nid = "door-{number}"\nname = "D"\nroom = "room-1"\n'
        text += f"reader = {{ {reader} }}\n"
        text += 'antennas = [{ port = 1, side = "inside" }, { port = 2, side = "outside" }]\n'
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def drivers(path: Path) -> list[tuple[str, str]]:
    built = field(load_site(path), beside=path.parent, clock=clock)
    return [(device.name, type(device).__name__) for device in built.devices]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_built_as_its_own_driver(tmp_path: Path, kind: str) -> None:
    reader, driver = KINDS[kind]
    assert drivers(site_file(tmp_path, reader)) == [("door-1", driver)]


def test_one_site_may_have_readers_of_every_kind(tmp_path: Path) -> None:
    every = [reader for reader, _ in KINDS.values()]
    assert [driver for _, driver in drivers(site_file(tmp_path, *every))] == [
        driver for _, driver in KINDS.values()
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_check_says_what_it_found_of_each_kind(tmp_path: Path, kind: str) -> None:
    findings = check_site(site_file(tmp_path, KINDS[kind][0]), offline=True)
    assert all(finding.well for finding in findings)
    assert "profile of door-1" in [finding.what for finding in findings]


@pytest.mark.parametrize(
    ("reader", "complaint"),
    [
        ('kind = "llrq", host = "a"', "llrq"),
        ('kind = "llrp", host = "a", ca_file = "x.pem"', "ca_file means nothing"),
        ('kind = "llrp", host = "a", listen = "0.0.0.0:1", port = 2', "connects to us"),
        ('kind = "llrp", host = "a", listen = "0.0.0.0:1", tls = true', "cert_file and key_file"),
        ('kind = "llrp", host = "a", tls = true, cert_file = "a", key_file = "b"', "only there"),
        ('kind = "llrp", host = "a", listen = "::1:5084"', "listen"),
        ('kind = "llrp", listen = "0.0.0.0:1"', "either host or reader_id"),
        ('kind = "llrp", reader_id = "0A0B"', "reader_id is for"),
        ('kind = "llrp", reader_id = "mine", listen = "0.0.0.0:1"', "reader_id"),
        ('kind = "llrp", host = "a", listen = "anywhere"', "listen"),
        ('kind = "serial", url = "/dev/ttyUSB0"', "profile"),
        ('kind = "zebra-tcp", host = "a"', "port"),
        ('kind = "impinj-http", url = "ftp://a/"', "url"),
    ],
)
def test_a_reader_that_makes_no_sense_is_refused_with_its_place(
    tmp_path: Path, reader: str, complaint: str
) -> None:
    with pytest.raises(SiteFileError, match=complaint) as refused:
        load_site(site_file(tmp_path, reader))
    assert "doors.0.reader" in str(refused.value)


def test_two_readers_that_call_from_one_host_are_refused(tmp_path: Path) -> None:
    reader = KINDS["llrp that calls"][0]
    with pytest.raises(SiteFileError, match="two readers that connect to us"):
        load_site(site_file(tmp_path, reader, reader))


def test_a_profile_of_another_make_is_refused(tmp_path: Path) -> None:
    wrong = KINDS["zebra-tcp"][0] + ', profile = "readers/impinj-r700.toml"'
    path = site_file(tmp_path, wrong)
    with pytest.raises(ProfileError, match="does not fit"):
        drivers(path)
    assert not all(finding.well for finding in check_site(path, offline=True))


@pytest.mark.parametrize(
    ("reader", "complaint"),
    [
        ('kind = "serial", url = "com1", profile = "readers/r200.toml"', "door-1"),
        ('kind = "impinj-mqtt", host = "a", topic = "readers/#"', "not the topic of one reader"),
        ('kind = "llrp", host = "a", tls = true, ca_file = "/absent.pem"', "door-1"),
        (
            'kind = "impinj-http", url = "http://a/s", username = "u", password_file = "/absent"',
            "cannot be read",
        ),
    ],
)
def test_what_only_the_driver_can_judge_is_said_with_the_door(
    tmp_path: Path, reader: str, complaint: str
) -> None:
    with pytest.raises(SiteFileError, match=complaint):
        drivers(site_file(tmp_path, reader))


def test_every_reader_the_example_shows_in_a_comment_is_accepted(tmp_path: Path) -> None:
    shown = re.findall(
        r"^# reader = \{ (.*) \}$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE
    )
    sites = [load_site(site_file(tmp_path, reader)) for reader in shown]
    kinds = {site.doors[0].reader.kind for site in sites}
    assert kinds == {"llrp", "serial", "impinj-http", "impinj-mqtt", "zebra-tcp", "zebra-mqtt"}


def test_two_readers_that_share_a_port_must_agree_on_tls(tmp_path: Path) -> None:
    secured = ', tls = true, cert_file = "c.pem", key_file = "k.pem"'
    calls = 'kind = "llrp", host = "192.0.2.7", listen = "0.0.0.0:5084"'
    with pytest.raises(SiteFileError, match="differ in their TLS"):
        load_site(site_file(tmp_path, KINDS["llrp that calls"][0], calls + secured))


def test_a_certificate_of_ours_that_is_not_there_is_said(tmp_path: Path) -> None:
    reader = 'kind = "llrp", host = "a", listen = "0.0.0.0:1", tls = true'
    path = site_file(tmp_path, f'{reader}, cert_file = "/none.pem", key_file = "/none.pem"')
    with pytest.raises(SiteFileError, match="door-1: reader"):
        drivers(path)


def test_readers_that_call_over_tls_are_built(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    ours = f'tls = true, cert_file = "{certificate}", key_file = "{key}"'
    reader = f'kind = "llrp", reader_id = "0A0B", listen = "[::]:5085", {ours}'
    assert drivers(site_file(tmp_path, reader, reader.replace("0A0B", "0A0C"))) == [
        ("door-1", "PortalReader"),
        ("door-2", "PortalReader"),
    ]
