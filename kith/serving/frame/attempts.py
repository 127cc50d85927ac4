"""One store down is a lesser answer, not an error: what was tried in vain is named in the answer."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar

from kith.stores.errors import StoreError

__all__ = ["Attempts", "Missing"]

log = logging.getLogger("kith.serving")
T = TypeVar("T")
Missing: TypeAlias = Literal["vectors", "graph", "ledger", "lexical", "llm"]
ORDER: tuple[Missing, ...] = ("vectors", "lexical", "graph", "ledger", "llm")


@dataclass(slots=True)
class Attempts:
    """What one answer tried of the stores, and what failed. One per answer, for one thread."""

    failed: set[Missing] = field(default_factory=set["Missing"])

    def of(self, part: Missing, ask: Callable[[], T], instead: T) -> T:
        """What a store says, or `instead` where it does not answer; a store that failed once is not asked again."""
        if part in self.failed:
            return instead
        try:
            return ask()
        except StoreError as error:
            log.warning("answered without %s: %s", part, error)
            self.failed.add(part)
            return instead

    @property
    def degraded(self) -> list[Missing]:
        """What was missing, in one order."""
        return [part for part in ORDER if part in self.failed]
