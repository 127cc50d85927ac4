"""What a language model may claim of one message, and what of it is believed: only what the message's words carry."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import from_json

from kith.persona.identity import Json
from kith.persona.language.carrying import carries, excerpt, folded, names_a_time, telling_words
from kith.persona.language.claim_dates import DAY, birthday, first_moment
from kith.persona.language.claim_names import is_activity, without_lead
from kith.persona.language.objects import ObjectNames
from kith.persona.model import Entity, Mention, Message, Statement

__all__ = ["SCHEMA", "Claims", "Predicate", "Refusal", "UnusableAnswer", "checked"]

Predicate: TypeAlias = Literal[
    "likes",
    "dislikes",
    "prefers",
    "lives_in",
    "works_at",
    "role",
    "owns",
    "allergic_to",
    "diet",
    "family",
    "has_pet",
    "speaks",
    "birthday",
    "plans",
    "goal",
]
EntityType: TypeAlias = Literal[
    "person", "place", "organisation", "product", "work", "event", "animal", "substance", "language", "thing"
]
Refusal: TypeAlias = Literal["shape", "words", "object", "date", "too_many"]
"""Why something claimed is not believed: it has another shape than asked for, its words are not in the message, they
do not carry its object, its dates are none, or there were enough already."""

CONFIDENCE: Final = 0.85
LONGEST_ANSWER: Final = 200_000
LONGEST_NAME: Final = 128
LONGEST_WORDS: Final = 500
MOST: Final = 32
OBJECT_TYPES: Final[Mapping[Predicate, str]] = {
    "lives_in": "place",
    "works_at": "organisation",
    "role": "role",
    "allergic_to": "substance",
    "diet": "diet",
    "family": "person",
    "has_pet": "animal",
    "speaks": "language",
    "birthday": "date",
    "plans": "plan",
    "goal": "goal",
    "owns": "product",
}
"""What kind of thing an object is, by its predicate; of the others it is what the message takes it for."""
NAMED_WHOLLY: Final = frozenset[Predicate](
    {"lives_in", "works_at", "owns", "allergic_to", "family", "has_pet", "speaks"}
)
"""Predicates whose object stands in the message word by word; others may reword it in part."""
AHEAD: Final = frozenset[Predicate]({"plans", "goal"})
DIET_SIGNS: Final = {
    "vegetarian": "veggie veg meat meatless",
    "vegan": "plant plants animal animals",
    "pescatarian": "fish seafood",
    "gluten-free": "coeliac celiac wheat",
    "dairy-free": "milk",
}
"""Words that stand for a diet without naming it."""

C = TypeVar("C", bound=BaseModel)

_FENCE = re.compile(r"```[a-z]*(.*)```", re.DOTALL)
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)


class UnusableAnswer(Exception):
    """Nothing of the answer can be used: it is not JSON, or of another shape than was asked for."""


class ClaimedFact(BaseModel):
    """A fact, and the words of the message that state it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    words: str
    predicate: Predicate
    object: str
    detail: str | None
    state: Literal["holds", "ended", "denied"]
    since: str | None
    until: str | None


class ClaimedEntity(BaseModel):
    """Something the message speaks of."""

    model_config = ConfigDict(extra="forbid", strict=True)

    words: str
    name: str
    type: EntityType
    sentiment: float


class ClaimedOfMessage(BaseModel):
    """What a message states of its writer, and what it speaks of."""

    # Only its schema is used: checked as one, a bad fact would take the good ones with it.
    model_config = ConfigDict(extra="forbid")

    facts: list[ClaimedFact]
    entities: list[ClaimedEntity]


SCHEMA: Final[Mapping[str, Json]] = ClaimedOfMessage.model_json_schema()
"""The JSON schema of an answer: every field is required, and there are no others."""

_LISTS = TypeAdapter(dict[Literal["facts", "entities"], list[object]])


@dataclass(frozen=True, slots=True)
class Claims:
    """What is believed of an answer, and how many of its facts and entities were refused, by the reason."""

    statements: tuple[Statement, ...] = ()
    mentions: tuple[Mention, ...] = ()
    refused: Mapping[Refusal, int] = field(default_factory=dict[Refusal, int])
    empty_handed: bool = False
    """Whether it claimed facts, and none of them was believed."""


def checked(answer: str, message: Message, *, objects: ObjectNames, mentioned: Sequence[Mention] = ()) -> Claims:
    """Reads an answer about a message and keeps what the message's own words carry.

    Names that were found in the message already (`mentioned`) keep their entity. Raises `UnusableAnswer`.
    """
    facts, entities = _lists(answer)
    check = _Check(message, objects, {mention.entity.name: mention.entity for mention in mentioned})
    mentions = check.mentions(entities)
    statements = check.statements(facts)
    return Claims(statements, mentions, dict(check.refused), empty_handed=bool(facts) and not statements)


