"""What is known of one person: facts with the words they come from, things, intents, and what ties others."""

from collections.abc import Mapping
from dataclasses import dataclass

from kith.persona.by_name import by_name
from kith.persona.errors import BadInput
from kith.persona.evidence import Mentioned, Related, Wants
from kith.persona.identity import Json
from kith.persona.model import Entity, Fact, Message
from kith.persona.surfaces import written
from kith.persona.time import iso
from kith.persona.wording import fact_text
from kith.stores.bundle import Stores

__all__ = ["KnownFact", "Profile", "Said", "nobody", "profile_of"]


@dataclass(frozen=True, slots=True)
class Said:
    """A message in which a person says so."""

    key: str
    text: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A fact, in words, with the messages that say so."""

    fact: Fact
    text: str
    said: tuple[Said, ...]
    """In order of time; fewer than the fact's sources where a batch is still open."""

    def as_json(self) -> dict[str, Json]:
        """As the API shows it, with the words."""
        fact = self.fact
        return {
            "id": fact.id,
            "text": self.text,
            "predicate": fact.predicate,
            "object": fact.object.name,
            "type": fact.object.type,
            "detail": fact.detail,
            "since": iso(fact.since),
            "until": None if fact.until is None else iso(fact.until),
            "confidence": fact.confidence,
            "origin": fact.origin,
            "sources": list(fact.sources),
            "said": [{"key": one.key, "text": one.text, "timestamp": iso(one.timestamp)} for one in self.said],
        }


@dataclass(frozen=True, slots=True)
class Profile:
    """One person, as the ledger and the documents have them."""

    user_id: str
    name: str | None
    facts: tuple[KnownFact, ...]
    entities: tuple[Mentioned, ...]
    """The most spoken of first."""
    intents: tuple[Wants, ...]
    related: tuple[Related, ...]

    def as_json(self) -> dict[str, Json]:
        """For `--json` and the API."""
        return {
            "user_id": self.user_id,
            "name": self.name,
            "facts": [fact.as_json() for fact in self.facts],
            "entities": [_entity_json(one) for one in self.entities],
            "intents": [{"intent": one.intent, "count": one.count, "last": iso(one.last)} for one in self.intents],
            "relations": [_relation_json(one) for one in self.related],
        }


def _entity_json(one: Mentioned) -> dict[str, Json]:
    return {
        "name": one.entity.name,
        "type": one.entity.type,
        "surface": one.surface,
        "count": one.count,
        "sentiment": round(one.sentiment, 3),
        "first": iso(one.first),
        "last": iso(one.last),
    }


def _relation_json(one: Related) -> dict[str, Json]:
    relation = one.relation
    return {
        "subject": relation.subject.name,
        "kind": relation.kind,
        "object": relation.object.name,
        "sources": list(one.sources),
    }


def profile_of(stores: Stores, tenant: str, user_id: str) -> Profile:
    """What is known of a person. Whoever wrote nothing that teaches is known all the same."""
    user = stores.documents.get_user(tenant, user_id)
    if user is None:
        raise nobody(tenant, user_id)
    ties = stores.ledger.evidence.all_ties(tenant, user_id)
    facts = ties.facts or ()
    messages = stores.documents.get_messages(tenant, sorted({key for fact in facts for key in fact.sources}))
    surfaces = ties.surfaces
    return Profile(
        user_id=user_id,
        name=user.name,
        facts=tuple(_known(fact, messages, surfaces) for fact in facts),
        entities=by_name(ties.mentioned),
        intents=tuple(sorted(ties.wants, key=lambda one: (-one.count, one.intent))),
        related=ties.related,
    )


def nobody(tenant: str, user_id: str) -> BadInput:
    """That nobody knows a person."""
    return BadInput(
        f"nobody knows {user_id!r} in tenant {tenant!r}: check how it is written, and --tenant; "
        "`kith run FILE` takes in what they wrote"
    )


def _known(fact: Fact, messages: Mapping[str, Message], surfaces: Mapping[Entity, str]) -> KnownFact:
    said = tuple(messages[key] for key in fact.sources if key in messages)
    quotes = tuple(Said(one.key, one.text, one.timestamp) for one in said)
    return KnownFact(fact, fact_text(fact, lambda entity: written(entity, surfaces, said)), quotes)
