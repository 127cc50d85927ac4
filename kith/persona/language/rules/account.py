"""A text taken as its person's account of themselves, and how a fact found in it is put down."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from kith.persona.language.dates import Times, times_in
from kith.persona.language.grammar import Parse, Word
from kith.persona.language.objects import ObjectNames
from kith.persona.language.rules.about import People, Whose
from kith.persona.language.rules.clauses import Clause, clauses_of
from kith.persona.language.rules.scope import Scope
from kith.persona.model import Statement

__all__ = ["OWN", "SHARED", "WEAK", "Account"]

OWN = 0.95
"""What "I" say of myself now."""
SHARED = 0.9
"""What "we" say, what a text says about the person, and what is said by the way: "my sister"."""
WEAK = 0.8
"""What is said without a verb, or in words that may mean something else."""

_OVER = re.compile(r"\b(?:any ?more|any longer|no longer|no more)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Account:
    """One text: its parse, who is who in it, what is asserted, when it was said, and how things are called."""

    parse: Parse
    people: People
    scope: Scope
    said: int
    objects: ObjectNames
    _times: dict[tuple[int, int, bool], Times] = field(default_factory=dict[tuple[int, int, bool], Times], repr=False)

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """The person's clauses that are asserted."""
        return tuple(one for one in clauses_of(self.parse, self.people) if self.scope.asserts(one.verb))

    def words(self, clause: Clause) -> tuple[Word, ...]:
        """The words that a clause spans."""
        return self.parse.words[clause.first : clause.end]

    def text(self, clause: Clause) -> str:
        """What a clause says, as it was written."""
        return self.parse.said(self.words(clause))

    def over(self, clause: Clause) -> bool:
        """Whether the clause says that something is so no longer."""
        if not clause.negated:
            return False
        since = clause.tense == "perfect" and self.times(clause).since is not None
        return since or _OVER.search(self.text(clause)) is not None

    def times(self, clause: Clause | None, *, future: bool = False) -> Times:
        """The time phrases of a clause."""
        if clause is None:
            return Times()
        key = (clause.first, clause.end, future)
        if key not in self._times:
            self._times[key] = times_in(self.text(clause), said=self.said, future=future)
        return self._times[key]

    def dated(self, clause: Clause, *, future: bool = False) -> frozenset[int]:
        """Places of the words that are part of a time phrase, or that the model takes for one."""
        times, start = self.times(clause, future=future), self.parse.words[clause.first].start
        spans = [(start + first, start + end) for first, end in times.spans]
        words = self.words(clause)
        places = {word.place for word in words for first, end in spans if first <= word.start < end}
        for named in self.parse.named:
            if named.label in ("DATE", "TIME"):
                places |= set(range(named.first, named.end))
        return frozenset(places)

    def below(self, word: Word, *prepositions: str) -> Iterator[Word]:
        """What prepositions behind a word govern: of "live", in "live in Ghent", Ghent."""
        found = False
        for prep in self.parse.children(word, "prep", "prt", "agent", "dative", "advmod"):
            if prep.lower in prepositions and prep.place > word.place:
                if self.parse.words[prep.place - 1].lower == "not" and self.parse.words[prep.place - 2].text == ",":
                    continue
                governed = self.parse.children(prep, "pobj", "pcomp", "dobj")
                found = found or any(governed)
                yield from (one for one in governed if one.pos != "ADV")
        if not found:
            yield from self._next_to(word, prepositions)

    def _next_to(self, word: Word, prepositions: tuple[str, ...]) -> Iterator[Word]:
        """The same by the order of words alone, where the parse took the preposition for something else."""
        words = self.parse.words[word.place + 1 :]
        if (
            not words
            or words[0].lower not in prepositions
            or words[0].relation not in ("mark", "aux", "dep", "advmod", "ROOT")
        ):
            return
        last: Word | None = None
        for one in words[1:]:
            if one.pos in ("NOUN", "PROPN") or (one.tag in ("VB", "VBP") and words[0].lower == "to" and last is None):
                last = one
            elif one.pos not in ("DET", "ADJ", "NUM") or last is not None:
                break
        if last is not None:
            yield last

    def complement(self, clause: Clause) -> list[Word]:
        """What somebody is said to be: the words after "be" or "become"."""
        found = self.parse.children(clause.verb, "attr", "acomp", "oprd", "dobj")
        return [word for word in found if word.place > clause.verb.place]

    def sure(self, clause: Clause | None) -> float:
        """How sure a fact is by the way it is told."""
        if clause is None or clause.whose != "i":
            return SHARED
        return OWN if clause.subject is not None else WEAK

    def owner(self, noun: Word) -> Whose | None:
        """Whose a thing or a relative is."""
        return self.people.possessor(noun)

    def holds(
        self,
        predicate: str,
        name: str,
        kind: str,
        *,
        clause: Clause | None = None,
        changed: bool = False,
        detail: str = "",
        sure: float | None = None,
    ) -> Statement:
        """A fact that is so. `changed`: the verb tells of a change, and a past period named is when it began."""
        times = self.times(clause)
        since, until = times.since, times.until
        now = clause is not None and clause.tense in ("present", "progressive")
        if now and until is not None and until <= self.said:
            until = self.times(clause, future=True).until
        if changed and since is None:
            since = min((period.first for period in times.named if period.first <= self.said), default=None)
        return Statement(
            predicate=predicate,
            object=self.objects.entity(name, kind),
            since=since,
            until=until,
            confidence=self.sure(clause) if sure is None else sure,
            detail=detail,
        )

    def ended(
        self, predicate: str, name: str, kind: str, *, clause: Clause | None = None, detail: str = ""
    ) -> Statement:
        """A fact that is over: since the time stated, else since now."""
        times = self.times(clause)
        past = [period.first for period in times.named if period.first <= self.said]
        stated = [moment for moment in (times.until, times.since, *past) if moment is not None and moment <= self.said]
        return Statement(
            predicate=predicate,
            object=self.objects.entity(name, kind),
            until=stated[0] if stated else self.said,
            confidence=self.sure(clause),
            detail=detail,
        )

    def denied(
        self, predicate: str, name: str, kind: str, *, clause: Clause | None = None, detail: str = ""
    ) -> Statement:
        """A fact that is not so."""
        return Statement(
            predicate=predicate,
            object=self.objects.entity(name, kind),
            until=self.said,
            confidence=self.sure(clause),
            detail=detail,
            denied=True,
        )

    def planned(self, predicate: str, name: str, clause: Clause) -> Statement:
        """A plan or a goal, with the end of the period that it is for."""
        times = self.times(clause, future=True)
        ends = [times.until] if times.until is not None and times.until > self.said else []
        ends += [period.end for period in times.named if period.end > self.said]
        return Statement(
            predicate=predicate,
            object=self.objects.entity(name, predicate.rstrip("s")),
            until=ends[0] if ends else None,
            confidence=self.sure(clause),
        )

    def told(
        self, predicate: str, name: str, kind: str, *, clause: Clause, changed: bool = False, detail: str = ""
    ) -> Statement:
        """A fact as the clause has it: so, over, or not so."""
        if self.over(clause):
            return self.ended(predicate, name, kind, clause=clause, detail=detail)
        if clause.negated:
            return self.denied(predicate, name, kind, clause=clause, detail=detail)
        return self.holds(predicate, name, kind, clause=clause, changed=changed, detail=detail)
