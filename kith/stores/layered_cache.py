"""Two caches as one: answers in this process, in front of a cache that many processes share."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from kith.stores.ports import Cache, CacheKey, StoreCard

__all__ = ["Far", "Kept", "Known", "LayeredCache"]

PEOPLE = 100_000
"""Of so many people answers are kept near."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a far cache knows of a person. `page`: where it keeps their answers; a new one has a greater number."""

    generation: int | None
    page: int


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as a far cache keeps it: for how long yet, and on which page."""

    answer: bytes
    seconds: float
    page: int


class Far(Cache, Protocol):
    """A cache that tells when it has lost what it knew: all that it holds of a person then stands on a new page."""

    def known(self, tenant: str, person: str) -> Known | None: ...
    def look(self, key: CacheKey) -> Kept | None: ...
    def keep(self, key: CacheKey, answer: bytes, *, seconds: float) -> int | None:
        """As `put`: on which page it is kept; None where it is not."""
        ...


class LayeredCache:
    """The `Cache` port by a near and a far one. Any thread may call.

    Generations are the far one's alone, asked each time: what one process raises, all go by at once. Of a person only
    answers of the latest page seen are near, so a generation that the far one lost and was told anew leads to none of
    before. Ask for the generation before you get: another process may have forgotten someone since.
    """

    def __init__(self, near: Cache, far: Far, *, people: int = PEOPLE) -> None:
        self._near = near
        self._far = far
        self._people = people
        self._lock = threading.Lock()
        self._pages: OrderedDict[tuple[str, str], int] = OrderedDict()

    def card(self) -> StoreCard:
        return self._far.card()

    def get(self, key: CacheKey) -> bytes | None:
        octets = self._near.get(key)
        if octets is not None:
            return octets
        kept = self._far.look(key)
        if kept is None:
            return None
        self._put_near(key, kept)
        return kept.answer

    def put(self, key: CacheKey, answer: bytes, *, seconds: float) -> None:
        self._near.put(key, b"", seconds=0)  # if the far one fails, nobody knows which of the two stands
        page = self._far.keep(key, answer, seconds=seconds)
        if page is not None:
            self._put_near(key, Kept(answer, seconds, page))

    def raise_generation(self, tenant: str, person: str, generation: int) -> None:
        self._far.raise_generation(tenant, person, generation)

    def generation(self, tenant: str, person: str) -> int | None:
        known = self._far.known(tenant, person)
        with self._lock:
            if known is None:
                self._near.forget(tenant, person)
                return None
            self._see((tenant, person), known.page)
            return known.generation

    def forget(self, tenant: str, person: str) -> int:
        near = self._near.forget(tenant, person)
        return max(near, self._far.forget(tenant, person))

    def count(self, tenant: str, person: str) -> int:
        self.generation(tenant, person)
        return max(self._near.count(tenant, person), self._far.count(tenant, person))

    def close(self) -> None:
        self._near.close()
        self._far.close()

    def _put_near(self, key: CacheKey, kept: Kept) -> None:
        who = (key.tenant, key.person)
        with self._lock:
            self._see(who, kept.page)
            if self._pages[who] == kept.page:
                self._near.put(key, kept.answer, seconds=kept.seconds)

    def _see(self, who: tuple[str, str], page: int) -> None:
        """Keeps no answer of another page. One with a lesser number is an answer that comes late."""
        latest = self._pages.get(who, -1)
        if page != latest:
            self._near.forget(*who)
        self._pages[who] = max(page, latest)
        self._pages.move_to_end(who)
        while len(self._pages) > self._people:
            longest_ago, _ = self._pages.popitem(last=False)
            self._near.forget(*longest_ago)
