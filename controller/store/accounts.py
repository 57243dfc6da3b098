"""People who may use the system: passwords, lockout, sessions. Programs' keys are in ``keys``.

Secrets never enter the database: passwords stand there as Argon2id hashes, session tokens (256
random bits) as SHA-256. Every change a person makes here is an audit entry in the same
transaction.
"""

import hashlib
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from controller.store import audit
from controller.store.database import begin_write
from controller.store.schema import sessions, users

IDLE: Final = timedelta(minutes=30)
"""A session nobody used for this long has ended (OWASP ASVS 5.0 7.3.1)."""
ABSOLUTE: Final = timedelta(hours=12)
"""No session lives longer, however busy (OWASP ASVS 5.0 7.3.2)."""
FAILURES: Final = 5
LOCKED: Final = timedelta(minutes=15)
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 128
TOUCH_EVERY: Final = timedelta(minutes=1)
"""How far ``seen_at`` may lag: a busy page must not write at every request."""

_HASHING = threading.BoundedSemaphore(2)  # a burst of sign-ins must not starve the door
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)  # OWASP minimum


class Role(StrEnum):
    """What somebody may do; the API's table of rights says which route that means."""

    READER = "reader"
    STAFF = "staff"
    FACILITIES = "facilities"
    ADMINISTRATOR = "administrator"


class AccountError(Exception):
    """An account cannot be made or changed; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever a session or a key stands for."""

    name: str
    role: Role
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person's account, without its secret."""

    name: str
    role: Role
    language: str | None
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who makes a change, when, and from which network address."""

    name: str
    computer: str
    at: datetime


def digest(secret: str) -> str:
    """SHA-256 in hexadecimal; enough for 256 random bits, never for a password."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _hash(password: str) -> str:
    with _HASHING:
        return _HASHER.hash(password)


@cache
def _nobody() -> str:
    """What an unknown name is checked against, so that it takes as long as a known one."""
    return _hash(secrets.token_urlsafe(32))


def _verify(password: str, hashed: str) -> bool:
    with _HASHING:
        try:
            return _HASHER.verify(hashed, password[: LONGEST_PASSWORD + 1])
        except (VerificationError, InvalidHashError):
            return False


def check_name(name: str) -> None:
    """Whether people and programs can be called that.

    Raises:
        AccountError: empty, too long, or with characters nobody can see.
    """
    if not 1 <= len(name) <= 64 or not name.isprintable() or name != name.strip():
        raise AccountError(f"a name has 1 to 64 printable characters; {name!r} does not do")


def _refusal(user: Row[Any], right: bool, at: datetime) -> str | None:
    if user.disabled_at is not None:
        return "disabled"
    if user.locked_until is not None and at < user.locked_until:
        return "locked"
    return None if right else "wrong_password"


def _count_failure(connection: Connection, user: Row[Any], at: datetime) -> None:
    failures = user.failures + 1
    values: dict[str, object] = {"failures": failures}
    if failures >= FAILURES:
        values = {"failures": 0, "locked_until": at + LOCKED}
    connection.execute(update(users).where(users.c.name == user.name).values(values))


def _open_session(connection: Connection, by: By) -> str:
    token = secrets.token_urlsafe(32)
    connection.execute(
        update(users).where(users.c.name == by.name).values(failures=0, locked_until=None)
    )
    connection.execute(
        insert(sessions).values(
            token_sha256=digest(token),
            user=by.name,
            created_at=by.at,
            seen_at=by.at,
            expires_at=by.at + ABSOLUTE,
            computer=by.computer[:64],
        )
    )
    note(connection, by, "SignIn", by.name)
    return token


def note(connection: Connection, by: By, operation: str, name: str, *, refused: str = "") -> None:
    """The audit entry of a change, or of a refused one, in the change's own transaction."""
    entry = audit.AuditEntry(
        at=by.at,
        user=by.name,
        computer=by.computer,
        operation=operation,
        object=name,
        success=not refused,
        reason=refused or "accepted",
    )
    audit.record(connection, [entry])


