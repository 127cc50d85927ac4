"""What is known as the API shows it: facts in words, things and messages, as the shapes of `shapes.memory`."""

from collections.abc import Callable, Iterable, Mapping

from kith.persona.activation import Activated
from kith.persona.evidence import Mentioned, Wants
from kith.persona.model import Entity, Fact, Message
from kith.persona.surfaces import written
from kith.persona.time import iso
from kith.persona.wording import fact_text
from kith.serving.shapes import memory as shapes
from kith.stores.ports import Documents

__all__ = ["Teller", "intent_shown", "rounded", "thing_found", "thing_shown"]


def rounded(score: float) -> float:
    """A score as it is shown: what differs only in the last digits of sums is the same."""
    return round(score, 4)


class Teller:
    """Tells facts in words. `said` has the messages that show how a fact's object is written, by key."""

    def __init__(self, surfaces: Mapping[Entity, str], said: Mapping[str, Message]) -> None:
        self._surfaces = surfaces
        self._said = said
        self._objects: dict[str, str] = {}
        """How each fact's object is written, by the fact's id, as far as it was asked for."""

    @classmethod
    def of(
        cls, documents: Documents, tenant: str, facts: Iterable[Fact], *, surfaces: Mapping[Entity, str]
    ) -> "Teller":
        """For these facts: the last message that states each of them is looked at."""
        keys = sorted({fact.sources[-1] for fact in facts if fact.sources})
        return cls(surfaces, documents.get_messages(tenant, keys))

    def words(self, fact: Fact) -> str:
        """The fact in words."""
        return fact_text(fact, lambda _: self._written(fact))

    def said(self, fact: Fact) -> tuple[Message, ...]:
        """The messages at hand that state a fact, in order of time."""
        return tuple(self._said[key] for key in fact.sources if key in self._said)

    def surface(self, facts: Iterable[Fact]) -> Callable[[Entity], str]:
        """How an entity is written, where these facts stand."""
        known = {fact.object: self._written(fact) for fact in facts}
        return lambda entity: known.get(entity) or written(entity, self._surfaces)

    def _written(self, fact: Fact) -> str:
        if fact.id not in self._objects:
            self._objects[fact.id] = written(fact.object, self._surfaces, self.said(fact))
        return self._objects[fact.id]

    def fact(self, fact: Fact, *, score: float | None = None, sources: int | None = None) -> shapes.Fact:
        """The fact as it is shown: with so many of its sources, the newest, or with all."""
        return shapes.Fact(
            id=fact.id,
            text=self.words(fact),
            predicate=fact.predicate,
            object=fact.object.name,
            type=fact.object.type,
            detail=fact.detail,
            since=iso(fact.since),
            until=None if fact.until is None else iso(fact.until),
            confidence=fact.confidence,
            origin=fact.origin,
            sources=list(fact.sources if sources is None else fact.sources[-sources:]),
            source_count=len(fact.sources),
            score=None if score is None else rounded(score),
        )


def intent_shown(one: Wants) -> shapes.Intent:
    """What the person wanted, as it is shown."""
    return shapes.Intent(intent=one.intent, count=one.count, last=iso(one.last))


def thing_shown(one: Activated, tenant: str, surface: Callable[[Entity], str]) -> shapes.Thing:
    """What is on a person's mind, as it is shown."""
    entity = one.entity
    return shapes.Thing(
        id=entity.id_in(tenant), name=surface(entity), type=entity.type, activation=rounded(one.activation)
    )


def thing_found(one: Mentioned, tenant: str, *, score: float | None) -> shapes.ThingFound:
    """What the person spoke of, as it is shown."""
    return shapes.ThingFound(
        id=one.entity.id_in(tenant),
        name=one.surface,
        type=one.entity.type,
        count=one.count,
        sentiment=round(one.sentiment, 3),
        first=iso(one.first),
        last=iso(one.last),
        score=None if score is None else rounded(score),
    )
