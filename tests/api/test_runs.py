"""Runs over HTTP: what is sent is taken in once, told of while it goes on and after, and ended early when asked."""

import io
import json
import tarfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeAlias

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kith.etl.summary import run_json
from kith.persona.identity import Json
from kith.serving.frame.house import House
from kith.serving.operations import uploads
from kith.serving.operations.jobs import Job
from kith.serving.operations.queue import Queue

ClientOf: TypeAlias = Callable[..., TestClient]
TAR = {"Content-Type": "application/x-tar"}
CAMPAIGN = {"id": "spring", "title": "Trail shoes"}


def record(n: int, **more: Json) -> dict[str, Json]:
    said = {"user_id": f"u{n % 3}", "message": f"I saw Porto on day {n}", "timestamp": 1_770_000_000_000 + n * 60_000}
    return {**said, **more}


def lines(*records: object) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in records).encode()


def archive(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, octets in files.items():
            member = tarfile.TarInfo(name.replace("_json", ".json"))
            member.size = len(octets)
            tar.addfile(member, io.BytesIO(octets))
    return packed.getvalue()


def told(response: Any) -> list[tuple[str, Any]]:
    """The events of a stream, in order."""
    assert response.headers["content-type"].startswith("text/event-stream")
    events = [part.split("\n") for part in response.text.split("\n\n") if part.startswith("event")]
    return [(name.removeprefix("event: "), json.loads(said.removeprefix("data: "))) for name, said in events]


def followed(client: TestClient, accepted: Any) -> dict[str, Any]:
    """What came of a run that was accepted."""
    assert accepted.status_code == 202, accepted.text
    name, done = told(client.get(accepted.headers["Location"] + "/events"))[-1]
    assert name == "done"
    return done


def counts(done: dict[str, Any]) -> dict[str, Any]:
    return {name: done[name] for name in ("status", "read", "accepted", "duplicate", "rejected", "sources_unchanged")}


def counted(status: str, read: int, accepted: int, duplicate: int = 0, rejected: int = 0, unchanged: int = 0) -> Any:
    return dict(
        status=status,
        read=read,
        accepted=accepted,
        duplicate=duplicate,
        rejected=rejected,
        sources_unchanged=unchanged,
    )


class Blocked:
    """A job before all others, until it is let go."""

    def __init__(self, api: FastAPI) -> None:
        begun, self._on = threading.Event(), threading.Event()

        def work(_job: Job) -> dict[str, Json]:
            begun.set()
            self._on.wait()
            return {}

        self._queue: Queue = api.state.queue
        self._queue.add("verify", "nobody", work)
        begun.wait()

    def let_go(self) -> None:
        self._on.set()


@pytest.fixture
def blocked(api: FastAPI) -> Generator[Blocked]:
    found = Blocked(api)
    yield found
    found.let_go()


@contextmanager
def spooled(house: House) -> Generator[Callable[[], list[str]]]:
    folder = house.home / "uploads"
    yield lambda: sorted(path.name for path in folder.glob("*/*") if path.name != "lock")


def test_a_file_is_taken_in_and_told_of(client_of: ClientOf, house: House) -> None:
    client = client_of("runs-one")
    content = lines(*map(record, range(7)), {"no": 1})
    accepted = client.post("/api/v1/runs", params={"source": "a.jsonl", "max_rejected": 1}, content=content)
    run_id = accepted.json()["run_id"]
    assert accepted.json() == {"run_id": run_id, "ahead": 0}
    assert accepted.headers["Location"] == f"/api/v1/runs/{run_id}"
    *pulses, (name, done) = told(client.get(f"/api/v1/runs/{run_id}/events"))
    assert name == "done"
    assert {one for one, _ in pulses} == {"pulse"}
    read: dict[str, int] = {}
    for _, pulse in pulses:
        read[pulse["step"]] = read.get(pulse["step"], 0) + pulse["read"]
    assert (read["ingest"], read["commit"]) == (8, 8)
    row = house.stores.ledger.runs.get(run_id)
    assert row is not None
    shown = run_json(row)
    finished: dict[str, Any] = {
        "campaigns": {"read": 0, "accepted": 0, "unchanged": 0, "rejected": []},
        "person": "u0",
        "failure": None,
    }
    timed = ("seconds", "messages_per_second", "started_at", "finished_at")
    assert {**{n: v for n, v in done.items() if n not in timed}, "stores": None} == {
        **{n: v for n, v in shown.items() if n not in timed},
        **finished,
    }
    assert done["stores"] == {"documents": 7, "vectors": 7, "entities": 1, "edges": 3, "engagement": 0}
    assert client.get(f"/api/v1/runs/{run_id}").json() == {**shown, "codes": {"missing_field": 1}}
    with spooled(house) as waiting:
        assert waiting() == []


def test_a_run_that_too_much_of_is_rejected_fails_as_the_command_does(client_of: ClientOf) -> None:
    client = client_of("runs-bad")
    done = followed(client, client.post("/api/v1/runs", params={"max_rejected": 0.1}, content=lines(record(1), {}, {})))
    assert (done["status"], done["failure"]["type"]) == ("failed", "TooManyRejected")
    assert done["error"] == done["failure"]["message"]
    assert "2 of 3 records were rejected" in done["error"]


def test_a_source_is_read_on_from_where_it_ended(client_of: ClientOf) -> None:
    client, begin = client_of("runs-grown"), lines(*map(record, range(3)))

    def run(content: bytes, **more: Any) -> dict[str, Any]:
        return counts(followed(client, client.post("/api/v1/runs", params={"source": "a", **more}, content=content)))

    assert run(begin) == counted("succeeded", 3, 3)
    assert run(begin) == counted("succeeded", 0, 0, unchanged=1)
    assert run(begin + lines(record(3))) == counted("succeeded", 1, 1)
    assert run(begin, full=True) == counted("succeeded", 3, 0, duplicate=3)
    assert run(begin, source="b") == counted("succeeded", 3, 0, duplicate=3)
    nameless = client.post("/api/v1/runs", content=begin)
    assert counts(followed(client, nameless)) == counted("succeeded", 3, 0, duplicate=3)


def test_options_are_those_of_the_command(client_of: ClientOf) -> None:
    client = client_of("runs-options")
    content = lines(*({"user_id": "u1", "body": f"hello {n}", "when": 1_770_000_000 + n} for n in range(9)))
    options = {"map": ["message=body", "timestamp=when"], "limit": 5, "batch_size": 2}
    done = followed(client, client.post("/api/v1/runs", params=options, content=content))
    assert (counts(done), done["batches"]) == (counted("succeeded", 5, 5), 3)


def test_several_files_are_one_run(client_of: ClientOf, house: House) -> None:
    client = client_of("runs-several")
    content = archive(
        a_jsonl=lines(record(1), record(2)),
        campaigns_json=lines(CAMPAIGN),
        b_jsonl=lines(record(2), record(4)),
    )
    done = followed(client, client.post("/api/v1/runs", content=content, headers=TAR))
    assert counts(done) == counted("succeeded", 4, 3, duplicate=1)
    assert done["campaigns"] == {"read": 1, "accepted": 1, "unchanged": 0, "rejected": []}
    assert list(house.stores.documents.get_campaigns("runs-several", ["spring"])) == ["spring"]
    again = followed(client, client.post("/api/v1/runs", content=content, headers=TAR))
    assert counts(again) == counted("succeeded", 0, 0, unchanged=2)


def linked() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        link = tarfile.TarInfo("passwords")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no archive" * 100, "no tar archive"),
        (archive(a=b"x" * 5000)[:3000], "no tar archive"),
        (linked(), "is a link"),
    ],
)
def test_an_archive_that_cannot_be_read_is_refused(client_of: ClientOf, content: bytes, words: str) -> None:
    client = client_of("runs-tar")
    accepted = client.post("/api/v1/runs", content=content, headers=TAR)
    done = followed(client, accepted)
    assert (done["status"], done["failure"]["type"]) == ("failed", "BadInput")
    assert words in done["failure"]["message"]
    shown = client.get(accepted.headers["Location"]).json()
    assert (shown["status"], shown["error"], shown["started_at"]) == ("failed", done["error"], None)
    assert client.get(accepted.headers["Location"] + "/log").text == ""


