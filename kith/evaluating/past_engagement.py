"""What happened before a moment, in memory: what stores would have said then, for measuring recommendations."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kith.persona.embedding import Vectors
from kith.persona.engagement import DayCount, Did
from kith.persona.evidence import Extraction
from kith.persona.measuring_ranking import taken
from kith.persona.model import Campaign, EngagementKind, Entity, Message
from kith.persona.ranking import WEIGHTS, Asked, Neighbour, Shared
from kith.persona.ranking.lately import INTENTS, LATEST, lately
from kith.persona.ranking.signals import POSITIVE

__all__ = ["Past", "Then"]

DAY = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Then:
    """All that was known for one person at one moment."""

    asked: Asked
    taken: Mapping[str, int]
    """How often each campaign had been taken to, by anybody."""
    near: Mapping[str, int]
    """In how many of the nearest conversations it had been."""


class Past:
    """Conversations with engagement, as they stood at any moment.

    `messages` are what people said and what they did, `rows` the vectors of `spoken`, place by place; those without
    words, or not of the person, are never found.
    """

    def __init__(
        self,
        messages: Sequence[Message],
        *,
        rows: Vectors,
        found: Sequence[Extraction],
        campaigns: Mapping[str, Campaign],
        about: Mapping[str, Sequence[Entity]],
    ) -> None:
        order = sorted(range(len(messages)), key=lambda at: (messages[at].timestamp, messages[at].key))
        self._messages = [messages[at] for at in order]
        self._times = [message.timestamp for message in self._messages]
        self._rows = rows[order]
        self._found = [found[at] for at in order]
        self._campaigns = campaigns
        self._about = {name: frozenset(entities) for name, entities in about.items()}
        self._events = _done(self._messages)
        self._event_times = [one.timestamp for one in self._events]
        self._own: dict[str, list[int]] = defaultdict(list)
        for at, message in enumerate(self._messages):
            self._own[message.user_id].append(at)
        self._said = np.array([m.role == "user" and not m.is_event for m in self._messages], dtype=bool)
        self._users = np.array([message.user_id for message in self._messages], dtype=object)

    @property
    def done(self) -> Sequence[Did]:
        """All that anybody ever did, by time."""
        return self._events

    def at(self, user_id: str, now: int) -> Then:
        """How things stood for a person just before a moment."""
        end = bisect_left(self._times, now)
        own = [at for at in self._own[user_id] if at < end]
        near = self._near(user_id, [at for at in own if self._said[at]], end)
        where = {(one.user_id, one.conversation_id) for one in near}
        done = self._events[: bisect_left(self._event_times, now)]
        done_there = [one for one in done if (one.user_id, one.conversation_id) in where]
        intents = [intent for at in reversed(own) for intent in self._found[at].intents][:INTENTS]
        asked = Asked(
            user_id=user_id,
            now=now,
            candidates=list(self._campaigns.values()),
            neighbours=near,
            done_there=done_there,
            own=[one for one in done if one.user_id == user_id],
            shared=self._shared(own),
            wanted=Counter(intents),
            day_counts=_by_day(done),
        )
        there = {(d.user_id, d.conversation_id, d.campaign_id) for d in done_there if d.engagement.kind in POSITIVE}
        return Then(asked, taken(done), Counter(campaign_id for *_, campaign_id in there))

    def _near(self, user_id: str, said: Sequence[int], end: int) -> list[Neighbour]:
        sought = lately([self._rows[at] for at in reversed(said[-LATEST:])])
        if sought is None:
            return []
        others = np.flatnonzero(self._said[:end] & (self._users[:end] != user_id))
        alike = self._rows[others] @ sought
        best: dict[tuple[str, str], Neighbour] = {}
        for place in np.argsort(-alike, kind="stable"):
            message = self._messages[others[place]]
            where = (message.user_id, message.conversation_id)
            best.setdefault(where, Neighbour(*where, float(alike[place])))
            if len(best) == WEIGHTS.neighbours:
                break
        return list(best.values())

    def _shared(self, own: Iterable[int]) -> dict[str, Shared]:
        """What the graph would have said."""
        intents: set[str] = set()
        entities: set[Entity] = set()
        for at in own:
            intents.update(self._found[at].intents)
            entities.update(mention.entity for mention in self._found[at].mentions)
        found = {
            name: Shared(
                tuple(sorted(intents.intersection(campaign.intents))),
                tuple(sorted(entities & self._about.get(name, frozenset[Entity]()))),
            )
            for name, campaign in self._campaigns.items()
        }
        return {name: shared for name, shared in found.items() if shared.intents or shared.entities}


def _done(messages: Iterable[Message]) -> list[Did]:
    return [
        Did(m.user_id, m.campaign_id, m.conversation_id, m.engagement, m.timestamp)
        for m in messages
        if m.campaign_id is not None and m.engagement is not None
    ]


def _by_day(done: Iterable[Did]) -> list[DayCount]:
    times: Counter[tuple[str, EngagementKind, int]] = Counter()
    values: dict[tuple[str, EngagementKind, int], float] = defaultdict(float)
    for one in done:
        key = (one.campaign_id, one.engagement.kind, one.timestamp // DAY)
        times[key] += 1
        values[key] += one.engagement.value
    return [DayCount(*key, count, values[key]) for key, count in sorted(times.items())]
