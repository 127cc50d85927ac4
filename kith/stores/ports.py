"""What each store promises. `tests/contract/` proves it for every adapter, with the same expectations.

All ports: every write may be repeated without effect; ids may hold any Unicode, quotes included; an empty call does
nothing; one tenant never sees or touches another's rows; what a call has returned from is on disk; any thread may
call. Errors are those of `kith.stores.errors`, never the library's own.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, get_args

from kith.persona.embedding import ModelCard, Vectors
from kith.persona.evidence import Ties
from kith.persona.model import Campaign, Entity, Message, Role, User

__all__ = [
    "ALL",
    "ALL_KINDS",
    "NEAR",
    "Cache",
    "CacheKey",
    "Documents",
    "Graph",
    "GraphCounts",
    "Hit",
    "Indexed",
    "Narrowed",
    "SharedCampaign",
    "StoreCard",
    "TieKind",
    "VectorIndex",
]


@dataclass(frozen=True, slots=True)
class StoreCard:
    """What a store is, for `doctor`, `status` and the dashboard. `where` never holds a password."""

    kind: str
    version: str
    where: str
    abilities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which messages are meant: those of one conversation, of one role, from `since` to before `until`."""

    conversation_id: str | None = None
    role: Role | None = None
    since: int | None = None
    until: int | None = None


ALL = Narrowed()