def test_campaigns_are_loaded_under_any_name(client_of: ClientOf) -> None:
    client = client_of("runs-catalogue")
    accepted = client.post(
        "/api/v1/campaigns/load", params={"source": "c"}, content=lines(CAMPAIGN, {"id": "no title"})
    )
    name, job = told(client.get(accepted.headers["Location"] + "/events"))[-1]
    assert (name, job["what"], job["state"], job["failure"]) == ("done", "campaigns", "done", None)
    assert {**job["result"], "rejected": [one["code"] for one in job["result"]["rejected"]]} == {
        "read": 2,
        "accepted": 1,
        "unchanged": 0,
        "rejected": ["missing_field"],
    }


def test_a_run_that_waits_says_so_and_ends_before_it_begins_when_asked(client_of: ClientOf, blocked: Blocked) -> None:
    client = client_of("runs-waiting")
    accepted = client.post("/api/v1/runs", content=lines(record(1)))
    where = accepted.headers["Location"]
    assert accepted.json()["ahead"] == 1
    assert client.get(where).json()["status"] == "waiting"
    cancelled = client.post(f"{where}/cancel")
    assert (cancelled.status_code, cancelled.json()["running"]) == (202, True)
    blocked.let_go()
    assert counts(followed(client, accepted)) == counted("interrupted", 0, 0)
    assert client.get(where).json()["status"] == "interrupted"
    assert client.post(f"{where}/cancel").json()["running"] is False


