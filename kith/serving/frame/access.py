"""Who asks: the tenant comes from the credential and from nowhere else."""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar
from urllib.parse import unquote, urlsplit

from kith.addresses import LOOPBACK
from kith.persona.identity import nfc
from kith.serving.frame.problems import Refusal
from kith.stores.errors import Transient
from kith.stores.serving_port import KeyRow, Keys, Scope

__all__ = ["SCOPES", "Access", "Caller", "new_key"]

T = TypeVar("T")
SCOPES: tuple[Scope, ...] = ("read", "write", "admin")
PREFIX = "kith"
REMEMBERED = 10.0
"""Seconds for which a key is not looked up again: for so long one that another process revoked goes on."""
STANDS = 600.0
"""Seconds for which what the ledger said of a key holds while it does not answer: reading needs documents alone."""
LONGEST_ID = 64
OWNER = "owner"
"""What stands for the id of a key in the log, where the owner's token was sent."""
TENANT_HEADER = "x-kith-tenant"
"""Percent-encoded UTF-8. Read from who has the owner's token, and from nobody else."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, for which tenant, and what they may do. `key_id` is empty where no key was needed."""

    tenant: str
    scopes: frozenset[Scope]
    key_id: str = ""

    def may(self, scope: Scope) -> bool:
        """Whether a scope is theirs. Who may administer may write, and who may write may read."""
        return any(held in self.scopes for held in SCOPES[SCOPES.index(scope) :])


