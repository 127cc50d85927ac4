"""Finding what somebody said: candidates from vectors and from words, what stands around them, and their order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from kith.persona.embedding import Vectors, usable
from kith.persona.evidence import Ties
from kith.persona.identity import Json, canonical
from kith.persona.model import Entity, Message, User
from kith.persona.retrieval.question import Question, read_question
from kith.persona.retrieval.scoring import Said, Scored, weigh
from kith.persona.retrieval.weights import METHOD, Method
from kith.serving.frame.attempts import Attempts
from kith.serving.frame.house import House
from kith.serving.memory.learned import authors_of, ties_between
from kith.serving.memory.offering import named_in, near_enough
from kith.serving.memory.recalled import Learned
from kith.stores.errors import StoreError
from kith.stores.ports import ALL, Hit, Narrowed

__all__ = ["Asked", "Found", "find"]

LATEST = 200
"""Of a person's messages, the newest, where no index answers: words still find among them."""
LOOKED_THROUGH = 5000
"""Of a person's messages, the newest, where they are told by their metadata, of which no index knows."""
PAGE = 500
NEAREST = 500
"""Things of a person, those spoken of last, among which those that a question is near to are looked for."""

Pool: TypeAlias = dict[str, Said]
"""By key: each message that may answer, and what was said around it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for among one person's messages. `metadata` names values that a message must have.

    `learned` has the things that the question may be about.
    """

    tenant: str
    user: User
    query: str
    now: int
    only: Narrowed = ALL
    metadata: Mapping[str, Json] | None = None
    learned: Learned = field(default_factory=Learned)
    method: Method = METHOD


@dataclass(frozen=True, slots=True)
class Found:
    """Messages, the best first, which channels brought candidates, and how much the question is about which things."""

    question: Question
    scored: list[Scored]
    dense: bool
    lexical: bool
    things: Mapping[Entity, float] = field(default_factory=dict[Entity, float])
    ties: Ties | None = None
    """What ties these things to others; None where it was not to be read."""


def find(house: House, asked: Asked, attempts: Attempts) -> Found:
    """Ranks what the indexes bring and the messages beside it; without any index, the newest messages, by words."""
    question = read_question(
        asked.query,
        asked=asked.now,
        person=_called(asked.user),
        others=_others(house, asked),
        method=asked.method,
    )
    # What waits for nobody is done while a store searches or the question is embedded.
    words = house.beside.submit(_by_words, house, asked)
    vector = attempts.of("vectors", lambda: _embedded(house, question.searched), None)
    named = named_in(question.searched, asked.learned.spelled)
    about = house.beside.submit(_about, house, asked, vector, named)
    dense = _nearest(house, asked, vector, attempts)
    lexical = _lexical(words, attempts)
    pool = _pool(house, asked, _keys(house, asked, dense, lexical))
    weighed = house.beside.submit(weigh, question, pool.values(), method=asked.method)
    cosines = _cosines(house, asked.tenant, vector, pool, dense or (), attempts)
    scored = weighed.result().ranked(cosines)
    things, ties = attempts.of("vectors", about.result, (named, None))
    return Found(question, scored, dense=dense is not None, lexical=lexical is not None, things=things, ties=ties)


def _keys(house: House, asked: Asked, dense: Sequence[Hit] | None, lexical: Sequence[Hit] | None) -> list[str]:
    """Of the messages among which, with those beside them, the answer is."""
    if asked.metadata:
        return [one.key for one in _with_metadata(house, asked)]
    if dense is None and lexical is None:
        newest = house.stores.documents.page_messages(asked.tenant, asked.user.user_id, only=asked.only, limit=LATEST)
        return [one.key for one in newest]
    return list(dict.fromkeys(hit.key for hit in (*(dense or ()), *(lexical or ()))))


def _called(user: User) -> str:
    return user.name or user.user_id


def _others(house: House, asked: Asked) -> Sequence[str]:
    """Who talked with the person lately: a name in the question must not drag in all that its bearer wrote."""
    known = asked.learned.authors
    return authors_of(house, asked.tenant, asked.user.user_id) if known is None else known


def _embedded(house: House, text: str) -> Vectors | None:
    """The vector of a question; one without a single word that the model knows may have none."""
    rows = house.tools.embedder.embed([text])
    return rows[0] if usable(rows)[0] else None


