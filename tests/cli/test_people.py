"""forget, admit, export, and data generate."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Kith = Callable[..., Any]


def test_forget_and_admit(kith: Kith, filled: Any, mangled: Path, first: dict[str, Any]) -> None:
    user = first["user_id"]
    receipt = kith("forget", user, "--json").json
    assert sorted(receipt) == ["deleted", "finished_at", "receipt_id", "requested_at", "second_look", "user"]
    assert (receipt["user"], set(receipt["second_look"].values())) == (user, {0})
    assert all(receipt["deleted"][store] > 0 for store in ("documents", "vectors", "graph", "ledger"))
    gone = kith("export", user, "--json")
    assert (gone.code, gone.json["error"]["message"]) == (
        2,
        f"nobody knows {user!r} in tenant 'default': check how it is written, and --tenant; "
        "`kith run FILE` takes in what they wrote",
    )
    refused = kith("run", str(mangled), "--full", "--max-rejected", "1").out
    assert "Nothing new" not in refused
    codes = kith("runs", "show", "--json").json["codes"]
    assert codes["forgotten"] > 0
    assert kith("admit", user, "--json").json == {"user": user, "admitted": True}
    assert kith("admit", user).out == f"{user!r} was not forgotten: nothing to do\n"


def test_forgetting_somebody_that_nobody_knows_says_so(kith: Kith, filled: Any) -> None:
    ran = kith("forget", "u-slip")
    assert ran.code == 0
    first, second = ran.out.splitlines()
    assert first.startswith("nothing was held about 'u-slip'; messages dated before 2")
    assert second.endswith("was it a slip? `kith admit` takes it back")
    assert kith("admit", "u-slip").out == "'u-slip' is let in again\n"


def test_export(kith: Kith, filled: Any, first: dict[str, Any]) -> None:
    user = first["user_id"]
    lines = kith("export", user).out
    items = [json.loads(line) for line in lines.splitlines()]
    assert items[0] == {"kind": "user", "user_id": user, "name": None, "metadata": {}}
    assert {item["user_id"] for item in items if item["kind"] == "message"} == {user}
    whole = kith("export", user, "--json").json
    assert whole == {"user": user, "out": None, "records": len(items), "items": items}
    ran = kith("export", user, "--out", "person.jsonl")
    assert (ran.code, ran.out, ran.err) == (0, "", f"kith: {len(items)} records written to person.jsonl\n")
    file = filled.folder / "person.jsonl"
    assert file.read_text() == lines
    assert file.stat().st_mode & 0o777 == 0o600
    ran = kith("export", user, "--out", "person.jsonl", "--json")
    assert ran.json == {"user": user, "out": "person.jsonl", "records": len(items)}


def test_a_file_is_there_whole_or_not_at_all(kith: Kith, filled: Any) -> None:
    (filled.folder / "old.jsonl").write_text("as it was")
    assert kith("export", "nobody", "--out", "old.jsonl").code == 2
    assert {path.name: path.read_text() for path in filled.folder.iterdir()} == {"old.jsonl": "as it was"}
    assert kith("export", "nobody", "--out", ".").err == "kith: '.' is a folder; name a file\n"
    ran = kith("export", "nobody", "--out", "none/x.jsonl")
    assert (ran.code, ran.err) == (2, "kith: 'none' is no folder; make it first, or name another file\n")


def test_generate(kith: Kith, place: Any) -> None:
    made = kith("data", "generate", "--users", "4", "--messages", "40", "--seed", "3", "--out", "made", "--json").json
    size = (place.folder / "made" / "conversations.jsonl").stat().st_size
    assert made == {
        "conversations": "made/conversations.jsonl",
        "campaigns": "made/campaigns.jsonl",
        "records": 40,
        "bytes": size,
        "catalogue": 40,
    }
    refused = kith("data", "generate", "--out", "made")
    assert (refused.code, "exists" in refused.err) == (2, True)
    again = kith("data", "generate", "--users", "1", "--messages", "1", "--out", "made", "--overwrite")
    assert again.out == "1 record of 1 person and 40 campaigns in made; next: kith run made\n"
    (place.folder / "file").write_text("")
    unusable = kith("data", "generate", "--out", "file")
    assert (unusable.code, unusable.out, unusable.err.startswith("kith: 'file")) in [(1, "", True), (2, "", True)]
