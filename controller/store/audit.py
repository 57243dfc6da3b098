"""The audit: who did or tried what, chained by SHA-256 so that no row can change unseen.

Each row's hash covers the row before it: an edit, a deletion or a swap breaks the chain from
there on. Cutting off the newest rows does not; ``head`` is what an anchor outside the box keeps.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from controller.store.codec import write_time
from controller.store.database import begin_write
from controller.store.rows import Row, fit
from controller.store.schema import audit

ALGORITHM = "audit-v1"
GENESIS = "0" * 64
"""What the first row has in place of a row before it."""

_PAGE_ROWS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing a person or a key did or was refused."""

    at: datetime
    user: str
    computer: str
    """The peer's network address."""
    operation: str
    object: str
    success: bool
    reason: str
    """A code: ``accepted``, or the refusal."""
    request_id: str | None = None


def record(connection: Connection, entries: Sequence[AuditEntry]) -> None:
    """Append ``entries`` in the caller's transaction, the one that makes the change itself.

    Raises:
        StoreFull, StoreBusy: then the change must not be made either.
    """
    if not entries:
        return
    begin_write(connection)
    seq, previous = head(connection)
    rows = []
    for entry in entries:
        seq += 1
        row = fit(audit, _facts(seq, entry))
        row |= {"previous_hash": previous, "hash": _hash(previous, row)}
        previous = row["hash"]
        rows.append(row)
    connection.execute(insert(audit), rows)


def head(connection: Connection) -> tuple[int, str]:
    """Number and hash of the newest row: the anchor that finds a cut tail when kept elsewhere."""
    newest = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


def verify(connection: Connection) -> int | None:
    """The first ``seq`` at which the chain is broken or missing; ``None`` when it is whole."""
    expected, previous = 1, GENESIS
    for row in _rows(connection):
        if row["previous_hash"] != previous or row["hash"] != _hash(previous, row):
            return expected
        expected, previous = expected + 1, row["hash"]
    return None


def _rows(connection: Connection) -> Iterator[Row]:
    after = 0
    while True:
        page: Iterable[Row] = [
            dict(row) for row in connection.execute(_PAGE, {"after": after}).mappings()
        ]
        for row in page:
            after = row["seq"]
            yield row
        if not page:
            return


_PAGE = (
    select(audit).where(audit.c.seq > bindparam("after")).order_by(audit.c.seq).limit(_PAGE_ROWS)
)


def _facts(seq: int, entry: AuditEntry) -> Row:
    return {
        "seq": seq,
        "at": entry.at,
        "user": entry.user,
        "computer": entry.computer,
        "operation": entry.operation,
        "object": entry.object,
        "success": entry.success,
        "reason": entry.reason,
        "request_id": entry.request_id,
    }


def _hash(previous: str, row: Row) -> str:
    """SHA-256 of algorithm, previous hash and the row's facts as canonical JSON."""
    facts = {name: row[name] for name in row if name not in ("previous_hash", "hash")}
    facts["at"] = write_time(row["at"])
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{ALGORITHM}|{previous}|{canonical}".encode()).hexdigest()
