"""Keeping the stores in agreement over HTTP: in the shapes of the commands, and for each tenant alone."""

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from starlette.testclient import TestClient

from kith.etl.integrity import Integrity
from kith.etl.lineage import lineage_of
from kith.etl.people import export_person
from kith.etl.profiles import profile_of
from kith.etl.summary import store_counts
from kith.etl.upkeep import rejection_json
from kith.persona.identity import Json
from kith.serving.frame.house import House
from kith.stores.serving_port import Scope

ClientOf: TypeAlias = Callable[..., TestClient]


def record(n: int, **more: Json) -> dict[str, Json]:
    said = {"user_id": f"u{n % 3}", "message": f"I saw Porto on day {n}", "timestamp": 1_770_000_000_000 + n * 60_000}
    return {**said, **more}


def result(client: TestClient, accepted: Any) -> dict[str, Any]:
    """The job that was accepted, once it is over."""
    assert accepted.status_code == 202, accepted.text
    where = accepted.headers["Location"]
    said = client.get(f"{where}/events").text.rstrip().splitlines()[-1]
    job = json.loads(said.removeprefix("data: "))
    assert client.get(where).json() == job
    return job


def take_in(client: TestClient, *records: Json) -> str:
    """The id of the run."""
    content = "".join(json.dumps(one) + "\n" for one in records).encode()
    accepted = client.post("/api/v1/runs", params={"source": "talk.jsonl", "max_rejected": 1}, content=content)
    client.get(accepted.headers["Location"] + "/events")
    return accepted.json()["run_id"]


@pytest.fixture
def filled(client_of: ClientOf, request: pytest.FixtureRequest) -> tuple[TestClient, str]:
    """A tenant of this test's own with nine messages, and its name."""
    tenant = f"ops-{request.node.name}"
    client = client_of(tenant)
    take_in(client, *map(record, range(9)))
    return client, tenant


Filled: TypeAlias = tuple[TestClient, str]


def test_a_verdict_is_that_of_the_command(filled: Filled, house: House) -> None:
    client, tenant = filled
    job = result(client, client.post("/api/v1/verify"))
    verdict = Integrity(house.stores, tenant=tenant).verify().as_json()
    assert {name: value for name, value in job.items() if name != "id"} == {
        "what": "verify",
        "state": "done",
        "ahead": 0,
        "result": verdict,
        "failure": None,
    }
    assert verdict["ok"] is True


def test_what_is_lost_is_found_and_mended(filled: Filled, house: House) -> None:
    client, tenant = filled
    key = house.stores.documents.scan_messages(tenant)[0].key
    house.stores.vectors.delete_messages(tenant, [key])
    found = result(client, client.post("/api/v1/verify"))["result"]
    said = {"store": "vectors", "kind": "missing", "key": key, "detail": "documents hold this message"}
    assert (found["ok"], found["differences"]) == (False, [said])
    mended = result(client, client.post("/api/v1/repair"))["result"]
    assert (mended["mended"], mended["lost"], mended["verify"]["ok"]) == (1, 0, True)


@pytest.mark.parametrize(("what", "through"), [("vectors", 9), ("graph", 3), ("evidence", 9)])
def test_a_store_is_worked_out_again_beside_who_asks(filled: Filled, house: House, what: str, through: int) -> None:
    client, tenant = filled
    before = Integrity(house.stores, tenant=tenant).verify()
    house.stores.graph.clear(tenant)
    if what == "vectors":
        result(client, client.post("/api/v1/rebuild", json={"what": "graph"}))
        house.stores.vectors.delete_messages(tenant, [one.key for one in house.stores.documents.scan_messages(tenant)])
    done = result(client, client.post("/api/v1/rebuild", json={"what": what}))["result"]
    learned: dict[str, Any] = {"changed": 0, "changes": [], "facts": []} if what == "evidence" else {}
    assert done == {"rebuilt": what, "count": through, **learned}
    assert Integrity(house.stores, tenant=tenant).verify() == before


