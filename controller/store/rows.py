"""Writing many rows at once, on either database, with texts that fit their columns."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, String, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = dict[str, Any]


def upsert(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert whole rows; where the primary key is there already, replace the rest of the row."""
    fitted = [fit(table, row) for row in rows]
    if not fitted:
        return
    statement = dialect_insert(connection, table)
    keys = [column.name for column in table.primary_key]
    rest = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=rest),
        fitted,
    )


def dialect_insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """``INSERT`` that knows ``ON CONFLICT``, which each dialect brings itself."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def fit(table: Table, row: Mapping[str, Any]) -> Row:
    """``row`` with every text as its column can hold it on both databases.

    Too long a text is cut. PostgreSQL takes no NUL, neither takes half a surrogate pair: strangers
    write reasons and notes, and no text of theirs may stop the deciding thread.
    """
    fitted = dict(row)
    for name, length in _limits(table):
        value = fitted.get(name)
        if isinstance(value, str):
            fitted[name] = fit_text(value, length)
    return fitted


def fit_text(value: str, length: int | None) -> str:
    """``value`` without NUL and lone surrogates, cut to ``length`` characters."""
    if not value.isascii():
        value = value.encode("utf-8", "replace").decode("utf-8")
    if "\x00" in value:
        value = value.replace("\x00", "")
    return value[:length]


def fit_key(column: Column[str], key: str) -> str:
    """``key`` as it stands in ``column``, for looking it up."""
    return fit_text(key, getattr(column.type, "length", None))


@cache
def _limits(table: Table) -> tuple[tuple[str, int | None], ...]:
    return tuple(
        (column.name, column.type.length)
        for column in table.columns
        if isinstance(column.type, String)
    )
