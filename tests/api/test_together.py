"""Many at once, and beside a run: each message stands once in every store, and the stores agree."""

import json
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kith.etl.integrity import Integrity
from kith.persona.identity import Json
from kith.serving.frame.house import House
from kith.serving.operations.jobs import Job

ClientOf: TypeAlias = Callable[..., TestClient]
SAID = {"message": "We saw Monte Rosa", "message_id": "m1", "timestamp": "2026-03-01T10:00:00Z"}


def agreed(house: House, tenant: str) -> dict[str, int]:
    """How much of everything there is, in stores that agree."""
    verdict = Integrity(house.stores, tenant=tenant).verify()
    assert (verdict.as_json()["differences"], verdict.pending) == ([], 0)
    return verdict.counts


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each gives, all begun at the same moment."""
    gate = threading.Barrier(len(acts))

    def go(act: Callable[[], Any]) -> Any:
        gate.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [one.result() for one in [pool.submit(go, act) for act in acts]]


def ingest(client: TestClient, user_id: str, *messages: dict[str, Any]) -> Any:
    answer = client.post(f"/api/v1/ingest/{user_id}", json={"messages": list(messages)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_two_who_bring_the_same_message_bring_one(client_of: ClientOf, house: House) -> None:
    clients = [client_of("same-message") for _ in range(2)]
    for n in range(5):
        message = SAID | {"message_id": f"m{n}"}
        told = at_once([lambda one=one, said=message: ingest(one, "ada", said) for one in clients])
        assert sorted((one["accepted"], one["duplicate"]) for one in told) == [(0, 1), (1, 0)]
        assert told[0]["keys"] == told[1]["keys"]
        stores = house.stores
        [key] = told[0]["keys"]
        assert stores.documents.count_messages("same-message") == n + 1
        assert stores.vectors.count_messages("same-message") == n + 1
        assert list(stores.vectors.get_messages("same-message", [key])) == [key]
        [mention] = stores.graph.get_ties("same-message", "ada").mentioned
        assert (mention.entity.name, mention.count) == ("monte rosa", n + 1)
    agreed(house, "same-message")


def test_thirty_who_speak_for_one_person_at_once(client_of: ClientOf, house: House) -> None:
    tenant = "thirty"
    client = client_of(tenant)

    def speak(n: int) -> Callable[[], Any]:
        own = SAID | {"message_id": f"own {n}", "message": f"Number {n} saw Monte Rosa and Lake Como"}
        return lambda: ingest(client, "ada", own, SAID)

    told = at_once([speak(n) for n in range(30)])
    assert sum(one["accepted"] for one in told) == 31
    assert sum(one["duplicate"] for one in told) == 29
    assert len({key for one in told for key in one["keys"]}) == 31
    counts = agreed(house, tenant)
    assert (counts["documents"], house.stores.vectors.count_messages(tenant)) == (31, 31)
    mentioned = {one.entity.name: one.count for one in house.stores.graph.get_ties(tenant, "ada").mentioned}
    assert mentioned == {"monte rosa": 31, "lake como": 30}
    assert client.get("/api/v1/users/ada").json()["messages"] == 31


@pytest.fixture
def waiting(api: FastAPI) -> Generator[Callable[[], None]]:
    """Keeps what is uploaded waiting until it is called."""
    begun, on = threading.Event(), threading.Event()

    def work(_: Job) -> dict[str, Json]:
        begun.set()
        on.wait()
        return {}

    api.state.queue.add("verify", "nobody", work)
    begun.wait()
    yield on.set
    on.set()


def test_what_is_said_while_a_run_is_on(client_of: ClientOf, house: House, waiting: Callable[[], None]) -> None:
    """The run and those who speak bring the same messages, of the same people, and others."""
    tenant = "beside-a-run"
    client = client_of(tenant)
    records = [
        SAID | {"user_id": f"u{n % 4}", "message_id": f"m{n}", "message": f"Day {n} at Lake Como"} for n in range(200)
    ]
    content = "".join(json.dumps(one) + "\n" for one in records).encode()
    accepted = client.post("/api/v1/runs", params={"batch_size": 10}, content=content)
    where = accepted.headers["location"]

    def speak(n: int) -> Callable[[], Any]:
        there = {name: value for name, value in records[n * 13].items() if name != "user_id"}
        new = {"message": f"Beside it all, {n}", "message_id": f"new {n}"}
        return lambda: ingest(client, f"u{n * 13 % 4}", there, new)

    events, _, *told = at_once([lambda: client.get(f"{where}/events").text, waiting, *map(speak, range(12))])
    done = json.loads(events.rsplit("event: done\ndata: ", 1)[1])
    assert (done["status"], done["read"], done["rejected"]) == ("succeeded", 200, 0)
    accepted_by_all = done["accepted"] + sum(one["accepted"] for one in told)
    assert (accepted_by_all, done["accepted"] + done["duplicate"]) == (212, 200)
    assert agreed(house, tenant)["documents"] == 212
    assert house.stores.vectors.count_messages(tenant) == 212
    counts = [house.stores.graph.get_ties(tenant, f"u{n}").mentioned for n in range(4)]
    assert sum(one.count for mentioned in counts for one in mentioned if one.entity.name == "lake como") == 200
