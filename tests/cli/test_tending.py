"""verify, repair, rebuild, anomalies, rejections: by the commands, on stores that are filled."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any, get_args

from kith.persona.model import RejectionCode

Kith = Callable[..., Any]


def lose_a_document(place: Any) -> str:
    """As a damaged backup would: one message is gone from documents."""
    with closing(sqlite3.connect(place.home / "documents.db")) as documents, documents:
        (key,) = documents.execute("SELECT key FROM messages LIMIT 1").fetchone()
        documents.execute("DELETE FROM messages WHERE key = ?", (key,))
    return str(key)


def test_verify(kith: Kith, filled: Any) -> None:
    ran = kith("verify", "--json")
    answer = ran.json
    assert (ran.code, answer["ok"], answer["differences"], answer["pending"]) == (0, True, [], 0)
    assert sorted(answer["digests"]) == ["documents", "evidence", "graph", "vectors"]
    words = kith("verify").out
    assert words.endswith("the stores agree\n")
    assert all(digest in words for digest in answer["digests"].values())


def test_a_lost_document_is_named_and_mended(kith: Kith, filled: Any, mangled: Any) -> None:
    key = lose_a_document(filled)
    ran = kith("verify", "--json")
    assert (ran.code, ran.json["ok"]) == (1, False)
    assert key in {difference["key"] for difference in ran.json["differences"]}
    words = kith("verify")
    assert (words.code, words.out.splitlines()[-1]) == (1, "mend them with: kith repair")
    repaired = kith("repair", "--json")
    assert (repaired.code, repaired.json["lost"], repaired.json["verify"]["ok"]) == (0, 1, True)
    again = kith("run", str(mangled), "--full", "--max-rejected", "1", "--json").json
    assert (again["accepted"], again["read"]) == (1, 400)


def test_rebuild(kith: Kith, filled: Any) -> None:
    before = kith("verify", "--json").json
    messages = before["counts"]["documents"]
    assert kith("rebuild", "vectors", "--json").json == {"rebuilt": "vectors", "count": messages}
    assert kith("rebuild", "evidence").out == (
        f"evidence worked out again from {messages:,} messages\nthey teach what they taught before\n"
    )
    assert kith("rebuild", "graph").out == "graph worked out again from 15 people\n"
    assert kith("verify", "--json").json["digests"] == before["digests"]


def test_anomalies(kith: Kith, filled: Any) -> None:
    assert kith("anomalies").out == "nothing needs attention\n"
    key = lose_a_document(filled)
    items = kith("anomalies", "--json").json["items"]
    assert {item["kind"] for item in items} == {"stores_disagree"}
    assert any(item["subject"].endswith(key) for item in items)
    words = kith("anomalies").out.splitlines()
    assert words[0].startswith("stores disagree  ")
    assert words[2] == "    what helps: kith repair"


def test_rejections_are_listed_by_page(kith: Kith, filled: Any) -> None:
    whole = kith("rejections", "list", "--json").json
    assert whole["next"] is None
    paged: list[Any] = []
    after: list[str] = []
    while True:
        page = kith("rejections", "list", "--limit", "5", *after, "--json").json
        paged += page["items"]
        if page["next"] is None:
            break
        after = ["--after", page["next"]]
    assert paged == whole["items"]
    words = kith("rejections", "list", "--limit", "2").out.splitlines()
    assert words[0] == f"2 of {len(paged)} rejections"
    assert words[1].startswith(f"{paged[0]['id'][:12]}  {paged[0]['code']:14}")
    assert words[1].endswith(paged[0]["position"])
    assert words[2].strip() == paged[0]["detail"]
    assert words[-1] == f"more with: --after {paged[1]['id']}"


def test_rejections_of_a_code_and_of_a_run(kith: Kith, filled: Any) -> None:
    whole = kith("rejections", "list", "--json").json["items"]
    code, run = whole[0]["code"], whole[0]["run_id"]
    with_code = [item for item in whole if item["code"] == code]
    assert kith("rejections", "list", "--code", code, "--json").json["items"] == with_code
    assert kith("rejections", "list", "--run", run, "--json").json["items"] == whole
    assert kith("rejections", "list", "--run", "other").out == "nothing was rejected\n"
    ran = kith("rejections", "list", "--code", "odd")
    codes = ", ".join(get_args(RejectionCode))
    assert (ran.code, ran.err) == (2, f"kith: --code 'odd': there is no such code; the codes are {codes}\n")


def test_one_rejection_by_the_beginning_of_its_id(kith: Kith, filled: Any) -> None:
    item = kith("rejections", "list", "--json").json["items"][0]
    shown = kith("rejections", "show", item["id"][:10], "--json").json
    raw = shown.pop("raw")
    assert (shown, bool(raw)) == (item, True)
    words = kith("rejections", "show", item["id"]).out
    assert f"\ncode         {item['code']}\n" in words
    ran = kith("rejections", "show", "")
    assert ran.code == 2
    assert ran.err.startswith("kith: several rejections begin with '', such as ")


def test_rejections_are_tried_again(kith: Kith, place: Any) -> None:
    talk = [
        {"user_id": "u1", "note": "Any shoes?", "timestamp": 1},
        {"user_id": "u1", "message": "", "timestamp": 2},
        {"user_id": "u1", "message": "Porto!", "timestamp": 3},
    ]
    (place.folder / "talk.jsonl").write_text("".join(json.dumps(one) + "\n" for one in talk) + "no JSON\n")
    assert kith("run", "talk.jsonl", "--max-rejected", "1").code == 0
    replayed = kith("rejections", "replay", "--map", "message=note", "--json").json
    assert replayed == {"replayed": 2, "accepted": 1, "rejected": 1, "cut": 1}
    codes = [item["code"] for item in kith("rejections", "list", "--json").json["items"]]
    assert sorted(codes) == ["empty_text", "not_json"]
    (left,) = kith("rejections", "list", "--code", "empty_text", "--json").json["items"]
    assert kith("rejections", "replay", left["id"][:8]).out == "1 record tried again: 0 went through, 1 did not\n"
    assert kith("verify", "--json").json["counts"]["documents"] == 2
