"""From a store to a report on the command line, and the copy that is kept of it."""

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from controller.cli import app
from controller.config import Site
from controller.domain.decision import Decision
from controller.domain.events import AlarmAcknowledged, AlarmRaised, AlarmReturnedToNormal, Event
from controller.domain.model import AlarmKind, Priority
from controller.reporting.making import make
from controller.reporting.month import Month
from controller.store.ledger import Ledger
from controller.store.reports import kept
from drivers.observations import ClimateReading, Moment, Quality
from tests.store.plain import Unpublished

ZONE = ZoneInfo("Asia/Shanghai")
MONTH = Month(2026, 10, ZONE)
BEGIN = MONTH.begin
AFTER = MONTH.end + timedelta(minutes=20)
RAISED = BEGIN + timedelta(days=3, hours=1)

SITE = {
    "site": {"id": "site-1", "name": "档案馆"},
    "database": {"url": "sqlite:///unused.db"},
    "rooms": [{"id": "room-1", "name": "一号库房"}, {"id": "room-2", "name": "二号库房"}],
    "sensors": [
        {
            "id": f"th-{number}",
            "name": f"Sensor {number}",
            "room": f"room-{number}",
            "interval_s": 3600,
            "link": {"kind": "modbus", "url": "tcp://192.0.2.3:502"},
        }
        for number in (1, 2)
    ],
}


def reading(sensor: str, at: datetime, temperature_c: float, quality: Quality) -> ClimateReading:
    return ClimateReading(
        at=Moment(utc=at, monotonic_s=0.0),
        sensor=sensor,
        temperature_c=None if quality is Quality.BAD else temperature_c,
        relative_humidity_percent=50.0,
        quality=quality,
        fault="",
    )


def fill(engine: Engine) -> None:
    """October and an hour around it in room 1; one alarm with its course, and one elsewhere."""
    ledger = Ledger(engine, source="site-1/controller", compose=Unpublished())
    readings = [
        reading("th-1", BEGIN + timedelta(hours=n), 20.0, Quality.GOOD) for n in range(-1, 746)
    ]
    readings.append(reading("th-1", BEGIN + timedelta(minutes=5), 99.0, Quality.BAD))
    readings.append(reading("th-1", BEGIN + timedelta(minutes=6), 21.0, Quality.UNCERTAIN))
    events: list[Event] = [
        raised("th-1", RAISED),
        AlarmAcknowledged(
            at=RAISED + timedelta(minutes=5), alarm_id="climate_high:th-1", by="li", note="门未关"
        ),
        AlarmReturnedToNormal(
            at=RAISED + timedelta(hours=1), alarm_id="climate_high:th-1", reason=""
        ),
        raised("th-1", BEGIN - timedelta(days=40)),
        raised("th-2", RAISED),
        raised("th-1", AFTER),
    ]
    ledger.add(Decision(events=tuple(events), readings=tuple(readings)))
    ledger.commit()
    ledger.close()


def raised(source: str, at: datetime) -> AlarmRaised:
    return AlarmRaised(
        at=at,
        alarm_id=f"climate_high:{source}",
        kind=AlarmKind.CLIMATE_HIGH,
        source=source,
        subject="temperature_c",
        holding_id=None,
        priority=Priority.HIGH,
        detail={"quantity": "temperature_c"},
    )


def test_a_report_holds_the_rooms_own_readings_and_alarms_of_the_month(
    store_engine: Engine,
) -> None:
    fill(store_engine)
    site = Site.model_validate(SITE)
    made = make(
        store_engine, site, room=site.rooms[0], month=MONTH, language="en", form="xlsx",
        by="li", now=AFTER,
    )  # fmt: skip
    sensor = made.figures.sensors[0]
    assert (sensor.samples, sensor.uncertain, sensor.bad) == (745, 1, 1)
    assert sensor.coverage == pytest.approx(1)
    assert made.figures.alarms.count == 1
    assert made.figures.alarms.median_minutes_to_acknowledge == 5


def test_asked_again_a_report_of_a_whole_month_is_the_same_file_and_kept_once(
    sqlite_engine: Engine,
) -> None:
    fill(sqlite_engine)
    site = Site.model_validate(SITE)
    made = [
        make(
            sqlite_engine, site, room=site.rooms[0], month=MONTH, language="en", form="xlsx",
            by=by, now=AFTER + timedelta(days=day),
        )
        for day, by in ((0, "li"), (9, "wang"))
    ]  # fmt: skip
    assert made[0].body == made[1].body
    with sqlite_engine.connect() as connection:
        [view] = kept.newest(connection, limit=9)
        again = kept.body_of(connection, view.id)
        assert kept.newest(connection, room="room-2", limit=9) == []
        assert kept.body_of(connection, "no-such") is None
    assert again == (made[0].view, made[0].body)
    assert (view.made_by, view.sha256) == ("li", hashlib.sha256(made[0].body).hexdigest())


def test_a_report_of_a_month_that_is_not_over_is_not_kept(sqlite_engine: Engine) -> None:
    fill(sqlite_engine)
    site = Site.model_validate(SITE)
    make(
        sqlite_engine, site, room=site.rooms[0], month=MONTH, language="en", form="xlsx",
        by="li", now=BEGIN + timedelta(days=9),
    )  # fmt: skip
    with sqlite_engine.connect() as connection:
        assert kept.newest(connection, limit=9) == []


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    file = tmp_path / "site.toml"
    file.write_text(
        '[site]\nid = "site-1"\nname = "Archive"\n'
        f'[database]\nurl = "sqlite:///{tmp_path}/store.db"\n'
        '[[rooms]]\nid = "room-1"\nname = "Room 1"\n'
    )
    return file


def test_the_command_writes_the_file_and_tells_its_digests(site_file: Path) -> None:
    out = site_file.with_name("report.pdf")
    done = CliRunner().invoke(
        app,
        ["climate-report", str(site_file), "--room", "room-1", "--month", "2026-01",
         "--lang", "en", "--format", "pdf", "--out", str(out), "--json"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert out.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("room", "month", "code", "says"),
    [("room-9", "2026-10", 2, "room-1"), ("room-1", "October", 2, "2026-10")],
)
def test_the_command_says_what_is_wrong_with_a_room_or_month(
    site_file: Path, room: str, month: str, code: int, says: str
) -> None:
    done = CliRunner().invoke(
        app,
        ["climate-report", str(site_file), "--room", room, "--month", month,
         "--out", str(site_file.with_name("x.pdf"))],
    )  # fmt: skip
    assert done.exit_code == code
    assert says in done.output


def test_a_chinese_pdf_without_its_font_ends_with_what_to_do(site_file: Path) -> None:
    site_file.write_text(site_file.read_text() + '[reports]\nfont = "/nowhere/none.ttf"\n')
    done = CliRunner().invoke(
        app,
        ["climate-report", str(site_file), "--room", "room-1", "--month", "2026-01",
         "--out", str(site_file.with_name("x.pdf"))],
    )  # fmt: skip
    assert done.exit_code == 1
    assert "reports.font" in done.output


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="jgj25-paper"):
        Site.model_validate({**SITE, "rooms": [{"id": "room-1", "name": "", "preset": "damp"}]})
