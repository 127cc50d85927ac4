"""What a server was sent and said that it would take in: taken in, whatever ended the server before."""

import json
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

Kith: TypeAlias = Callable[..., Any]


@contextmanager
def served(place: Any) -> Generator[tuple[Any, httpx.Client]]:
    """A server that has begun, and who asks it."""
    process = place.start("serve", "--port", "0", "--json")
    try:
        with httpx.Client(base_url=json.loads(process.stdout.readline())["url"] + "/api/v1") as client:
            yield process, client
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate()


def lines(*numbers: int) -> bytes:
    said = ({"user_id": f"u{n % 3}", "message": f"day {n}", "timestamp": 1_770_000_000 + n} for n in numbers)
    return "".join(json.dumps(one) + "\n" for one in said).encode()


def sent(client: httpx.Client, path: str, content: bytes, **options: Any) -> str:
    accepted = client.post(path, params=options, content=content)
    assert accepted.status_code == 202, accepted.text
    return accepted.headers["Location"].rpartition("/")[2]


def files(place: Any) -> list[Path]:
    return sorted(path for path in (place.home / "uploads").rglob("*") if path.is_file() and path.name != "lock")


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_whoever_was_told_that_it_will_be_taken_in_finds_it_so(place: Any, kith: Kith, end: signal.Signals) -> None:
    with served(place) as (process, client):
        begun = sent(client, "/runs", lines(*range(200)), source="long.jsonl", batch_size=1)
        waiting = sent(client, "/runs", lines(*range(150, 300)), source="short.jsonl", max_rejected=1)
        offers = sent(client, "/campaigns/load", b'{"id": "spring", "title": "Trail shoes"}\n', source="c.json")
        with client.stream("GET", f"/runs/{begun}/events") as events:
            next(line for line in events.iter_lines() if line.startswith("event: pulse"))  # it is at work
            process.send_signal(end)
        process.wait()
    assert len(files(place)) == 6
    with served(place) as (_, client):
        # They are done in order, so that what came last is done last.
        with client.stream("GET", f"/jobs/{offers}/events") as events:
            done = [
                json.loads(line.removeprefix("data: ")) for line in events.iter_lines() if line.startswith("data: {")
            ]
        assert (done[-1]["state"], done[-1]["result"]["accepted"]) == ("done", 1)
        runs = {run["run_id"]: run for run in client.get("/runs").json()["items"]}
        assert files(place) == []
    assert len(runs) == 3
    first, second, again = runs.pop(begun), runs.pop(waiting), runs.popitem()[1]
    assert first["status"] == ("interrupted" if end == signal.SIGTERM else "abandoned")
    assert (second["status"], again["status"]) == ("succeeded", "succeeded")
    # What was delivered as the server was killed is finished at the next start, and counted by no run.
    counted = first["accepted"] + second["accepted"] + again["accepted"]
    assert counted == 300 if end == signal.SIGTERM else counted in (299, 300)
    assert kith("status", "--json").json["counts"]["messages"] == 300
    assert kith("verify", "--json").json["ok"] is True


def test_what_was_being_sent_and_what_was_cancelled_is_not_taken_up(place: Any) -> None:
    with served(place) as (process, client):
        sent(client, "/runs", lines(*range(200)), batch_size=1)
        cancelled = sent(client, "/runs", lines(700))
        assert client.post(f"/runs/{cancelled}/cancel").json()["running"] is True
        files(place)[0].with_name("0123456789abcdef").write_bytes(lines(1))  # whose sender was told nothing
        process.send_signal(signal.SIGTERM)
        process.wait()
    assert len(files(place)) == 3
    with served(place) as (_, client):
        left = [path.name for path in files(place)]
        assert "0123456789abcdef" not in left
        assert client.get(f"/runs/{cancelled}").json()["status"] == "interrupted"


def test_an_upload_that_cannot_be_taken_up_is_told_of_and_left(place: Any) -> None:
    folder = place.home / "uploads" / "of-one-who-died"
    folder.mkdir(parents=True)
    (folder / "0123456789abcdef").write_bytes(lines(1))
    (folder / "0123456789abcdef.ticket").write_text("{")
    with served(place) as (process, client):
        assert client.get("/runs").json()["items"] == []
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate()
    assert b"0123456789abcdef cannot be taken up again; delete it, and have it sent once more" in log
    assert len(files(place)) == 2
