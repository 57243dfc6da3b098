"""The site file: what it refuses, and how it says so."""

from pathlib import Path

import pytest

from controller.assemble import plans
from controller.config import SiteFileError, load_site, read_secret

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "firmware-config" / "site.example.toml"


def changed(tmp_path: Path, before: str, after: str) -> Path:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "site.toml"
    path.write_text(text.replace(before, after), encoding="utf-8")
    return path


def test_the_example_is_a_site() -> None:
    site = load_site(EXAMPLE)
    assert site.site.id == "hrss-01"
    assert [antenna.side for antenna in site.doors[0].antennas] == ["inside", "outside"]
    assert site.racks[0].aisles == 7


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("columns = 8", "colums = 8", "racks.0.colums: this key is not known"),
        ('kind = "llrp"', 'kind = "lrp"', "doors.0.reader"),
        ('room = "room-1"\ncolumns', 'room = "room-9"\ncolumns', "room 'room-9', which is not"),
        ('id = "th-01"', 'id = "rack-a"', "device id 'rack-a' is used twice"),
        ('side = "outside"', 'side = "inside"', "at least one antenna on each side"),
        ("port = 2, side", "port = 1, side", "an antenna port is named twice"),
        ('"Asia/Shanghai"', '"Asia/Shanghia"', "'Asia/Shanghia' is not known"),
        ('id = "hrss-01"', 'id = "HRSS 01"', "site.id"),
        ("limit = 60.0", 'limit = "sixty"', "sensors.0.limits.2.limit"),
        ('url = "serial:///dev', 'url = "usb:///dev', "sensors.0.link.modbus.url"),
    ],
)
def test_a_wrong_site_is_refused_with_file_and_key(
    tmp_path: Path, before: str, after: str, says: str
) -> None:
    path = changed(tmp_path, before, after)
    with pytest.raises(SiteFileError) as refused:
        load_site(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert says in str(refused.value)


def test_every_fault_of_a_file_is_said_at_once(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    path = tmp_path / "site.toml"
    path.write_text(text.replace("columns = 8", "colums = 8").replace("interval_s", "intervall"))
    with pytest.raises(SiteFileError) as refused:
        load_site(path)
    assert "racks.0.colums" in str(refused.value)
    assert "sensors.0.intervall" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[site\n", "not TOML"),
        ("[site]\nname = '档案室'\n".encode("gb18030"), "not UTF-8 at byte 15; save it as UTF-8"),
        (b"", "site: Field required"),
        (b"\x00\xff\xfe", "not "),
    ],
)
def test_a_file_that_is_no_site_file_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(content)
    with pytest.raises(SiteFileError) as refused:
        load_site(path)
    assert says in str(refused.value)


def test_a_missing_file_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(SiteFileError, match=r"nowhere\.toml: cannot be read: No such file"):
        load_site(tmp_path / "nowhere.toml")


def test_a_secret_comes_from_its_file_or_from_the_systemd_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert read_secret("mqtt-password", None) is None
    (tmp_path / "mqtt-password").write_text("from systemd\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_secret("mqtt-password", None) == "from systemd"
    named = tmp_path / "named"
    named.write_text("from the file\n")
    assert read_secret("mqtt-password", named) == "from the file"
    with pytest.raises(SiteFileError, match="the secret cannot be read"):
        read_secret("mqtt-password", tmp_path / "nowhere")


LISTENERS = """
[[zones]]
id = "zone-1"
name = "Z"
room = "room-1"
reader = { kind = "llrp", host = "192.0.2.16" }
[[shelf_readers]]
id = "shelf-a"
name = "S"
room = "room-1"
reader = { kind = "llrp", host = "192.0.2.17" }
antennas = [{ port = 1, rack = "rack-a", bay = 3, level = 2 }, { port = 2, rack = "rack-b" }]
"""


def with_listeners(tmp_path: Path, before: str = "", after: str = "") -> Path:
    path = tmp_path / "site.toml"
    text = EXAMPLE.read_text(encoding="utf-8") + LISTENERS.replace(before, after, 1)
    path.write_text(text, encoding="utf-8")
    return path


def test_zones_and_shelf_antennas_become_what_the_domain_listens_to(tmp_path: Path) -> None:
    zone, shelf = plans(load_site(with_listeners(tmp_path))).listeners
    assert (zone.spot(1), zone.spot(9)) == ("zone-1", "zone-1")
    assert (shelf.spot(1), shelf.spot(2), shelf.spot(3)) == ("rack-a/3/2", "rack-b", None)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("bay = 3, level", "level", "a level without its bay"),
        ("port = 2", "port = 1", "an antenna port is named twice"),
        ('id = "zone-1"', 'id = "rack-a"', "device id 'rack-a' is used twice"),
    ],
)
def test_a_wrong_listener_is_refused(tmp_path: Path, before: str, after: str, says: str) -> None:
    with pytest.raises(SiteFileError, match=says):
        load_site(with_listeners(tmp_path, before, after))
