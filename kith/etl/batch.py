"""What moves through the pipeline: some records of one run, and all that was worked out about them so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

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

    @property
    def item(self) -> Item:
        """As the ledger speaks of it."""
        m = self.message
        return Item(m.key, m.user_id, m.content, m.timestamp, self.source, self.position)


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
    new_entities: tuple[Entity, ...] = ()
    generations: Mapping[str, int] = field(default_factory=_no_generations)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of one run. `candidates` and the rows of `vectors` stand in the same order."""

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
