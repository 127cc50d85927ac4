"""What was learned of people, kept in the process for as long as nothing changes about them."""

import re
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from kith.persona.activation import Activated, activated
from kith.persona.evidence import Related, SeenWith, Wants
from kith.persona.model import Entity, Fact, User
from kith.persona.retrieval.facts_asked import Told
from kith.persona.wording import fact_text

__all__ = ["Learned", "Recalled", "in_words", "told"]

PIECES = 100_000
"""Facts, mentions and the like that are kept, of all people together: some 50 MB."""
SECONDS = 60.0
"""How long something is kept. Stores that were repaired tell other things without a change of generation."""
WORD = re.compile(r"\w+")


def told(facts: Iterable[Fact]) -> tuple[Told, ...]:
    """Each fact in words."""
    return tuple(Told(fact, fact_text(fact)) for fact in facts)


def in_words(text: str) -> str:
    """The words of a text alone, a space before and after each: whether they stand in another so is soon looked up."""
    return f" {' '.join(WORD.findall(text.casefold()))} "


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned of a person. A thing of one name is one thing here, whatever types it was taken for."""

    told: tuple[Told, ...] = ()
    """The facts."""
    wants: tuple[Wants, ...] = ()
    times: Mapping[Entity, Sequence[int]] = field(default_factory=dict[Entity, Sequence[int]])
    """Of each mention."""
    seen_with: tuple[SeenWith, ...] = ()
    related: tuple[Related, ...] = ()
    surfaces: Mapping[Entity, str] = field(default_factory=dict[Entity, str])
    """How the person writes what they mention."""
    same: Mapping[Entity, Entity] = field(default_factory=dict[Entity, Entity])
    """For each thing that was taken for several, the one that stands for all of these."""
    spoken_of: tuple[Entity, ...] = ()
    """All things, the one spoken of last first."""
    spelled: Mapping[Entity, str] = field(default_factory=dict[Entity, str])
    """The name of each as `in_words` has it."""
    authors: tuple[str, ...] | None = None
    """Those who wrote what was said lately, the person among them; None where that was not read."""

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What was stated."""
        return tuple(one.fact for one in self.told)

    def one(self, entity: Entity) -> Entity:
        """What stands here for an entity."""
        return self.same.get(entity, entity)

    @property
    def newest(self) -> int | None:
        """The time of the last of it; facts aside, which have times of their own."""
        last = [max(self.times[self.spoken_of[0]], default=None)] if self.spoken_of else []
        return max((time for time in (*last, *(one.last for one in self.wants)) if time is not None), default=None)

    @property
    def pieces(self) -> int:
        """How much it is."""
        said = sum(map(len, self.times.values()))
        return 1 + said + sum(map(len, (self.told, self.wants, self.seen_with, self.related, self.surfaces)))

    def active(self, at: int, asked: Mapping[Entity, float]) -> list[Activated]:
        """What is on the person's mind, the most active first."""
        return activated(self.times, now=at, asked=asked, ties=self._tied(asked), related=self._related(asked))

    def _tied(self, asked: Mapping[Entity, float]) -> list[SeenWith]:
        """The ties of what is asked for: no others are spread along."""
        one = self.one
        pairs = ((one(tie.first), one(tie.second), tie.count) for tie in self.seen_with) if asked else ()
        return [SeenWith(first, second, count) for first, second, count in pairs if first in asked or second in asked]

    def _related(self, asked: Mapping[Entity, float]) -> list[Related]:
        one = self.one
        told = ((tie, one(tie.relation.subject), one(tie.relation.object)) for tie in self.related) if asked else ()
        return [
            replace(tie, relation=replace(tie.relation, subject=subject, object=other))
            for tie, subject, other in told
            if subject in asked or other in asked
        ]


@dataclass(frozen=True, slots=True)
class _Kept:
    name: str | None
    generation: int
    learned: Learned
    pieces: int
    until: float


@dataclass(slots=True, eq=False)
class _Reading:
    """Somebody who reads of a person; `late`, once nothing of it may be kept."""

    late: bool = False


class Recalled:
    """What was learned of the people asked about last. Any thread may call.

    It holds for one generation of a person, by one name. Where it is more than `most` pieces, what was asked for
    longest ago goes.
    """

    def __init__(self, *, most: int = PIECES, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._held = 0
        self._readings: defaultdict[tuple[str, str], set[_Reading]] = defaultdict(set)

    def get(self, user: User, generation: int) -> Learned | None:
        """What was put for this generation."""
        who = (user.tenant, user.user_id)
        with self._lock:
            kept = self._kept.get(who)
            if kept is None:
                return None
            if (kept.name, kept.generation) != (user.name, generation) or kept.until <= self._clock():
                self._drop(who)
                return None
            self._kept.move_to_end(who)
            return kept.learned

    @contextmanager
    def reading(self, user: User) -> Generator[Callable[[int, Learned], None]]:
        """For whoever reads of a person: gives what keeps the outcome for a generation, in place of what was kept.

        It keeps nothing that alone is too much, nor what was read of somebody who has been forgotten meanwhile.
        """
        who, reading = (user.tenant, user.user_id), _Reading()
        with self._lock:
            self._readings[who].add(reading)
        try:
            yield lambda generation, learned: self._put(user, generation, learned, reading)
        finally:
            with self._lock:
                self._readings[who].discard(reading)
                if not self._readings[who]:
                    del self._readings[who]

    def _put(self, user: User, generation: int, learned: Learned, reading: _Reading) -> None:
        who, pieces = (user.tenant, user.user_id), learned.pieces
        with self._lock:
            self._drop(who)
            if reading.late or pieces > self._most:
                return
            while self._held + pieces > self._most:
                self._drop(next(iter(self._kept)))
            self._kept[who] = _Kept(user.name, generation, learned, pieces, self._clock() + SECONDS)
            self._held += pieces

    def forget(self, tenant: str, user_id: str) -> None:
        """Keeps nothing of a person, nor anything that somebody has begun to read."""
        who = (tenant, user_id)
        with self._lock:
            self._drop(who)
            for one in self._readings.get(who, ()):
                one.late = True

    def _drop(self, who: tuple[str, str]) -> None:
        gone = self._kept.pop(who, None)
        self._held -= 0 if gone is None else gone.pieces
