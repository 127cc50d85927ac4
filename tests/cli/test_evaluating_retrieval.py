"""evaluate retrieval: what is measured on a small file, the tables, the object, and files that are refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kith.persona.retrieval import PARTS

Kith = Callable[..., Any]
Changed = Callable[[dict[str, Any]], object]

SAID = (
    "My bicycle was stolen at the station",
    "I bought a zeppelin from a farmer",
    "The soup needs more pepper",
    "We painted the kitchen yellow",
    "Otters sleep holding hands",
    "My flight leaves at seven",
)


def person(user_id: str = "u1", **more: Any) -> dict[str, Any]:
    """Six messages, a question that one of them answers in its own words, and one that nothing answers."""
    messages = [
        {"message_id": f"m{n}", "author": "Ana", "message": text, "timestamp": f"2026-03-01T09:3{n}:00Z"}
        for n, text in enumerate(SAID)
    ]
    return {
        "user_id": user_id,
        "name": "Ana",
        "half": "tune",
        "asked": "2026-06-10T09:30:00Z",
        "conversations": [{"conversation_id": "c1", "messages": messages}],
        "questions": [
            {"id": f"{user_id}-q1", "question": "Who sold Ana a zeppelin?", "kind": "one", "answers": ["m1"]},
            {"id": f"{user_id}-q2", "question": "Which violin does Ana play?", "kind": "none", "answers": []},
        ],
        **more,
    }


def write(*people: dict[str, Any], to: Path = Path("talk.jsonl")) -> Path:
    to.write_text("".join(json.dumps(one) + "\n" for one in people), encoding="utf-8")
    return to


def recall(questions: int, share: float | None = 1.0) -> dict[str, Any]:
    return {"questions": questions, **{f"at_{cut}": share for cut in (5, 10, 20, 50)}}


def test_what_is_measured(kith: Kith, place: Any) -> None:
    write(person("u1"), person("u2", half="held"))
    told = kith("evaluate", "retrieval", "talk.jsonl", "--json").json
    assert told["file"] == "talk.jsonl"
    assert (told["people"], told["messages"], told["embedder"]) == (2, 12, "hash")
    assert told["ways"][0] == {
        "way": "kith",
        "overall": recall(2),
        "kinds": [{"kind": "one", **recall(2)}],
        "halves": [{"half": "tune", **recall(1)}, {"half": "held", **recall(1)}],
    }
    assert [one["way"] for one in told["ways"]] == [
        "kith",
        "dense",
        "dense, names left out",
        "BM25",
        "dense and BM25 fused",
    ]
    # Six messages a person: each way finds all of them among the first ten.
    nothing = {"difference": 0.0, "low": 0.0, "high": 0.0}
    assert told["gains"] == [{"over": one["way"], **nothing} for one in told["ways"][1:]]
    assert told["without"] == []
    assert (told["answers"]["answerable"], told["answers"]["unanswerable"]) == (2, 2)
    assert 0 <= told["answers"]["right"] <= told["answers"]["answered"] <= 2
    assert not place.home.exists()


def test_each_part_switched_off(kith: Kith, place: Any) -> None:
    write(person())
    told = kith("evaluate", "retrieval", "talk.jsonl", "--ablate", "--json").json
    assert [one["part"] for one in told["without"]] == list(PARTS)
    # Of one question nobody can tell how far the next one may be away.
    assert {(one["difference"], one["low"], one["high"]) for one in told["without"]} == {(None, None, None)}
    assert all(one["overall"] == recall(1) for one in told["without"])


def test_the_tables(kith: Kith, place: Any) -> None:
    write(person())
    ran = kith("evaluate", "retrieval", "talk.jsonl", "--ablate")
    assert (ran.code, ran.err) == (0, "")
    first, empty, title, headings, rule, mine, dense, *_ = ran.out.splitlines()
    assert first == "6 messages of 1 person, 1 question with an answer, 1 without; embedded by hash"
    assert (empty, title) == ("", "share of what answers among the first")
    assert headings.split() == ["way", "@5", "@10", "@20", "@50", "kith", "beside", "it,", "@10"]
    assert set(rule) == {"─"}
    assert mine.split()[-4:] == ["100.0%", "100.0%", "100.0%", "–"]
    assert dense.split()[-2:] == ["100.0%", "–"]
    assert "\nby kind and half, @10\n" in ran.out
    assert "\nthe method without\n" in ran.out
    *_, last = ran.out.splitlines()
    assert last.startswith("answers without a language model: ")
    assert last.endswith(" of 1 that nothing answers")


def test_a_name_and_a_half_may_be_left_out(kith: Kith, place: Any) -> None:
    write(person(name=None, half=None))
    assert kith("evaluate", "retrieval", "talk.jsonl", "--json").json["ways"][0]["halves"] == []


def without_an_asked(one: dict[str, Any]) -> None:
    del one["asked"]


def with_a_liking(one: dict[str, Any]) -> None:
    one["likes"] = "tea"


def somebody_else(one: dict[str, Any]) -> None:
    one["user_id"] = "u1"


def without_words(one: dict[str, Any]) -> None:
    one["conversations"][0]["messages"][2] |= {"message": "", "campaign_id": "spring", "engagement": {"kind": "click"}}


def without_an_id(one: dict[str, Any]) -> None:
    del one["conversations"][0]["messages"][2]["message_id"]


def without_a_time(one: dict[str, Any]) -> None:
    one["conversations"][0]["messages"][2]["timestamp"] = "soon"


def twice(one: dict[str, Any]) -> None:
    one["conversations"][0]["messages"][2]["message_id"] = "m1"


def answered_by_nobody(one: dict[str, Any]) -> None:
    one["questions"][0]["answers"] = ["m1", "m9"]


def answered_all_the_same(one: dict[str, Any]) -> None:
    one["questions"][1]["answers"] = ["m1"]


def not_answered(one: dict[str, Any]) -> None:
    one["questions"][0]["answers"] = []


def asked_twice(one: dict[str, Any]) -> None:
    one["questions"][1]["id"] = "u2-q1"


def not_asked(one: dict[str, Any]) -> None:
    one["questions"] = []


def asked_when(one: dict[str, Any]) -> None:
    one["asked"] = "soon"


def of_what_kind(one: dict[str, Any]) -> None:
    one["questions"][0]["kind"] = "hard"


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (without_an_asked, "asked is missing; add it"),
        (with_a_liking, "likes is not known; remove it, or check how it is spelled"),
        (somebody_else, "user_id 'u1' stands on line 1 too; give each its own"),
        (not_asked, "questions is empty; write something there"),
        (asked_when, "asked='soon' is not a time; write it like '2026-03-01T09:30:00Z', or as seconds since 1970"),
        (
            of_what_kind,
            "questions.0.kind='hard': Input should be 'one', 'many', 'time', 'inference' or 'none'; "
            "write it as docs/evaluation.md shows",
        ),
        (
            without_an_id,
            "message 'The soup needs more pepper': 'message_id' is missing; give it, as answers are told by it",
        ),
        (
            without_a_time,
            "message 'm2': 'timestamp' ('soon') is not a time; "
            "write it like '2026-03-01T09:30:00Z', or as seconds since 1970",
        ),
        (without_words, "message 'm2' has no words; leave it out"),
        (twice, "message_id='m1' stands twice; give each message of a person its own"),
        (answered_by_nobody, "question 'u2-q1': answers.1='m9' is no message_id of this person; write one that is"),
        (
            answered_all_the_same,
            "question 'u2-q2': kind='none' has answers; leave them out, or write another kind",
        ),
        (not_answered, "question 'u2-q1': kind='one' has no answers; name one, or write 'none'"),
        (asked_twice, "the id of a question, 'u2-q1' stands on line 2 too; give each its own"),
    ],
)
def test_a_line_that_is_wrong(kith: Kith, place: Any, change: Changed, wrong: str) -> None:
    other = person("u2")
    change(other)
    write(person("u1"), other)
    ran = kith("evaluate", "retrieval", "talk.jsonl")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"kith: 'talk.jsonl', line 2: {wrong}\n"


@pytest.mark.parametrize(
    ("octets", "wrong"),
    [
        (b"{]\n", ", line 1: is not JSON (key must be a string at line 1 column 2); write one object on each line"),
        (b"\n \n", " holds no conversations; write them as docs/evaluation.md shows"),
        (b'{"user_id": "\xff"}\n', " is not UTF-8 (byte 13); save it as UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used(kith: Kith, place: Any, octets: bytes, wrong: str) -> None:
    Path("talk.jsonl").write_bytes(octets)
    ran = kith("evaluate", "retrieval", "talk.jsonl")
    assert (ran.code, ran.out, ran.err) == (2, "", f"kith: 'talk.jsonl'{wrong}\n")


def test_a_file_that_is_not_there(kith: Kith, place: Any) -> None:
    ran = kith("evaluate", "retrieval", "none.jsonl")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "kith: 'none.jsonl' cannot be read: No such file or directory; name a file of conversations with questions\n"
    )
