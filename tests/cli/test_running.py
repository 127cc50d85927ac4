"""`kith run` and `kith campaigns`, on all forms of input."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zstandard

from kith.persona.identity import Json

Kith = Callable[..., Any]
COUNTS = ("status", "read", "accepted", "duplicate", "rejected", "sources_unchanged", "batches")


def record(n: int, **more: Json) -> dict[str, Json]:
    return {"user_id": f"u{n % 3}", "message": f"Porto or Lisbon, {n}?", "timestamp": 1_770_000_000 + n, **more}


RECORDS = [record(n) for n in range(6)]
LINES = "".join(json.dumps(one) + "\n" for one in RECORDS)


def counts(answer: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(answer[name] for name in COUNTS)


def test_every_form_of_input(kith: Kith, place: Any) -> None:
    def lines(user: str) -> bytes:
        return LINES.replace(': "u', f': "{user}').encode()

    talk = {"messages": [{"role": "user", "content": "Any shoes?", "ts": 1_770_000_000}]}
    forms = {
        "lines.jsonl": lines("a"),
        "array.json": json.dumps([one | {"user_id": "b"} for one in RECORDS]).encode(),
        "packed.jsonl.gz": gzip.compress(lines("c")),
        "packed.jsonl.zst": zstandard.compress(lines("d")),
        "chat.json": json.dumps(talk | {"user_id": "e"}).encode(),
        "talks.json": json.dumps({"conversations": [talk | {"id": n, "user": "f"} for n in "xy"]}).encode(),
        "one.json": json.dumps(RECORDS[0] | {"user_id": "g"}, indent=2).encode(),
        "bom.jsonl": b"\xef\xbb\xbf" + lines("h"),
        "wide.json": json.dumps([one | {"user_id": "i"} for one in RECORDS]).encode("utf-16"),
    }
    (place.folder / "in").mkdir()
    for name, content in forms.items():
        (place.folder / "in" / name).write_bytes(content)
    ran = kith("run", "in", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert counts(ran.json) == ("succeeded", 40, 40, 0, 0, 0, 1)
    assert ran.json["stores"]["documents"] == ran.json["stores"]["vectors"] == 40
    assert {name: kith("run", f"in/{name}", "--dry-run", "--json").json["read"] for name in forms} == dict(
        zip(forms, (6, 6, 6, 6, 1, 2, 1, 6, 6), strict=True)
    )


def test_folder_glob_and_standard_input(kith: Kith, place: Any) -> None:
    (place.folder / "in" / "deeper").mkdir(parents=True)
    (place.folder / "in" / "a.jsonl").write_text(LINES)
    (place.folder / "in" / "deeper" / "b.json").write_text(json.dumps([record(9)]))
    (place.folder / "in" / "campaigns.jsonl").write_text('{"id": "c1", "title": "Trail week"}\n{"id": "c2"}\n')
    ran = kith("run", "in", "--json")
    assert counts(ran.json) == ("succeeded", 7, 7, 0, 0, 0, 1)
    assert ran.json["campaigns"] == {
        "read": 2,
        "accepted": 1,
        "unchanged": 0,
        "rejected": [
            {
                "code": "missing_field",
                "detail": "'title' is missing; give it",
                "source": str(place.folder / "in" / "campaigns.jsonl"),
                "position": "line 2",
            }
        ],
    }
    assert counts(kith("run", "in/*.jsonl", "in/deeper", "--json").json) == ("succeeded", 0, 0, 0, 0, 2, 0)
    piped = place.child("run", "-", "--json", given=LINES + json.dumps(record(20)) + "\n")
    assert counts(piped.json) == ("succeeded", 7, 1, 6, 0, 0, 1)


def test_full_reads_again_and_finds_duplicates(kith: Kith, place: Any) -> None:
    (place.folder / "talk.jsonl").write_text(LINES)
    assert counts(kith("run", "talk.jsonl", "--json").json) == ("succeeded", 6, 6, 0, 0, 0, 1)
    assert counts(kith("run", "talk.jsonl", "--json").json) == ("succeeded", 0, 0, 0, 0, 1, 0)
    assert counts(kith("run", "talk.jsonl", "--full", "--json").json) == ("succeeded", 6, 0, 6, 0, 0, 1)
    (place.folder / "talk.jsonl").write_text(LINES + json.dumps(record(7)) + "\n")
    assert counts(kith("run", "talk.jsonl", "--json").json) == ("succeeded", 1, 1, 0, 0, 0, 1)


def test_limit_and_batch_size(kith: Kith, place: Any) -> None:
    (place.folder / "talk.jsonl").write_text(LINES)
    ran = kith("run", "talk.jsonl", "--limit", "5", "--batch-size", "2", "--no-progress", "--json")
    assert counts(ran.json) == ("succeeded", 5, 5, 0, 0, 0, 3)
    assert counts(kith("run", "talk.jsonl", "--json").json) == ("succeeded", 1, 1, 0, 0, 0, 1)


def test_map_names_other_fields(kith: Kith, place: Any) -> None:
    (place.folder / "odd.jsonl").write_text('{"who": "u1", "said": "Any shoes?", "at": "2026-03-01"}\n')
    assert kith("run", "odd.jsonl", "--json").code == 3
    ran = kith(
        "run", "odd.jsonl", "--full", "--map", "user_id=who", "--map", "message=said", "--map", "timestamp=at", "--json"
    )
    assert counts(ran.json) == ("succeeded", 1, 1, 0, 0, 0, 1)


def test_a_dry_run_writes_nothing(kith: Kith, place: Any) -> None:
    (place.folder / "talk.jsonl").write_text(LINES + '{"user_id": "u1"}\n')
    (place.folder / "campaigns.jsonl").write_text('{"id": "c1", "title": "Trail week"}\n')
    ran = kith("run", ".", "--dry-run", "--max-rejected", "0.2", "--json")
    assert ran.code == 0
    assert ran.json == {
        "dry_run": True,
        "read": 7,
        "accepted": 6,
        "rejected": 1,
        "codes": {"missing_field": 1},
        "examples": [
            {
                "code": "missing_field",
                "detail": "'message' is missing; give it, or name the field that holds it: --map message=NAME",
                "source": str(place.folder / "talk.jsonl"),
                "position": "line 7",
            }
        ],
        "campaigns": {"read": 1, "accepted": 1, "unchanged": 0, "rejected": []},
    }
    assert not place.home.exists()
    assert kith("run", ".", "--dry-run").out == (
        "A dry run: nothing was written\n"
        "7 records read, 6 accepted, 1 rejected\n"
        "\n"
        "rejected as    records\n"
        "──────────────────────\n"
        "missing_field        1\n"
        "\n"
        "missing_field  talk.jsonl, line 7\n"
        "    'message' is missing; give it, or name the field that holds it: --map message=NAME\n"
        "campaigns: 1 taken in, 0 unchanged\n"
    )


def test_a_dry_run_says_when_too_many_would_be_rejected(kith: Kith, place: Any) -> None:
    (place.folder / "talk.jsonl").write_text(LINES + '{"user_id": "u1"}\n')
    ran = kith("run", "talk.jsonl", "--dry-run", "--json")
    assert (ran.code, ran.json["rejected"]) == (3, 1)
    assert ran.err == "kith: 14.3% of the records would be rejected, and --max-rejected allows 5.0%\n"


def test_what_people_see_of_a_run(kith: Kith, place: Any) -> None:
    (place.folder / "talk.jsonl").write_text(LINES)
    first = kith("run", "talk.jsonl").out.splitlines()
    assert first[0].startswith("run 2")
    assert " succeeded in " in first[0]
    assert first[0].endswith(" messages a second")
    assert first[1].split("    ")[0].split() == ["records"]
    assert [line.split()[:2] for line in first[3:7]] == [
        ["read", "6"],
        ["accepted", "6"],
        ["duplicate", "0"],
        ["rejected", "0"],
    ]
    assert first[-5:] == [
        "What to try next",
        "  kith profile u0         what is known of a person, and from which words",
        "  kith status             what is there, and what happened lately",
        "  kith verify             whether the five stores agree",
        "  kith run YOUR.jsonl     your own conversations",
    ]
    again = kith("run", "talk.jsonl").out.splitlines()
    assert again[1:] == ["Nothing new (1 unchanged source): all of this was taken in before."]
    full = kith("run", "talk.jsonl", "--full").out.splitlines()
    assert full[-1] == "Nothing new (6 duplicates): all of this was taken in before."
    (place.folder / "none.jsonl").write_text("")
    assert kith("run", "none.jsonl").out.splitlines()[1:] == [
        "Nothing to read: there are no records in what was named."
    ]


def test_campaigns_are_loaded_and_listed(kith: Kith, place: Any) -> None:
    good = {
        "id": "c1",
        "title": "Trail week",
        "intents": ["buy_shoes"],
        "starts": "2026-03-01",
        "url": "https://x.example",
    }
    (place.folder / "c.jsonl").write_text(json.dumps(good) + "\n")
    ran = kith("campaigns", "load", "c.jsonl", "--json")
    assert (ran.code, ran.json) == (0, {"read": 1, "accepted": 1, "unchanged": 0, "rejected": []})
    assert kith("campaigns", "load", "c.jsonl").out == "campaigns: 0 taken in, 1 unchanged\n"
    assert kith("campaigns", "list", "--json").json == {
        "items": [good | {"text": "", "starts": "2026-03-01T00:00:00.000Z"}],
        "next": None,
    }
    assert kith("campaigns", "list").out == (
        "1 campaign\nid  title       intents\n────────────────────────\nc1  Trail week  buy_shoes\n".replace(
            "────────────────────────", "─" * 25
        )
    )


def test_a_rejected_campaign_is_told_and_the_others_are_taken(kith: Kith, place: Any) -> None:
    (place.folder / "c.jsonl").write_text('{"id": "c1", "title": "Trail week"}\n{"id": "c2", "title": ""}\n')
    ran = kith("campaigns", "load", "c.jsonl")
    assert (ran.code, ran.err) == (3, "")
    assert ran.out == (
        "campaigns: 1 taken in, 0 unchanged, 1 rejected\n"
        "empty_text  c.jsonl, line 2\n"
        "    'title' holds no text; give the title that people see\n"
    )
    missing = kith("campaigns", "load", "none.jsonl", "--json")
    assert (missing.code, missing.json["error"]["message"]) == (2, "'none.jsonl' does not exist; check the path.")


def test_mangled_records_are_counted_by_code(kith: Kith, place: Any) -> None:
    assert kith("data", "generate", "--users", "9", "--messages", "300", "--mangled", "0.2", "--out", "bad").code == 0
    checked = kith("run", "bad", "--dry-run", "--max-rejected", "1", "--json").json
    ran = kith("run", "bad", "--max-rejected", "1", "--json")
    assert (ran.code, ran.json["read"], ran.json["rejected"]) == (0, 300, checked["rejected"])
    assert ran.json["accepted"] + ran.json["duplicate"] + ran.json["rejected"] == 300
    listed = kith("rejections", "list", "--limit", "1000", "--json").json
    codes = [item["code"] for item in listed["items"]]
    assert {code: codes.count(code) for code in sorted(set(codes))} == checked["codes"]
    assert len(checked["codes"]) >= 6
    assert kith("runs", "show", "--json").json["codes"] == checked["codes"]


def test_the_same_source_by_another_path_is_the_same(kith: Kith, place: Any) -> None:
    (place.folder / "talk.jsonl").write_text(LINES)
    assert counts(kith("run", "talk.jsonl", "--json").json) == ("succeeded", 6, 6, 0, 0, 0, 1)
    (place.folder / "link.jsonl").symlink_to(Path("talk.jsonl"))
    assert counts(kith("run", "./link.jsonl", "--json").json) == ("succeeded", 0, 0, 0, 0, 1, 0)
