"""What serving asks of the ledger: what people stated, mention and did, who may ask, and which requests were taken.

As in `kith.stores.ledger_port`: each method is one transaction, and times are milliseconds UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from kith.persona.corrections import Stated
from kith.persona.engagement import DayCount, Did
from kith.persona.model import Entity

__all__ = ["Answer", "Insight", "KeyRow", "Keys", "RequestRow", "Requests", "Scope", "WaitingRequest"]

Scope: TypeAlias = Literal["read", "write", "admin"]


class Insight(Protocol):
    """Questions about people. They see what is there, of batches that are still open too."""

    def stated(self, tenant: str, user_id: str, *, known_at: int | None = None) -> list[Stated]:
        """All that a person's messages state, in no order; with `known_at`, of messages committed by then only."""
        ...

    def mention_times(
        self, tenant: str, user_id: str, *, until: int | None = None, limit: int = 5000
    ) -> dict[Entity, list[int]]:
        """When a person mentioned what, the newest first: of their latest mentions, once for each in a message."""
        ...

    def mentioning(
        self, tenant: str, user_id: str, entity: Entity, *, before: tuple[int, str] | None = None, limit: int = 50
    ) -> list[tuple[int, str]]:
        """Time and key of a person's messages that mention an entity, the newest first, after `before`."""
        ...

    def entity(self, tenant: str, entity_id: str) -> Entity | None: ...
    def intents_by_time(self, tenant: str, user_id: str, *, limit: int = 50) -> list[tuple[int, str]]:
        """What a person wanted and when, the newest first."""
        ...

    def done_by(self, tenant: str, user_id: str) -> list[Did]:
        """All that a person did, the newest first."""
        ...

    def done_in(self, tenant: str, conversations: Sequence[tuple[str, str]]) -> list[Did]:
        """What was done in these conversations, each named by its person and its id; in no order."""
        ...

    def done_by_day(self, tenant: str, *, since: int) -> list[DayCount]:
        """What everybody did with campaigns since a time, by ascending campaign, kind and day."""
        ...


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An API key, as it is kept: never the key itself. `digest` is that of its random part."""

    key_id: str
    tenant: str
    name: str
    scopes: tuple[Scope, ...]
    digest: str
    created_at: int
    expires_at: int | None
    revoked_at: int | None = None


class Keys(Protocol):
    """Who may ask."""

    def add(self, key: KeyRow) -> None: ...
    def get(self, key_id: str) -> KeyRow | None: ...
    def list(self) -> list[KeyRow]:
        """All, of every tenant, by time of creation, then id."""
        ...

    def revoke(self, key_id: str) -> bool:
        """Whether there was such a key; one that is revoked stays so, since the first time."""
        ...

    def any_valid(self) -> bool:
        """Whether some key is neither revoked nor expired."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a request."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request to write, kept so that the same one sent again has no further effect.

    `arrived_at` is the time of whatever in it has none of its own; `payload` is what is still to be done, where the
    client was told to ask again.
    """

    tenant: str
    request_id: str
    user_id: str
    digest: str
    """Of what was asked: the same id with another digest is another request, by mistake."""
    arrived_at: int
    payload: str | None = None
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """A request that is still to be done, without what it asks: many may wait, and each may be large."""

    tenant: str
    request_id: str
    user_id: str


class Requests(Protocol):
    """Requests that were taken. Forgetting a person takes theirs too."""

    def take(self, request: RequestRow) -> RequestRow:
        """Keeps the request unless one with its id is there; returns the one that is kept."""
        ...

    def answer(self, tenant: str, request_id: str, answer: Answer) -> None:
        """Sets the answer, and drops the payload. One of a request that is gone is dropped."""
        ...

    def get(self, tenant: str, request_id: str) -> RequestRow | None: ...
    def waiting(self) -> Sequence[WaitingRequest]:
        """Those with a payload and no answer, of every tenant, the oldest first."""
        ...

    def drop_older(self, than: int) -> int:
        """Drops requests that arrived before a time, and do not wait; how many.

        That is those that were answered, and those that whoever took them left in hand: who died midway never answers.
        One that is at work all the same answers its client; only that it was answered is not kept.
        """
        ...

    def count(self) -> Mapping[str, int]:
        """`waiting` and `answered`."""
        ...
