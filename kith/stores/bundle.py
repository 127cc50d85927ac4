"""The five stores, as one thing to hand around."""

from dataclasses import dataclass

from kith.stores.ledger_port import Ledger
from kith.stores.ports import Cache, Documents, Graph, VectorIndex

__all__ = ["Stores"]


@dataclass(frozen=True, slots=True)
class Stores:
    """One of each."""

    documents: Documents
    vectors: VectorIndex
    graph: Graph
    ledger: Ledger
    cache: Cache
