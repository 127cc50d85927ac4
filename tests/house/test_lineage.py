"""Where a message came from and what came of it; what each run tells whoever keeps lineage."""

import json
import logging
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server
from typing import Any
from uuid import UUID

import pytest

from kith.etl.lineage import lineage_of
from kith.etl.lineage_client import send_event
from kith.etl.running import RunOptions, TooManyRejected
from kith.etl.sources import open_sources, records_source
from kith.persona.identity import Json
from kith.persona.time import iso
from kith.pipeline import Options, run_paths
from kith.settings import Settings
from kith.wiring import App

TENANT = "acme"
OPTIONS = RunOptions(tenant=TENANT)


@dataclass(slots=True)
class Receiver:
    """Keeps what is posted to it."""

    url: str
    answer: int = 201
    paths: list[str] = field(default_factory=list[str])
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@contextmanager
def receiving(answer: int = 201) -> Generator[Receiver]:
    receiver = Receiver("", answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.paths.append(self.path)
            receiver.events.append(json.loads(body))
            self.send_response(receiver.answer)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sending(app: App, url: str) -> App:
    return replace(app, settings=app.settings.model_copy(update={"openlineage_url": url}))


def run_file(app: App, file: Path, **how: Any) -> None:
    sources = open_sources([str(file)], known=lambda _: None, full=True)
    app.runner(**how).run(sources, RunOptions(tenant=TENANT, batch_size=100))


def check_shape(event: dict[str, Any]) -> None:
    """What the specification asks of a RunEvent and of every facet in it."""
    assert event.keys() == {"eventType", "eventTime", "producer", "schemaURL", "run", "job", "inputs", "outputs"}
    assert event["eventTime"].endswith("Z")
    assert event["schemaURL"].endswith("#/$defs/RunEvent")
    assert str(UUID(event["run"]["runId"])) == event["run"]["runId"]
    assert event["job"] == {"namespace": "kith/acme", "name": "run", "facets": {}}
    assert [one["name"] for one in event["outputs"]] == ["documents", "vectors", "graph", "ledger"]
    facets = [*event["run"]["facets"].values()]
    for dataset in [*event["inputs"], *event["outputs"]]:
        assert {"namespace", "name"} <= dataset.keys()
        facets += dataset.get("outputFacets", {}).values()
    for facet in facets:
        name = facet["_schemaURL"].rpartition("/")[2]
        assert facet["_producer"].startswith("https://")
        assert facet["_schemaURL"].endswith(f"/{name}.json#/$defs/{name}")


def test_a_run_that_succeeds_tells_start_and_complete(app: App, talk_file: Path) -> None:
    with receiving() as receiver:
        run_file(sending(app, f"{receiver.url}/"), talk_file)
    start, complete = receiver.events
    for event in receiver.events:
        check_shape(event)
    assert receiver.paths == ["/api/v1/lineage"] * 2
    assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
    assert start["run"]["runId"] == complete["run"]["runId"]
    assert start["inputs"] == []
    assert complete["inputs"] == [{"namespace": "file", "name": str(talk_file), "facets": {}}]
    counts = [one["outputFacets"]["outputStatistics"]["rowCount"] for one in complete["outputs"]]
    assert counts == [241] * 4  # 240, and an edit of one of them
    run_id = app.stores.ledger.runs.latest(TENANT)[0].run_id
    assert app.stores.ledger.runs.events(run_id) == receiver.events


def test_two_runs_have_two_ids(app: App, talk: list[dict[str, Json]]) -> None:
    with receiving() as receiver:
        for _ in range(2):
            sending(app, receiver.url).runner().run(records_source(talk[:3]), OPTIONS)
    ids = [event["run"]["runId"] for event in receiver.events]
    assert (ids[0], ids[2]) == (ids[1], ids[3])
    assert ids[0] != ids[2]


def test_a_run_that_fails_tells_why(app: App) -> None:
    with receiving() as receiver, pytest.raises(TooManyRejected):
        sending(app, receiver.url).runner().run(records_source([{"user_id": "ana"}]), OPTIONS)
    start, fail = receiver.events
    check_shape(fail)
    assert (start["eventType"], fail["eventType"]) == ("START", "FAIL")
    assert fail["run"]["facets"]["errorMessage"]["message"].startswith("1 of 1 records were rejected")
    assert fail["run"]["facets"]["errorMessage"]["programmingLanguage"] == "python"


def test_a_run_that_is_interrupted_tells_abort(app: App, talk: list[dict[str, Json]]) -> None:
    stop = threading.Event()
    stop.set()
    with receiving() as receiver:
        sending(app, receiver.url).runner().run(records_source(talk), OPTIONS, stop=stop)
    assert [event["eventType"] for event in receiver.events] == ["START", "ABORT"]


def closed_port() -> int:
    with create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def deaf(answer: bytes) -> Generator[str]:
    """The address of a receiver that answers once with this, whatever it is asked."""
    with create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            asked, _ = server.accept()
            with asked:
                asked.recv(65_536)
                asked.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize("answer", [b"", b"this is no HTTP\r\n\r\n", b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"])
def test_a_receiver_that_makes_no_sense_is_a_warning(answer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with deaf(answer) as url, caplog.at_level(logging.WARNING, "kith.lineage"):
        assert not send_event(url, {"eventType": "START"})
    assert "it is kept in the ledger" in caplog.text


@pytest.mark.parametrize("url", ["http://", "http://127.0.0.1:many", "http://ana:secret@127.0.0.1:1"])
def test_an_address_that_leads_nowhere_is_a_warning_without_its_password(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "kith.lineage"):
        assert not send_event(url, {"eventType": "START"})
    assert "it is kept in the ledger" in caplog.text
    assert "secret" not in caplog.text


def test_a_receiver_that_is_down_fails_no_run(settings: Settings, talk_file: Path) -> None:
    there = settings.model_copy(update={"openlineage_url": f"http://127.0.0.1:{closed_port()}"})
    done = run_paths([str(talk_file)], there, Options(), command="a test")
    assert (done.summary.status, done.summary.accepted) == ("succeeded", 240)


def test_from_a_message_to_its_source_and_to_what_came_of_it(
    app: App, talk_file: Path, talk: Sequence[dict[str, Json]]
) -> None:
    run_file(app, talk_file)
    message = next(m for m in app.stores.documents.scan_messages(TENANT) if m.message_id == "m24")
    found = lineage_of(app.stores.ledger, TENANT, message.key)
    run = app.stores.ledger.runs.latest(TENANT)[0]
    assert found is not None
    assert found.as_json() | {"committed_at": ""} == {
        "key": message.key,
        "user_id": "u0",
        "source": str(talk_file),
        "position": "line 25",
        "batch_id": f"{run.run_id}.0",
        "run_id": run.run_id,
        "committed_at": "",
        "timestamp": iso(int(str(talk[24]["timestamp"]))),
        "extractor": app.tools.extractor.version,
        "entities": [{"name": "new york", "type": "name", "surface": "New York", "count": 2}],
        "intents": ["plan_trip"],
        "facts": [],
        "relations": [],
        "engagement": [{"campaign_id": "spring-0", "kind": "click", "value": 1.0}],
    }
    assert run.started_at <= found.origin.committed_at <= app.clock()
    assert lineage_of(app.stores.ledger, TENANT, "no such key") is None
    assert lineage_of(app.stores.ledger, "another", message.key) is None
