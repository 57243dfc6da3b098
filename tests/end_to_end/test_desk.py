"""A tag on a desk gets its number: the real controller, driver and store, a simulated reader."""

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from controller.config import Site
from controller.domain.events import ControllerStarted, TagWritingBegan
from controller.service import run_site
from controller.store import journal, views_desks
from controller.store.database import open_engine, upgrade
from controller.store.requests import file_request
from controller.store.views_desks import DeskView
from simulators.llrp_reader import SimulatedReader
from simulators.serial_reader import SimulatedSerialReader
from simulators.serial_reader_r200 import R200Brain
from simulators.serial_reader_uhf288 import Uhf288Brain
from simulators.tag_memory import LOCKED, SimulatedTag
from tests.api.world import World
from tests.services import eventually

NEW, BLANK = "2C14257BF42EF800000004D2", "E28011704000021D35AE4008"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEFT_OPEN = TagWritingBegan(
    at=NOON, writing_id="w1", desk="desk-1", holding_id="file", old_epc=BLANK, epc=NEW, by="li"
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A store with one file, whose last controller died while it wrote a tag."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    made = open_engine(url)
    upgrade(made)
    world = World(url)
    world.shelve("file", "F-1")
    world.record(ControllerStarted(at=NOON, version="1"), LEFT_OPEN)
    world.close()
    yield made
    made.dispose()


def site(engine: Engine, reader: Mapping[str, object], **desk: object) -> Site:
    return Site.model_validate(
        {
            "site": {"id": "site-1", "name": "Test"},
            "database": {"url": str(engine.url)},
            "rooms": [{"id": "room-1", "name": "Room 1"}],
            "desks": [
                {
                    "id": "desk-1",
                    "name": "Desk",
                    "room": "room-1",
                    "reader": reader,
                    **desk,
                }
            ],
        }
    )


def look(engine: Engine) -> DeskView:
    with engine.connect() as connection:
        return views_desks.desk(connection, "desk-1")


def wish(engine: Engine, *, lock: bool = False) -> None:
    body = {"desk": "desk-1", "holding_id": "file", "epc": NEW, "lock": lock}
    with engine.begin() as connection:
        file_request(
            connection,
            "WriteTag",
            body,
            by="li",
            computer="192.0.2.7",
            now=datetime.fromtimestamp(0, UTC),
            lifetime=timedelta(days=36_500),
        )


def test_a_tag_is_written_read_back_and_bound(engine: Engine, tmp_path: Path) -> None:
    tag, stop = SimulatedTag(BLANK), threading.Event()
    with SimulatedReader() as reader:
        controller = threading.Thread(
            target=run_site,
            args=(site(engine, {"kind": "llrp", "host": "127.0.0.1", "port": reader.port}),),
            kwargs={"beside": tmp_path, "stop": stop},
        )
        controller.start()
        try:
            broken_off = eventually(lambda: look(engine), lambda desk: _state(desk) == "failed")
            eventually(lambda: reader.reading, bool)
            reader.lay(tag)
            eventually(lambda: look(engine).epc, lambda epc: epc == BLANK)
            wish(engine)
            bound = eventually(lambda: look(engine), lambda desk: _state(desk) == "bound")
        finally:
            stop.set()
            controller.join()
    assert broken_off.writing is not None
    assert (broken_off.writing.reason, broken_off.writing.carries) == ("interrupted", "")
    assert bound.writing is not None
    assert (bound.writing.epc, tag.epc, tag.pc) == (NEW, NEW, 0x3000)
    with engine.connect() as connection:
        kinds = [type(one.event).__name__ for one in journal.read(connection, after=0, limit=99)]
    assert kinds.count("TagWritingBegan") == 2
    assert kinds.count("TagBound") == kinds.count("TagWritingFailed") == 1


@pytest.mark.parametrize(
    ("brain", "profile"), [(R200Brain, "readers/r200.toml"), (Uhf288Brain, "readers/uhf288.toml")]
)
def test_a_cheap_serial_reader_is_a_desk_reader_too(
    engine: Engine, tmp_path: Path, brain: Callable[[], R200Brain | Uhf288Brain], profile: str
) -> None:
    secret = tmp_path / "access-password"
    secret.write_text("1234ABCD\n")
    tag, stop = SimulatedTag(BLANK), threading.Event()
    with SimulatedSerialReader(brain) as reader:
        reader.lay(tag)
        connection = {"kind": "serial", "url": reader.url, "profile": profile}
        made = site(
            engine,
            connection,
            access_password_file=secret,
            locks=["access-password", "epc", "kill-password"],
        )
        controller = threading.Thread(
            target=run_site, args=(made,), kwargs={"beside": tmp_path, "stop": stop}
        )
        controller.start()
        try:
            eventually(lambda: look(engine).epc, lambda epc: epc == BLANK)
            wish(engine, lock=True)
            bound = eventually(lambda: look(engine), lambda desk: _state(desk) == "bound")
        finally:
            stop.set()
            controller.join()
    assert bound.writing is not None
    assert (bound.writing.epc, tag.epc, tag.pc) == (NEW, NEW, 0x3000)
    assert tag.banks[0][4:8].hex() == "1234abcd"
    assert {field for field, state in tag.locks.items() if state == LOCKED} == {0, 1, 2}
    with engine.connect() as connection_:
        written = [str(one) for one in journal.read(connection_, after=0, limit=99)]
    assert not [line for line in written if "1234abcd" in line.lower()]


def _state(desk: DeskView) -> str:
    return "" if desk.writing is None else desk.writing.state
