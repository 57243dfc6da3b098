"""Accounts, sessions and keys: exact to the second, and every change in the audit."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from controller.store import audit
from controller.store.accounts import ABSOLUTE, FAILURES, IDLE, LOCKED, AccountError, Role
from controller.store.schema import api_keys, sessions, users
from controller.store.schema import audit as audit_rows
from tests.api.world import World

PASSWORD = "correct horse battery"
SECOND = timedelta(seconds=1)


@pytest.fixture
def li(each_world: World) -> World:
    """A world in which Li works."""
    each_world.accounts.add_user("li", Role.STAFF, PASSWORD, each_world.by("root"))
    return each_world


def sign_in(world: World, password: str = PASSWORD, name: str = "li") -> str | None:
    return world.accounts.sign_in(name, password, computer="192.0.2.7", at=world.clock.utc)


def holds(world: World, token: str) -> bool:
    return world.accounts.session(token, world.clock.utc) is not None


def audited(world: World) -> list[tuple[str, str, str, bool, str]]:
    """What the audit says, whole and in order, without the keys the world made."""
    columns = [audit_rows.c[name] for name in ("user", "operation", "object", "success", "reason")]
    with world.engine.connect() as connection:
        assert audit.verify(connection) is None
        rows = connection.execute(select(*columns).order_by(audit_rows.c.seq)).all()
    return [tuple(row) for row in rows if row[1] != "AddKey"]


def test_the_right_password_opens_a_session_for_that_person(li: World) -> None:
    token = sign_in(li)
    assert token is not None
    person = li.accounts.session(token, li.clock.utc)
    assert person is not None
    assert (person.name, person.role) == ("li", Role.STAFF)


@pytest.mark.parametrize(("name", "password"), [("li", "wrong horse battery"), ("lo", PASSWORD)])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
    li: World, name: str, password: str
) -> None:
    assert sign_in(li, password, name) is None


def test_no_secret_stands_in_the_database(li: World) -> None:
    token = sign_in(li)
    key = li.keys[Role.STAFF]
    with li.engine.connect() as connection:
        stored = str(
            [connection.execute(select(table)).all() for table in (users, sessions, api_keys)]
        )
    assert PASSWORD not in stored
    assert str(token) not in stored
    assert key.partition(".")[2] not in stored


def test_five_failures_lock_the_account_for_fifteen_minutes_to_the_second(li: World) -> None:
    for _ in range(FAILURES - 1):
        sign_in(li, "wrong horse battery")
    assert sign_in(li) is not None, "four failures do not lock, and success forgets them"
    for _ in range(FAILURES):
        sign_in(li, "wrong horse battery")
    assert sign_in(li) is None
    li.clock.forward(LOCKED - SECOND)
    assert sign_in(li) is None
    li.clock.forward(SECOND)
    assert sign_in(li) is not None


def test_a_session_ends_after_thirty_idle_minutes_to_the_second(li: World) -> None:
    token = str(sign_in(li))
    li.clock.forward(IDLE - SECOND)
    assert holds(li, token)  # which is a use
    li.clock.forward(IDLE - SECOND)
    assert holds(li, token)
    li.clock.forward(IDLE)
    assert not holds(li, token)


def test_a_session_ends_after_twelve_hours_however_busy(li: World) -> None:
    token = str(sign_in(li))
    end = li.clock.utc + ABSOLUTE
    while li.clock.utc + IDLE < end:
        li.clock.forward(IDLE - SECOND)
        assert holds(li, token)
    li.clock.utc = end - SECOND
    assert holds(li, token)
    li.clock.forward(SECOND)
    assert not holds(li, token)


def test_signing_out_and_disabling_end_sessions_at_once(li: World) -> None:
    first, second = str(sign_in(li)), str(sign_in(li))
    li.accounts.sign_out(first, computer="192.0.2.7", at=li.clock.utc)
    assert not holds(li, first)
    assert holds(li, second)
    li.accounts.disable_user("li", li.by("root"))
    assert not holds(li, second)
    assert sign_in(li) is None


def test_a_name_is_never_used_twice(li: World) -> None:
    li.accounts.disable_user("li", li.by("root"))
    with pytest.raises(AccountError, match="never used twice"):
        li.accounts.add_user("li", Role.READER, PASSWORD, li.by("root"))
    li.key_store.revoke("staff-key", li.by("root"))
    with pytest.raises(AccountError, match="never used twice"):
        li.key_store.add("staff-key", Role.READER, li.by("root"))


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 129])
def test_a_password_too_short_or_too_long_is_refused(world: World, password: str) -> None:
    with pytest.raises(AccountError, match="12 to 128"):
        world.accounts.add_user("li", Role.STAFF, password, world.by("root"))


@pytest.mark.parametrize("name", ["", " li", "x" * 65, "a\nb", "a\x00b"])
def test_a_name_nobody_can_read_is_refused(world: World, name: str) -> None:
    with pytest.raises(AccountError):
        world.accounts.add_user(name, Role.STAFF, PASSWORD, world.by("root"))


def test_every_change_is_an_audit_entry(li: World) -> None:
    sign_in(li, "wrong horse battery")
    sign_in(li, name="nobody")
    token = str(sign_in(li))
    li.accounts.sign_out(token, computer="192.0.2.7", at=li.clock.utc)
    li.key_store.revoke("staff-key", li.by("root"))
    li.accounts.disable_user("li", li.by("root"))
    sign_in(li)
    assert audited(li) == [
        ("root", "AddUser", "li", True, "accepted"),
        ("li", "SignIn", "li", False, "wrong_password"),
        ("nobody", "SignIn", "nobody", False, "unknown_user"),
        ("li", "SignIn", "li", True, "accepted"),
        ("li", "SignOut", "li", True, "accepted"),
        ("root", "RevokeKey", "staff-key", True, "accepted"),
        ("root", "DisableUser", "li", True, "accepted"),
        ("li", "SignIn", "li", False, "disabled"),
    ]


def test_a_key_opens_until_it_is_revoked_or_has_run_out(each_world: World) -> None:
    until = each_world.clock.utc + IDLE
    key = each_world.key_store.add("short", Role.READER, each_world.by("root"), expires_at=until)
    at = {"headers": {"Authorization": f"Bearer {key}"}}
    assert each_world.get("/v1/racks", None, **at).status_code == 200
    each_world.clock.forward(IDLE)
    assert each_world.get("/v1/racks", None, **at).status_code == 401
    assert each_world.get("/v1/racks", Role.READER).status_code == 200
    each_world.key_store.revoke("reader-key", each_world.by("root"))
    assert each_world.get("/v1/racks", Role.READER).status_code == 401
