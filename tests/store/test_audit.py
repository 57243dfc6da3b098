"""No audit row can be changed, dropped or swapped unseen, even by the database's owner."""

import pytest
from sqlalchemy import Connection, Engine, text

from controller.store.audit import AuditEntry, head, record, verify
from tests.store.events import NOON


def entry(number: int) -> AuditEntry:
    return AuditEntry(
        at=NOON, user="李\x00", computer="192.0.2.7", operation="ApproveLoan",
        object=f"l{number}", success=number % 2 == 0, reason="原" * 300,
    )  # fmt: skip


@pytest.fixture
def owner(store_engine: Engine) -> Engine:
    """A store with seven entries whose owner has taken the guards away."""
    with store_engine.begin() as connection:
        record(connection, [entry(n) for n in range(4)])
    with store_engine.begin() as connection:
        record(connection, [entry(n) for n in range(4, 7)])
        for trigger in ("audit_no_update", "audit_no_delete", "audit_append_only"):
            suffix = " ON audit" if connection.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}{suffix}"))
    return store_engine


def test_an_untouched_chain_is_whole(owner: Engine) -> None:
    with owner.connect() as connection:
        assert verify(connection) is None
        assert head(connection)[0] == 7


@pytest.mark.parametrize(
    ("statements", "broken_at"),
    [
        (["UPDATE audit SET success = NOT success WHERE seq = 3"], 3),
        (["UPDATE audit SET object = 'other' WHERE seq = 1"], 1),
        (["UPDATE audit SET at = '2026-03-02 11:00:00+00:00' WHERE seq = 7"], 7),
        (["DELETE FROM audit WHERE seq = 4"], 4),
        (["DELETE FROM audit WHERE seq = 1"], 1),
        (["DELETE FROM audit WHERE seq = 4", "UPDATE audit SET seq = seq - 1 WHERE seq > 4"], 4),
        (
            [
                "UPDATE audit SET seq = 99 WHERE seq = 2",
                "UPDATE audit SET seq = 2 WHERE seq = 3",
                "UPDATE audit SET seq = 3 WHERE seq = 99",
            ],
            2,
        ),
    ],
    ids=["outcome", "object", "time", "deleted", "first deleted", "closed ranks", "swapped"],
)
def test_a_change_is_found_where_it_was_made(
    owner: Engine, statements: list[str], broken_at: int
) -> None:
    with owner.begin() as connection:
        for statement in statements:
            _move(connection, statement)
    with owner.connect() as connection:
        assert verify(connection) == broken_at


def _move(connection: Connection, statement: str) -> None:
    if connection.dialect.name == "sqlite":
        statement = statement.replace("11:00:00+00:00", "11:00:00.000000")
    connection.execute(text(statement))


def test_a_cut_tail_shows_against_an_anchor_kept_elsewhere(owner: Engine) -> None:
    with owner.connect() as connection:
        anchor = head(connection)
    with owner.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE seq > 5"))
    with owner.connect() as connection:
        assert verify(connection) is None
        assert head(connection) != anchor


def test_a_change_and_its_entry_stand_or_fall_together(store_engine: Engine) -> None:
    with pytest.raises(RuntimeError), store_engine.begin() as connection:  # noqa: PT012
        record(connection, [entry(0)])
        raise RuntimeError("the change itself failed")
    with store_engine.connect() as connection:
        assert head(connection)[0] == 0
