"""How commands fail, in processes of their own: the exit code, the words, the object, and never a stack trace."""

import ctypes
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

RECORD = '{"user_id": "u1", "message": "Porto?", "timestamp": 1}\n'
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def failed(ran: Any, code: int, kind: str) -> str:
    """What was said, once everything about the failure has been looked at."""
    error = ran.json["error"]
    assert (ran.code, error["type"], error["exit_code"]) == (code, kind, code), ran
    assert ran.err == f"kith: {error['message']}\n"
    assert "Traceback" not in ran.err
    return str(error["message"])


FIELDS = (
    "user_id, message, timestamp, conversation_id, message_id, role, author, campaign_id, intent, engagement, metadata"
)
ENDINGS = ".json, .json.gz, .json.zst, .jsonl, .jsonl.gz, .jsonl.zst, .ndjson, .ndjson.gz, .ndjson.zst"
UNUSABLE = {
    "run": "name what to take in: `kith run FILE`, a folder, a glob, or - for standard input",
    "run none.jsonl": "'none.jsonl' does not exist; check the path.",
    "run *.none": "'*.none' matches no file; check the pattern, and quote it so that the shell leaves it alone.",
    "run .": f"'.' holds no file that ends with {ENDINGS}; give the files by name.",
    "run . --map message": "--map 'message' is not FIELD=NAME; write it like 'message=body'.",
    "run . --map who=me": f"--map 'who=me': there is no field 'who'; the fields are {FIELDS}.",
}
MISUSED = {
    "run --batches 3": "no such option: --batches (Possible options: --batch-size): see `kith run --help`",
    "run --batch-size 0 .": "invalid value for '--batch-size': Input should be greater than or equal to 1: "
    "see `kith run --help`",
    "rebuild cache": "invalid value for 'STORE': Value error, 'cache' is not one of 'evidence', 'vectors', 'graph': "
    "see `kith rebuild --help`",
    "forget": "missing argument 'USER': see `kith forget --help`",
    "statsu": "no such command 'statsu'. Did you mean 'status'?: see `kith --help`",
}


@pytest.mark.parametrize(("arguments", "words"), UNUSABLE.items())
def test_what_cannot_be_used(kith: Callable[..., Any], arguments: str, words: str) -> None:
    assert failed(kith(*arguments.split(), "--json"), 2, "BadInput") == words


@pytest.mark.parametrize(("arguments", "words"), MISUSED.items())
def test_wrong_usage(kith: Callable[..., Any], arguments: str, words: str) -> None:
    assert failed(kith(*arguments.split(), "--json"), 2, "UsageError") == words


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["runs", "list"],
        ["verify"],
        ["export", "u1"],
        ["forget", "u1"],
        ["rejections", "list"],
        ["lineage", "k"],
    ],
)
def test_nothing_stored_yet(kith: Callable[..., Any], place: Any, arguments: list[str]) -> None:
    words = failed(kith(*arguments, "--json"), 2, "BadInput")
    assert words == f"nothing has been stored under {str(place.home)!r} yet: begin with `kith run FILE`"
    assert not place.home.exists()


def test_ids_that_nobody_knows(kith: Callable[..., Any], filled: Any) -> None:
    said = {
        arguments: failed(kith(*arguments.split(), "--json"), 2, "BadInput")
        for arguments in ("runs show r1", "rejections show x1", "rejections replay x1", "export u99", "lineage k1")
    }
    assert said == {
        "runs show r1": "there is no run 'r1': see `kith runs list`",
        "rejections show x1": "there is no rejection 'x1': see `kith rejections list`",
        "rejections replay x1": "there is no rejection 'x1': see `kith rejections list`",
        "export u99": "nobody knows 'u99' in tenant 'default': check how it is written, and --tenant; "
        "`kith run FILE` takes in what they wrote",
        "lineage k1": "no message with the key 'k1' was ever taken in for tenant 'default'",
    }


def test_all_wrong_settings_at_once(place: Any) -> None:
    ran = place.child("status", "--json", KITH_SHARDS="many", KITH_TENNANT="x", KITH_LEDGER_URL="mysql://a:b@c/d")
    assert failed(ran, 2, "BadInput") == (
        "these settings cannot be used:\n"
        "  KITH_TENNANT: there is no such setting; did you mean KITH_TENANT?\n"
        "  KITH_LEDGER_URL='mysql://a:…@c/d': begins with 'mysql', and must begin with sqlite: or postgresql: (or be "
        "empty)\n"
        "  KITH_SHARDS='many': Input should be a valid integer, unable to parse string as an integer"
    )


