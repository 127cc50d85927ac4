"""Ranking by hand, each cue alone, and what never changes the order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kith.persona.model import Message
from kith.persona.retrieval import METHOD, PARTS, Method, Question, Scored, read_question, weigh, without

DAY = 86_400_000
SAID = int(datetime(2023, 5, 8, 12, tzinfo=UTC).timestamp() * 1000)


@dataclass(frozen=True)
class Candidate:
    """A message that may answer, what was said around it, and what is known of it besides."""

    message: Message
    window: tuple[Message, ...]
    cosine: float | None = None
    signal: float | None = None


def rank(question: Question, candidates: Sequence[Candidate], *, method: Method = METHOD) -> list[Scored]:
    weighed = weigh(question, [(one.message, one.window) for one in candidates], method=method)
    cosines = {one.message.key: one.cosine for one in candidates if one.cosine is not None}
    signals = {one.message.key: one.signal for one in candidates if one.signal is not None}
    return weighed.ranked(cosines, signals)


def message(text: str, *, number: int = 0, author: str | None = None, where: str = "c", days: int = 0) -> Message:
    return Message(
        tenant="t",
        user_id="u",
        text=text,
        timestamp=SAID + days * DAY,
        conversation_id=where,
        message_id=f"m{number}",
        author=author,
    )


def alone(text: str, cosine: float | None = None, **of: int | str) -> Candidate:
    """A message with nothing around it, in a conversation of its own."""
    number = int(of.get("number", 0))
    author = str(of["author"]) if "author" in of else None
    one = message(text, number=number, author=author, where=f"c{number}", days=int(of.get("days", 0)))
    return Candidate(one, (one,), cosine)


def asked(text: str, *, person: str | None = "Ana", others: tuple[str, ...] = ()) -> Question:
    return read_question(text, asked=SAID + 400 * DAY, person=person, others=others)


def texts(scored: Sequence[Scored]) -> list[str]:
    return [one.message.text for one in scored]


def part(scored: Sequence[Scored], name: str) -> dict[str, float]:
    return {one.message.text: one.parts[name] for one in scored}


def test_by_hand() -> None:
    near, far = alone("green", 0.8, number=1), alone("blue", 0.2, number=2)
    found = rank(asked("anything?"), [far, near])
    # Two values standardise to 1 and -1; each is alone in its conversation, which gives it .3 of its own.
    assert [(one.message, round(one.score, 9), one.cosine) for one in found] == [
        (near.message, 1.3, 0.8),
        (far.message, -1.3, 0.2),
    ]
    assert {name: round(value, 9) for name, value in found[0].parts.items()} == {
        "lexical": 0,
        "dense": 1,
        "conversation": 0.3,
        "asking back": 0,
    }


def test_a_lexical_hit_with_a_poor_vector_can_still_win() -> None:
    pool = [alone(f"something else {n}", 0.3 + n / 30, number=n) for n in range(10)]
    hit = alone("the zeppelin was late", 0.25, number=99)
    assert rank(asked("Which zeppelin?"), [*pool, hit])[0].message == hit.message
    assert rank(asked("Which zeppelin?"), [*pool, hit], method=without("lexical"))[-1].message == hit.message


def test_the_messages_around_are_searched_too() -> None:
    question, reply, other = message("a zeppelin?", number=1), message("on Friday", number=2), message("no", number=3)
    pool = [Candidate(reply, (question, reply)), Candidate(other, (other,))]
    assert texts(rank(asked("zeppelin"), pool)) == ["on Friday", "no"]
    assert part(rank(asked("zeppelin"), pool, method=without("neighbours")), "lexical") == {"on Friday": 0, "no": 0}


def test_without_vectors_the_words_decide_and_nothing_is_said_of_vectors() -> None:
    found = rank(asked("zeppelin"), [alone("a zeppelin", number=1), alone("a train", number=2)])
    assert texts(found) == ["a zeppelin", "a train"]
    assert all("dense" not in one.parts for one in found)


def test_an_unknown_cosine_is_like_the_mean() -> None:
    found = rank(asked("?"), [alone("a", 0.9, number=1), alone("b", number=2), alone("c", 0.1, number=3)])
    assert part(found, "dense") == {"a": pytest.approx(1), "b": 0, "c": pytest.approx(-1)}


def test_who_wrote_it() -> None:
    pool = [alone("mine", number=1, author="Ana"), alone("theirs", number=2, author="Ben")]
    assert part(rank(asked("What does Ben like?"), pool), "writer") == {"mine": 0, "theirs": METHOD.writer}
    assert "writer" not in rank(asked("What do Ana and Ben like?"), pool)[0].parts


def test_the_conversation_gives_the_mean_of_its_three_best() -> None:
    here = [message(str(n), number=n, where="here") for n in range(4)]
    there = message("there", number=9, where="there")
    cosines = (0.9, 0.8, 0.7, 0.1, 0.4)
    pool = [Candidate(one, (one,), cosine) for one, cosine in zip((*here, there), cosines, strict=True)]
    found = rank(asked("?"), pool)
    dense = part(found, "dense")
    best = METHOD.conversation * (dense["0"] + dense["1"] + dense["2"]) / 3
    alone_there = METHOD.conversation * dense["there"]
    assert part(found, "conversation") == pytest.approx({**dict.fromkeys("0123", best), "there": alone_there})


def test_who_asks_does_not_tell() -> None:
    pool = [
        alone("how is the boat?", number=1),
        alone("Nice. how is your boat?", number=2),
        alone("is it my boat?", number=3),
    ]
    assert part(rank(asked("boat"), pool), "asking back") == {
        "how is the boat?": METHOD.asking_back,
        "Nice. how is your boat?": METHOD.asking_back / 2,
        "is it my boat?": 0,
    }


CUES = {
    "date": ("What happened on 8 May 2023?", METHOD.date),
    "time": ("When exactly?", METHOD.time),
    "number": ("How many?", METHOD.number),
    "name": ("Where exactly?", METHOD.name),
}
HITS = {
    "date": alone("it was nice", number=1),
    "time": alone("it was on a saturday", number=1, days=90),
    "number": alone("it was forty", number=1, days=90),
    "name": alone("it was in Porto", number=1, days=90),
}


@pytest.mark.parametrize("cue", CUES)
def test_each_cue_alone(cue: str) -> None:
    question, worth = CUES[cue]
    pool = [HITS[cue], alone("it was so", number=2, days=90)]
    found = rank(asked(question), pool)
    assert part(found, cue) == {HITS[cue].message.text: worth, "it was so": 0}
    assert found[0].message == HITS[cue].message
    assert all(cue not in one.parts for one in rank(asked("nothing"), pool))


def test_those_who_talk_are_no_names() -> None:
    pool = [alone("well, Ben and Ana", number=1, author="Ben"), alone("well, Tom", number=2, author="Ana Souza")]
    assert part(rank(asked("Who?"), pool), "name") == {"well, Ben and Ana": 0, "well, Tom": METHOD.name}


def test_authors_that_the_question_did_not_know_are_not_searched() -> None:
    pool = [alone("Ben is here", number=1, author="Ben"), alone("the boat is here", number=2, author="Ana")]
    found = rank(asked("Ben's boat?"), pool)
    assert part(found, "lexical")["Ben is here"] < 0 < part(found, "lexical")["the boat is here"]


def test_a_second_signal_takes_half_of_the_others_and_the_conversation() -> None:
    pool = [replace(alone("a", 0.9, number=1), signal=1.0), replace(alone("b", 0.1, number=2), signal=5.0)]
    found = rank(asked("?"), pool)
    assert [one.parts for one in found] == [
        {"lexical": 0, "dense": pytest.approx(-0.5), "signal": pytest.approx(1), "asking back": 0},
        {"lexical": 0, "dense": pytest.approx(0.5), "signal": pytest.approx(-1), "asking back": 0},
    ]


def test_of_equals_the_newer_then_the_lesser_key() -> None:
    pool = [alone("same", number=n, days=days) for n, days in ((1, 1), (2, 2), (3, 1))]
    old = sorted((pool[0].message, pool[2].message), key=lambda one: one.key)
    found = [one.message for one in rank(asked("?"), pool)]
    assert found == [pool[1].message, *old]


def test_nothing_to_rank() -> None:
    assert rank(asked("anything"), []) == []


WORDS = ("boat", "Porto", "how many?", "on Friday", "my dog", "42", "is it?", "I may")
SOME = st.lists(
    st.tuples(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), st.integers(-64, 64), st.integers(0, 2)),
    min_size=1,
    max_size=8,
)
QUESTIONS = st.sampled_from(("When was the boat in Porto?", "How many dogs does Ben have?", "Where is Ana?", "friday"))


def pool_of(some: Sequence[tuple[Sequence[str], int, int]]) -> list[Candidate]:
    said = [
        message(" ".join(words), number=n, author=("Ana", "Ben")[n % 2], where=f"c{where}", days=n % 3)
        for n, (words, _, where) in enumerate(some)
    ]
    return [Candidate(one, tuple(said[max(0, n - 2) : n + 3]), some[n][1] / 64) for n, one in enumerate(said)]


@given(QUESTIONS, SOME.flatmap(lambda some: st.tuples(st.just(pool_of(some)), st.permutations(pool_of(some)))))
@settings(deadline=None)
def test_the_order_of_the_candidates_makes_no_difference(
    question: str, pools: tuple[list[Candidate], list[Candidate]]
) -> None:
    one, other = (rank(asked(question), pool) for pool in pools)
    assert one == other
    assert all(found.score == pytest.approx(sum(found.parts.values())) for found in one)


@given(QUESTIONS, SOME, st.integers(-8, 8), st.sampled_from((0.5, 2.0, 4.0)))
@settings(deadline=None)
def test_cosines_moved_or_stretched_as_one_score_the_same(
    question: str, some: list[tuple[list[str], int, int]], moved: int, stretched: float
) -> None:
    pool = pool_of(some)
    other = [replace(one, cosine=(one.cosine or 0) * stretched + moved / 4) for one in pool]
    before = {one.message.key: one.score for one in rank(asked(question), pool)}
    assert {one.message.key: one.score for one in rank(asked(question), other)} == pytest.approx(before)


@pytest.mark.parametrize("off", PARTS)
def test_each_part_can_be_switched_off(off: str) -> None:
    method = without(next(name for name in PARTS if name == off))
    assert method != METHOD
    pool = pool_of([(["boat", "Porto", "on Friday", "42"], 10, 0), (["is it?"], 40, 1), (["my dog"], -9, 0)])
    question = read_question("When and where were Ana's two boats in May 2023, how many?", asked=SAID, person="Ana")
    found = rank(question, pool, method=method)
    assert all(one.parts.get(off, 0) == 0 for one in found)
