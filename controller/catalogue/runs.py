"""What becomes of a staged run: refused, planned, held for a person, or carried out to its end.

Shared by every way in. Faults refuse the whole run; a run that would change too much of a source
is held; an accepted run is applied slice by slice and told of in one event.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine

from controller.catalogue.faults import RowFault
from controller.domain.decision import Decision
from controller.domain.events import CatalogueImported
from controller.store import catalogue
from controller.store.audit import AuditEntry, record
from controller.store.catalogue_applying import (
    AcceptedRun,
    HeldRun,
    accept,
    apply_slices,
    finish,
    held_runs,
    hold,
    interrupted_runs,
)
from controller.store.catalogue_judging import (
    Complete,
    Difference,
    compare_run,
    drop_contradicted,
    first_differences,
    kept_of,
    note_republished,
    note_vanished,
    settle_identities,
)
from controller.store.database import StoreError
from controller.store.ledger import Ledger
from controller.store.misfits import Misfit, misfits
from drivers.observations import Clock

FAULTS_TOLD = 100
"""Faults told of one file; the rest is counted."""
DIFFERENCES_TOLD = 5
"""Of each sort, with a plan or a held run."""


class Outcome(StrEnum):
    """What became of one run. Only ``IMPORTED`` changed a holding."""

    IMPORTED = "imported"
    UNCHANGED = "unchanged"
    PLANNED = "planned"
    HELD = "held"
    """It would change so much that a person has to look first."""
    REFUSED = "refused"
    """Some rows are wrong."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """When a run is too much to be believed: what vanishes and what changes, each for itself."""

    share: float = 0.1
    """Of what the source had."""
    free: int = 100
    """Rows that are always allowed, so that a small source can change at all."""

    def complaint(self, difference: Difference, kept: int) -> str:
        """Why the run is held; empty when it is not."""
        allowed = max(self.free, int(self.share * kept))
        for what, count in (
            ("vanish", difference.withdrawn),
            ("change", difference.changed),
        ):
            if count > allowed:
                return (
                    f"{count} of {kept} holdings would {what}; {allowed} are allowed at once. "
                    "Look at the differences, then accept or refuse the run"
                )
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Who imports, from which catalogue, into which store, and how much is believed."""

    engine: Engine
    ledger: Ledger
    source: str
    """The catalogue's name: the same every time, or its holdings are taken for others."""
    by: str
    computer: str
    clock: Clock
    guard: Guard = Guard()
    complete: Complete = Complete.NOTHING
    seal: catalogue.Seal | None = None
    plan: bool = False
    """Say what would change and leave no trace."""


@dataclass(slots=True, kw_only=True)
class Report:
    """What became of one file or harvest, and why."""

    file: str
    outcome: Outcome
    run_id: str = ""
    """Of a held run: what accepts or refuses it."""
    rows: int = 0
    """Holdings found in it, boxes that are only numbered included."""
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    """What was done, or with a plan or a held run would be; nothing is done when refused."""
    withdrawn: int = 0
    """Vanished from the catalogue; the holdings are kept and marked."""
    restored: int = 0
    republished: int = 0
    """Of the changed: known holdings that the catalogue gave new ids."""
    differences: list[str] = field(default_factory=list)
    """The first of each sort, with a plan or a held run."""
    faults: list[str] = field(default_factory=list)
    """``file:line: column: what is wrong and what to do``."""
    faults_left_out: int = 0
    notes: list[str] = field(default_factory=list)
    """What was found out about the file."""


@contextmanager
def rolled_back(importer: Importer, run_id: str) -> Iterator[None]:
    """Whatever goes wrong before the run is accepted leaves nothing of it."""
    try:
        yield
    except BaseException:
        with suppress(StoreError):  # else what is left is removed by the next run
            if all(run.id != run_id for run in interrupted_runs(importer.engine)):
                catalogue.discard_run(importer.engine, run_id, at=importer.clock().utc)
        raise


def judge(
    importer: Importer,
    run_id: str,
    faults: list[RowFault],
    lines: Sequence[int],
    report: Report,
    *,
    shared_codes: bool = False,
) -> None:
    """Decide on a run that is staged, and do what is decided; ``lines``: of each row number.

    ``shared_codes``: the source may call several things by one 档号; it knows them by their ids.

    Raises:
        StoreError: before it was accepted: nothing is changed; after: it will be carried out.
    """
    engine, at = importer.engine, importer.clock().utc
    settle_identities(engine, run_id)
    faults += [
        _misfit_fault(misfit, lines)
        for misfit in misfits(engine, run_id, limit=FAULTS_TOLD)
        if not (shared_codes and misfit.kind == "repeated")
    ]
    _tell_faults(faults, report)
    if faults:
        report.outcome = Outcome.REFUSED
    else:
        note_vanished(engine, run_id, importer.source, importer.complete)
        drop_contradicted(engine, run_id)
        report.republished = note_republished(engine, run_id, importer.source)
        _decide(importer, run_id, report)
    if importer.plan:
        catalogue.forget_run(engine, run_id, at=at)
    elif report.outcome is not Outcome.HELD:
        catalogue.discard_run(engine, run_id, at=at)


