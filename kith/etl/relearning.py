"""What an extractor teaches otherwise than the one before it, gathered as evidence is worked out again."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from kith.persona.evidence import Evidence
from kith.persona.identity import Json
from kith.persona.model import Statement
from kith.persona.time import iso

__all__ = ["Changed", "ChangedFact", "Changes"]

ChangeKind: TypeAlias = Literal["statements", "mentions", "intents", "relations"]
EXAMPLES = 200
"""Statements that came or went which are kept to be shown; all of them are counted."""


@dataclass(frozen=True, slots=True)
class ChangedFact:
    """A statement that a message makes now and did not before, or the other way round."""

    change: Literal["came", "went"]
    user_id: str
    key: str
    statement: Statement

    def as_json(self) -> dict[str, Json]:
        """For `--json`."""
        said = self.statement
        return {
            "change": self.change,
            "user_id": self.user_id,
            "key": self.key,
            "predicate": said.predicate,
            "object": said.object.name,
            "detail": said.detail,
            "until": None if said.until is None else iso(said.until),
            "denied": said.denied,
            "ends": said.until is not None or said.denied,
        }


@dataclass(frozen=True, slots=True)
class Changed:
    """How many of one kind came and went: statements by predicate, mentions by type, others by name."""

    kind: ChangeKind
    name: str
    came: int
    went: int

    def as_json(self) -> dict[str, Json]:
        """For `--json`."""
        return {"kind": self.kind, "name": self.name, "came": self.came, "went": self.went}


@dataclass(slots=True)
class Changes:
    """The difference between what messages taught and what they teach, message by message."""

    messages: int = 0
    """Messages that teach something else than they did."""
    facts: list[ChangedFact] = field(default_factory=list[ChangedFact])
    _came: Counter[tuple[ChangeKind, str]] = field(default_factory=Counter[tuple[ChangeKind, str]])
    _went: Counter[tuple[ChangeKind, str]] = field(default_factory=Counter[tuple[ChangeKind, str]])

    @classmethod
    def of(cls, messages: int, facts: Iterable[ChangedFact], counted: Iterable[Changed]) -> "Changes":
        """As another process gathered them."""
        changes = cls(messages, list(facts))
        for one in counted:
            changes._came[one.kind, one.name] = one.came
            changes._went[one.kind, one.name] = one.went
        return changes

    def add(self, before: Evidence | None, after: Evidence | None) -> None:
        """Takes in one message."""
        self.messages += 1
        taught, teaches = Counter(_parts(before)), Counter(_parts(after))
        for counted, parts in ((self._came, teaches - taught), (self._went, taught - teaches)):
            for (kind, name, _), times in parts.items():
                counted[kind, name] += times
        self._keep("came", after, before)
        self._keep("went", before, after)

    def _keep(self, change: Literal["came", "went"], one: Evidence | None, other: Evidence | None) -> None:
        if one is None or len(self.facts) >= EXAMPLES:
            return
        known = {_shape(said) for said in (() if other is None else other.extraction.statements)}
        new = [said for said in one.extraction.statements if _shape(said) not in known]
        self.facts += [ChangedFact(change, one.user_id, one.key, said) for said in new[: EXAMPLES - len(self.facts)]]

    def counted(self) -> Iterator[Changed]:
        """By kind and name."""
        for kind, name in sorted(self._came.keys() | self._went.keys()):
            yield Changed(kind, name, self._came[kind, name], self._went[kind, name])


def _shape(said: Statement) -> str:
    """What makes a statement another one: how sure it is does not."""
    o = said.object
    return repr((said.predicate, o.type, o.name, said.since, said.until, said.origin, said.detail, said.denied))


def _parts(evidence: Evidence | None) -> Iterable[tuple[ChangeKind, str, str]]:
    """What a message teaches, piece by piece: its kind, the name it is counted under, and the whole of it."""
    if evidence is None:
        return
    found = evidence.extraction
    for said in found.statements:
        yield "statements", said.predicate, _shape(said)
    for mention in found.mentions:
        yield "mentions", mention.entity.type, repr((mention.entity.name, mention.surface, mention.count))
    for intent in found.intents:
        yield "intents", intent, ""
    for relation in found.relations:
        yield "relations", relation.kind, repr((relation.subject, relation.object))