def test_a_run_and_its_exit_codes(place: Any) -> None:
    (place.folder / "talk.jsonl").write_text(RECORD + "{}\n")
    words = failed(place.child("run", "talk.jsonl", "--json"), 3, "TooManyRejected")
    assert words.startswith("1 of 2 records were rejected (50.0%), and --max-rejected allows 5.0%")
    done = place.child("run", "talk.jsonl", "--full", "--max-rejected", "0.5", "--json")
    assert (done.code, done.err, done.json["duplicate"], done.json["rejected"]) == (0, "", 1, 1)
    assert place.child().code == 2
    assert place.child("--version").out.startswith("kith 0")


def test_stores_held_by_another_process(place: Any) -> None:
    with place.start("run", "-", "--batch-size", "100") as holder:
        holder.stdin.write(RECORD.replace("Porto?", "P" * 1000).encode() * 150)  # it waits for more
        holder.stdin.flush()
        beside = place.child("status", "--json")
        while beside.code != 0 or not beside.json["counts"]["messages"]:
            beside = place.child("status", "--json")
        owner = beside.json["owner"]
        assert (owner["pid"], owner["command"]) == (holder.pid, "kith run - --batch-size 100")
        assert beside.json["runs"][0]["status"] == "running"
        for command in (["run", "-"], ["verify"]):
            words = failed(place.child(*command, "--json"), 4, "StoresHeld")
            assert f"held by process {holder.pid}, 'kith run - --batch-size 100', since " in words
        lock = {item["subject"]: item for item in place.child("doctor", "--json").json["items"]}["lock"]
        assert lock["ok"]
        assert f"held by process {holder.pid}" in lock["detail"]
        holder.communicate()
        assert holder.returncode == 0


def without_privilege() -> None:
    """The child keeps to permissions, though it may run as root."""
    if os.geteuid() == 0:
        system = ctypes.CDLL(None)
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            system.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def test_what_may_not_be_read_or_written(place: Any) -> None:
    (place.folder / "secret.jsonl").write_text(RECORD)
    (place.folder / "secret.jsonl").chmod(0o000)
    place.home.mkdir(mode=0o500)

    def child(*arguments: str) -> tuple[int, str]:
        with place.start(*arguments, "--json", preexec_fn=without_privilege) as process:
            out, err = process.communicate()
        assert b"Traceback" not in err
        return process.returncode, str(json.loads(out)["error"]["message"])

    unread = "'secret.jsonl' cannot be read; check that it is there and its permissions."
    assert child("run", "secret.jsonl", "--dry-run") == (2, unread)
    code, words = child("run", "-")
    assert (code, words.startswith(f"'{place.home}/owner.lock' cannot be used: [Errno 13]")) == (1, True)


def test_a_home_that_is_a_file(place: Any) -> None:
    place.home.write_text("")
    ran = place.child("run", "-", "--json", given=RECORD)
    assert "cannot be used" in failed(ran, 1, "Terminal")


def test_damaged_documents(kith: Callable[..., Any], filled: Any) -> None:
    (filled.home / "documents.db").write_bytes(os.urandom(5000))
    for ran in (filled.child("run", "-", "--json"), kith("verify", "--json")):
        words = failed(ran, 1, "WrongFormat")
        assert words.startswith(f"'{filled.home}/documents.db' is not an SQLite database.")
    doctor = kith("doctor", "--json")
    assert (doctor.code, doctor.json["items"][-1]["ok"]) == (1, False)


def test_a_home_of_a_newer_version(kith: Callable[..., Any], filled: Any) -> None:
    with closing(sqlite3.connect(filled.home / "ledger.db")) as ledger, ledger:
        ledger.execute("INSERT INTO ledger_format VALUES (99, 0)")
    for ran in (filled.child("run", "-", "--json"), kith("status", "--json"), kith("verify", "--json")):
        words = failed(ran, 1, "WrongFormat")
        assert words.startswith(f"The ledger at '{filled.home}/ledger.db' has format 99, and this version")


def test_another_model_against_filled_stores(filled: Any) -> None:
    ran = filled.child("run", "-", "--json", given=RECORD, KITH_EMBEDDER="default")
    words = failed(ran, 1, "ModelMismatch")
    assert "`kith rebuild vectors`" in words
    assert "'hash'" in words
    assert "'all-MiniLM-L6-v2'" in words


def test_what_should_not_happen_is_kept_for_a_report(
    kith: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("out of the blue")

    monkeypatch.setattr("kith.settings.load_settings", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    words = failed(kith("status", "--json"), 1, "Unforeseen")
    (kept,) = tmp_path.glob("kith-error-*.txt")
    assert words == (
        f"something went wrong that should not: RuntimeError: out of the blue\nits trace is in {kept}: please report it"
    )
    assert kept.read_text().endswith("RuntimeError: out of the blue\n")
