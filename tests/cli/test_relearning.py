"""rebuild evidence: what another extractor or another vocabulary makes of the same messages is told."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Kith = Callable[..., Any]
PLAIN = "phrases-1"
SAID = (
    ("m1", "I live in Ghent."),
    ("m2", "My sister Lea sold her car, and I sold my bike."),
    ("m3", "Any news of Porto?"),
    ("m4", "hello there"),
)


@pytest.fixture
def plain(kith: Kith, place: Any) -> Any:
    """Four messages of one person, learned from without a parser."""
    records = [{"user_id": "mira30", "message": text, "timestamp": n, "message_id": n} for n, text in SAID]
    lines = [json.dumps(one | {"timestamp": f"2026-03-0{n}T10:00:00Z"}) for n, one in enumerate(records, start=1)]
    (place.folder / "talk.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert kith("run", "talk.jsonl").code == 0
    return place


def rows(words: str) -> list[list[str]]:
    return [line.split() for line in words.splitlines()]


def test_facts_come_with_the_parser(kith: Kith, plain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kith("anomalies").out == "nothing needs attention\n"
    monkeypatch.setenv("KITH_LANGUAGE", "md")
    [old] = kith("anomalies", "--json").json["items"]
    assert (old["kind"], old["subject"], old["remedy"]) == ("old_evidence", PLAIN, "kith rebuild evidence")
    words = kith("anomalies").out.splitlines()
    assert words == [f"old evidence  {PLAIN}", f"    {old['detail']}", "    what helps: kith rebuild evidence"]
    assert kith("profile", "mira30", "--json").json["facts"] == []

    ran = kith("rebuild", "evidence")
    keys = {one["text"]: key for one, key in said_by(kith)}
    told = rows(ran.out)
    assert ran.out.startswith("evidence worked out again from 4 messages\n3 of them teach something else than before\n")
    assert ["statements", "lives", "in", "1", "0"] in told
    assert ["mentions", "name", "0", "3"] in told
    listed = told[told.index(["statements"]) + 3 :]
    assert sorted(listed) == [
        ["came", "mira30", "family", "lea", "(sister)", keys[SAID[1][1]]],
        ["came", "mira30", "lives", "in", "ghent", keys[SAID[0][1]]],
        ["came", "mira30", "owns", *listed_object(listed, "owns"), "until", "2026-03-02", keys[SAID[1][1]]],
    ]
    facts = kith("profile", "mira30", "--json").json["facts"]
    assert {one["predicate"] for one in facts} == {"family", "lives_in", "owns"}
    assert kith("anomalies").out == "nothing needs attention\n"
    assert kith("rebuild", "evidence", "--json").json == {
        "rebuilt": "evidence",
        "count": 4,
        "changed": 0,
        "changes": [],
        "facts": [],
    }


def said_by(kith: Kith) -> list[tuple[dict[str, str], str]]:
    exported = [json.loads(line) for line in kith("export", "mira30").out.splitlines()]
    return [({"text": one["message"]}, one["key"]) for one in exported if one["kind"] == "message"]


def listed_object(listed: list[list[str]], predicate: str) -> list[str]:
    """How the vocabulary calls what a row speaks of."""
    [row] = [one for one in listed if one[2] == predicate]
    return row[3:-3]


def test_what_came_and_went_with_a_vocabulary(kith: Kith, plain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_LANGUAGE", "md")
    assert kith("rebuild", "evidence").code == 0
    before = kith("verify", "--json").json["digests"]
    (plain.folder / "own.toml").write_text('[hideout]\nnames = ["Porto"]\n[place.also]\ngent = ["ghent"]\n')
    monkeypatch.setenv("KITH_VOCABULARY", "own.toml")
    [old] = kith("anomalies", "--json").json["items"]
    assert old["detail"].startswith("4 messages were learned from by it, and ")
    answer = kith("rebuild", "evidence", "--json").json
    keys = {one["text"]: key for one, key in said_by(kith)}
    assert (answer["rebuilt"], answer["count"], answer["changed"]) == ("evidence", 4, 2)
    assert answer["changes"] == [
        {"kind": "mentions", "name": "hideout", "came": 1, "went": 0},
        {"kind": "mentions", "name": "place", "came": 1, "went": 2},
        {"kind": "statements", "name": "lives_in", "came": 1, "went": 1},
    ]
    ends = {"until": None, "denied": False, "ends": False}
    home = {"user_id": "mira30", "key": keys[SAID[0][1]], "predicate": "lives_in", "detail": "", **ends}
    assert answer["facts"] == [
        {"change": "came", "object": "gent", **home},
        {"change": "went", "object": "ghent", **home},
    ]
    after = kith("verify", "--json").json
    assert (after["ok"], after["digests"]["documents"]) == (True, before["documents"])
    assert after["digests"]["evidence"] != before["evidence"]


def test_one_message_teaches(kith: Kith, place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (place.folder / "talk.json").write_text('[{"user_id": "u1", "message": "I live in Ghent.", "timestamp": 1}]')
    assert kith("run", "talk.json").code == 0
    monkeypatch.setenv("KITH_LANGUAGE", "sm")
    assert kith("rebuild", "evidence").out.startswith(
        "evidence worked out again from 1 message\n1 of them teaches something else than before\n"
    )


def test_a_vocabulary_that_is_not_there_changes_nothing(
    kith: Kith, plain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_LANGUAGE", "md")
    monkeypatch.setenv("KITH_VOCABULARY", "own.toml")
    ran = kith("rebuild", "evidence")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "kith: vocabulary 'own.toml': it cannot be read (No such file or directory). Name a TOML file that is there.\n"
    )
