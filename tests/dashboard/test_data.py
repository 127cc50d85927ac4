"""What the pages are told, by a real API and its ledger: figures, or in a sentence what is missing."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from readings import told

from kith.dashboard.data.asking import Api, path_of
from kith.dashboard.data.callers import Caller, alive, caller_of
from kith.dashboard.data.history import Ledger, alone, days, ledger_beside
from kith.dashboard.data.jobs import Job, begin, job_of
from kith.dashboard.data.lineage import lineage_of
from kith.dashboard.data.overview import anomalies, held, latest_runs
from kith.dashboard.data.people import known
from kith.dashboard.data.reading import Missing, Unanswered
from kith.dashboard.data.stores import NAMES, health, stores, verdict_of
from kith.stores.ledger import open_ledger


def test_how_much_is_kept(small: Any) -> None:
    found = told(held(small.api()))
    assert (found.tenant, found.count("people"), found.count("nothing of the kind")) == ("default", 20, None)
    assert found.count("campaigns") > 0
    (run,) = told(latest_runs(small.api())).items
    assert found.count("messages") == run.accepted
    assert (run.status, run.read) == ("succeeded", run.accepted + run.duplicate + run.rejected)
    assert run.rejected_share == run.rejected / run.read
    assert sum(found.rejections.values()) == run.rejected > 0


def test_people_to_choose_from(served: Callable[[str], Any]) -> None:
    assert told(known(served("empty").api())).items == ()
    few, many = told(known(served("small").api())), told(known(served("large").api()))
    assert (len(few.items), few.next) == (20, None)
    assert (len(many.items), many.next is None) == (1000, False)


def test_anomalies_of_stores_that_are_well(small: Any) -> None:
    assert told(anomalies(small.api())).items == ()


def test_stores_and_their_health(small: Any) -> None:
    state, found = told(health(small.api())), told(stores(small.api()))
    assert (state.ready, state.off, tuple(state.stores)) == (True, (), NAMES)
    assert {name: one.kind for name, one in state.stores.items()} == {n: one.kind for n, one in found.stores.items()}
    assert found.counts["documents"] == found.counts["vectors"] > 0


def test_verify_as_a_job(small: Any) -> None:
    job = told(job_of(small.api(), told(begin(small.api(), "verify")).id))
    while not job.over:
        job = told(job_of(small.api(), job.id))
    verdict = verdict_of(job)
    assert verdict is not None
    assert (job.what, verdict.ok, verdict.differences, verdict.pending) == ("verify", True, (), 0)


def test_who_asks(keyed: Any, small: Any) -> None:
    where = str(small.home / "ledger.db")
    assert told(caller_of(small.api())) == Caller("default", ("read", "write", "admin"), where)
    assert told(caller_of(keyed.served.api(keyed.key("read")))) == Caller("default", ("read",))
    assert told(caller_of(keyed.served.api(keyed.key("write")))) == Caller("default", ("read", "write"))


def test_what_is_missing_without_a_key_or_with_another(keyed: Any) -> None:
    nobody, stranger = caller_of(keyed.served.api()), caller_of(keyed.served.api("kith_ab_cd"))
    assert [one.why for one in (nobody, stranger) if isinstance(one, Missing)] == ["no_key", "bad_key"]
    with pytest.raises(Unanswered, match="such as a space"):
        keyed.served.api("two words")


def test_an_api_that_is_down() -> None:
    found = alive(Api("http://127.0.0.1:9"))
    assert found == Missing(
        "unreachable",
        "The API at http://127.0.0.1:9 cannot be reached.",
        "Start it with `kith serve`, or name another with `kith dashboard --api URL`.",
    )


@contextmanager
def answering(status: int, body: bytes) -> Generator[str]:
    """Something at an address that answers the same to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (200, b'{"alive": "?"}', "too_old"),
        (200, b"<html>", "too_old"),
        (502, b"<html>", "unreachable"),
        (404, json.dumps({"type": "urn:kith:problem:no-such-route", "detail": "nothing"}).encode(), "too_old"),
        (503, json.dumps({"type": "urn:kith:problem:store-unavailable", "detail": "no"}).encode(), "not_now"),
        (404, json.dumps({"type": "urn:kith:problem:unknown-user", "detail": "nobody"}).encode(), "unknown"),
        (418, json.dumps({"type": "urn:kith:problem:teapot", "detail": "no"}).encode(), "refused"),
    ],
)
def test_answers_that_are_none(status: int, body: bytes, why: str) -> None:
    with answering(status, body) as url:
        found = alive(Api(url))
    assert isinstance(found, Missing)
    assert found.why == why
    assert found.words.endswith(".")


