"""Each of the five servers is killed, or freezes, and comes back while the API serves: what is answered meanwhile, that
nothing accepted is lost, and that all is as before when it is back."""

import threading
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any, Literal, TypeAlias

import httpx
import pytest
from listening import listening
from real_servers import Name, RealServer, RealServers

from kith.etl.integrity import Integrity
from kith.etl.retry import Patience
from kith.persona.identity import user_node_id
from kith.serving.frame.access import Access, new_key
from kith.serving.frame.app import build_app
from kith.serving.frame.house import House
from kith.settings import Settings
from kith.stores.errors import StoreError
from kith.stores.milvus_server import open_milvus_server
from kith.stores.neo4j_graph import open_neo4j
from kith.wiring import App, house_of, open_app

How: TypeAlias = Literal["killed", "frozen"]
Outcome: TypeAlias = "frozenset[str] | tuple[int, str, str | None]"
"""What an answer was made without; or the status of one that did not come, its kind, and when to ask again."""
Answers: TypeAlias = Mapping[str, httpx.Response]

NAMES: tuple[Name, ...] = ("redis", "postgres", "mongo", "neo4j", "milvus")
STORES = {"mongo": "documents", "milvus": "vectors", "neo4j": "graph", "postgres": "ledger", "redis": "cache"}
NOW = 1_790_000_000_000
ASKING, OTHERS, SPEAKING = "acme", "others", "speaking"
"""Tenants: who asks, whose people have the same ids, and who speaks meanwhile."""
PLACES = {ASKING: "Monte Rosa", OTHERS: "Lago Maggiore"}
SOON = 2.5
"""Seconds after which a server that says nothing is given up here."""
TRIES, PAUSE = 300, 0.2

QUESTIONS: Mapping[str, tuple[str, str, dict[str, Any] | None]] = {
    "context": ("GET", "/users/ada/context?query=What about {place}?", None),
    "search": ("GET", "/users/ada/search?query={place}", None),
    "profile": ("GET", "/users/ada/profile", None),
    "facts": ("GET", "/users/ada/facts", None),
    "entities": ("GET", "/users/ada/entities", None),
    "graph": ("GET", "/users/ada/graph", None),
    "messages": ("GET", "/users/ada/messages", None),
    "recommendations": ("GET", "/users/ada/recommendations", None),
    "ask": ("POST", "/rag/ada/query", {"query": "What does Ada want to see?"}),
    "popular": ("GET", "/popular", None),
    "stats": ("GET", "/stats", None),
}
OTHERS_ASK = ("context", "recommendations")
SAID = ("message", "feedback", "later")
"""What is said while a server is gone: while somebody waits, what was done with a campaign, and to be done later."""

WHOLE: Outcome = frozenset[str]()
REFUSED: Outcome = (503, "store-unavailable", "1")
ALL: Mapping[str, Outcome] = dict.fromkeys((*QUESTIONS, *SAID), WHOLE)


def without(store: str, *names: str) -> dict[str, Outcome]:
    return dict.fromkeys(names, frozenset({store}))


WAITING: Mapping[str, Outcome] = {"message": REFUSED, "feedback": REFUSED, "later": WHOLE}
EXPECTED: Mapping[Name, Mapping[str, Outcome]] = {
    "mongo": dict.fromkeys(QUESTIONS, REFUSED) | {"popular": WHOLE} | WAITING,
    # Events have no vector.
    "milvus": {**ALL, **without("vectors", "context", "search", "recommendations", "ask"), "message": REFUSED},
    "neo4j": {
        **ALL,
        **without("graph", "context", "profile", "entities", "graph", "recommendations", "ask"),
        **WAITING,
    },
    "postgres": {
        **ALL,
        **without("ledger", "context", "profile", "facts", "entities", "recommendations"),
        **dict.fromkeys(("popular", "stats", *SAID), REFUSED),
    },
    "redis": ALL,
}


