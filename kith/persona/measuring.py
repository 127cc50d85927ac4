"""How well statements were learned: triples found in messages beside the ones that people labelled there."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal, TypeAlias

from kith.persona.facts import PREDICATES
from kith.persona.model import Statement
from kith.persona.phrases import entity_name

__all__ = [
    "Dates",
    "Difference",
    "DifferenceKind",
    "Example",
    "Label",
    "Measured",
    "Score",
    "State",
    "Trapped",
    "Triple",
    "measure",
    "triple_of",
]

State: TypeAlias = Literal["holds", "ended"]
DifferenceKind: TypeAlias = Literal["wrong", "missing", "date"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
CORRECTED = "corrected"
"""A statement that speaks of another one, and says nothing of the person by itself."""


@dataclass(frozen=True, slots=True, order=True)
class Triple:
    """What is compared: a predicate, its object as entities are named, and whether it holds or has ended."""

    predicate: str
    object: str
    state: State = "holds"

    def __post_init__(self) -> None:
        object.__setattr__(self, "object", entity_name(self.object))


@dataclass(frozen=True, slots=True)
class Label:
    """One triple that a message holds, with the days that it names."""

    triple: Triple
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One message and all that it says of its person. `said` is in milliseconds UTC; no triple is labelled twice.

    `trap` names what the message tempts to learn though it is not so: a question, somebody else's life.
    """

    id: str
    text: str
    said: int
    user_id: str
    name: str | None = None
    labels: tuple[Label, ...] = ()
    trap: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """How many triples were labelled, how many found, and how many of these are right. A share of nothing is None."""

    labelled: int = 0
    found: int = 0
    right: int = 0

    @property
    def wrong(self) -> int:
        return self.found - self.right

    @property
    def missing(self) -> int:
        return self.labelled - self.right

    @property
    def precision(self) -> float | None:
        return _share(self.right, self.found)

    @property
    def recall(self) -> float | None:
        return _share(self.right, self.labelled)

    @property
    def f1(self) -> float | None:
        return _share(2 * self.right, self.labelled + self.found)


@dataclass(frozen=True, slots=True)
class Dates:
    """Of the triples that were found and are right: how many are labelled with days, and of how many these agree."""

    labelled: int = 0
    right: int = 0
    invented: int = 0
    """Triples with a day found where the label has none."""

    @property
    def share(self) -> float | None:
        return _share(self.right, self.labelled)


@dataclass(frozen=True, slots=True)
class Trapped:
    """Messages with one kind of trap, and the wrong triples that were found in them."""

    messages: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One triple that is found and not labelled (`wrong`), labelled and not found (`missing`), or has other days."""

    example: Example
    kind: DifferenceKind
    triple: Triple
    detail: str = ""
    """The days, labelled and found, of a `date`."""


@dataclass(frozen=True, slots=True)
class Measured:
    """How a set of messages was read. `scores` go by predicate, `traps` by the name of the trap."""

    scores: Mapping[str, Score]
    overall: Score
    dates: Dates
    traps: Mapping[str, Trapped]
    differences: tuple[Difference, ...]


def triple_of(statement: Statement, *, said: int) -> Triple | None:
    """What a statement made at `said` claims of its person; None where it only denies, or corrects another."""
    if statement.denied or statement.predicate == CORRECTED:
        return None
    over = statement.until is not None and statement.until <= said
    return Triple(statement.predicate, statement.object.name, "ended" if over else "holds")


def measure(
    examples: Sequence[Example],
    found: Sequence[Sequence[Statement]],
    *,
    known_as: Callable[[str], str] = entity_name,
) -> Measured:
    """Compares what was found in each example, in the order of the examples, with its labels.

    `known_as` gives the name that a vocabulary has for an object: a label may write it either way.
    A triple found twice in one message counts once. Overall figures are over all triples, not means over predicates.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    days: Counter[str] = Counter()
    traps: dict[str, Counter[str]] = defaultdict(Counter)
    differences: list[Difference] = []
    for example, statements in zip(examples, found, strict=True):
        learned = _by_triple(statements, said=example.said)
        labels = _named_alike(example.labels, learned, known_as)
        for kind, triples in (("labelled", labels), ("found", learned), ("right", labels.keys() & learned.keys())):
            for triple in triples:
                counts[triple.predicate][kind] += 1
        unlike = [*_unlike(example, labels, learned), *_other_days(example, labels, learned, days)]
        differences += unlike
        if example.trap is not None:
            traps[example.trap]["messages"] += 1
            traps[example.trap]["wrong"] += sum(one.kind == "wrong" for one in unlike)
    scores = {predicate: _score(counts[predicate]) for predicate in _in_order(counts)}
    return Measured(
        scores=scores,
        overall=_score(sum(counts.values(), Counter[str]())),
        dates=Dates(days["labelled"], days["right"], days["invented"]),
        traps={trap: Trapped(traps[trap]["messages"], traps[trap]["wrong"]) for trap in sorted(traps)},
        differences=tuple(differences),
    )