def test_health_of_a_server_that_is_not_ready() -> None:
    state = {"ready": False, "stores": {"graph": {"ok": False, "kind": None, "ms": 1000.0, "error": "too slow"}}}
    with answering(503, json.dumps(state).encode()) as url:
        found = told(health(Api(url)))
    assert (found.ready, found.stores["graph"].error) == (False, "too slow")


def test_ids_are_one_part_of_a_path() -> None:
    assert path_of("users", "a/b c?..") == "/api/v1/users/a%2Fb%20c%3F%2E%2E"


def test_ids_that_cannot_be_sent_are_told_in_a_sentence(small: Any) -> None:
    empty = Missing("unknown", "An id is empty: say which person, message or fact is meant.")
    assert lineage_of(small.api(), "") == empty
    assert lineage_of(small.api(), "a" * 66_000) == Missing(
        "refused",
        "That cannot be asked: it makes no address, or one that is too long.",
        "Shorten the id, or the words to look for.",
    )
    half = lineage_of(small.api(), "half \ud800")
    assert isinstance(half, Missing)
    assert half.words.endswith("is no text that can be sent: half of a character stands alone in it.")


def test_a_verdict_of_another_version(small: Any) -> None:
    job = Job("j", "verify", "done", 0, {"ok": "perhaps"}, None)
    with pytest.raises(Unanswered, match=r"^What the API answers is no Verdict\.$") as unanswered:
        verdict_of(job)
    assert unanswered.value.missing.why == "too_old"


def test_days_are_those_of_the_messages(small: Any) -> None:
    found = told(days(Ledger(small.ledger, "default")))
    run = told(latest_runs(small.api())).items[0]
    assert sum(one.messages for one in found) == run.accepted
    assert [one.day for one in found] == sorted({one.day for one in found})
    assert {one.people <= one.messages for one in found} == {True}
    assert told(days(Ledger(small.ledger, "somebody else"))) == ()


def test_a_ledger_is_read_where_it_is_the_apis_and_may_be_seen(small: Any, tmp_path: Path) -> None:
    here, other = str(small.home / "ledger.db"), str(tmp_path / "ledger.db")
    everything, reader = Caller("default", ("read", "write", "admin"), here), Caller("default", ("read",))
    open_ledger(f"sqlite:///{other}").close()
    assert ledger_beside(small.api(), everything, small.ledger) == Ledger(small.ledger, "default")
    shut = "The ledger is shown to a key that may administer."
    assert ledger_beside(small.api(), reader, small.ledger) == Ledger("", "default", shut)
    for ledger in (other, str(tmp_path / "none.db")):
        words = f"The ledger that the dashboard could read, {ledger!r}, is not the API's, which is {here!r}."
        assert ledger_beside(small.api(), everything, f"sqlite:///{ledger}") == Ledger("", "default", words)
    assert ledger_beside(small.api(), everything, "") == Ledger("", "default")
    assert ledger_beside(small.api(), everything, "redis://there").why_not.startswith("No ledger is kept in 'redis'")


def test_a_ledger_is_read_whatever_other_stores_are_down(small: Any) -> None:
    caller = told(caller_of(small.api()))
    with answering(503, json.dumps({"type": "urn:kith:problem:store-unavailable", "detail": "no"}).encode()) as url:
        assert ledger_beside(Api(url), caller, small.ledger) == Ledger(small.ledger, "default")


def test_a_file_is_not_taken_for_one_of_the_same_name_on_another_machine(small: Any) -> None:
    caller = told(caller_of(small.api()))
    words = "The API at http://10.0.0.9:8000 may be on another machine: the ledger here is not known to be its own."
    found = ledger_beside(Api("http://10.0.0.9:8000"), caller, small.ledger)
    assert found == Ledger("", "default", words)
    assert days(found) == Missing(
        "no_ledger", words, "Start `kith dashboard` where `kith serve` runs, with the same settings."
    )


def test_without_a_ledger(tmp_path: Path) -> None:
    found = days(Ledger("", "default"))
    assert isinstance(found, Missing)
    assert found.why == "no_ledger"
    gone = days(Ledger(f"sqlite:///{tmp_path / 'none.db'}", "default"))
    assert isinstance(gone, Missing)
    assert gone.why == "not_now"


def test_the_ledger_alone_is_for_who_needs_no_key(small: Any, keyed: Any) -> None:
    found = told(alone(Ledger(small.ledger, "default")))
    assert (found.counts["people"], len(found.runs)) == (20, 1)
    assert found.runs[0].read == told(latest_runs(small.api())).items[0].read
    kept = alone(Ledger(keyed.served.ledger, "default"))
    assert isinstance(kept, Missing)
    assert kept.why == "no_key"
