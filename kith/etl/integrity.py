"""`verify`: compares one tenant's stores by key and content, and names each difference."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from kith.etl.comparing import Comparison
from kith.etl.differences import Difference
from kith.persona.identity import Json
from kith.stores.bundle import Stores

__all__ = ["Difference", "Integrity", "Verdict"]

Tick: TypeAlias = Callable[[int], None]
"""Told how many more messages or people have been looked at."""


@dataclass(slots=True)
class Verdict:
    """What `verify` found. `pending`: messages and campaigns of batches that are open now, which are no differences."""

    differences: list[Difference] = field(default_factory=list[Difference])
    pending: int = 0
    counts: dict[str, int] = field(default_factory=dict[str, int])
    digests: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def ok(self) -> bool:
        """Whether the stores agree."""
        return not self.differences

    def as_json(self) -> dict[str, Json]:
        """The shape that scripts read."""
        return {
            "ok": self.ok,
            "differences": [difference.as_json() for difference in self.differences],
            "pending": self.pending,
            "counts": dict(self.counts),
            "digests": dict(self.digests),
        }


class Integrity:
    """Looks at one tenant's stores as a whole."""

    def __init__(self, stores: Stores, *, tenant: str, tick: Tick = lambda _: None) -> None:
        self._stores = stores
        self._tenant = tenant
        self._tick = tick

    def verify(self) -> Verdict:
        """Compares all stores, beside whoever writes.

        What differs is looked at twice: what is only being written differs once, or otherwise the next time.
        """
        first = self.look()
        if first.ok:
            return first
        again, seen = self.look(), set(first.differences)
        again.differences = [difference for difference in again.differences if difference in seen]
        return again

    def look(self) -> Verdict:
        """Compares all stores once: for who holds the leases.

        The messages and campaigns of open batches are not judged, nor are their people; and as long as any is open no
        entity is, since an edit in hand may be about to say the first word about one, or the last.
        """
        rows = [row for row in self._stores.ledger.batches.opened() if row.tenant == self._tenant]
        pending = {(row.kind, item.key) for row in rows for item in row.items}
        busy = {item.user_id for row in rows for item in row.items}

        def judged(difference: Difference) -> bool:
            if difference.about == "message":
                return ("messages", difference.key) not in pending
            if difference.about == "campaign":
                return ("campaigns", difference.key) not in pending
            return difference.key not in busy if difference.about == "person" else not rows

        comparison = Comparison(self._stores, self._tenant, self._tick)
        found = [difference for difference in comparison.differences() if judged(difference)]
        return Verdict(found, len(pending), comparison.counts, comparison.digests())
