"""What moves through the pipeline: some records of one run, and all that was worked out about them so far."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from kith.etl.refusals import undeliverable
from kith.persona.embedding import Vectors
from kith.persona.evidence import NOTHING, Extraction, Touched
from kith.persona.model import Entity, Message, Rejection
from kith.persona.records import Raw
from kith.stores.ledger_port import Item, Lease, OpenBatch, SourceMark

__all__ = ["Batch", "Candidate", "Held"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A valid message on its way, with where it came from and what was found in it."""

    message: Message
    source: str
    position: str
    extraction: Extraction = NOTHING
    lesser: tuple["Candidate", ...] = ()
    """Other versions of the message in the same batch, the greatest first: the next counts if no store takes this."""

    @property
    def item(self) -> Item:
        """As the ledger speaks of it."""
        m = self.message
        return Item(m.key, m.user_id, m.content, m.timestamp, self.source, self.position)

    @property
    def next_best(self) -> tuple["Candidate", ...]:
        """The version that takes its place where it is refused, if there is one."""
        return tuple(replace(one, lesser=self.lesser[1:]) for one in self.lesser[:1])

    def undeliverable(self, why: str) -> Rejection:
        """Its rejection, where a store will never take it."""
        return undeliverable(self.message, why, source=self.source, position=self.position)


def _no_generations() -> Mapping[str, int]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Held:
    """What a batch has while it holds its leases."""

    lease: Lease
    opening: OpenBatch
    edits: frozenset[str] = frozenset()
    """Keys that were delivered before, with other content."""
    touched: tuple[Touched, ...] = ()
    whole: bool = False
    """Whether an earlier try may have touched more: then all ties of these people are set."""
    new_entities: tuple[Entity, ...] = ()
    generations: Mapping[str, int] = field(default_factory=_no_generations)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of one run. `candidates` and the rows of `vectors` stand in the same order; an event's row is zeros,
    and is written nowhere."""

    run_id: str
    tenant: str
    sequence: int
    read: int = 0
    raws: tuple[Raw, ...] = ()
    marks: tuple[SourceMark, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    vectors: Vectors | None = None
    rejections: tuple[Rejection, ...] = ()
    duplicate: int = 0
    accepted: int = 0
    last_piece: bool = True
    held: Held | None = None

    @property
    def batch_id(self) -> str:
        """The same however often it is tried, and for each of its pieces."""
        return f"{self.run_id}.{self.sequence}"

    @property
    def messages(self) -> list[Message]:
        """The messages of the candidates."""
        return [candidate.message for candidate in self.candidates]

    def only(self, keys: Collection[str]) -> "Batch":
        """With the candidates of these keys alone."""
        kept = [n for n, candidate in enumerate(self.candidates) if candidate.message.key in keys]
        vectors = None if self.vectors is None else self.vectors[kept]
        return replace(self, candidates=tuple(self.candidates[n] for n in kept), vectors=vectors)

    def part(self, some: slice, *, first: bool) -> "Batch":
        """A piece of a batch that is halved. What was settled before the halving is counted once, with the first piece;
        marks go with the last."""
        return replace(
            self,
            read=self.read if first else 0,
            candidates=self.candidates[some],
            vectors=None if self.vectors is None else self.vectors[some],
            last_piece=self.last_piece and not first,
            rejections=self.rejections if first else (),
            duplicate=self.duplicate if first else 0,
        )