def finish_interrupted(importer: Importer) -> None:
    """Carry out what somebody accepted and a dead process left unfinished. With the turn only."""
    for run in interrupted_runs(importer.engine):
        _carry_out(importer, run)
        catalogue.discard_run(importer.engine, run.id, at=importer.clock().utc)


def held(engine: Engine, run_id: str) -> HeldRun | None:
    """The run that waits under this id."""
    return next((each for each in held_runs(engine) if each.run.id == run_id), None)


def accept_held(importer: Importer, waiting: HeldRun) -> None:
    """Carry out a run that was held; ``importer.by`` answers for it. With the turn only."""
    run_id = waiting.run.id
    accept(importer.engine, run_id, compare_run(importer.engine, run_id))
    _note(importer, "AcceptCatalogueRun", waiting.run)
    finish_interrupted(importer)


def refuse_held(importer: Importer, waiting: HeldRun) -> None:
    """Throw a held run away; nothing of it was ever done."""
    catalogue.discard_run(importer.engine, waiting.run.id, at=importer.clock().utc)
    _note(importer, "RefuseCatalogueRun", waiting.run)


def _note(importer: Importer, operation: str, run: AcceptedRun) -> None:
    entry = _entry(importer, operation, run, importer.clock().utc)
    with importer.engine.begin() as connection:
        record(connection, [entry])


def _decide(importer: Importer, run_id: str, report: Report) -> None:
    engine = importer.engine
    difference = compare_run(engine, run_id)
    for name in ("created", "changed", "unchanged", "withdrawn", "restored"):
        setattr(report, name, getattr(difference, name))
    complaint = importer.guard.complaint(difference, kept_of(engine, importer.source))
    if complaint:
        report.notes.append(f"{report.file}: {complaint}")
    if complaint or importer.plan:
        report.differences = first_differences(engine, run_id, limit=DIFFERENCES_TOLD)
    if importer.plan:
        report.outcome = Outcome.PLANNED
        return
    for older in held_runs(engine, importer.source):
        catalogue.discard_run(engine, older.run.id, at=importer.clock().utc)
    if complaint:
        report.outcome, report.run_id = Outcome.HELD, run_id
        hold(engine, run_id, difference, complaint)
        return
    catalogue.forget_unchanged(engine, run_id)
    accept(engine, run_id, difference)
    run = AcceptedRun(
        id=run_id,
        source=importer.source,
        file=report.file,
        by=importer.by,
        computer=importer.computer,
        difference=difference,
    )
    _carry_out(importer, run)
    differs = report.rows > report.unchanged or report.withdrawn
    report.outcome = Outcome.IMPORTED if differs else Outcome.UNCHANGED


def _carry_out(importer: Importer, run: AcceptedRun) -> None:
    """Apply an accepted run and tell of it; done twice it is the same as once."""
    at = importer.clock().utc
    apply_slices(importer.engine, run, at=at)
    difference = run.difference
    event = CatalogueImported(
        at=at,
        run_id=run.id,
        source=run.source,
        created=difference.created,
        changed=difference.changed,
        unchanged=difference.unchanged,
        withdrawn=difference.withdrawn,
        restored=difference.restored,
        by=run.by,
    )
    entry = _entry(importer, "ImportCatalogue", run, at)

    def work(connection: Connection) -> None:
        finish(connection, run.id, at=at)
        record(connection, [entry])

    importer.ledger.add(Decision(events=(event,)))
    importer.ledger.commit(also=work)


def _entry(importer: Importer, operation: str, run: AcceptedRun, at: datetime) -> AuditEntry:
    theirs = operation == "ImportCatalogue"
    return AuditEntry(
        at=at,
        user=run.by if theirs else importer.by,
        computer=run.computer if theirs else importer.computer,
        operation=operation,
        object=f"{run.source}: {run.file}",
        success=True,
        reason="accepted",
    )


def _tell_faults(faults: list[RowFault], report: Report) -> None:
    faults.sort(key=lambda fault: fault.line)
    report.faults = [
        f"{report.file}:{fault.line}: {fault.column}: {fault.text}"
        for fault in faults[:FAULTS_TOLD]
    ]
    report.faults_left_out = len(faults) - len(report.faults)


def _misfit_fault(misfit: Misfit, lines: Sequence[int]) -> RowFault:
    code = repr(misfit.reference_code)
    other = 0 if misfit.other_row_no is None else lines[misfit.other_row_no]
    texts = {
        "repeated": f"{code} stands in line {other} already; one 档号 is one holding",
        "same": f"{code} is the same box as in line {other}; put boxes before what lies in them",
        "orphan": f"{code} lies in something that is neither in this file nor in the catalogue; "
        "import that first or correct the number",
        "nested": f"{code} lies in something that lies in something … without end; "
        "correct the number of what it lies in",
    }
    column = "parent" if misfit.kind in ("orphan", "nested") else "reference_code"
    return RowFault(line=lines[misfit.row_no], column=column, text=texts[misfit.kind])
