"""What people asked for: filed by the API, taken up by the controller, answered exactly once.

The life of a row: ``filed`` → ``taken`` (the deciding thread has it) → ``accepted`` or ``refused``;
or ``filed`` → ``expired``, and then it is never carried out. A controller that died before it
answered has answered nothing and sent no move: ``reopen_taken`` files those rows again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, get_args

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from controller.domain.decision import Answer
from controller.domain.requests import (
    AcknowledgeAlarm,
    ApproveLoan,
    Asked,
    ConfirmPassage,
    RejectLoan,
    Request,
    RequestAisle,
    RequestLoan,
    RequestStop,
    ReturnLoan,
    WriteTag,
)
from controller.domain.requests_alarms import AlarmRequest
from controller.domain.requests_lending import LoanStep
from controller.domain.requests_machines import MoveMachine, ResolveMachine, StopMachine
from controller.domain.requests_orders import DraftOrder, OrderRequest
from controller.domain.requests_presence import RecordSweep
from controller.domain.requests_reconciling import AssignDiscrepancy, ExplainDiscrepancy
from controller.domain.requests_recording import RecordDoor
from controller.domain.requests_shelving import (
    ClaimAisle,
    EndErrand,
    MakeErrands,
    ReleaseAisle,
    ReserveAisle,
    ResolveMotion,
)
from controller.store.audit import AuditEntry, record
from controller.store.codec import Undecodable, decode_request, encode, write_time
from controller.store.database import begin_write
from controller.store.ids import new_id
from controller.store.rows import fit
from controller.store.schema import requests
from drivers.observations import Moment

EXPIRED = "expired"
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledRequest:
    """One request as it stands."""

    id: str
    kind: str
    """The request's class name."""
    body: dict[str, Any]
    """Its fields without ``asked``, as JSON."""
    by: str
    computer: str
    filed_at: datetime
    expires_at: datetime
    state: str
    """``filed`` until it is answered, then ``accepted``, ``refused`` or ``expired``."""
    code: str | None
    detail: dict[str, str]
    answered_at: datetime | None


def file_request(
    connection: Connection,
    request_kind: str,
    body: Mapping[str, object],
    *,
    by: str,
    computer: str,
    now: datetime,
    lifetime: timedelta,
) -> str:
    """File what somebody asks for and give its id; ``body`` holds the fields without ``asked``.

    Raises:
        Undecodable: no such request, or its fields are not these.
    """
    plain = {key: _plain(value) for key, value in body.items()}
    request_id = new_id()
    at = Moment(utc=now, monotonic_s=0.0)
    _decoded(request_kind, plain, Asked(request_id=request_id, at=at, by=by, computer=computer))
    row = {
        "id": request_id,
        "kind": request_kind,
        "body": plain,
        "by": by,
        "computer": computer,
        "filed_at": now,
        "expires_at": now + lifetime,
        "state": "filed",
    }
    connection.execute(insert(requests), fit(requests, row))
    return request_id


def take_filed(connection: Connection, at: Moment, limit: int = 64) -> list[Request]:
    """The oldest filed requests, stamped with ``at``; commits that they were given out.

    Those whose time has run out, or that this program cannot read, are answered here instead.

    Raises:
        StoreFull, StoreBusy: none was given out; the connection may be used again.
    """
    try:
        if connection.execute(_DUE, {"limit": 1}).first() is None:
            return []  # nothing to write: the usual case, several times a second
        begin_write(connection)
        rows = connection.execute(_DUE, {"limit": limit}).all()
        taken = [request for row in rows if (request := _take(connection, row, at)) is not None]
        connection.commit()
    finally:
        connection.rollback()
    return taken


_DUE = (
    select(requests)
    .where(requests.c.state == "filed")
    .order_by(requests.c.id)
    .limit(bindparam("limit"))
)


def _take(connection: Connection, row: Row[Any], at: Moment) -> Request | None:
    asked = Asked(request_id=row.id, at=at, by=row.by, computer=row.computer)
    try:
        request = _decoded(row.kind, row.body, asked)
    except Undecodable as error:
        values = {"state": "refused", "code": UNREADABLE, "detail": {"error": str(error)}}
        _close(connection, row, at.utc, values)
        return None
    if row.expires_at <= at.utc:
        _close(connection, row, at.utc, {"state": EXPIRED, "code": EXPIRED, "detail": {}})
        return None
    connection.execute(update(requests).where(requests.c.id == row.id).values(state="taken"))
    return request


def _close(connection: Connection, row: Row[Any], at: datetime, values: dict[str, Any]) -> None:
    """Answer a request that never reaches the deciding thread."""
    changed = update(requests).where(requests.c.id == row.id)
    connection.execute(changed.values(**values, answered_at=at))
    entry = AuditEntry(
        at=at,
        user=row.by,
        computer=row.computer,
        operation=row.kind,
        object="",
        success=False,
        reason=values["code"],
        request_id=row.id,
    )
    record(connection, [entry])


