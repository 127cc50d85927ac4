"""Who may ask: API keys, of which nothing is kept that would let anybody in."""

import json
from typing import Any

from sqlalchemy import func, or_, select, update

from kith.stores.ledger.engine import Database
from kith.stores.ledger.tables import api_keys
from kith.stores.serving_port import KeyRow

__all__ = ["SqlKeys"]

K = api_keys.c


class SqlKeys:
    """The ledger's `Keys`. A key is never written over: adding one again leaves it as it stands, revoked or not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: KeyRow) -> None:
        row = {
            "key_id": key.key_id,
            "tenant": key.tenant,
            "name": key.name,
            "scopes": json.dumps(key.scopes),
            "digest": key.digest,
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "revoked_at": key.revoked_at,
        }
        with self._database.write() as connection:
            connection.execute(self._database.insert_new(api_keys).values(row))

    def get(self, key_id: str) -> KeyRow | None:
        with self._database.read() as connection:
            row = connection.execute(select(api_keys).where(K.key_id == key_id)).one_or_none()
            return None if row is None else _key(row)

    def revoke(self, key_id: str) -> bool:
        revoked = update(api_keys).where(K.key_id == key_id)
        with self._database.write() as connection:
            now = func.coalesce(K.revoked_at, self._database.now())
            return connection.execute(revoked.values(revoked_at=now)).rowcount > 0

    def any_valid(self) -> bool:
        valid = select(K.key_id).where(
            K.revoked_at.is_(None), or_(K.expires_at.is_(None), K.expires_at > self._database.now())
        )
        with self._database.read() as connection:
            return connection.execute(valid.limit(1)).first() is not None

    def list(self) -> list[KeyRow]:
        with self._database.read() as connection:
            return [_key(row) for row in connection.execute(select(api_keys).order_by(K.created_at, K.key_id))]


def _key(row: Any) -> KeyRow:
    return KeyRow(
        key_id=row.key_id,
        tenant=row.tenant,
        name=row.name,
        scopes=tuple(json.loads(row.scopes)),
        digest=row.digest,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