@dataclass(frozen=True)
class Service:
    """The API on a port, over five servers of its own."""

    servers: Mapping[Name, RealServer]
    house: House
    url: str
    keys: Mapping[str, str]

    def client(self, tenant: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.keys[tenant]}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=100)

    def answers(self, tenant: str) -> dict[str, httpx.Response]:
        """What is asked in a tenant, worked out anew."""
        for person in ("ada", ""):  # nobody: the catalogue
            with suppress(StoreError):
                self.house.stores.cache.forget(tenant, user_node_id(tenant, person))
        self.house.recalled.forget(tenant, "ada")
        with self.client(tenant) as client:
            return {
                name: client.request(method, path.format(place=PLACES[tenant]), json=body)
                for name, (method, path, body) in QUESTIONS.items()
                if tenant == ASKING or name in OTHERS_ASK
            }

    def kept(self) -> tuple[str, bytes]:
        """An answer that nothing changes, and what is told of the cache."""
        with self.client(ASKING) as client:
            answer = client.get("/users/ben/profile")
        return answer.headers["x-cache"], answer.content

    def outcome(self, answer: httpx.Response) -> Outcome:
        assert "Traceback" not in answer.text
        assert "127.0.0.1" not in answer.text
        if answer.is_success:
            return frozenset(answer.json().get("degraded", ())) - {*self.house.off}
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        kind = answer.json()["type"].removeprefix("urn:kith:problem:")
        return answer.status_code, kind, answer.headers.get("retry-after")

    def outcomes(self, answers: Answers) -> dict[str, Outcome]:
        return {name: self.outcome(answer) for name, answer in answers.items()}

    def missing(self) -> set[str]:
        """Which stores are not ready."""
        told = httpx.get(f"{self.url}/readyz", timeout=100)
        wrong = {name for name, one in told.json()["stores"].items() if not one["ok"]}
        assert told.status_code == (503 if wrong else 200)
        return wrong

    def is_whole(self) -> bool:
        return not self.missing() and {*self.outcomes(self.answers(ASKING)).values()} == {WHOLE}

    @contextmanager
    def asked_all_the_while(self) -> Generator[set[Outcome]]:
        """Somebody asks a new question again and again: how it went, which holds when they have ended."""
        over, went, place = threading.Event(), set[Outcome](), PLACES[ASKING]

        def ask() -> None:
            with self.client(ASKING) as client:
                for n in count():
                    if over.wait(PAUSE):
                        return
                    went.add(self.outcome(client.get("/users/ada/context", params={"query": f"{place}, {n}"})))

        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(ask)
            try:
                yield went
            finally:
                over.set()
            asking.result()


def in_the_end(call: Callable[[], bool]) -> None:
    for _ in range(TRIES):
        if call():
            return
        threading.Event().wait(PAUSE)
    assert call()


@pytest.fixture(scope="module")
def own(servers: RealServers) -> Generator[Mapping[Name, RealServer]]:
    """Five servers that nobody else uses."""

    def known_to_be_gone_soon(server: RealServer) -> None:
        server.environment["COMMON_SESSION_TTL"] = "12"  # of a Milvus that is killed

    with ExitStack() as begun:

        def begin(name: Name) -> RealServer:
            return begun.enter_context(servers.new(name, but=known_to_be_gone_soon))

        with ThreadPoolExecutor(len(NAMES)) as pool:
            there = dict(zip(NAMES, pool.map(begin, NAMES), strict=True))
        yield there


@pytest.fixture(scope="module")
def hasty() -> Generator[None]:
    """Nobody waits long for a server that says nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kith.stores.mongo_client.CONNECTING", SOON / 2)
        patch.setattr("kith.stores.mongo_client.LOOKING", 0.5)
        patch.setattr("kith.stores.milvus_server.open_milvus_server", partial(open_milvus_server, calling=SOON))
        patch.setattr("kith.stores.neo4j_session.CONNECTING", SOON)
        patch.setattr("kith.stores.neo4j_session.GRACE", 0.5)
        patch.setattr("kith.stores.neo4j_graph.open_neo4j", partial(open_neo4j, reading=SOON, writing=SOON))
        patch.setattr("kith.stores.ledger.postgres.SILENCE_SECONDS", SOON / 3)
        yield


@pytest.fixture(scope="module")
def app(own: Mapping[Name, RealServer], hasty: None, tmp_path_factory: pytest.TempPathFactory) -> Generator[App]:
    """Five empty stores."""
    open_neo4j(own["neo4j"].url).close()  # what it does first takes long
    urls = {f"{STORES[name]}_url": server.url for name, server in own.items()}
    urls["ledger_url"] += "?connect_timeout=2"
    urls["cache_url"] += "?timeout=0.2"
    home = tmp_path_factory.mktemp("serving")
    settings = {"home": home, "embedder": "hash", "language": "sm", "tenant": ASKING, **urls}
    with open_app(Settings.model_validate(settings), command="a test", create=True) as app:
        yield app


@pytest.fixture(scope="module")
def service(own: Mapping[Name, RealServer], app: App) -> Generator[Service]:
    """The API over them, and what may be asked of it."""
    house = replace(house_of(app), clock=lambda: NOW, new_writer=lambda: app.writer(patience=Patience(seconds=1)))
    keys: dict[str, str] = {}
    for tenant in (ASKING, OTHERS, SPEAKING):
        keys[tenant], row = new_key(tenant=tenant, name="a test", scopes=("admin",), now=NOW, expires_at=None)
        app.stores.ledger.keys.add(row)
    asked = house.stores.ledger.keys
    access = Access(asked, open_tenant=None, default_tenant=ASKING, owner_token=None, clock=house.clock)
    with listening(build_app(house, access, version="0.0.0")) as url:
        found = Service(own, house, url, keys)
        for tenant, place in PLACES.items():
            furnish(found, tenant, place)
        yield found


def furnish(service: Service, tenant: str, place: str) -> None:
    """Ada and Ben, who speak of a place, and what may be shown to them."""
    spring = {"id": "spring", "title": f"Boots for {place}", "intents": ["plan_trip"]}
    said = [f"I want to see {place}", f"I live in {place}", f"I work at Acme near {place}"]
    messages = [
        {"message": text, "message_id": f"m{n}", "conversation_id": "c1", "timestamp": NOW - 10**9 + n * 1000}
        for n, text in enumerate(said)
    ]
    messages[0]["intent"] = "plan_trip"
    liked = {"user_id": "ben", "campaign_id": "maps", "kind": "like", "conversation_id": "c1", "event_id": "a like"}
    with service.client(tenant) as client:
        for path, body in (
            ("/campaigns", [spring, {"id": "maps", "title": f"A map of {place}"}]),
            ("/ingest/ada", {"messages": messages}),
            ("/ingest/ben", {"messages": messages}),
            ("/feedback", liked | {"timestamp": NOW - 10**8}),
        ):
            # A server that has only just begun takes its time for the first of everything.
            in_the_end(lambda at=path, given=body: client.post(at, json=given).is_success)


def goes(server: RealServer, how: How) -> None:
    if how == "frozen":
        server.freeze()
        return
    server.kill()
    # A Milvus that is frozen for two thirds of this ends by itself when it thaws.
    server.environment["COMMON_SESSION_TTL"] = "60"


def comes_back(server: RealServer, how: How) -> None:
    if how == "frozen":
        server.thaw()
    else:
        server.start()


def speak(service: Service, at: str) -> dict[str, httpx.Response]:
    """What is said in a tenant of its own, so that nobody's answers change. Sent again, it is the same."""

    def said(text: str) -> dict[str, Any]:
        return {"messages": [{"message": f"{text} Lake Como", "message_id": text, "timestamp": NOW}]}

    liked = {"user_id": f"cleo {at}", "campaign_id": "maps", "kind": "like", "event_id": at, "timestamp": NOW}
    later = {"Prefer": "respond-async", "Idempotency-Key": at}
    with service.client(SPEAKING) as client:
        return {
            "message": client.post(f"/ingest/bea {at}", json=said("Now at")),
            "feedback": client.post("/feedback", json=liked),
            "later": client.post(f"/ingest/ann {at}", json=said("Soon at"), headers=later),
        }