def reopen_taken(connection: Connection) -> None:
    """File again what an earlier controller took and never answered; expiry still applies."""
    connection.execute(update(requests).where(requests.c.state == "taken").values(state="filed"))


def answer_of(connection: Connection, request_id: str) -> FiledRequest | None:
    """The request of that id, answered or not."""
    row = connection.execute(select(requests).where(requests.c.id == request_id)).one_or_none()
    if row is None:
        return None
    return FiledRequest(
        id=row.id,
        kind=row.kind,
        body=row.body,
        by=row.by,
        computer=row.computer,
        filed_at=row.filed_at,
        expires_at=row.expires_at,
        state="filed" if row.state == "taken" else row.state,
        code=row.code,
        detail=row.detail or {},
        answered_at=row.answered_at,
    )


def store_answers(
    connection: Connection,
    answers: Sequence[Answer],
    given: Mapping[str, Request],
    at: datetime,
) -> None:
    """Write each answer to its row, and to the audit, in the transaction that made it true.

    ``given`` holds the requests that are at hand, by id; the others are read from their rows.

    Raises:
        LookupError: an answer to a request that was never filed nor given.
    """
    entries = []
    for answer in answers:
        request = given.get(answer.request_id) or _filed(connection, answer.request_id)
        connection.execute(
            update(requests)
            .where(requests.c.id == answer.request_id, requests.c.answered_at.is_(None))
            .values(
                state="accepted" if answer.accepted else "refused",
                code=answer.code[:64],
                detail=answer.detail,
                answered_at=at,
            )
        )
        entries.append(_entry(request, at, answer))
    record(connection, entries)


_TOLD = 200
"""Characters of a long list that the audit keeps."""
_OBJECTS: Mapping[type[Request], tuple[str, ...]] = {
    AssignDiscrepancy: ("discrepancy_id",),
    ExplainDiscrepancy: ("discrepancy_id",),
    RequestLoan: ("holding_id",),
    ApproveLoan: ("loan_id",),
    RejectLoan: ("loan_id",),
    ReturnLoan: ("loan_id",),
    **dict.fromkeys(get_args(LoanStep), ("loan_id",)),
    **dict.fromkeys(get_args(OrderRequest), ("order_id",)),
    DraftOrder: ("order_kind", "title"),
    AcknowledgeAlarm: ("alarm_id",),
    **dict.fromkeys(get_args(AlarmRequest), ("alarm_id",)),
    RequestAisle: ("rack", "aisle"),
    RequestStop: ("rack",),
    WriteTag: ("desk", "epc"),
    ReserveAisle: ("rack", "aisle"),
    ClaimAisle: ("rack", "reservation_id"),
    ReleaseAisle: ("rack", "reservation_id"),
    ResolveMotion: ("rack",),
    MoveMachine: ("machine", "verb", "target"),
    StopMachine: ("machine",),
    ResolveMachine: ("machine",),
    MakeErrands: ("task", "holdings"),
    EndErrand: ("errand_id",),
    ConfirmPassage: ("passage_id", "group_id"),
    RecordSweep: ("sweep", "number"),
    RecordDoor: ("door",),
}


def object_of(request: Request) -> str:
    """What a request is about, for the audit."""
    facts = (getattr(request, name) for name in _OBJECTS[type(request)])
    return "/".join(_text(fact) for fact in facts if fact != "")


def _text(fact: object) -> str:
    return ",".join(fact)[:_TOLD] if isinstance(fact, dict) else str(fact)


def _entry(request: Request, at: datetime, answer: Answer) -> AuditEntry:
    return AuditEntry(
        at=at,
        user=request.asked.by,
        computer=request.asked.computer,
        operation=type(request).__name__,
        object=object_of(request),
        success=answer.accepted,
        reason=answer.code,
        request_id=answer.request_id,
    )


def _filed(connection: Connection, request_id: str) -> Request:
    filed = answer_of(connection, request_id)
    if filed is None:
        raise LookupError(f"request {request_id} was answered but never filed")
    at = Moment(utc=filed.filed_at, monotonic_s=0.0)
    asked = Asked(request_id=filed.id, at=at, by=filed.by, computer=filed.computer)
    return _decoded(filed.kind, filed.body, asked)


def _decoded(kind: str, body: Mapping[str, Any], asked: Asked) -> Request:
    return decode_request(kind, {**body, "asked": encode(asked)})


def _plain(value: object) -> object:
    """JSON as it is; a time, or an enumeration, as the codec writes it."""
    if isinstance(value, datetime):
        return write_time(value)
    return value.value if isinstance(value, Enum) else value