def _named_alike(
    labels: Iterable[Label], learned: Mapping[Triple, object], known_as: Callable[[str], str]
) -> dict[Triple, Label]:
    named: dict[Triple, Label] = {}
    for label in labels:
        other = replace(label.triple, object=known_as(label.triple.object))
        triple = other if other in learned and label.triple not in learned else label.triple
        named[triple] = label
    return named


def _by_triple(statements: Iterable[Statement], *, said: int) -> dict[Triple, list[Statement]]:
    """The statements that count, by what they claim; none of them has lost its days."""
    learned: dict[Triple, list[Statement]] = {}
    for statement in statements:
        triple = triple_of(statement, said=said)
        if triple is not None:
            learned.setdefault(triple, []).append(statement)
    return learned


def _unlike(
    example: Example, labels: Mapping[Triple, Label], learned: Mapping[Triple, Sequence[Statement]]
) -> Iterator[Difference]:
    for triple in sorted(learned.keys() - labels.keys()):
        yield Difference(example, "wrong", triple)
    for triple in sorted(labels.keys() - learned.keys()):
        yield Difference(example, "missing", triple)


def _other_days(
    example: Example,
    labels: Mapping[Triple, Label],
    learned: Mapping[Triple, Sequence[Statement]],
    days: Counter[str],
) -> Iterator[Difference]:
    """Counts into `days`, and gives a difference for each right triple with other days than its label."""
    for triple in sorted(labels.keys() & learned.keys()):
        label = labels[triple]
        dated = label.since is not None or label.until is not None
        agrees = any(_same_days(label, statement) for statement in learned[triple])
        days["labelled"] += dated
        days["right"] += dated and agrees
        days["invented"] += not dated and not agrees
        if not agrees:
            first = learned[triple][0]
            wanted, got = (label.since, label.until), (_day(first.since), _day(first.until))
            yield Difference(example, "date", triple, f"labelled {_span(*wanted)}, found {_span(*got)}")


def _same_days(label: Label, statement: Statement) -> bool:
    """A triple that has ended on no day that was named ends when it is said: any day will do."""
    if _day(statement.since) != label.since:
        return False
    if label.until is None:
        return statement.until is None or label.triple.state == "ended"
    # The midnight after a day is the end of that day.
    return label.until in (_day(statement.until), _day(statement.until, before=MILLISECOND))


def _day(moment: int | None, *, before: timedelta = timedelta()) -> date | None:
    """The day in UTC of the moment so long before."""
    return None if moment is None else (EPOCH + moment * MILLISECOND - before).date()


def _span(since: date | None, until: date | None) -> str:
    return f"{since or '…'} to {until or '…'}"


def _in_order(found: Iterable[str]) -> list[str]:
    """Predicates as they are listed elsewhere, then those that stand nowhere else."""
    known = {predicate: place for place, predicate in enumerate(PREDICATES)}
    return sorted(found, key=lambda predicate: (known.get(predicate, len(known)), predicate))


def _score(counts: Counter[str]) -> Score:
    return Score(counts["labelled"], counts["found"], counts["right"])


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