def assert_said_once(service: Service, at: str, spoken: Answers) -> None:
    """What was accepted is there, and what was refused can be sent again."""
    again = dict[str, httpx.Response]()

    def is_said() -> bool:
        again.update(speak(service, at))
        return {*service.outcomes(again).values()} == {WHOLE}

    in_the_end(is_said)
    for what in ("message", "feedback"):
        told = again[what].json()
        assert (told["accepted"] + told["duplicate"], told["rejected"]) == (1, [])
        assert told["duplicate"] == 1 or not spoken[what].is_success
    with service.client(SPEAKING) as client:
        for user_id, text in (("bea", "Now at Lake Como"), ("ann", "Soon at Lake Como")):
            messages = f"/users/{user_id} {at}/messages"
            in_the_end(lambda asked=messages: client.get(asked).is_success)  # what is done later has its time
            assert [one["text"] for one in client.get(messages).json()["items"]] == [text]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_one_is_gone_and_comes_back(service: Service, name: Name, how: How) -> None:
    server, at, expected = service.servers[name], f"{name} {how}", EXPECTED[name]
    in_the_end(service.is_whole)
    before = {tenant: told(service.answers(tenant)) for tenant in PLACES}
    in_the_end(lambda: service.kept()[0] == "HIT")
    kept = service.kept()
    with service.asked_all_the_while() as went:
        goes(server, how)
        try:
            during = service.answers(ASKING)
            others = service.answers(OTHERS)
            spoken = speak(service, at)
            kept_on, missing = service.kept(), service.missing()
            alive = httpx.get(f"{service.url}/healthz")
            with service.client(ASKING) as client:
                counted = client.get(f"{service.url}/metrics")
        finally:
            comes_back(server, how)
        assert service.outcomes({**during, **spoken}) == expected
        assert service.outcomes(others) == {name: expected[name] for name in OTHERS_ASK}
        assert not [name for name, answer in during.items() if PLACES[OTHERS] in answer.text]
        assert not [name for name, answer in others.items() if PLACES[ASKING] in answer.text]
        assert name != "redis" or during["context"].headers["x-cache"] == "BYPASS"
        assert (missing, alive.status_code, counted.status_code, kept_on) == ({STORES[name]}, 200, 200, kept)
        in_the_end(service.is_whole)
    assert went <= {WHOLE, expected["context"]}
    assert {tenant: told(service.answers(tenant)) for tenant in PLACES} == before
    assert_said_once(service, at, spoken)


def test_in_the_end_the_stores_agree(service: Service) -> None:
    in_the_end(service.is_whole)
    for tenant in service.keys:
        verdict = Integrity(service.house.stores, tenant=tenant).verify()
        assert (verdict.as_json()["differences"], verdict.pending) == ([], 0)


def told(answers: Answers) -> dict[str, Any]:
    return {name: answer.json() for name, answer in answers.items()}
