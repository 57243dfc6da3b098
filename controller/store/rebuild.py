"""Makes the derived tables from the journal once more and compares: they must be equal.

The journal is read a page at a time into temporary tables by the same rules that wrote the living
ones, from one snapshot, so the controller may go on working meanwhile.
"""

from collections.abc import Iterator

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Index,
    MetaData,
    Table,
    and_,
    delete,
    insert,
    select,
)

from controller.store import journal, projections
from controller.store.database import begin_snapshot, begin_write
from controller.store.folds import Row

_MOST = 100
"""Differences told one by one; the rest is only counted."""


def rebuild(engine: Engine, *, write: bool = False) -> list[str]:
    """How the derived tables differ from the journal; empty when they do not.

    With ``write`` they are replaced by what the journal says; writers wait until that is done.

    Raises:
        StoreFull, StoreBusy: nothing was replaced.
        Undecodable: the journal holds what this program cannot read.
    """
    with engine.connect() as connection:
        try:
            begin = begin_write if write else begin_snapshot
            begin(connection)
            made = _make(connection)
            differences = list(_shorten(_compare_all(connection, made)))
            if write and differences:
                _replace(connection, made)
            for table in made.values():
                table.drop(connection)
            connection.commit()
        finally:
            connection.rollback()
    return differences


def _make(connection: Connection) -> dict[Table, Table]:
    made = {table: _stand_in(table) for table in projections.DERIVED}
    for table in made.values():
        table.create(connection)
    for page in journal.pages(connection):
        projections.apply(connection, page, made)
    return made


def _stand_in(table: Table) -> Table:
    columns = [
        Column(column.name, column.type, primary_key=column.primary_key, autoincrement=False)
        for column in table.columns
    ]
    indexes = [
        Index(f"{index.name}_rebuilt", *(column.name for column in index.columns))
        for index in table.indexes
    ]
    name = f"rebuilt_{table.name}"
    return Table(name, MetaData(), *columns, *indexes, prefixes=["TEMPORARY"])


def _compare_all(connection: Connection, made: dict[Table, Table]) -> Iterator[str]:
    for table, rebuilt in made.items():
        for row, right in _joined(connection, table, rebuilt):
            if right is None:
                yield f"{_name(table, row)}: the journal knows of no such row"
            else:
                yield from _unequal(table, row, right)
        for row, left in _joined(connection, rebuilt, table):
            if left is None:
                yield f"{_name(table, row)}: missing"


def _joined(connection: Connection, one: Table, other: Table) -> Iterator[tuple[Row, Row | None]]:
    """Every row of ``one`` with the row of the same key in ``other``, if there is one."""
    names = [column.name for column in one.columns]
    keys = [column.name for column in one.primary_key]
    same = and_(*(one.c[key] == other.c[key] for key in keys))
    both = select(*(one.c[n] for n in names), *(other.c[n] for n in names))
    rows = connection.execute(
        both.select_from(one.outerjoin(other, same)), execution_options={"yield_per": 1000}
    )
    for values in rows:
        mine, yours = values[: len(names)], values[len(names) :]
        matched = yours[names.index(keys[0])] is not None
        yield (
            dict(zip(names, mine, strict=True)),
            dict(zip(names, yours, strict=True)) if matched else None,
        )


def _unequal(table: Table, row: Row, right: Row) -> Iterator[str]:
    for name, value in row.items():
        if value != right[name]:
            yield f"{_name(table, row)}: {name} is {value!r}, should be {right[name]!r}"


def _name(table: Table, row: Row) -> str:
    return f"{table.name} " + "/".join(str(row[column.name]) for column in table.primary_key)


def _shorten(differences: Iterator[str]) -> Iterator[str]:
    told = 0
    for difference in differences:
        told += 1
        if told <= _MOST:
            yield difference
    if told > _MOST:
        yield f"and {told - _MOST} more"


def _replace(connection: Connection, made: dict[Table, Table]) -> None:
    for table, rebuilt in made.items():
        connection.execute(delete(table))
        names = [column.name for column in table.columns]
        rows = select(*(rebuilt.c[name] for name in names))
        connection.execute(insert(table).from_select(names, rows))