def test_whoever_is_forgotten_while_an_upload_waits_is_refused_at_the_door(
    client_of: ClientOf, blocked: Blocked, house: House
) -> None:
    client = client_of("runs-forgotten")
    accepted = client.post("/api/v1/runs", params={"max_rejected": 1}, content=lines(record(0), record(1), record(2)))
    with spooled(house) as waiting:
        assert len(waiting()) == 2  # the file, and its ticket
        assert client.post("/api/v1/forget", json={"user_id": "u1"}).status_code == 200
        blocked.let_go()
        done = followed(client, accepted)
        assert counts(done) == counted("succeeded", 3, 2, rejected=1)
        assert client.get(accepted.headers["Location"]).json()["codes"] == {"forgotten": 1}
        assert waiting() == []


def test_an_upload_leaves_the_stores_their_room(
    client_of: ClientOf, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LEFT_FREE", 1 << 60)
    refused = client_of("runs-room").post("/api/v1/runs", content=lines(record(1)))
    assert (refused.status_code, refused.json()["type"]) == (413, "urn:kith:problem:too-large")
    assert "no room for this upload" in refused.json()["detail"]
    with spooled(house) as waiting:
        assert waiting() == []


def test_what_cannot_be_done_is_refused_before_it_is_sent(client_of: ClientOf) -> None:
    client = client_of("runs-options")
    refused = client.post("/api/v1/runs", params={"map": "nonsense=x"}, content=lines(record(1)))
    assert (refused.status_code, refused.json()["type"]) == (400, "urn:kith:problem:bad-input")


def test_runs_are_listed_the_newest_first_page_by_page(client_of: ClientOf, house: House) -> None:
    client = client_of("runs-list")
    for n in range(5):
        followed(client, client.post("/api/v1/runs", content=lines(record(n))))
    every = [json.loads(json.dumps(run_json(row))) for row in house.stores.ledger.runs.latest("runs-list")]
    assert len(every) == 5
    assert client.get("/api/v1/runs").json() == {"items": every, "next": None}
    seen: list[Any] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        cursor = {"cursor": page["next"]} if page["next"] else {}
        page = client.get("/api/v1/runs", params={"limit": 2, **cursor}).json()
        seen.append(page["items"])
    assert seen == [every[:2], every[2:4], every[4:]]
    assert client.get("/api/v1/runs", params={"cursor": "x"}).json()["type"] == "urn:kith:problem:bad-cursor"


def test_a_log_has_a_line_for_each_thing_that_happened(client_of: ClientOf) -> None:
    client = client_of("runs-log")
    accepted = client.post(
        "/api/v1/runs", params={"source": "a\nb", "max_rejected": 1}, content=lines(record(1), {"no": 1})
    )
    followed(client, accepted)
    said = client.get(accepted.headers["Location"] + "/log").text.splitlines()
    assert said[0].split(" ", 1)[1] == "START "
    assert [line.split(" ", 1)[1] for line in said if "COMPLETE" in line] == ['COMPLETE "a\\nb"']
    assert any("documents succeeded: 1 records in" in line for line in said)
    assert said[-1] == "rejected as missing_field: 1"


def test_a_run_is_its_tenants_alone(client_of: ClientOf) -> None:
    client, stranger = client_of("runs-mine"), client_of("runs-theirs")
    accepted = client.post("/api/v1/runs", content=lines(record(1)))
    followed(client, accepted)
    where = accepted.headers["Location"]
    asked = [stranger.get(where), stranger.get(f"{where}/events"), stranger.get(f"{where}/log")]
    asked.append(stranger.post(f"{where}/cancel"))
    assert [one.status_code for one in asked] == [404] * 4
    assert {one.json()["type"] for one in asked} == {"urn:kith:problem:unknown-thing"}


def test_reading_is_not_enough_to_take_in(client_of: ClientOf) -> None:
    refused = client_of("runs-read", "read").post("/api/v1/runs", content=lines(record(1)))
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:kith:problem:wrong-scope")