class Accounts:
    """The accounts of one store, over an engine that may write.

    Every function is one short transaction; password hashing (some 40 ms) happens outside any.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # --- people ------------------------------------------------------------------------------

    def add_user(self, name: str, role: Role, password: str, by: By) -> None:
        """A new person.

        Raises:
            AccountError: the name was used before (names are never reused), or the password is
                shorter than 12 or longer than 128 characters.
        """
        check_name(name)
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise AccountError(
                f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters;"
                f" this one has {len(password)}"
            )
        hashed = _hash(password)
        with self._engine.begin() as connection:
            begin_write(connection)
            if connection.execute(select(users.c.name).where(users.c.name == name)).first():
                raise AccountError(f"user {name!r} exists already; names are never used twice")
            row = {"name": name, "role": role, "password_hash": hashed, "created_at": by.at}
            connection.execute(insert(users).values(row))
            note(connection, by, "AddUser", name)

    def disable_user(self, name: str, by: By) -> None:
        """Ends the account and every session of it; the name stays taken.

        Raises:
            AccountError: there is no such user.
        """
        with self._engine.begin() as connection:
            begin_write(connection)
            changed = connection.execute(
                update(users)
                .where(users.c.name == name, users.c.disabled_at.is_(None))
                .values(disabled_at=by.at)
            )
            if changed.rowcount == 0:
                raise AccountError(f"there is no user {name!r} that could be disabled")
            connection.execute(delete(sessions).where(sessions.c.user == name))
            note(connection, by, "DisableUser", name)

    def set_language(self, name: str, language: str) -> None:
        """The language this person's screens speak from now on, ``zh-CN`` or ``en``."""
        with self._engine.begin() as connection:
            connection.execute(update(users).where(users.c.name == name).values(language=language))

    def list_users(self) -> list[User]:
        """Everyone, by name, the disabled too."""
        columns = (
            users.c.name,
            users.c.role,
            users.c.language,
            users.c.created_at,
            users.c.disabled_at,
            users.c.locked_until,
        )
        with self._engine.connect() as connection:
            rows = connection.execute(select(*columns).order_by(users.c.name))
            return [User(**{**row, "role": Role(row["role"])}) for row in rows.mappings()]

    # --- sessions ----------------------------------------------------------------------------

    def sign_in(self, name: str, password: str, *, computer: str, at: datetime) -> str | None:
        """A new session's token, or ``None``: wrong, unknown, disabled or locked.

        Which of these it was stands in the audit, never in the answer; an unknown name costs as
        much time as a known one. Five failures lock the account for 15 minutes.
        """
        by = By(name=name[:64], computer=computer, at=at)
        with self._engine.connect() as connection:
            row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
        right = _verify(password, _nobody() if row is None else row.password_hash)
        with self._engine.begin() as connection:
            begin_write(connection)
            if row is None:
                note(connection, by, "SignIn", name[:64], refused="unknown_user")
                return None
            # read again: other attempts may have failed while this one was being hashed
            fresh = connection.execute(select(users).where(users.c.name == name)).one()
            refused = _refusal(fresh, right, at)
            if refused is not None:
                if refused == "wrong_password":
                    _count_failure(connection, fresh, at)
                note(connection, by, "SignIn", name, refused=refused)
                return None
            return _open_session(connection, by)

    def session(self, token: str, at: datetime) -> Principal | None:
        """Whom a session token stands for now; using it keeps it alive."""
        key = digest(token)
        with self._engine.connect() as connection:
            row = connection.execute(
                select(sessions.c.seen_at, users.c.name, users.c.role, users.c.language)
                .join(users, users.c.name == sessions.c.user)
                .where(
                    sessions.c.token_sha256 == key,
                    sessions.c.expires_at > at,
                    sessions.c.seen_at > at - IDLE,
                    users.c.disabled_at.is_(None),
                )
            ).one_or_none()
        if row is None:
            return None
        if at - row.seen_at >= TOUCH_EVERY:
            with self._engine.begin() as connection:
                connection.execute(
                    update(sessions).where(sessions.c.token_sha256 == key).values(seen_at=at)
                )
        return Principal(name=row.name, role=Role(row.role), language=row.language)

    def sign_out(self, token: str, *, computer: str, at: datetime) -> None:
        """Ends that session, if it lives."""
        with self._engine.begin() as connection:
            begin_write(connection)
            user = connection.execute(
                select(sessions.c.user).where(sessions.c.token_sha256 == digest(token))
            ).scalar_one_or_none()
            if user is not None:
                connection.execute(delete(sessions).where(sessions.c.token_sha256 == digest(token)))
                note(connection, By(name=user, computer=computer, at=at), "SignOut", user)
