"""What is known of a person over HTTP: facts then and now, things, card and graph, each with its sources."""

import json
from collections.abc import Generator, Iterable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
from starlette.testclient import TestClient

from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.persona.identity import Json
from kith.serving.frame.access import Access
from kith.serving.frame.app import build_app
from kith.serving.frame.house import House
from kith.serving.memory.remembering import Memory, Moments
from kith.settings import Settings
from kith.wiring import App, house_of, open_app

Record: TypeAlias = dict[str, Json]
TENANT = "acme"
OPEN_HOST = "http://127.0.0.1:8000"
ADA = [
    (1, "c1", "I live in Ghent and I work as a nurse at Marienhof Hospital."),
    (2, "c1", "My sister Lea works at the Linden Pharmacy."),
    (3, "c2", "I love hiking."),
    (4, "c2", "As I said, I love hiking."),
    (10, "c3", "We moved to Porto two days ago."),
    (13, "c3", "I'm planning to visit Japan in September."),
]
BEN = [(5, "c9", "I love chess."), (6, "c9", "My brother Otto works at the Harbour Museum in Lyon.")]
NOW = 1_774_000_000_000
DAY = 86_400_000


def day(number: int) -> str:
    return f"2026-03-{number:02}T10:00:00.000Z"


def said(user_id: str, talk: Iterable[tuple[int, str, str]]) -> list[Record]:
    return [
        {
            "user_id": user_id,
            "message": text,
            "timestamp": day(number),
            "conversation_id": conversation,
            "message_id": f"m{number}",
        }
        for number, conversation, text in talk
    ]


def take_in(app: App, records: Iterable[Record]) -> None:
    app.runner().run(records_source(records), RunOptions(tenant=TENANT))


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    settings = Settings(home=tmp_path_factory.mktemp("known") / "home", embedder="hash", tenant=TENANT)
    with open_app(settings, command="a test", create=True) as app:
        take_in(app, [*said("ada", ADA), *said("ben", BEN)])
        app.stores.documents.put_users(TENANT, [replace(user, name="Ada") for user in _users(app, "ada")])
        yield app


def _users(app: App, user_id: str) -> list[Any]:
    return [app.stores.documents.get_user(TENANT, user_id)]


@pytest.fixture(scope="module")
def house(opened: App) -> House:
    return replace(house_of(opened), clock=lambda: NOW)


@pytest.fixture(scope="module")
def memory(house: House) -> Memory:
    return Memory(house)


@pytest.fixture(scope="module")
def client(house: House) -> Generator[TestClient]:
    access = Access(
        house.stores.ledger.keys, open_tenant=TENANT, default_tenant=TENANT, owner_token=None, clock=house.clock
    )
    with TestClient(build_app(house, access, version="0"), base_url=OPEN_HOST) as found:
        yield found