class Documents(Protocol):
    """The record: all that came from outside. What is not here can be worked out again from what is.

    `put_messages` keeps, of two messages with one key, the one with the greater `version`, whichever comes first: a
    late writer can never put an old text over a new one. `put_messages` makes the users it speaks of.
    Scans go by ascending key or id, from the one after `after`, at most `limit` rows.
    """

    def card(self) -> StoreCard: ...
    def put_messages(self, tenant: str, messages: Sequence[Message]) -> None: ...
    def get_messages(self, tenant: str, keys: Sequence[str]) -> dict[str, Message]: ...
    def scan_messages(
        self, tenant: str, *, user_id: str | None = None, after: str | None = None, limit: int = 1000
    ) -> list[Message]: ...
    def page_messages(
        self,
        tenant: str,
        user_id: str,
        *,
        only: Narrowed = ALL,
        before: tuple[int, str] | None = None,
        limit: int = 50,
    ) -> list[Message]:
        """What was said, the newest first: by descending time, then key; from the one after `before`. No events."""
        ...

    def near(self, tenant: str, keys: Sequence[str], *, reach: int = 2) -> dict[str, tuple[Message, ...]]:
        """Each message that is there among those said around it: up to `reach` before and after it, itself between
        them, of the same person and conversation, by ascending time, then key. No events."""
        ...

    def delete_messages(self, tenant: str, keys: Sequence[str]) -> int: ...
    def put_users(self, tenant: str, users: Sequence[User]) -> None:
        """Sets name and metadata of each, whether the user was there or not."""
        ...

    def get_user(self, tenant: str, user_id: str) -> User | None: ...
    def names(self, tenant: str, user_ids: Sequence[str]) -> dict[str, str]:
        """What these people are called, of those who have a name."""
        ...

    def scan_users(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[User]: ...
    def delete_user(self, tenant: str, user_id: str) -> int:
        """Removes the person and all their messages; how many documents went."""
        ...

    def put_campaigns(self, tenant: str, campaigns: Sequence[Campaign]) -> None: ...
    def get_campaigns(self, tenant: str, campaign_ids: Sequence[str]) -> dict[str, Campaign]: ...
    def scan_campaigns(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[Campaign]: ...
    def delete_campaigns(self, tenant: str, campaign_ids: Sequence[str]) -> int: ...
    def tenants(self) -> list[str]: ...
    def count_messages(self, tenant: str, *, user_id: str | None = None) -> int: ...
    def count_users(self, tenant: str) -> int: ...
    def count_campaigns(self, tenant: str) -> int: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Indexed:
    """One message as the vector store holds it: of itself alone, nothing of its neighbours.

    `text` is cut by the adapter to what its field holds (said in its card); the document keeps all of it.
    """

    key: str
    user_id: str
    conversation_id: str
    role: Role
    timestamp: int
    content: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A message found, and how near: cosine for `dense` (-1 to 1), a BM25 score for `lexical` (greater is better)."""

    key: str
    user_id: str
    conversation_id: str
    score: float


Channel: TypeAlias = Literal["dense", "lexical"]


class VectorIndex(Protocol):
    """One vector and one BM25 text per message, one vector per entity.

    Writes are seen by the next read of the same process. `user_id` narrows to one person, `except_user` leaves one
    out. Every hit's owner is checked again before it leaves. An ability (`lexical`) that a server lacks is absent from
    the card, and asking for it raises `Terminal`. Deletes leave nothing behind that a search could find. Without the
    ability `steady` a reader may miss rows, or count them twice, while they are written again.
    """

    def card(self) -> StoreCard: ...
    def model(self) -> ModelCard:
        """The model whose vectors this collection holds; opening with another raised `ModelMismatch`."""
        ...

    def upsert_messages(self, tenant: str, rows: Sequence[Indexed], vectors: Vectors) -> None:
        """Where a key stands twice in `rows`, the last one counts."""
        ...

    def upsert_entities(self, tenant: str, entities: Sequence[Entity], vectors: Vectors) -> None: ...
    def search_dense(
        self,
        tenant: str,
        vector: Vectors,
        *,
        user_id: str | None = None,
        except_user: str | None = None,
        only: Narrowed = ALL,
        limit: int = 10,
    ) -> list[Hit]: ...
    def search_lexical(
        self,
        tenant: str,
        text: str,
        *,
        user_id: str | None = None,
        except_user: str | None = None,
        only: Narrowed = ALL,
        limit: int = 10,
    ) -> list[Hit]: ...
    def search_entities(self, tenant: str, vector: Vectors, *, limit: int = 10) -> list[tuple[Entity, float]]: ...
    def get_messages(self, tenant: str, keys: Sequence[str]) -> dict[str, str]:
        """The content digest of each key that is there."""
        ...

    def scan_messages(self, tenant: str) -> Iterator[tuple[str, str, str]]:
        """Key, user and content digest of all, in any order."""
        ...

    def scan_entities(self, tenant: str) -> Iterator[Entity]: ...
    def get_vectors(self, tenant: str, keys: Sequence[str]) -> dict[str, Vectors]: ...
    def get_entity_vectors(self, tenant: str, entities: Sequence[Entity]) -> dict[Entity, Vectors]: ...
    def cosines(self, tenant: str, vector: Vectors, keys: Sequence[str]) -> dict[str, float]:
        """How near each of these messages is to a vector (-1 to 1), of those that are there: no vector is moved."""
        ...

    def entity_cosines(self, tenant: str, vector: Vectors, entities: Sequence[Entity]) -> dict[Entity, float]: ...
    def delete_messages(self, tenant: str, keys: Sequence[str]) -> None: ...
    def delete_user(self, tenant: str, user_id: str) -> int:
        """Removes all messages of a person; how many there were."""
        ...

    def delete_entities(self, tenant: str, entities: Sequence[Entity]) -> None: ...
    def count_messages(self, tenant: str, *, user_id: str | None = None) -> int: ...
    def count_entities(self, tenant: str) -> int: ...
    def is_empty(self) -> bool:
        """Whether no tenant has a row."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class GraphCounts:
    """How many nodes and ties one tenant has."""

    users: int
    entities: int
    intents: int
    campaigns: int
    edges: int


@dataclass(frozen=True, slots=True)
class SharedCampaign:
    """A campaign that has intents or entities in common with a person: which, sorted."""

    campaign_id: str
    intents: tuple[str, ...]
    entities: tuple[Entity, ...]


TieKind: TypeAlias = Literal["mentioned", "wants", "engaged", "seen_with", "related", "facts"]
"""The fields of `Ties`."""
ALL_KINDS: tuple[TieKind, ...] = get_args(TieKind)


class Graph(Protocol):
    """User, Entity, Campaign, Intent and what ties them.

    Weights are set, never added to. A tie between two nodes (and, where it carries one, of one person, predicate or
    fact) stands once. Entities are shared in a tenant; ties between entities carry the person they were learned from.
    """

    def card(self) -> StoreCard: ...
    def set_ties(self, tenant: str, people: Sequence[Ties]) -> None:
        """Makes the nodes that are named and sets the ties, as `Ties` says. Each person stands once in a call."""
        ...

    def set_entities(self, tenant: str, entities: Sequence[Entity]) -> None:
        """Makes their nodes. One may stand without a tie: of what somebody only said that it is not theirs."""
        ...

    def set_campaigns(self, tenant: str, campaigns: Sequence[tuple[Campaign, Sequence[Entity]]]) -> None:
        """Sets each campaign's node, its TARGETS to intents and its ABOUT to entities, in place of those it had."""
        ...

    def get_ties(self, tenant: str, user_id: str, *, kinds: Collection[TieKind] = ALL_KINDS) -> Ties:
        """What the graph holds of a person, lists sorted: all of it (`whole`), or ties of some kinds alone; empty for
        one it does not know. Ties between things may cost as much as all people have of them."""
        ...

    def get_ties_between(self, tenant: str, user_id: str, entities: Collection[Entity]) -> Ties:
        """The ties between things, `seen_with` and `related`, that were learned from a person and begin or end at one
        of these entities; lists sorted."""
        ...

    def get_campaign(self, tenant: str, campaign_id: str) -> tuple[tuple[str, ...], tuple[Entity, ...]] | None:
        """The intents that a campaign targets and the entities it is about, each sorted."""
        ...

    def shared_campaigns(self, tenant: str, user_id: str) -> list[SharedCampaign]:
        """Campaigns that target an intent the person showed, or are about an entity they mentioned, by ascending id."""
        ...

    def scan_users(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[str]:
        """User ids by ascending code points."""
        ...

    def scan_entities(self, tenant: str) -> Iterator[Entity]: ...
    def scan_campaigns(self, tenant: str) -> Iterator[str]: ...
    def delete_user(self, tenant: str, user_id: str) -> int:
        """Removes the person and every tie learned from them; how many nodes and ties went."""
        ...

    def delete_entities(self, tenant: str, entities: Sequence[Entity]) -> None:
        """Removes the nodes with all their ties."""
        ...

    def delete_campaigns(self, tenant: str, campaign_ids: Sequence[str]) -> None: ...
    def delete_unused_intents(self, tenant: str) -> None:
        """Removes intents that nobody shows and no campaign targets."""
        ...

    def clear(self, tenant: str) -> None:
        """Removes all of one tenant, to be built again."""
        ...

    def counts(self, tenant: str) -> GraphCounts: ...
    def is_empty(self) -> bool:
        """Whether no tenant has a node."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CacheKey:
    """Where an answer is kept. Raising the person's or the catalogue's generation is the whole of invalidation."""

    tenant: str
    person: str
    """The person's node id (`user_node_id`), never their name."""
    generation: int
    catalogue: int
    route: str
    parameters: str
    """Digest of the sorted parameters."""


NEAR = "near"
"""The ability of a cache that answers in microseconds."""


class Cache(Protocol):
    """Rendered answers, as bytes. Losing any of it costs time and nothing else.

    One with the ability `NEAR` may be asked where nothing may wait.
    """

    def card(self) -> StoreCard: ...
    def get(self, key: CacheKey) -> bytes | None: ...
    def put(self, key: CacheKey, answer: bytes, *, seconds: float) -> None:
        """Keeps an answer, unless a greater generation of the person is known: it is of no use, and may be of someone
        who was forgotten meanwhile."""
        ...

    def raise_generation(self, tenant: str, person: str, generation: int) -> None:
        """Sets the generation known for a person to the greater of this and the one known."""
        ...

    def generation(self, tenant: str, person: str) -> int | None: ...
    def forget(self, tenant: str, person: str) -> int:
        """Removes all answers about a person; how many there were. The generation stays."""
        ...

    def count(self, tenant: str, person: str) -> int: ...
    def close(self) -> None: ...
