"""The register as a comparison needs it; and what is known of tags, keys and sources."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, select

from controller.domain.model_reconciling import DiscrepancyClass, DiscrepancyState, Entry
from controller.domain.reconciling.judging_wider import KeyCase, KeyRecord, SourceCase, TagCase
from controller.domain.reconciling.verdicts import Rules
from controller.store.reconciling.folds import entry_of
from controller.store.reconciling_tables import discrepancies
from controller.store.schema import holdings, import_runs, tag_bindings
from drivers.observations import Moment

KEYS_A_QUERY: Final = 500
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_STANDING = select(discrepancies).where(
    discrepancies.c.subject.in_(_KEYS), discrepancies.c.state != DiscrepancyState.CLOSED.value
)
_BOUND = select(tag_bindings.c.epc, tag_bindings.c.holding_id).where(
    tag_bindings.c.epc.in_(_KEYS), tag_bindings.c.unbound_at.is_(None)
)
_RECORDS = select(holdings.c.source, holdings.c.id, holdings.c.fonds, holdings.c.kind).where(
    holdings.c.withdrawn_at.is_(None)
)
_KEY_COLUMNS = {"barcode": holdings.c.barcode, "reference_code": holdings.c.reference_code}


def standing(connection: Connection, subjects: Iterable[str]) -> Mapping[str, list[Entry]]:
    """Everything not closed, by subject."""
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    wanted = sorted(set(subjects))
    for start in range(0, len(wanted), KEYS_A_QUERY):
        some = wanted[start : start + KEYS_A_QUERY]
        for row in connection.execute(_STANDING, {"keys": some}).mappings():
            found[row["subject"]].append(entry_of(dict(row)))
    return found


def held_sources(connection: Connection) -> dict[str, str]:
    """The sources whose newest run the guard holds, and what it says of it."""
    query = select(import_runs.c.source, import_runs.c.reason).where(import_runs.c.state == "held")
    return {source: reason or "held" for source, reason in connection.execute(query)}


def tag_cases(
    connection: Connection, tags: Mapping[str, int], before: Mapping[str, list[Entry]], rules: Rules
) -> list[TagCase]:
    """What is known of these tags; one that was found a nuisance before remains one."""
    bound: defaultdict[str, list[str]] = defaultdict(list)
    wanted = sorted(tags)
    for start in range(0, len(wanted), KEYS_A_QUERY):
        for epc, holding_id in connection.execute(
            _BOUND, {"keys": wanted[start : start + KEYS_A_QUERY]}
        ):
            bound[epc].append(holding_id)
    return [
        TagCase(
            epc=epc,
            holdings=tuple(bound[epc]),
            reads=reads + (rules.unknown_reads if before.get(epc) else 0),
        )
        for epc, reads in sorted(tags.items())
    ]


def key_cases(connection: Connection, holding_ids: Sequence[str]) -> list[KeyCase]:
    """The keys that these holdings bear and that others bear, too."""
    cases = []
    for name, column in _KEY_COLUMNS.items():
        keys: set[str] = set()
        for start in range(0, len(holding_ids), KEYS_A_QUERY):
            some = list(holding_ids[start : start + KEYS_A_QUERY])
            borne = select(column).where(holdings.c.id.in_(some), column.is_not(None))
            keys |= set(connection.scalars(borne))
        cases += _bearers(connection, name, keys)
    return cases


def standing_key_cases(connection: Connection) -> list[KeyCase]:
    """The keys that the register calls duplicate: one may be so no longer."""
    query = select(discrepancies.c.subject).where(
        discrepancies.c.code == DiscrepancyClass.DUPLICATE_KEY.value,
        discrepancies.c.state != DiscrepancyState.CLOSED.value,
    )
    by_name: defaultdict[str, set[str]] = defaultdict(set)
    for subject in connection.scalars(query):
        name, _, key = subject.partition(":")
        by_name[name].add(key)
    return [
        case
        for name, keys in by_name.items()
        for case in _bearers(connection, name, keys, also_single=True)
    ]


def _bearers(
    connection: Connection, name: str, keys: set[str], *, also_single: bool = False
) -> list[KeyCase]:
    """By key and source; a key that only one record bears is of interest to none but an entry."""
    column: Any = _KEY_COLUMNS[name]
    records: defaultdict[tuple[str, str], list[KeyRecord]] = defaultdict(list)
    wanted = sorted(key for key in keys if key)
    for start in range(0, len(wanted), KEYS_A_QUERY):
        some = wanted[start : start + KEYS_A_QUERY]
        rows = connection.execute(_RECORDS.add_columns(column).where(column.in_(some)))
        for source, holding_id, fonds, kind, key in rows:
            record = KeyRecord(holding_id=holding_id, fonds=fonds, kind=kind)
            records[source, key].append(record)
    return [
        KeyCase(source=source, name=name, key=key, records=tuple(bearers))
        for (source, key), bearers in records.items()
        if also_single or len(bearers) > 1
    ]


def source_cases(connection: Connection, at: Moment) -> list[SourceCase]:
    """Every source that ever brought anything."""
    held = held_sources(connection)
    sources = connection.scalars(select(import_runs.c.source).distinct())
    return [
        SourceCase(source=source, at=at.utc, held_reason=held.get(source, ""))
        for source in sorted(sources)
    ]