def test_vectors_are_made_again_by_the_model_of_the_server_alone(filled: Filled, house: House) -> None:
    client, _ = filled
    digest = house.stores.vectors.model().digest
    job = result(client, client.post("/api/v1/rebuild", json={"what": "vectors", "model": digest}))
    assert job["state"] == "done"
    refused = client.post("/api/v1/rebuild", json={"what": "vectors", "model": "another"})
    assert (refused.status_code, refused.json()["type"]) == (400, "urn:kith:problem:bad-input")
    assert "can be made again by no other" in refused.json()["detail"]


def test_rejections_are_listed_page_by_page_and_tried_again(client_of: ClientOf, house: House) -> None:
    client, tenant = client_of("ops-rejections"), "ops-rejections"
    late = [{**record(n), "timestamp": None, "when": 1_770_000_000 + n} for n in range(3)]
    run_id = take_in(client, *late, {"user_id": "u1"})
    every = [rejection_json(row) for row in house.stores.ledger.runs.rejections(tenant)]
    assert len(every) == 4
    first = client.get("/api/v1/rejections", params={"limit": 3}).json()
    second = client.get("/api/v1/rejections", params={"limit": 3, "cursor": first["next"]}).json()
    assert [*first["items"], *second["items"], second["next"]] == [*every, None]
    of_run = client.get("/api/v1/rejections", params={"run": run_id, "code": "missing_field"}).json()
    assert of_run == {"items": [one for one in every if one["code"] == "missing_field"], "next": None}
    assert client.get("/api/v1/rejections", params={"code": "no_such_code"}).status_code == 422
    one = next(row for row in house.stores.ledger.runs.rejections(tenant) if '"when"' in row.rejection.raw)
    assert client.get(f"/api/v1/rejections/{one.id}").json() == {**rejection_json(one), "raw": one.rejection.raw}
    alone = result(client, client.post(f"/api/v1/rejections/{one.id}/replay"))
    assert alone["result"] == {"replayed": 1, "accepted": 0, "rejected": 1, "cut": 0}
    many = result(client, client.post("/api/v1/rejections/replay", json={"map": ["timestamp=when"]}))
    assert many["result"] == {"replayed": 4, "accepted": 3, "rejected": 1, "cut": 0}
    assert len(client.get("/api/v1/rejections").json()["items"]) == 1
    assert client.post("/api/v1/rejections/none/replay").status_code == 404
    unknown = result(client, client.post("/api/v1/rejections/replay", json={"ids": ["none"]}))
    assert (unknown["state"], unknown["failure"]["type"]) == ("failed", "BadInput")


def test_stores_and_stats_say_what_is_there(filled: Filled, house: House) -> None:
    client, tenant = filled
    shown = client.get("/api/v1/stores").json()
    assert list(shown["stores"]) == ["documents", "vectors", "graph", "ledger", "cache"]
    assert shown["counts"] == store_counts(house.stores, tenant).as_json()
    card = house.stores.documents.card()
    documents = shown["stores"]["documents"]
    assert (documents["kind"], documents["version"], documents["where"]) == (card.kind, card.version, card.where)
    sizes = {name: store["bytes"] for name, store in shown["stores"].items()}
    assert sizes.pop("cache") is None
    # What lies on a server is not looked at from here.
    assert all(size is None if card.kind == "mongodb" else size > 0 for size in sizes.values())
    assert shown["model"]["name"] == house.stores.vectors.model().name
    stats = client.get("/api/v1/stats").json()
    assert (stats["tenant"], stats["counts"]["messages"], stats["rejections"]) == (tenant, 9, {})
    assert stats["jobs"] == {"waiting": 0, "running": 0}


