"""A full disk loses nothing: the batch waits, the ballast makes room for the alarm."""

import os
import resource
import shutil

import pytest
from sqlalchemy import Engine, event, text

from controller.domain.decision import Decision
from controller.domain.events import AlarmRaised
from controller.domain.model import AlarmKind, Priority
from controller.store.ballast import Ballast
from controller.store.database import StoreFull, open_engine, upgrade
from controller.store.ledger import Ledger
from controller.store.rebuild import rebuild
from controller.store.schema import journal
from tests.small_disk import small_disk
from tests.store.events import NOON, passage
from tests.store.plain import Published, rows_of

DISK_BYTES = 8 * 1024 * 1024
BALLAST_BYTES = 1024 * 1024
ALARM = AlarmRaised(
    at=NOON, alarm_id="store_full:store", kind=AlarmKind.STORE_FULL, source="store", subject="",
    holding_id=None, priority=Priority.CRITICAL, detail={},
)  # fmt: skip


def fill(ledger: Ledger) -> int:
    """Commit until the store is full; how many events were added in all."""
    with pytest.raises(StoreFull):  # noqa: PT012 -- which commit it is does not matter
        for number in range(1, 20_000):
            ledger.add(Decision(events=(passage(number, holding_id=f"h{number}"),)))
            if number % 100 == 0:
                ledger.commit()
    return number


def expect_whole(engine: Engine, events: int) -> None:
    assert [row["seq"] for row in rows_of(engine, journal)] == list(range(1, events + 1))
    assert rebuild(engine) == []
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


def test_the_ballast_makes_room_for_the_alarm_on_a_full_disk() -> None:
    with small_disk(DISK_BYTES) as disk:
        engine = open_engine(f"sqlite:///{disk}/store.db")
        upgrade(engine)
        ballast = Ballast(engine, BALLAST_BYTES)
        assert ballast.missing
        assert ballast.restore()
        hog = disk / "somebody-elses-file"
        hog.write_bytes(b"x" * (DISK_BYTES - BALLAST_BYTES - 2 * 1024 * 1024))
        ledger = Ledger(engine, source="site-1/controller", compose=Published())

        events = fill(ledger)
        with pytest.raises(StoreFull):
            ledger.commit()
        assert ballast.release()
        ledger.add(Decision(events=(ALARM,)))
        assert ledger.commit()[-1].event == ALARM
        assert not ballast.restore()

        surplus = BALLAST_BYTES * 3 // 2 - shutil.disk_usage(disk).free
        os.truncate(hog, hog.stat().st_size - surplus)
        assert not ballast.restore()  # it would fit, and leave hardly anything
        hog.unlink()
        assert ballast.restore()
        ledger.close()
        expect_whole(engine, events + 1)
        engine.dispose()


def test_a_limit_on_file_size_is_a_full_store(sqlite_engine: Engine) -> None:
    ledger = Ledger(sqlite_engine, source="site-1/controller", compose=Published())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024 * 1024, before[1]))
    try:
        events = fill(ledger)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    ledger.commit()
    ledger.close()
    expect_whole(sqlite_engine, events)


def test_a_limit_on_the_database_is_a_full_store(sqlite_engine: Engine) -> None:
    def limit(raw: object, _record: object, pages: int = 200) -> None:
        assert hasattr(raw, "execute")
        raw.execute(f"PRAGMA max_page_count = {pages}").close()

    sqlite_engine.dispose()
    event.listen(sqlite_engine, "connect", limit)
    ledger = Ledger(sqlite_engine, source="site-1/controller", compose=Published())
    events = fill(ledger)
    event.remove(sqlite_engine, "connect", limit)
    sqlite_engine.dispose()
    ledger.commit()
    ledger.close()
    expect_whole(sqlite_engine, events)


def test_postgresql_says_disk_full_as_store_full(store_engine: Engine) -> None:
    if store_engine.dialect.name == "sqlite":
        return
    full = "DO $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$"
    with pytest.raises(StoreFull), store_engine.begin() as connection:
        connection.execute(text(full))
