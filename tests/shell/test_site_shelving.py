"""What a site file says about shelves, and what it may not say."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from controller.assemble import field, plans
from controller.checking import Finding, check_site
from controller.clock import system_clock
from controller.config import Site, SiteFileError
from controller.domain.plans import RoomPlan, ShelvesPlan
from controller.domain.plans_shelving import QueueRule
from drivers.bank_udp.driver import UdpBank
from drivers.profiles import ProfileError


def site(rack: dict[str, object], **parts: object) -> Site:
    link = {"kind": "modbus-tcp", "host": "192.0.2.20"}
    return Site.model_validate(
        {
            "site": {"id": "s", "name": "S"},
            "database": {"url": "sqlite:///s.db"},
            "rooms": [{"id": "room-1", "name": "R"}],
            "racks": [
                {"id": "a", "name": "A", "room": "room-1", "columns": 8, "link": link, **rack}
            ],
            **parts,
        }
    )


RACK = {"id": "b", "name": "B", "room": "room-1", "columns": 8}
LIFT = {
    "id": "lift-1", "name": "L", "room": "room-1", "kind": "lift", "trays": 40, "bays": 2,
    "link": {"url": "rtu+tcp://192.0.2.21:4001", "unit": 2},
}  # fmt: skip
CRANE = {
    "id": "crane-1", "name": "C", "room": "room-1", "kind": "crane",
    "rows": 2, "columns": 9, "levels": 5, "link": {"url": "rtu+tcp://192.0.2.21:4001", "unit": 3},
}  # fmt: skip
CAROUSEL = {
    "id": "carousel-1", "name": "K", "room": "room-1", "kind": "carousel", "shelves": 12,
    "link": {"url": "rtu+tcp://192.0.2.21:4001", "unit": 4, "allow_without_watchdog": True},
}  # fmt: skip
SENSOR = {
    "id": "th-1", "name": "T", "room": "room-1",
    "link": {"kind": "modbus", "url": "rtu+tcp://192.0.2.21:4001", "unit": 9},
}  # fmt: skip
UDP = {
    "kind": "bank-udp", "host": "192.0.2.22", "port": 8000, "allow_without_watchdog": True,
}  # fmt: skip
ON_LINE = {"kind": "modbus", "url": "rtu+tcp://192.0.2.21:4001", "unit": 1}


def field_of(made: Site) -> dict[str, object]:
    built = field(made, beside=Path(), clock=system_clock)
    return {device.name: device for device in built.devices}


def test_whatever_names_the_same_line_shares_its_one_owner() -> None:
    made = site(
        {"link": ON_LINE}, machines=[LIFT, CRANE, CAROUSEL], sensors=[SENSOR],
        racks=[{**RACK, "id": "a", "link": ON_LINE}, {**RACK, "link": UDP}],
    )  # fmt: skip

    devices = field_of(made)

    assert list(devices) == ["a", "b", "lift-1", "crane-1", "carousel-1", "sensor-line-1"]
    shared = [device for name, device in devices.items() if name != "b"]
    assert len({id(device._bus) for device in shared}) == 1  # type: ignore[attr-defined]
    assert isinstance(devices["b"], UdpBank)


def test_a_line_that_is_used_in_two_ways_is_refused_by_name() -> None:
    other = {**SENSOR, "link": {**ON_LINE, "url": "tcp://192.0.2.21:4001"}}

    with pytest.raises(SiteFileError, match=r"th-1: link\.url: .* elsewhere"):
        field_of(site({"link": ON_LINE}, sensors=[other]))


def test_a_profile_of_another_kind_of_machine_is_refused() -> None:
    crane = {**LIFT, "link": {**LIFT["link"], "profile": "shelving/stacker-crane.toml"}}  # type: ignore[dict-item]

    with pytest.raises(ProfileError, match="parameter"):
        field_of(site({}, machines=[crane]))
    bank = {**ON_LINE, "profile": "climate/xy-md02.toml"}
    with pytest.raises(ProfileError, match=r"columns|mobile_shelving"):
        field_of(site({"link": bank}))


def test_the_domain_learns_what_places_a_machine_has() -> None:
    made = plans(site({}, machines=[LIFT, CRANE, CAROUSEL], queues={"usual_hold_s": 60}))

    assert [(m.kind, m.sizes, m.openings) for m in made.machines] == [
        ("lift", (40,), 2), ("crane", (2, 9, 5), 1), ("carousel", (12,), 1),
    ]  # fmt: skip
    assert made.queues == QueueRule(usual_hold_s=60.0)


def findings(tmp_path: Path, link: str, sensor: str) -> dict[str, Finding]:
    path = tmp_path / "site.toml"
    path.write_text(
        f"""
