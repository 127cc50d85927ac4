"""The catalogue in memory: read again when its generation has risen, and never older than that."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from kith.etl.walking import PAGE, walk
from kith.persona.embedding import Vectors
from kith.persona.model import Campaign
from kith.serving.frame.attempts import Attempts
from kith.serving.frame.house import House

__all__ = ["Shelf", "Shelves"]

T = TypeVar("T")

TENANTS = 32
"""Whose catalogues are kept at once."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """All campaigns of one tenant as of one generation, by id; None: the ledger could not say of which."""

    generation: int | None
    campaigns: Mapping[str, Campaign]


class Shelves:
    """The catalogues of a house's tenants, for any thread."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lock = threading.Lock()
        self._embedding = threading.Lock()
        self._known: OrderedDict[str, Shelf] = OrderedDict()
        self._rows: OrderedDict[str, dict[str, Vectors]] = OrderedDict()

    def of(self, tenant: str, attempts: Attempts) -> Shelf:
        """The catalogue as it stands."""
        stores = self._house.stores
        # Asked first: what is read after it is of this generation, or of a later one that is read again the next time.
        generation = attempts.of("ledger", lambda: stores.ledger.batches.generation(tenant, ""), None)
        with self._lock:
            known = self._known.get(tenant)
            if generation is not None and known is not None and known.generation == generation:
                self._known.move_to_end(tenant)
                return known
        scanned = walk(
            lambda after: stores.documents.scan_campaigns(tenant, after=after, limit=PAGE), lambda one: one.campaign_id
        )
        shelf = Shelf(generation, dict(scanned))
        if generation is not None:
            with self._lock:
                _keep(self._known, tenant, shelf)
        return shelf

    def vectors(self, tenant: str, shelf: Shelf) -> dict[str, Vectors]:
        """A vector of each campaign's title and text, made once for as long as neither changes."""
        with self._embedding:
            known = self._rows.get(tenant, {})
            texts = {name: f"{one.title}. {one.text}".strip() for name, one in shelf.campaigns.items()}
            missing = sorted({text for text in texts.values() if text not in known})
            made = dict(zip(missing, self._house.tools.embedder.embed(missing), strict=True)) if missing else {}
            rows = known | made
            _keep(self._rows, tenant, {text: rows[text] for text in texts.values()})
            return {name: rows[text] for name, text in texts.items()}


def _keep(kept: OrderedDict[str, T], tenant: str, one: T) -> None:
    kept[tenant] = one
    kept.move_to_end(tenant)
    while len(kept) > TENANTS:
        kept.popitem(last=False)
