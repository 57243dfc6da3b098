"""What the catalogue's tests share: one who imports, one who binds, and a look at what is there."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from controller.catalogue.binding import Binder, BindReport, bind_file
from controller.catalogue.runs import Importer
from controller.domain.events import Event
from controller.store import journal
from controller.store.ledger import Compose, Ledger, Unpublished
from controller.store.schema import holdings, import_runs, import_stage, tag_bindings
from drivers.observations import Moment

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WHO: dict[str, Any] = {"by": "li", "computer": "desk-1"}


def clock() -> Moment:
    return Moment(utc=NOON, monotonic_s=0.0)


def importer(
    engine: Engine, source: str = "office", compose: Compose | None = None, **more: Any
) -> Importer:
    ledger = Ledger(engine, source="t-01/import", compose=compose or Unpublished())
    return Importer(engine=engine, ledger=ledger, source=source, clock=clock, **(WHO | more))


def bind_list(
    engine: Engine, path: Path, *, rebind: bool = False, plan: bool = False
) -> BindReport:
    """``bind_file`` with a ledger of its own, closed again."""
    with closing(Ledger(engine, source="t-01/bind", compose=Unpublished())) as ledger:
        binder = Binder(engine=engine, ledger=ledger, clock=clock, **WHO)
        return bind_file(binder, path, rebind=rebind, plan=plan)


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def mirror(engine: Engine) -> dict[str, dict[str, Any]]:
    """Every holding, by its id."""
    with engine.connect() as connection:
        rows = connection.execute(select(holdings)).mappings()
        return {row["id"]: dict(row) for row in rows}


def codes(engine: Engine) -> dict[str, str]:
    """The title of every reference code."""
    return {row["reference_code"]: row["title"] for row in mirror(engine).values()}


def runs(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(import_runs.c.state).order_by(import_runs.c.id)))


def staged(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(import_stage)) or 0


def events(engine: Engine) -> list[Event]:
    with engine.connect() as connection:
        return [each.event for page in journal.pages(connection) for each in page]


def bound(engine: Engine) -> dict[str, str]:
    """The reference code each tag stands for now."""
    query = (
        select(tag_bindings.c.epc, holdings.c.reference_code)
        .join(holdings, holdings.c.id == tag_bindings.c.holding_id)
        .where(tag_bindings.c.unbound_at.is_(None))
    )
    with engine.connect() as connection:
        return {row.epc: row.reference_code for row in connection.execute(query)}


def tags_for(path: Path, keys: Sequence[str], column: str = "barcode") -> dict[str, str]:
    """Write a list that gives each of ``keys`` a tag of its own; returns EPC by key."""
    tags = {key: f"E2801170{number:016X}" for number, key in enumerate(keys, start=1)}
    write(path, f"epc,{column}", *(f'{epc},"{key}"' for key, epc in tags.items()))
    return tags


def barcodes(rows: Iterable[dict[str, Any]]) -> list[str]:
    return [row["barcode"] for row in rows if row["barcode"] is not None]