[site]
id = "s"
name = "S"
[database]
url = "sqlite:///s.db"
[[rooms]]
id = "room-1"
name = "R"
[[machines]]
id = "k"
name = "K"
room = "room-1"
kind = "carousel"
shelves = 12
link = {link}
[[sensors]]
id = "th"
name = "T"
room = "room-1"
link = {{ kind = "modbus", url = "{sensor}" }}
""",
        encoding="utf-8",
    )
    return {one.what: one for one in check_site(path, offline=True)}


def test_check_says_who_shares_a_line_and_what_moves_without_a_watchdog(tmp_path: Path) -> None:
    serial = "serial:///dev/ttyUSB0?baud=19200&parity=E"
    said = findings(
        tmp_path, f'{{ url = "{serial}", unit = 2, allow_without_watchdog = true }}', serial
    )

    assert all(one.well for one in said.values())
    assert said["line /dev/ttyUSB0"].says == "shared by k, th"
    assert said["carousel k"].says.endswith("allowed to move without a watchdog")


def test_check_says_what_is_wrong_with_a_line_and_with_a_machine(tmp_path: Path) -> None:
    said = findings(
        tmp_path, '{ url = "rtu:///dev/ttyUSB0?baud=19200" }', "serial:///dev/ttyUSB0?baud=9600"
    )

    assert "use it with other settings" in said["line /dev/ttyUSB0"].says
    assert "allow_without_watchdog = true" in said["profile of k"].says
    bad = findings(tmp_path, '{ url = "serial:///dev/ttyUSB0?speed=1" }', "tcp://h:502")
    assert bad["line of k"] == Finding(
        what="line of k", well=False, says="serial:///dev/ttyUSB0?speed=1: speed is not known"
    )


def room(**airing: object) -> dict[str, object]:
    usual = {"at": "30 22 * * *", "motion_sensors": [{"device": "door-1", "input": 1}]}
    return {"id": "room-1", "name": "R", "airing": {**usual, **airing}}


def test_only_a_room_that_says_so_is_aired() -> None:
    made = plans(site({}, rooms=[room(quiet_s=120), {"id": "room-2", "name": "Q"}]))

    assert made.rooms == (RoomPlan(id="room-1", motion_sensors=(("door-1", 1),), quiet_s=120.0),)


def test_the_domain_learns_what_the_labels_say() -> None:
    shelves = {"code": "01", "bays": 6, "levels": 7, "bare": [{"aisle": 1, "side": "left"}]}
    made = plans(site({"shelves": shelves}, places={"patterns": ["(?P<rack>.)(?P<aisle>.)"]}))

    assert made.racks[0].shelves == ShelvesPlan(
        code="01", bays=6, levels=7, bare=frozenset({(1, "left")})
    )
    assert made.patterns == ("(?P<rack>.)(?P<aisle>.)",)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"racks": [{**RACK, "link": {"kind": "modbus", "url": "/dev/ttyUSB0"}}]}, "url"),
        (
            {"racks": [{**RACK, "link": {"kind": "bank-udp", "host": "h", "port": 8000}}]},
            "watchdog",
        ),
        ({"machines": [{**LIFT, "kind": "robot"}]}, "lift"),
        ({"machines": [{**LIFT, "shelves": 9}]}, "Extra inputs"),
        ({"machines": [LIFT, LIFT]}, "used twice"),
        ({"queues": {"claim_within_s": 0}}, "greater than 0"),
        ({"places": {"patterns": ["("]}}, "regular expression"),
        ({"places": {"patterns": ["(?P<rack>.)"]}}, "must name rack, and aisle"),
        ({"rooms": [room(at="at night")]}, "fields"),
        ({"rooms": [room(motion_sensors=[])]}, "at least 1"),
        ({"rooms": [room(quiet_s=1)]}, "60"),
    ],
)
def test_what_cannot_work_is_refused(parts: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        site({}, **parts)
