"""The tables derived from the journal, and how a run of events is applied to them.

The rules themselves are pure folds (``folds``), so the ledger, the rebuild and the registry's view
of an open batch cannot disagree. Events come in the order of ``seq``; applying one twice changes
nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Table, select

from controller.domain.events import TagBound, TagUnbound
from controller.store import folds, order_tables, schema
from controller.store.alarms import folds as alarm_folds
from controller.store.alarms.tables import alarm_log, alarms
from controller.store.climate import stays
from controller.store.climate import tables as climate
from controller.store.folds import Fold, Keys, Row
from controller.store.journal import Recorded
from controller.store.lending import order_folds
from controller.store.lending.loan_folds import LOAN_KEYS, fold_loan
from controller.store.passages.folds import QUESTION_KEYS, fold_question
from controller.store.passages.tables import passage_questions
from controller.store.presence.folds import (
    SIGHTING_KEYS,
    SWEEP_PART_KEYS,
    fold_sighting,
    fold_sweep_part,
)
from controller.store.presence_tables import sightings, sweep_parts
from controller.store.reconciling.folds import (
    DISCREPANCY_KEYS,
    RUN_KEYS,
    fold_discrepancy,
    fold_run,
)
from controller.store.reconciling_tables import discrepancies, reconciliation_runs
from controller.store.rows import fit_key, upsert
from controller.store.shelving import errand_folds
from controller.store.shelving import folds as shelving_folds
from controller.store.shelving import tables as shelving
from controller.store.shelving.machine_folds import MACHINE_KEYS, fold_machine

_KEYS_A_QUERY = 500


@dataclass(frozen=True, slots=True)
class Projection:
    """One derived table whose rows are folded independently of each other."""

    table: Table
    keys: Keys
    """Which events matter, and the field of each that names the row."""
    fold: Fold


KEYED = (
    Projection(schema.whereabouts, folds.WHEREABOUTS_KEYS, folds.fold_whereabouts),
    Projection(schema.loans, LOAN_KEYS, fold_loan),
    Projection(order_tables.orders, order_folds.ORDER_KEYS, order_folds.fold_order),
    Projection(order_tables.order_lines, order_folds.LINE_KEYS, order_folds.fold_line),
    Projection(
        order_tables.destructions, order_folds.DESTRUCTION_KEYS, order_folds.fold_destruction
    ),
    Projection(alarms, alarm_folds.ALARM_KEYS, alarm_folds.fold_alarm),
    Projection(schema.racks, folds.RACK_KEYS, folds.fold_rack),
    Projection(schema.devices, folds.DEVICE_KEYS, folds.fold_device),
    Projection(passage_questions, QUESTION_KEYS, fold_question),
    Projection(
        shelving.reservations, shelving_folds.RESERVATION_KEYS, shelving_folds.fold_reservation
    ),
    Projection(shelving.rack_motions, shelving_folds.MOTION_KEYS, shelving_folds.fold_motion),
    Projection(sightings, SIGHTING_KEYS, fold_sighting),
    Projection(sweep_parts, SWEEP_PART_KEYS, fold_sweep_part),
    Projection(shelving.machines, MACHINE_KEYS, fold_machine),
    Projection(shelving.errands, errand_folds.ERRAND_KEYS, errand_folds.fold_errand),
    Projection(discrepancies, DISCREPANCY_KEYS, fold_discrepancy),
    Projection(reconciliation_runs, RUN_KEYS, fold_run),
)

DERIVED: tuple[Table, ...] = (
    *(each.table for each in KEYED),
    schema.tag_bindings,
    climate.stays,
    alarm_log,
)
"""Every table that ``rebuild`` makes from the journal."""


def apply(
    connection: Connection,
    recorded: Sequence[Recorded],
    into: Mapping[Table, Table] | None = None,
) -> None:
    """Bring the derived tables up to date with ``recorded``, in the caller's transaction.

    ``into`` names stand-ins for the derived tables, for a rebuild beside the living ones.
    """
    targets = into or {table: table for table in DERIVED}
    for projection in KEYED:
        _apply_keyed(connection, projection, targets[projection.table], recorded)
    _apply_bindings(connection, targets[schema.tag_bindings], recorded)
    _apply_stays(connection, targets[climate.stays], recorded)
    upsert(connection, targets[alarm_log], alarm_folds.log_rows(recorded))


def _apply_keyed(
    connection: Connection, projection: Projection, table: Table, recorded: Sequence[Recorded]
) -> None:
    column = next(iter(table.primary_key))
    touching = [
        (fit_key(column, key), each)
        for each in recorded
        if (field := projection.keys.get(type(each.event))) is not None
        and (key := getattr(each.event, field)) is not None
    ]
    rows = _load(connection, table, column, {key for key, _ in touching})
    changed: dict[str, Row] = {}
    for key, each in touching:
        before = rows.get(key)
        if before is not None and before["seq"] >= each.seq:
            continue  # this row has seen it
        after = projection.fold(before, each.event, each.seq)
        if after is not None:
            rows[key] = changed[key] = after
    upsert(connection, table, changed.values())


def _apply_bindings(connection: Connection, table: Table, recorded: Sequence[Recorded]) -> None:
    """A binding is a row for ever; of one EPC at most one is not ended."""
    touching = [
        (event, each.seq)
        for each in recorded
        if isinstance(event := each.event, TagBound | TagUnbound)
    ]
    newest = _newest_binding(connection, table, {event.epc for event, _ in touching})
    changed: dict[int, Row] = {}
    for event, seq in touching:
        for row in folds.fold_binding(newest.get(event.epc), event, seq):
            changed[row["seq"]] = row
            newest[row["epc"]] = row
    upsert(connection, table, changed.values())


def _apply_stays(connection: Connection, table: Table, recorded: Sequence[Recorded]) -> None:
    """A stay is a row for ever; of one holding exactly one, the newest, is not ended."""
    told = [(each.seq, stay) for each in recorded if (stay := stays.told(each.event)) is not None]
    newest = _newest_stay(connection, table, {stay.holding_id for _, stay in told})
    changed: dict[int, Row] = {}
    for seq, stay in told:
        for row in stays.fold_stay(newest.get(stay.holding_id), stay, seq):
            changed[row["seq"]] = newest[stay.holding_id] = row
    upsert(connection, table, changed.values())


def _newest_stay(connection: Connection, table: Table, ids: Collection[str]) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for chunk in _chunks(ids):
        found = connection.execute(
            select(table).where(table.c.holding_id.in_(chunk), table.c.until.is_(None))
        )
        rows |= {row["holding_id"]: dict(row) for row in found.mappings()}
    return rows


def _newest_binding(connection: Connection, table: Table, epcs: Collection[str]) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for chunk in _chunks(epcs):
        found = connection.execute(
            select(table).where(table.c.epc.in_(chunk)).order_by(table.c.seq)
        )
        rows |= {row["epc"]: dict(row) for row in found.mappings()}
    return rows


def _load(
    connection: Connection, table: Table, column: Column[str], keys: Collection[str]
) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for chunk in _chunks(keys):
        found = connection.execute(select(table).where(column.in_(chunk)))
        rows |= {row[column]: dict(row) for row in found.mappings()}
    return rows


def _chunks(keys: Collection[str]) -> list[list[str]]:
    ordered = sorted(keys)
    return [ordered[at : at + _KEYS_A_QUERY] for at in range(0, len(ordered), _KEYS_A_QUERY)]
