"""The cache in process: rendered answers in memory, bounded in bytes, the least recently used going first."""

import platform
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from kith.stores.ports import NEAR, CacheKey, StoreCard

__all__ = ["MemoryCache"]

ENTRY_COST = 768
"""Bytes that an answer costs besides its own: its key and its places in the tables, 0.54 to 0.74 kB as measured."""


@dataclass(frozen=True, slots=True)
class _Answer:
    octets: bytes
    expires: float

    @property
    def cost(self) -> int:
        return len(self.octets) + ENTRY_COST


Person = tuple[str, str]


class MemoryCache:
    """The `Cache` port in memory. Any thread may call.

    Of `people` generations at most are known. The one used longest ago goes first and takes the person's answers with
    it, so that a generation that is raised late from nothing never leads to an answer of an older one.
    """

    def __init__(
        self, *, capacity: int = 64 * 2**20, people: int = 100_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._capacity = capacity
        self._people = people
        self._clock = clock
        self._lock = threading.Lock()
        self._held = 0
        self._answers: OrderedDict[CacheKey, _Answer] = OrderedDict()
        self._by_person: dict[Person, set[CacheKey]] = {}
        self._generations: OrderedDict[Person, int] = OrderedDict()

    @property
    def held(self) -> int:
        """Bytes held now; never more than the capacity."""
        return self._held

    def card(self) -> StoreCard:
        return StoreCard(
            kind="memory", version=platform.python_version(), where="this process", abilities=frozenset({NEAR})
        )

    def get(self, key: CacheKey) -> bytes | None:
        with self._lock:
            answer = self._answers.get(key)
            if answer is None:
                return None
            if answer.expires <= self._clock():
                self._drop(key)
                return None
            self._answers.move_to_end(key)
            return answer.octets

    def put(self, key: CacheKey, answer: bytes, *, seconds: float) -> None:
        with self._lock:
            if key in self._answers:
                self._drop(key)
            if key.generation < self._generations.get((key.tenant, key.person), 0):
                return
            kept = _Answer(answer, self._clock() + seconds)
            if seconds <= 0 or kept.cost > self._capacity:
                return
            while self._held + kept.cost > self._capacity:
                self._drop(next(iter(self._answers)))
            self._answers[key] = kept
            self._by_person.setdefault((key.tenant, key.person), set()).add(key)
            self._held += kept.cost

    def raise_generation(self, tenant: str, person: str, generation: int) -> None:
        who = (tenant, person)
        with self._lock:
            self._generations[who] = max(generation, self._generations.get(who, generation))
            self._generations.move_to_end(who)
            while len(self._generations) > self._people:
                longest_ago, _ = self._generations.popitem(last=False)
                self._drop_person(longest_ago)

    def generation(self, tenant: str, person: str) -> int | None:
        who = (tenant, person)
        with self._lock:
            known = self._generations.get(who)
            if known is not None:
                self._generations.move_to_end(who)
            return known

    def forget(self, tenant: str, person: str) -> int:
        with self._lock:
            self._drop_expired((tenant, person))
            return self._drop_person((tenant, person))

    def count(self, tenant: str, person: str) -> int:
        with self._lock:
            self._drop_expired((tenant, person))
            return len(self._by_person.get((tenant, person), ()))

    def close(self) -> None:
        with self._lock:
            self._answers.clear()
            self._by_person.clear()
            self._generations.clear()
            self._held = 0

    def _drop(self, key: CacheKey) -> None:
        self._held -= self._answers.pop(key).cost
        who = (key.tenant, key.person)
        theirs = self._by_person[who]
        theirs.remove(key)
        if not theirs:
            del self._by_person[who]

    def _drop_person(self, who: Person) -> int:
        keys = list(self._by_person.get(who, ()))
        for key in keys:
            self._drop(key)
        return len(keys)

    def _drop_expired(self, who: Person) -> None:
        now = self._clock()
        for key in [key for key in self._by_person.get(who, ()) if self._answers[key].expires <= now]:
            self._drop(key)