@pytest.mark.parametrize(
    ("held", "may"),
    [("read", ["read"]), ("write", ["read", "write"]), ("admin", ["read", "write", "admin"])],
)
def test_who_asks_is_told_what_they_may(client_of: ClientOf, house: House, held: Scope, may: list[Scope]) -> None:
    told = client_of("ops-caller", held).get("/api/v1/caller").json()
    where = house.stores.ledger.card().where if held == "admin" else None
    assert told == {"tenant": "ops-caller", "scopes": may, "ledger": where}


def test_anomalies_are_those_of_the_command(filled: Filled, house: House) -> None:
    client, tenant = filled
    assert client.get("/api/v1/anomalies").json() == {"items": [], "next": None}
    key = house.stores.documents.scan_messages(tenant)[0].key
    house.stores.vectors.delete_messages(tenant, [key])
    odd = {"kind": "stores_disagree", "subject": f"vectors {key}", "remedy": "kith repair"}
    found = client.get("/api/v1/anomalies").json()["items"]
    assert found == [{**odd, "detail": "missing: documents hold this message"}]


def test_lineage_is_that_of_the_tenant(filled: Filled, client_of: ClientOf, house: House) -> None:
    client, tenant = filled
    key = house.stores.documents.scan_messages(tenant)[0].key
    found = lineage_of(house.stores.ledger, tenant, key)
    assert found is not None
    assert client.get(f"/api/v1/lineage/messages/{key}").json() == found.as_json()
    for stranger, asked in ((client_of("ops-stranger"), key), (client, "none"), (client, "a%2Fb")):
        assert stranger.get(f"/api/v1/lineage/messages/{asked}").status_code in (404, 422)


def test_what_commands_hand_over_about_people(filled: Filled, house: House) -> None:
    client, tenant = filled
    assert client.get("/api/v1/profile", params={"user_id": "u1"}).json() == (
        profile_of(house.stores, tenant, "u1").as_json()
    )
    told = [json.loads(line) for line in client.get("/api/v1/export", params={"user_id": "u1"}).text.splitlines()]
    assert told == json.loads(json.dumps(list(export_person(house.stores, tenant, "u1"))))
    receipt = client.post("/api/v1/forget", json={"user_id": "u1"}).json()
    assert (receipt["user"], set(receipt["second_look"].values())) == ("u1", {0})
    for path in ("profile", "export"):
        refused = client.get(f"/api/v1/{path}", params={"user_id": "u1"})
        assert (refused.status_code, refused.json()["type"]) == (404, "urn:kith:problem:unknown-user")
    assert client.post("/api/v1/admit", json={"user_id": "u1"}).json() == {"user": "u1", "admitted": True}
    assert client.post("/api/v1/admit", json={"user_id": "u1"}).json() == {"user": "u1", "admitted": False}


def test_a_job_is_its_tenants_alone(filled: Filled, client_of: ClientOf) -> None:
    client, _ = filled
    accepted = client.post("/api/v1/verify")
    where = accepted.headers["Location"]
    stranger = client_of("ops-stranger")
    assert [stranger.get(where).status_code, stranger.get(f"{where}/events").status_code] == [404, 404]
    result(client, accepted)


def test_who_holds_the_folder_rebuilds_for_all(owner: TestClient, filled: Filled, house: House) -> None:
    _, tenant = filled
    house.stores.graph.clear(tenant)
    job = result(owner, owner.post("/api/v1/rebuild", json={"what": "graph"}))
    assert job["result"]["count"] > 3
    assert house.stores.graph.counts(tenant).users == 3


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "verify"),
        ("POST", "repair"),
        ("POST", "rebuild"),
        ("GET", "stores"),
        ("GET", "anomalies"),
        ("GET", "rejections"),
        ("POST", "rejections/replay"),
        ("POST", "forget"),
        ("POST", "admit"),
        ("GET", "profile"),
        ("GET", "export"),
    ],
)
def test_only_an_administrator_may(client_of: ClientOf, method: str, path: str) -> None:
    refused = client_of("ops-writer", "write").request(method, f"/api/v1/{path}")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:kith:problem:wrong-scope")