def new_key(*, tenant: str, name: str, scopes: Iterable[Scope], now: int, expires_at: int | None) -> tuple[str, KeyRow]:
    """A new key as its owner must keep it, and the row that is kept here: it cannot be made out from that."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = KeyRow(
        key_id=key_id,
        tenant=nfc(tenant),
        name=name,
        scopes=tuple(scope for scope in SCOPES if scope in set(scopes)),
        digest=_digest(secret),
        created_at=now,
        expires_at=expires_at,
    )
    return f"{PREFIX}_{key_id}_{secret}", row


def _digest(secret: str) -> str:
    # 256 random bits: nothing that a slow hash would make harder to guess.
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Known(Generic[T]):
    """What the ledger said when it was `looked` up. Since then it may have been `asked` in vain."""

    told: T
    looked: float
    asked: float


class Access:
    """Lets callers in. `open_tenant` is whose the house is as long as there is no key; None: a key is always needed.

    Who has the `owner_token` has the folder: it stands in a file that only its user can read. They say the tenant.
    """

    def __init__(
        self,
        keys: Keys,
        *,
        open_tenant: str | None,
        default_tenant: str,
        owner_token: str | None,
        clock: Callable[[], int],
    ) -> None:
        self._keys = keys
        self._open_tenant = open_tenant
        self._default_tenant = default_tenant
        self._owner_token = owner_token
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, _Known[KeyRow | None]] = {}
        self._needed: _Known[bool] | None = None

    def admit(self, headers: Mapping[str, str], scope: Scope) -> Caller:
        """Who asks; `Refusal` for whoever may not."""
        caller = self._caller(headers)
        if not caller.may(scope):
            held = ", ".join(one for one in SCOPES if one in caller.scopes)
            raise Refusal(
                "wrong-scope",
                f"this needs the scope {scope!r}, and the key has {held}; use another key",
                headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
            )
        return caller

    def at_hand(self, headers: Mapping[str, str]) -> bool:
        """Whether `admit` can tell without asking the ledger."""
        given = _credential(headers)
        if given is not None and self._is_owner(given):
            return True
        with self._lock:
            known = self._needed if given is None else self._known.get(_parts(given)[0])
        return known is not None and time.monotonic() - known.asked < REMEMBERED

    def forget_looked_up(self) -> None:
        """Looks every key up again: for who has just made or revoked one."""
        with self._lock:
            self._known.clear()
            self._needed = None

    def _caller(self, headers: Mapping[str, str]) -> Caller:
        given = _credential(headers)
        if given is None:
            return self._nobody_in_particular(headers)
        if self._is_owner(given):
            tenant = unquote(headers.get(TENANT_HEADER, "")) or self._default_tenant
            return Caller(nfc(tenant), frozenset(SCOPES), OWNER)
        key_id, secret = _parts(given)
        row = self._look_up(key_id) if key_id else None
        if row is None or not hmac.compare_digest(row.digest, _digest(secret)):
            raise _refused("no key like this is known; see `kith keys list`")
        if row.revoked_at is not None:
            raise _refused(f"the key {key_id!r} was revoked; make another with `kith keys create`")
        if row.expires_at is not None and row.expires_at <= self._clock():
            raise _refused(f"the key {key_id!r} has expired; make another with `kith keys create`")
        return Caller(row.tenant, frozenset(row.scopes), key_id)

    def _nobody_in_particular(self, headers: Mapping[str, str]) -> Caller:
        if self._open_tenant is None or self._key_is_needed():
            raise Refusal(
                "no-credential",
                "send a key as `Authorization: Bearer kith_…`; make one with `kith keys create`",
                headers={"WWW-Authenticate": "Bearer"},
            )
        # A page of another site can make a browser ask here, under a name of its own: not for what is open.
        host = headers.get("host", "")
        if _name_of(f"//{host}") not in LOOPBACK:
            raise Refusal("wrong-host", f"without a key this is served on loopback alone, not as {host[:100]!r}")
        origin = headers.get("origin")
        if origin is not None and _name_of(origin) not in LOOPBACK:
            raise Refusal("wrong-host", f"without a key, pages of {origin[:100]!r} may not ask here; use a key")
        return Caller(self._open_tenant, frozenset(SCOPES))

    def _is_owner(self, given: str) -> bool:
        return self._owner_token is not None and hmac.compare_digest(given.encode(), self._owner_token.encode())

    def _key_is_needed(self) -> bool:
        with self._lock:
            known = self._needed
        # Also where all are revoked or expired: what was closed does not open by itself.
        needed = _again(known, lambda: bool(self._keys.list()))
        with self._lock:
            if _is_newer(needed, self._needed):
                self._needed = needed
        return needed.told

    def _look_up(self, key_id: str) -> KeyRow | None:
        with self._lock:
            known = self._known.get(key_id)
        found = _again(known, lambda: self._keys.get(key_id))
        with self._lock:
            if len(self._known) >= 10_000:  # somebody guesses
                self._known.clear()
            if _is_newer(found, self._known.get(key_id)):
                self._known[key_id] = found
        return found.told


def _is_newer(found: _Known[T], known: _Known[T] | None) -> bool:
    """Whether what was found may stand in the place of what is known: another may have looked meanwhile."""
    return known is None or found.looked >= known.looked


def _again(known: _Known[T] | None, look: Callable[[], T]) -> _Known[T]:
    """What is known, looked up again where that was too long ago; as it was, where the ledger does not answer."""
    now = time.monotonic()
    if known is not None and now - known.asked < REMEMBERED:
        return known
    try:
        return _Known(look(), now, now)
    except Transient:
        # A key that was not there may have been made since.
        if known is None or known.told is None or now - known.looked >= STANDS:
            raise
        return replace(known, asked=time.monotonic())


def _parts(given: str) -> tuple[str, str]:
    """The id and the random part of a key; empty where it is none."""
    prefix, _, rest = given.partition("_")
    key_id, _, secret = rest.partition("_")
    return (key_id, secret) if prefix == PREFIX and secret and len(key_id) <= LONGEST_ID else ("", "")


def _name_of(url: str) -> str | None:
    """The host's name in a URL; None where there is none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _credential(headers: Mapping[str, str]) -> str | None:
    given = headers.get("authorization")
    if given is not None:
        kind, _, value = given.partition(" ")
        if kind.lower() != "bearer" or not value.strip():
            raise _refused("Authorization holds no bearer key; send `Authorization: Bearer kith_…`")
        return value.strip()
    return headers.get("x-api-key")


def _refused(detail: str) -> Refusal:
    return Refusal("bad-credential", detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