def _lists(answer: str) -> tuple[list[object], list[object]]:
    if len(answer) > LONGEST_ANSWER:
        raise UnusableAnswer(f"the answer is longer than {LONGEST_ANSWER} characters")
    text = answer.strip()
    thought = _THOUGHT.match(text)
    text = text[thought.end() :].strip() if thought else text
    fenced = _FENCE.fullmatch(text)
    try:
        found = _LISTS.validate_python(from_json(text if fenced is None else fenced[1], allow_inf_nan=False))
    except ValidationError:
        raise UnusableAnswer("the answer has another shape than was asked for") from None
    except ValueError:
        raise UnusableAnswer("the answer is not JSON") from None
    if len(found) < 2:
        raise UnusableAnswer("the answer has another shape than was asked for")
    return found["facts"], found["entities"]


class _Refused(Exception):
    """One fact or entity is not believed."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why: Refusal = why


class _Check:
    """Checks what is claimed of one message."""

    def __init__(self, message: Message, objects: ObjectNames, known: dict[str, Entity]) -> None:
        self._message = message
        self._objects = objects
        self._known = known
        self.refused: Counter[Refusal] = Counter()

    def statements(self, claimed: Sequence[object]) -> tuple[Statement, ...]:
        """Each believed fact once."""
        found: dict[Statement, None] = {}
        for one in claimed[:MOST]:
            try:
                found[self._statement(_shaped(one, ClaimedFact))] = None
            except _Refused as refused:
                self.refused[refused.why] += 1
        self._count_beyond(claimed)
        return tuple(found)

    def mentions(self, claimed: Sequence[object]) -> tuple[Mention, ...]:
        """Each believed entity once."""
        found: dict[Entity, Mention] = {}
        for one in claimed[:MOST]:
            try:
                mention = self._mention(_shaped(one, ClaimedEntity))
            except _Refused as refused:
                self.refused[refused.why] += 1
                continue
            found.setdefault(mention.entity, mention)
        self._count_beyond(claimed)
        self._known |= {entity.name: entity for entity in found}
        return tuple(found.values())

    def _count_beyond(self, claimed: Sequence[object]) -> None:
        if len(claimed) > MOST:
            self.refused["too_many"] += len(claimed) - MOST

    def _mention(self, claim: ClaimedEntity) -> Mention:
        surface = self._excerpt(claim.words)
        if not -1 <= claim.sentiment <= 1:
            raise _Refused("shape")
        if len(surface) > LONGEST_NAME or not carries(surface, claim.name, wholly=False):
            raise _Refused("object")
        count = max(1, folded(self._message.text).count(folded(surface)))
        found = self._entity(claim.name, claim.type)
        return Mention(self._known.get(found.name, found), surface, count=count, sentiment=claim.sentiment)

    def _statement(self, claim: ClaimedFact) -> Statement:
        words = self._excerpt(claim.words)
        since, until = self._dates(claim)
        return Statement(
            predicate=claim.predicate,
            object=self._object(claim, words),
            since=since,
            until=until,
            confidence=CONFIDENCE,
            origin="llm",
            detail=self._detail(claim),
            denied=claim.state == "denied",
        )

    def _excerpt(self, words: str) -> str:
        found = excerpt(words, self._message.text) if len(words) <= LONGEST_WORDS else None
        if found is None:
            raise _Refused("words")
        return found

    def _object(self, claim: ClaimedFact, words: str) -> Entity:
        name, predicate = claim.object, claim.predicate
        if predicate == "birthday":
            day = birthday(name, words, said=self._message.timestamp)
            if day is None:
                raise _Refused("object")
            return Entity("date", day)
        signs = DIET_SIGNS.get(folded(name).strip(), "") if predicate == "diet" else ""
        carried = carries(words, name, wholly=predicate in NAMED_WHOLLY)
        if not carried and not set(signs.split()) & set(telling_words(words)):
            raise _Refused("object")
        if predicate not in ("lives_in", "works_at", "diet"):
            name = without_lead(name, self._message.text)
        if predicate in OBJECT_TYPES:
            return self._entity(name, OBJECT_TYPES[predicate])
        found = self._entity(name, "activity" if is_activity(name) else "thing")
        return self._known.get(found.name, found)

    def _entity(self, name: str, default_type: str) -> Entity:
        found = self._objects.entity(name, default_type) if len(name) <= LONGEST_NAME else None
        if found is None or not found.name:
            raise _Refused("object")
        return found

    def _detail(self, claim: ClaimedFact) -> str:
        """What the object is to the person, where the message says so."""
        if claim.predicate not in ("family", "has_pet") or claim.detail is None or len(claim.detail) > LONGEST_NAME:
            return ""
        return folded(claim.detail).strip() if carries(self._message.text, claim.detail, wholly=True) else ""

    def _dates(self, claim: ClaimedFact) -> tuple[int | None, int | None]:
        """Since and until, in milliseconds. Dates of which the message says nothing are left out."""
        since, until = _moment(claim.since), _moment(claim.until)
        if not names_a_time(self._message.text):
            since = until = None
        if until is not None and claim.predicate in AHEAD:
            until += DAY  # a plan for this month is one until the month is over
        if claim.state == "ended" and until is None:
            until = self._message.timestamp
        if since is not None and until is not None and since > until:
            raise _Refused("date")
        return since, until


def _shaped(one: object, shape: type[C]) -> C:
    try:
        return shape.model_validate(one)
    except ValidationError:
        raise _Refused("shape") from None


def _moment(day: str | None) -> int | None:
    found = None if day is None else first_moment(day)
    if day is not None and found is None:
        raise _Refused("date")
    return found
