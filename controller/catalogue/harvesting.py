"""A catalogue asked over the network, page by page; a page and its cursor are kept together.

A harvest killed in the middle goes on after its last page. Absence from a list of changes means
nothing; only a full harvest, or the catalogue's own word, makes a record vanish.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from controller.catalogue.faults import RowFault
from controller.catalogue.runs import (
    Importer,
    Outcome,
    Report,
    finish_interrupted,
    judge,
    rolled_back,
)
from controller.domain.catalogue import CatalogueRow
from controller.store import catalogue
from controller.store.catalogue import RunBy
from controller.store.catalogue_cursors import Cursor, read_cursor, write_cursor
from controller.store.catalogue_judging import Complete, note_deleted
from controller.store.database import StoreError


class CatalogueUnreachable(Exception):
    """No answer, or one that makes no sense; the text says which address, what, what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one question brought."""

    begun: str
    """The catalogue's own time when this harvest began: from where the next one asks."""
    rows: Sequence[CatalogueRow | RowFault]
    deleted: Sequence[str] = ()
    """External ids that the catalogue says it no longer has."""
    resume: str
    """What goes on after this page."""


class Connector(Protocol):
    """Reads one catalogue."""

    def pages(self, since: str, resume: Page | None) -> Iterator[Page]:
        """Everything that changed after ``since`` (empty: all there is), after page ``resume``.

        Raises:
            CatalogueUnreachable: what was yielded before is good and may be resumed after.
        """
        ...


def harvest(importer: Importer, connector: Connector, *, full: bool = False) -> Report:
    """Bring the mirror of a source up to date; ``full``: also find what vanished unsaid.

    The caller has the turn (``controller.store.catalogue.sole_turn``).

    Raises:
        StoreError: nothing was changed, or the next run carries it to its end.
    """
    finish_interrupted(importer)
    report = Report(file=importer.source, outcome=Outcome.UNREADABLE)
    cursor = _begin(importer, full=full)
    faults: list[RowFault] = []
    try:
        cursor, begun = _read(importer, connector, cursor, faults)
    except CatalogueUnreachable as error:
        report.faults = [f"{importer.source}: {error}"]
        if importer.plan:
            _settle(importer, cursor.since)
        return report
    run_id = str(cursor.run_id)
    whole = Complete.NOTHING if cursor.since else Complete.SOURCE
    report.rows = cursor.row_no
    with rolled_back(importer, run_id):
        deciding = replace(importer, complete=whole)
        judge(deciding, run_id, faults, range(cursor.row_no + 1), report, shared_codes=True)
    kept = importer.plan or report.outcome is Outcome.REFUSED
    _settle(importer, cursor.since if kept else begun)
    return report


def _begin(importer: Importer, *, full: bool) -> Cursor:
    """Where to go on: with an interrupted harvest, else with a new one."""
    cursor = read_cursor(importer.engine, importer.source)
    if cursor.run_id is not None and not importer.plan:
        return cursor
    about = RunBy(
        source=importer.source,
        file="harvest",
        digest="",
        by=importer.by,
        computer=importer.computer,
    )
    if importer.plan:
        _settle(importer, cursor.since)
    run_id = catalogue.begin_run(importer.engine, about, at=importer.clock().utc)
    return Cursor(since="" if full else cursor.since, run_id=run_id)


def _read(
    importer: Importer, connector: Connector, cursor: Cursor, faults: list[RowFault]
) -> tuple[Cursor, str]:
    """Stage every page that is left; the cursor after the last, and when the catalogue began."""
    resume = None if cursor.resume is None else _page(cursor.resume)
    begun = "" if resume is None else resume.begun
    for page in connector.pages(cursor.since, resume):
        begun = page.begun
        rows = {row.external_id: row for row in page.rows if isinstance(row, CatalogueRow)}
        faults += [row for row in page.rows if isinstance(row, RowFault)]
        if faults:  # the run is refused: nothing more is kept, so a resumed one sees them again
            continue
        note_deleted(importer.engine, str(cursor.run_id), importer.source, page.deleted)
        after = replace(cursor, resume=_text(page), row_no=cursor.row_no + len(rows))
        catalogue.stage(
            importer.engine,
            str(cursor.run_id),
            source=importer.source,
            first_row_no=cursor.row_no + 1,
            rows=list(rows.values()),
            also=lambda connection, after=after: write_cursor(  # type: ignore[misc]
                connection, importer.source, after, at=importer.clock().utc
            ),
            seal=importer.seal,
            replace=True,
        )
        cursor = after
    return cursor, begun


def _settle(importer: Importer, since: str) -> None:
    """No harvest is under way any more.

    Raises:
        StoreError: then the next harvest asks for the same again, which changes nothing.
    """
    with importer.engine.begin() as connection:
        write_cursor(connection, importer.source, Cursor(since=since), at=importer.clock().utc)


def _text(page: Page) -> str:
    return json.dumps({"begun": page.begun, "resume": page.resume})


def _page(text: str) -> Page:
    try:
        kept = json.loads(text)
        return Page(begun=kept["begun"], rows=(), resume=kept["resume"])
    except (ValueError, KeyError) as error:
        raise StoreError(f"catalogue cursor {text!r} is damaged; harvest with --full") from error
