"""API keys: made, listed and revoked in the ledger, beside a server too."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.persona.time import iso
from kith.serving.frame.access import new_key
from kith.settings import Settings
from kith.stores.serving_port import KeyRow, Scope
from kith.wiring import is_begun, now, open_app, open_keys

__all__ = ["Made", "create_key", "key_json", "list_keys", "revoke_key"]

SPAN = re.compile(r"([1-9]\d{0,4})([hdw])")
MILLISECONDS = {"h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}


@dataclass(frozen=True, slots=True)
class Made:
    """A new key: what its owner must keep, for it is not kept here, and the row that is."""

    key: str
    row: KeyRow

    def as_json(self) -> dict[str, Json]:
        """As in the list, with the key itself."""
        return {"key": self.key, **key_json(self.row)}


def key_json(row: KeyRow) -> dict[str, Json]:
    """A key as it may be shown."""
    return {
        "id": row.key_id,
        "tenant": row.tenant,
        "name": row.name,
        "scopes": list(row.scopes),
        "created_at": iso(row.created_at),
        "expires_at": None if row.expires_at is None else iso(row.expires_at),
        "revoked_at": None if row.revoked_at is None else iso(row.revoked_at),
    }


def create_key(settings: Settings, *, name: str, scopes: Sequence[Scope], expires: str | None, command: str) -> Made:
    """Makes a key for the tenant of the settings; makes the stores too, where there are none yet."""
    moment = now()
    expires_at = None if expires is None else moment + _span(expires)
    if not is_begun(settings):
        with open_app(settings, command=command, create=True):
            """All stores are made together, or the next command would miss the others."""
    key, row = new_key(tenant=settings.tenant, name=name, scopes=scopes, now=moment, expires_at=expires_at)
    with open_keys(settings) as keys:
        keys.add(row)
    return Made(key, row)


def list_keys(settings: Settings) -> list[KeyRow]:
    """All keys, of every tenant."""
    with open_keys(settings) as keys:
        return keys.list()


def revoke_key(settings: Settings, key_id: str) -> KeyRow:
    """Revokes a key; once revoked, it stays so since the first time."""
    with open_keys(settings) as keys:
        keys.revoke(key_id)
        row = keys.get(key_id)
    if row is None:
        raise BadInput(f"there is no key {key_id!r}: see `kith keys list`")
    return row


def _span(words: str) -> int:
    """Milliseconds."""
    found = SPAN.fullmatch(words)
    if found is None:
        raise BadInput(f"--expires {words!r}: write how long the key is good for, such as 12h, 90d or 4w")
    return int(found[1]) * MILLISECONDS[found[2]]
