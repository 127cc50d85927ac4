"""Where a message came from and what came of it, and which messages stand behind a thing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from kith.dashboard.data.asking import Api, path_of
from kith.dashboard.data.facts import Grounds, grounds_of, stated_by
from kith.dashboard.data.graph import FEW, Edge, Node
from kith.dashboard.data.history import Ledger
from kith.dashboard.data.person import MOST, Said, Utterance
from kith.dashboard.data.reading import Missing, Reading, Told, Unanswered, reading
from kith.persona.model import Entity
from kith.persona.time import iso

__all__ = [
    "Lineage",
    "Mentions",
    "Speaker",
    "Spoken",
    "behind",
    "lineage_of",
    "said_in",
    "said_of",
    "speakers",
    "thing_id",
]


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A thing that a message speaks of: what it is called, and how it was written there."""

    name: str
    type: str
    surface: str
    count: int


@dataclass(frozen=True, slots=True)
class Learned:
    """A fact that has the message among its sources."""

    id: str
    predicate: str
    object: str
    detail: str
    since: str
    until: str | None


@dataclass(frozen=True, slots=True)
class Related:
    """That two things have to do with each other, as the message says."""

    subject: str
    relation: str
    object: str


@dataclass(frozen=True, slots=True)
class Engaged:
    """What the person did with a campaign."""

    campaign_id: str
    kind: str
    value: float


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a message came from, and what came of it. `extractor`: what read it; None where nothing was learned."""

    key: str
    user_id: str
    source: str
    position: str
    batch_id: str
    run_id: str
    committed_at: str
    timestamp: str
    extractor: str | None
    entities: tuple[Mentioned, ...]
    intents: tuple[str, ...]
    facts: tuple[Learned, ...]
    relations: tuple[Related, ...]
    engagement: tuple[Engaged, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """What a thing is called, and of which type it is."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Mentions:
    """What one person said of a thing, the newest first; `next` says that there is more."""

    user_id: str
    entity: Named
    items: tuple[Utterance, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Speaker:
    """In how many messages a person spoke of a thing, the first and the last time."""

    user_id: str
    messages: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A thing, and who spoke of it, those who did so most first."""

    name: str
    type: str
    people: tuple[Speaker, ...]


@reading
def lineage_of(api: Api, key: str) -> Lineage:
    """Where a message came from, and what came of it."""
    return api.get(path_of("lineage", "messages", key), Lineage)


@reading
def said_in(api: Api, lineage: Lineage) -> Utterance | None:
    """The message itself; None where it is not among the person's messages, as after it was taken back."""
    until = datetime.fromisoformat(lineage.timestamp) + timedelta(milliseconds=1)
    path = path_of("users", lineage.user_id, "messages")
    found = api.get(path, Said, limit=MOST, since=lineage.timestamp, until=until.isoformat())
    return next((one for one in found.items if one.key == lineage.key), None)


@reading
def behind(api: Api, entity_id: str, user_id: str) -> Mentions:
    """The messages of one person that speak of a thing."""
    return _behind(api, entity_id, user_id, limit=MOST)


@reading
def said_of(api: Api, user_id: str, thing: Node, stated: Iterable[Edge], *, tenant: str) -> tuple[Utterance, ...]:
    """What the person said of a thing, the newest first. `stated`: the facts about it, for one that is in facts alone.

    None, where no message can be found any more.
    """
    try:
        return _behind(api, thing.id, user_id, limit=FEW).items
    except Unanswered as error:
        if error.missing.why != "unknown":
            raise
    facts = [fact for edge in stated if (fact := stated_by(tenant, user_id, edge)) is not None]
    found = {one.key: one for fact in facts for one in _grounds(grounds_of(api, user_id, fact))}
    return tuple(sorted(found.values(), key=lambda one: (one.timestamp, one.key), reverse=True)[:FEW])


def _behind(api: Api, entity_id: str, user_id: str, *, limit: int) -> Mentions:
    return api.get(path_of("entities", entity_id, "messages"), Mentions, user_id=user_id, limit=limit)


def _grounds(found: Reading[Grounds]) -> Iterable[Utterance]:
    """The messages that state just this fact, and none where it is not known any more."""
    match found:
        case Told(grounds):
            return [one for one in grounds.messages if one.key in grounds.fact.sources]
        case Missing(why="unknown"):
            return ()
        case Missing():
            raise Unanswered(found)


@reading
def speakers(ledger: Ledger, entity_id: str) -> Spoken:
    """Who spoke of a thing, of all people of the tenant: the API tells of one person at a time."""
    with ledger.opened() as reports:
        entity = reports.provenance.entity(ledger.tenant, entity_id)
        found = reports.provenance.speakers(ledger.tenant, entity_id, limit=MOST)
    if entity is None or not found:
        words = f"Nobody spoke of a thing with the id {entity_id[:100]!r}."
        raise Unanswered(Missing("unknown", words, "Choose one of those that a person spoke of."))
    people = tuple(Speaker(one.user_id, one.messages, iso(one.first), iso(one.last)) for one in found)
    return Spoken(entity.name, entity.type, people)


def thing_id(tenant: str, mentioned: Mentioned) -> str:
    """The id of a thing that a lineage names."""
    return Entity(mentioned.type, mentioned.name).id_in(tenant)
