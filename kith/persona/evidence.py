"""What messages teach, and the ties between people and things that all of it together amounts to."""

from collections.abc import Iterator
from dataclasses import dataclass

from kith.persona.identity import Json, content_digest
from kith.persona.model import Engagement, EngagementKind, Entity, Fact, Mention, Message, Relation, Statement

__all__ = [
    "NOTHING",
    "Engaged",
    "Evidence",
    "Extraction",
    "Mentioned",
    "Related",
    "SeenWith",
    "Ties",
    "Touched",
    "Wants",
    "evidence_of",
    "strength",
    "tie_digests",
]

STRENGTHS: dict[EngagementKind, float] = {"view": 0.15, "click": 0.5, "like": 1.0, "convert": 1.0, "dislike": -1.0}


def strength(kind: EngagementKind, value: float = 1.0) -> float:
    """How much one engagement says about a person's liking."""
    return STRENGTHS[kind] * value


@dataclass(frozen=True, slots=True)
class Extraction:
    """What an extractor found in one message. Each entity stands once; so does each intent and each relation."""

    mentions: tuple[Mention, ...] = ()
    statements: tuple[Statement, ...] = ()
    intents: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()


NOTHING = Extraction()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that one message teaches, with what is needed to work out totals from it."""

    key: str
    user_id: str
    content: str
    timestamp: int
    conversation_id: str
    extractor: str
    campaign_id: str | None
    engagement: Engagement | None
    extraction: Extraction

    @property
    def entities(self) -> frozenset[Entity]:
        """All that is mentioned, stated or related."""
        found = self.extraction
        related = [entity for r in found.relations for entity in (r.subject, r.object)]
        return frozenset([m.entity for m in found.mentions] + [s.object for s in found.statements] + related)

    @property
    def digest(self) -> str:
        """Of everything but floats and the extractor's name. What may be told and is not leaves no trace in it."""
        found = self.extraction
        mentions: list[Json] = [[m.entity.type, m.entity.name, m.surface, m.count] for m in found.mentions]
        statements: list[Json] = [
            [s.predicate, s.object.type, s.object.name, s.since, s.until, s.origin]
            if not (s.detail or s.denied)
            else [s.predicate, s.object.type, s.object.name, s.since, s.until, s.origin, s.detail, s.denied]
            for s in found.statements
        ]
        relations: list[Json] = [
            [r.subject.type, r.subject.name, r.kind, r.object.type, r.object.name] for r in found.relations
        ]
        intents: list[Json] = list(found.intents)
        told: dict[str, Json] = {
            "key": self.key,
            "content": self.content,
            "mentions": sorted(mentions, key=str),
            "statements": sorted(statements, key=str),
            "intents": sorted(intents, key=str),
            "engagement": None if self.engagement is None else [self.campaign_id, self.engagement.kind],
        }
        if relations:
            told["relations"] = sorted(relations, key=str)
        return content_digest(told)


def evidence_of(message: Message, extraction: Extraction, *, extractor: str) -> Evidence:
    """The evidence of one message: what was found in it, and the engagement that came with it."""
    return Evidence(
        key=message.key,
        user_id=message.user_id,
        content=message.content,
        timestamp=message.timestamp,
        conversation_id=message.conversation_id,
        extractor=extractor,
        campaign_id=message.campaign_id,
        engagement=message.engagement if message.campaign_id is not None else None,
        extraction=extraction,
    )


@dataclass(frozen=True, slots=True)
class Mentioned:
    """How a person speaks of an entity, over all their messages. A count of 0 means: no more."""

    entity: Entity
    surface: str
    count: int
    sentiment: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Wants:
    """How often a person showed an intent, and when last. A count of 0 means: no more."""

    intent: str
    count: int
    last: int


@dataclass(frozen=True, slots=True)
class Engaged:
    """What a person did with a campaign, over all events, undecayed. A count of 0 means: no more."""

    campaign_id: str
    score: float
    count: int
    last: int


@dataclass(frozen=True, slots=True)
class SeenWith:
    """In how many of a person's messages two entities stand together (`first` < `second`). 0 means: no more."""

    first: Entity
    second: Entity
    count: int


@dataclass(frozen=True, slots=True)
class Related:
    """What a person's messages say of two things, and the keys of those messages, sorted. No sources: no more."""

    relation: Relation
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """What of one person may have changed, and must be set anew in the graph."""

    user_id: str
    entities: frozenset[Entity] = frozenset()
    intents: frozenset[str] = frozenset()
    campaigns: frozenset[str] = frozenset()
    relations: frozenset[Relation] = frozenset()
    facts: bool = False


@dataclass(frozen=True, slots=True)
class Ties:
    """Totals of one person, as the graph must hold them.

    `whole`: these are all; whatever else the graph holds of the person goes. Otherwise only what is named is set (a
    count of 0 removes it), and `facts`, where not None, replaces all facts of the person.
    """

    user_id: str
    whole: bool = False
    mentioned: tuple[Mentioned, ...] = ()
    wants: tuple[Wants, ...] = ()
    engaged: tuple[Engaged, ...] = ()
    seen_with: tuple[SeenWith, ...] = ()
    related: tuple[Related, ...] = ()
    facts: tuple[Fact, ...] | None = None

    @property
    def surfaces(self) -> dict[Entity, str]:
        """How the person writes what they mention."""
        return {one.entity: one.surface for one in self.mentioned}


def tie_digests(tenant: str, ties: Ties) -> Iterator[tuple[str, str]]:
    """A readable name and a digest for each tie of a person: totals and facts, no floats."""
    user = ties.user_id

    def tie(kind: str, *parts: Json) -> tuple[str, str]:
        named: list[Json] = [tenant, user, kind, *parts]
        return f"{kind} {' '.join(map(str, parts))}", content_digest(named)

    for m in ties.mentioned:
        yield tie("MENTIONED", m.entity.type, m.entity.name, m.surface, m.count, m.first, m.last)
    for w in ties.wants:
        yield tie("HAS_INTENT", w.intent, w.count, w.last)
    for e in ties.engaged:
        yield tie("ENGAGED_WITH", e.campaign_id, e.count, e.last)
    for s in ties.seen_with:
        yield tie("SEEN_WITH", s.first.type, s.first.name, s.second.type, s.second.name, s.count)
    for related in ties.related:
        r, told_by = related.relation, list[Json](related.sources)
        yield tie("RELATED", r.subject.type, r.subject.name, r.kind, r.object.type, r.object.name, told_by)
    for f in ties.facts or ():
        sources = list[Json](f.sources)
        detail = [f.detail] if f.detail else []
        yield tie(
            "STATED", f.id, f.predicate, f.object.type, f.object.name, *detail, f.since, f.until, f.origin, sources
        )