def get(client: TestClient, path: str, **parameters: object) -> Any:
    answer = client.get(f"/api/v1{path}", params={name: str(one) for name, one in parameters.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def problem(client: TestClient, path: str) -> tuple[int, str]:
    answer = client.get(f"/api/v1{path}")
    return answer.status_code, answer.json()["type"]


def texts(facts: Iterable[dict[str, Any]]) -> set[str]:
    return {one["text"] for one in facts}


def test_a_context_names_the_newest_sources_of_a_fact_and_how_many_there_are(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kith.serving.memory.remembering.SOURCES", 1)
    (whole,) = (one for one in memory.facts(TENANT, "ada").items if one.object == "hiking")
    (brief,) = (one for one in memory.context(TENANT, "ada").facts if one.object == "hiking")
    assert (brief.sources, brief.source_count) == (whole.sources[-1:], len(whole.sources))


def test_facts_hold_now_or_then(client: TestClient, opened: App) -> None:
    found = get(client, "/users/ada/facts")
    assert texts(found["items"]) == {
        "sister: Lea",
        "likes hiking",
        "lives in Porto",
        "plans to visit Japan",
        "is a nurse",
        "works at Marienhof Hospital",
    }
    assert (found["next"], found["degraded"], found["as_of"]) == (None, [], "2026-03-20T09:46:40.000Z")
    hiking = next(one for one in found["items"] if one["object"] == "hiking")
    messages = opened.stores.documents.get_messages(TENANT, hiking["sources"])
    assert [messages[key].text for key in hiking["sources"]] == ["I love hiking.", "As I said, I love hiking."]
    assert (hiking["since"], hiking["until"], hiking["origin"], hiking["score"]) == (day(3), None, "rule", None)
    assert hiking["source_count"] == 2
    then = get(client, "/users/ada/facts", as_of="2026-03-02T12:00:00Z")
    assert texts(then["items"]) == {"sister: Lea", "lives in Ghent", "is a nurse", "works at Marienhof Hospital"}


def test_the_history_of_a_fact_tells_what_was_before_it(client: TestClient) -> None:
    facts = get(client, "/users/ada/facts")["items"]
    here = next(one for one in facts if one["predicate"] == "lives_in")
    found = get(client, f"/users/ada/facts/{here['id']}/history")
    assert found["fact"] == here
    assert [(one["text"], one["since"], one["until"]) for one in found["history"]] == [
        ("lives in Ghent", day(1), "2026-03-08T00:00:00.000Z"),
        ("lives in Porto", "2026-03-08T00:00:00.000Z", None),
    ]
    assert [one["text"] for one in found["messages"]] == [ADA[0][2], ADA[4][2]]
    likes = next(one for one in facts if one["predicate"] == "likes")
    assert len(get(client, f"/users/ada/facts/{likes['id']}/history")["history"]) == 1
    assert problem(client, f"/users/ben/facts/{here['id']}/history") == (404, "urn:kith:problem:unknown-thing")


def test_what_was_known_at_a_time_leaves_out_what_was_taken_in_later(opened: App, memory: Memory) -> None:
    take_in(opened, said("cleo", [(1, "c1", "I live in Rome. I love tea.")]))
    (first,) = opened.stores.documents.page_messages(TENANT, "cleo")
    lineage = opened.stores.ledger.batches.lineage(TENANT, first.key)
    assert lineage is not None
    take_in(opened, said("cleo", [(4, "c1", "We moved to Oslo yesterday. I love chess.")]))
    moments = Moments(known_at=lineage.committed_at)
    now, then = memory.facts(TENANT, "cleo"), memory.facts(TENANT, "cleo", moments=moments)
    assert {one.text for one in now.items} == {"lives in Oslo", "likes tea", "likes chess"}
    assert {one.text for one in then.items} == {"lives in Rome", "likes tea"}
    context = memory.context(TENANT, "cleo", query="Where does Cleo live?", moments=moments)
    assert [one.key for one in context.messages] == [first.key]
    assert {one.text for one in context.facts} == {"lives in Rome", "likes tea"}
    assert "chess" not in context.text
    assert "Oslo" not in context.text


def test_things_by_meaning_and_by_what_is_on_their_mind(client: TestClient) -> None:
    near = get(client, "/users/ada/entities", query="hiking trips", limit=2)
    assert (near["items"][0]["name"], near["items"][0]["count"]) == ("hiking", 2)
    scores = [one["score"] for one in near["items"]]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 2
    active = get(client, "/users/ada/entities")["items"]
    assert active[0]["score"] == max(one["score"] for one in active)
    assert {"Lea", "Linden Pharmacy", "Ghent", "Porto"} <= {one["name"] for one in active}
    assert not {"chess", "Otto", "Lyon"} & {one["name"] for one in active}


def test_messages_about_a_thing_are_the_persons_own(client: TestClient) -> None:
    (hiking, *_) = get(client, "/users/ada/entities", query="hiking")["items"]
    first = get(client, f"/users/ada/entities/{hiking['id']}/messages", limit=1)
    assert ([one["text"] for one in first["items"]], first["entity"]["name"]) == ([ADA[3][2]], "hiking")
    second = get(client, f"/entities/{hiking['id']}/messages", user_id="ada", limit=1, cursor=first["next"])
    assert ([one["text"] for one in second["items"]], second["next"]) == ([ADA[2][2]], None)
    unknown = (404, "urn:kith:problem:unknown-thing")
    assert problem(client, f"/users/ben/entities/{hiking['id']}/messages") == unknown
    assert problem(client, "/users/ada/entities/0/messages") == unknown
    assert problem(client, f"/entities/{hiking['id']}/messages")[0] == 422
    assert problem(client, f"/users/ada/entities/{hiking['id']}/messages?cursor=x")[0] == 400


def test_the_card_is_the_same_to_the_byte_until_something_changes(opened: App, house: House) -> None:
    take_in(opened, said("dora", [(1, "c1", "I live in Rome. I love tea."), (2, "c1", "I plan to visit Oslo.")]))
    cards = [
        Memory(replace(house, clock=lambda now=now: now)).profile(TENANT, "dora") for now in (NOW, NOW + 400 * DAY)
    ]
    assert cards[0].model_dump_json() == cards[1].model_dump_json()
    assert [one.text for one in cards[0].static] == ["likes tea", "lives in Rome"]
    assert [one.text for one in cards[0].dynamic] == ["plans to visit Oslo", "Oslo"]
    messages = {one.key: one.text for one in opened.stores.documents.page_messages(TENANT, "dora")}
    assert {messages[key] for line in cards[0].dynamic for key in line.sources} == {"I plan to visit Oslo."}
    assert '"lives in Rome"' in cards[0].text
    take_in(opened, said("dora", [(3, "c1", "I love chess.")]))
    assert [one.text for one in Memory(house).profile(TENANT, "dora").static] == [
        "likes tea",
        "likes chess",
        "lives in Rome",
    ]


def test_the_graph_is_the_persons_own(client: TestClient) -> None:
    found = get(client, "/users/ada/graph", depth=2)
    names = {one["id"]: one["name"] for one in found["nodes"]}
    assert found["nodes"][0] | {"id": ""} == {"id": "", "kind": "user", "name": "Ada", "type": None, "depth": 0}
    assert {"Lea", "Linden Pharmacy", "hiking"} <= set(names.values())
    assert not {"chess", "Otto", "Lyon"} & set(names.values())
    edges = {(names[one["source"]], one["kind"], one["label"], names[one["target"]]) for one in found["edges"]}
    assert {("Ada", "stated", "likes", "hiking"), ("Lea", "related", "works_at", "Linden Pharmacy")} <= edges
    few = get(client, "/users/ada/graph", limit=3)
    assert (len(few["nodes"]), few["truncated"], found["truncated"]) == (3, True, False)
    near = get(client, "/users/ada/graph", depth=1)
    assert {one["source"] for one in near["edges"]} == {near["nodes"][0]["id"]}


def test_a_path_goes_by_what_ties_two_things(client: TestClient) -> None:
    found = get(client, "/users/ada/graph/path", **{"from": "Lea", "to": "linden pharmacy"})
    assert [one["name"] for one in found["nodes"]] == ["Lea", "Linden Pharmacy"]
    assert len(found["edges"]) == 1
    own = get(client, "/users/ada/graph/path", to="Lea")
    assert [one["name"] for one in own["nodes"]] == ["Ada", "Lea"]
    far = get(client, "/users/ada/graph/path", **{"from": "Lea", "to": "hiking"})
    assert [one["name"] for one in far["nodes"]] == ["Lea", "Ada", "hiking"]
    assert problem(client, "/users/ada/graph/path?to=Otto") == (404, "urn:kith:problem:unknown-thing")


PATHS = ("context", "search?query=tea", "facts", "entities", "profile", "graph", "context?query=tea&format=text")


@pytest.mark.parametrize("path", PATHS)
def test_nobody_is_not_found_and_who_said_nothing_is(client: TestClient, path: str) -> None:
    assert problem(client, f"/users/nobody/{path}") == (404, "urn:kith:problem:unknown-user")
    client.post("/api/v1/users", json={"user_id": "newcomer"}).raise_for_status()
    answer = client.get(f"/api/v1/users/newcomer/{path}")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json() if "format" not in path else {"text": answer.text}
    assert told.get("items", []) == []
    assert told.get("text", "") == ""


def test_answers_are_kept_until_something_is_said(client: TestClient) -> None:
    def ask() -> tuple[str, list[str]]:
        answer = client.get("/api/v1/users/emil/facts")
        return answer.headers["x-cache"], [one["text"] for one in answer.json()["items"]]

    client.post("/api/v1/ingest/emil", json={"content": "I love tea."}).raise_for_status()
    assert (ask()[0], ask()[0]) == ("MISS", "HIT")
    client.post("/api/v1/ingest/emil", json={"content": "I love chess."}).raise_for_status()
    kept, facts = ask()
    assert (kept, sorted(facts)) == ("MISS", ["likes chess", "likes tea"])


def test_times_are_read_as_everywhere(client: TestClient) -> None:
    assert get(client, "/users/ada/facts", as_of=NOW)["as_of"] == get(client, "/users/ada/facts")["as_of"]
    answer = client.get("/api/v1/users/ada/facts?as_of=yesterday")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:kith:problem:invalid-request")
    assert "is not a time" in json.dumps(answer.json())
