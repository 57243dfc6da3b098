"""What is read of orders: by people, and by a controller that starts."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from controller.domain.model_orders import Order, OrderKind, OrderState
from controller.store.order_tables import order_lines, orders

_OVER = (OrderState.CLOSED.value, OrderState.REFUSED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One line of an order's list."""

    holding_id: str
    reference_code: str
    state: str
    """``expected``, ``seen``, or ``unexpected``: seen there and not listed."""
    seen_at: datetime | None
    witness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """One order as it stands, with its counts."""

    id: str
    kind: OrderKind
    state: OrderState
    title: str
    destination: str
    door: str
    begins: datetime
    ends: datetime
    author: str
    drafted_at: datetime
    approved_by: str
    approved_at: datetime | None
    done_by: str
    done_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None
    reason: str
    counts: dict[str, int]
    """How many lines are ``expected`` (still), ``seen`` and ``unexpected``."""


def order(connection: Connection, order_id: str) -> OrderView | None:
    """The order of that id."""
    found = list_orders(connection, only=order_id, limit=1)
    return found[0] if found else None


def list_orders(
    connection: Connection,
    *,
    states: Collection[OrderState] = (),
    before: str | None = None,
    only: str | None = None,
    limit: int,
) -> list[OrderView]:
    """Orders, newest first; ``before`` is the id to go on from."""
    columns = [column for column in orders.c if column.name != "seq"]
    query = select(*columns).order_by(orders.c.id.desc()).limit(limit)
    if states:
        query = query.where(orders.c.state.in_(states))
    if before is not None:
        query = query.where(orders.c.id < before)
    if only is not None:
        query = query.where(orders.c.id == only)
    rows = connection.execute(query).mappings().all()
    counts = _counts(connection, [row["id"] for row in rows])
    return [_view(row, counts[row["id"]]) for row in rows]


def lines(connection: Connection, order_id: str) -> list[LineView]:
    """The list of an order, by reference code."""
    query = (
        select(
            order_lines.c.holding_id,
            order_lines.c.reference_code,
            order_lines.c.state,
            order_lines.c.seen_at,
            order_lines.c.witness,
        )
        .where(order_lines.c.order_id == order_id)
        .order_by(order_lines.c.reference_code, order_lines.c.id)
    )
    return [LineView(**row) for row in connection.execute(query).mappings()]


def known_orders(connection: Connection) -> tuple[Order, ...]:
    """Those that are not over, as deciding needs them."""
    rows = connection.execute(select(orders).where(orders.c.state.not_in(_OVER))).all()
    listed: dict[str, dict[str, bool]] = defaultdict(dict)
    unexpected: dict[str, set[str]] = defaultdict(set)
    query = select(order_lines).where(order_lines.c.order_id.in_([row.id for row in rows]))
    for line in connection.execute(query.order_by(order_lines.c.id)):
        if line.state == "unexpected":
            unexpected[line.order_id].add(line.holding_id)
        else:
            listed[line.order_id][line.holding_id] = line.state == "seen"
    return tuple(
        Order(
            id=row.id,
            kind=OrderKind(row.kind),
            state=OrderState(row.state),
            title=row.title,
            destination=row.destination,
            door=row.door,
            begins=row.begins,
            ends=row.ends,
            author=row.author,
            approved_by=tuple(filter(None, row.approved_by.split(","))),
            done_by=tuple(filter(None, row.done_by.split(","))),
            listed=listed[row.id],
            unexpected=frozenset(unexpected[row.id]),
        )
        for row in rows
    )


def _counts(connection: Connection, ids: list[str]) -> dict[str, dict[str, int]]:
    query = (
        select(order_lines.c.order_id, order_lines.c.state, func.count())
        .where(order_lines.c.order_id.in_(ids))
        .group_by(order_lines.c.order_id, order_lines.c.state)
    )
    counts = {each: {"expected": 0, "seen": 0, "unexpected": 0} for each in ids}
    for order_id, state, count in connection.execute(query):
        counts[order_id][state] = count
    return counts


def _view(row: Any, counts: dict[str, int]) -> OrderView:
    kinds = {"kind": OrderKind(row["kind"]), "state": OrderState(row["state"])}
    return OrderView(**{**row, **kinds, "counts": counts})