def _nearest(house: House, asked: Asked, vector: Vectors | None, attempts: Attempts) -> Sequence[Hit] | None:
    """What is nearest to the question; None where that cannot be told."""
    vectors = house.stores.vectors
    if vector is None:
        return None if "vectors" in attempts.failed else []
    return attempts.of(
        "vectors",
        lambda: vectors.search_dense(
            asked.tenant, vector, user_id=asked.user.user_id, only=asked.only, limit=asked.method.nearest
        ),
        None,
    )


def _by_words(house: House, asked: Asked) -> Sequence[Hit] | None:
    """What has the question's words; None where the store looks for none."""
    vectors = house.stores.vectors
    if "lexical" not in vectors.card().abilities:
        return None
    return vectors.search_lexical(
        asked.tenant, asked.query, user_id=asked.user.user_id, only=asked.only, limit=asked.method.best_by_words
    )


def _lexical(words: Future[Sequence[Hit] | None], attempts: Attempts) -> Sequence[Hit] | None:
    """What has the question's words; None where that cannot be told."""
    found = attempts.of("vectors", words.result, None)
    if found is None and "vectors" not in attempts.failed:
        attempts.failed.add("lexical")
    return found


def _about(
    house: House, asked: Asked, vector: Vectors | None, named: dict[Entity, float]
) -> tuple[Mapping[Entity, float], Ties | None]:
    """How much the question is about which things, those it names among them, and what ties these to others, where the
    graph tells it."""
    learned, ties, things = asked.learned, None, named
    if vector is not None and learned.spoken_of:
        cosines = house.stores.vectors.entity_cosines(asked.tenant, vector, learned.spoken_of[:NEAREST])
        things = near_enough(cosines) | named
    with suppress(StoreError):  # whoever needs them asks again, and is told
        ties = ties_between(house, asked.tenant, asked.user, learned, things)
    return things, ties


def _cosines(
    house: House, tenant: str, vector: Vectors | None, keys: Iterable[str], dense: Iterable[Hit], attempts: Attempts
) -> Mapping[str, float]:
    """How near each message is to the question: what the nearest are at was told with them."""
    if vector is None:
        return {}
    known = {hit.key: hit.score for hit in dense}
    others = [key for key in keys if key not in known]
    return known | attempts.of("vectors", lambda: house.stores.vectors.cosines(tenant, vector, others), {})


def _with_metadata(house: House, asked: Asked) -> Iterator[Message]:
    """The newest that have the metadata that is asked for: enough of them to be a pool."""
    before, wanted = None, asked.method.nearest + asked.method.best_by_words
    for _ in range(0, LOOKED_THROUGH, PAGE):
        page = house.stores.documents.page_messages(
            asked.tenant, asked.user.user_id, only=asked.only, before=before, limit=PAGE
        )
        for one in page:
            if wanted and _meant(one, asked):
                wanted -= 1
                yield one
        if not wanted or len(page) < PAGE:
            return
        before = (page[-1].timestamp, page[-1].key)


def _pool(house: House, asked: Asked, keys: Sequence[str]) -> Pool:
    """These messages and those beside them, as far as they are meant."""
    reach = asked.method.reach
    # Far enough for the neighbours of neighbours: those join the pool, and are read among their own.
    around = house.stores.documents.near(asked.tenant, keys, reach=2 * reach)
    pool: Pool = {}
    for key, said in around.items():
        at = next(place for place, one in enumerate(said) if one.key == key)
        for place in range(max(0, at - reach), min(len(said), at + reach + 1)):
            message = said[place]
            if message.key not in pool and _meant(message, asked):
                pool[message.key] = (message, said[max(0, place - reach) : place + reach + 1])
    return pool


def _meant(message: Message, asked: Asked) -> bool:
    """Whether a message is one of those that were asked for: one beside such a one need not be."""
    only = asked.only
    return (
        message.user_id == asked.user.user_id
        and only.conversation_id in (None, message.conversation_id)
        and only.role in (None, message.role)
        and (only.since is None or message.timestamp >= only.since)
        and (only.until is None or message.timestamp < only.until)
        and all(_has(message.metadata.get(name), value) for name, value in (asked.metadata or {}).items())
    )


def _has(held: Json, wanted: Json) -> bool:
    """Whether a value is the one that is wanted, as it is or as it would be written; or a list that has it."""
    values: Iterable[Json] = held if isinstance(held, list) else (held,)
    return held == wanted or any(
        one is not None and (one == wanted or (not isinstance(one, str) and canonical(one) == wanted)) for one in values
    )
