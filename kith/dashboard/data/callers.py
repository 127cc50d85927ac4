"""Who asks: the tenant that the key belongs to, and what it may do."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from kith.dashboard.data.asking import Api
from kith.dashboard.data.reading import reading

__all__ = ["Alive", "Caller", "Scope", "alive", "caller_of"]

Scope: TypeAlias = Literal["read", "write", "admin"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `ledger`: where the API's ledger is, which it tells to who may administer."""

    tenant: str
    scopes: tuple[Scope, ...]
    ledger: str | None = None

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes


@dataclass(frozen=True, slots=True)
class Alive:
    """That the server answers, and which version it is."""

    alive: bool
    version: str


@reading
def alive(api: Api) -> Alive:
    """Whether it answers at all."""
    return api.get("/healthz", Alive)


@reading
def caller_of(api: Api) -> Caller:
    """Whose key this is and what it may do."""
    return api.get("caller", Caller)
