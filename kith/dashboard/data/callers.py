"""Who asks: the tenant that the key belongs to, and what it may do."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from kith.dashboard.data.asking import Api
from kith.dashboard.data.reading import Unanswered, reading

__all__ = ["Alive", "Caller", "Scope", "alive", "caller_of"]

Scope: TypeAlias = Literal["read", "write", "admin"]
TRIED: tuple[tuple[Scope, str], ...] = (("write", "jobs/-"), ("admin", "rejections/-"))
"""Something cheap that each scope may ask, and the one before it may not. There is no job `-`, nor such a rejection."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    tenant: str
    scopes: tuple[Scope, ...]

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes


@dataclass(frozen=True, slots=True)
class Alive:
    """That the server answers, and which version it is."""

    alive: bool
    version: str


@dataclass(frozen=True, slots=True)
class _Whose:
    tenant: str


@reading
def alive(api: Api) -> Alive:
    """Whether it answers at all."""
    return api.get("/healthz", Alive)


@reading
def caller_of(api: Api) -> Caller:
    """Whose key this is and what it may do, found out by asking."""
    tenant = api.get("stats", _Whose).tenant
    return Caller(tenant, ("read", *(scope for scope, path in TRIED if _may(api, path))))


def _may(api: Api, path: str) -> bool:
    try:
        api.send("GET", path)
    except Unanswered as error:
        if error.missing.why in ("not_allowed", "unknown"):
            return error.missing.why == "unknown"
        raise
    return True
