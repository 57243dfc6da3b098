"""API keys: how programs sign in. ``id.secret``, of which only the SHA-256 of the secret is kept.

A secret is 256 random bits, so a plain hash is enough (no guessing), and fast.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, bindparam, insert, select, update

from controller.store.accounts import AccountError, By, Principal, Role, check_name, digest, note
from controller.store.database import begin_write
from controller.store.held import HeldConnection, Prepared, moment
from controller.store.schema import api_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One program's key, without its secret."""

    id: str
    name: str
    role: Role
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class KeyRing:
    """The API keys, as the event loop asks for them: one indexed query on a held connection."""

    def __init__(self, engine: Engine, held: HeldConnection) -> None:
        self._held = held
        self._query = Prepared(
            engine,
            select(
                api_keys.c.secret_sha256,
                api_keys.c.name,
                api_keys.c.role,
                api_keys.c.expires_at,
                api_keys.c.revoked_at,
            ).where(api_keys.c.id == bindparam("id")),
        )

    def holder(self, bearer: str, at: datetime) -> Principal | None:
        """Whom ``id.secret`` stands for at ``at``; a revoked key ends with the next request."""
        key_id, _, secret = bearer.partition(".")
        rows = self._held.rows(self._query, {"id": key_id})
        if not rows:
            return None
        secret_sha256, name, role, expires_at, revoked_at = rows[0]
        if not hmac.compare_digest(secret_sha256, digest(secret)) or revoked_at is not None:
            return None
        expires = moment(expires_at)
        if expires is not None and at >= expires:
            return None
        return Principal(name=name, role=Role(role))


class Keys:
    """The keys of one store, over an engine that may write."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, name: str, role: Role, by: By, *, expires_at: datetime | None = None) -> str:
        """A new key as ``id.secret``; the secret is told here once and never again.

        Raises:
            AccountError: a key of that name exists or existed.
        """
        check_name(name)
        key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
        with self._engine.begin() as connection:
            begin_write(connection)
            if connection.execute(select(api_keys.c.id).where(api_keys.c.name == name)).first():
                raise AccountError(f"key {name!r} exists already; names are never used twice")
            connection.execute(
                insert(api_keys).values(
                    id=key_id,
                    name=name,
                    role=role,
                    secret_sha256=digest(secret),
                    created_at=by.at,
                    expires_at=expires_at,
                )
            )
            note(connection, by, "AddKey", name)
        return f"{key_id}.{secret}"

    def revoke(self, name: str, by: By) -> None:
        """From now on that key opens nothing.

        Raises:
            AccountError: there is no such key, or it is revoked already.
        """
        with self._engine.begin() as connection:
            begin_write(connection)
            changed = connection.execute(
                update(api_keys)
                .where(api_keys.c.name == name, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=by.at)
            )
            if changed.rowcount == 0:
                raise AccountError(f"there is no key {name!r} that could be revoked")
            note(connection, by, "RevokeKey", name)

    def list_all(self) -> list[Key]:
        """Every key, by name, the revoked too."""
        columns = [column for column in api_keys.c if column.name != "secret_sha256"]
        with self._engine.connect() as connection:
            rows = connection.execute(select(*columns).order_by(api_keys.c.name))
            return [Key(**{**row, "role": Role(row["role"])}) for row in rows.mappings()]
