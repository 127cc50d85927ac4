"""Coming in: a key is asked for and kept in the session, and the ledger is shown while the API is down."""

import json
import threading
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kith.dashboard import door, starting
from kith.dashboard.app import PAGES
from kith.dashboard.data.asking import Api
from kith.dashboard.pages import engagement
from kith.dashboard.place import Place

SHOWN = {
    "kith.overview.looked": "what needs attention",
    "kith.quality.job": "a job",
    "kith.quality.done": "what came of it",
    "kith.people.leaving.gone": "ana",
    "kith.people.leaving.receipt": "her receipt",
    "kith.people.messages": "where her messages go on",
    "kith.graph": "her graph",
    "kith.person": "ana",
    "kith.runs.cursors": ["where the list goes on"],
    "kith.stores.verify": "a job",
    "kith.engagement.survey": "whom it asked about",
}
"""What a session keeps of what its key was shown."""


def application(place: Place) -> AppTest:
    """The whole application, as it is before it is first shown."""
    shown = AppTest.from_file(starting.HERE / "entry" / "run.py", default_timeout=60)
    shown.secrets["kith"] = place.told()
    return shown


@pytest.fixture
def whole(small: Any) -> AppTest:
    """The whole application beside a server."""
    return application(small.place()).run()


def kept_of(shown: AppTest) -> set[str]:
    """What the session has of what was shown."""
    return {name for name in SHOWN if name in shown.session_state}


@dataclass
class Told:
    """What an API answers, by path; to all else, that a store is down. `asked`: what it was asked."""

    answers: dict[str, Any] = field(default_factory=lambda: {"/healthz": {"alive": True, "version": "1"}})
    asked: list[str] = field(default_factory=list[str])
    url: str = ""

    def place(self) -> Place:
        return Place(self.url)

    def tells_caller(self, tenant: str) -> None:
        self.answers["/api/v1/caller"] = {"tenant": tenant, "scopes": ["read"], "ledger": None}


@pytest.fixture
def fake() -> Generator[Told]:
    """An API that answers what the test says."""
    told = Told()
    down = {"type": "urn:kith:problem:store-unavailable", "detail": "the ledger does not answer now"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            body = json.dumps(told.answers.get(self.path, down)).encode()
            self.send_response(200 if self.path in told.answers else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_application_says_whom_it_asks_and_as_whom(whole: AppTest, small: Any) -> None:
    assert list(whole.exception) == []
    assert [one.value for one in whole.title] == [PAGES[0].title]
    beside = "\n".join(str(one.value) for one in (*whole.sidebar.caption, *whole.sidebar.markdown)).replace("\\", "")
    assert f"API at {small.url}" in beside
    assert "Tenant **default**" in beside
    assert "May read, write and administer" in beside


def test_a_key_is_asked_for_and_tried(keyed: Any, page: Any, words: Any) -> None:
    shown = page("stores", keyed.served)
    assert shown.title[0].value == "A key, please"
    shown.text_input[0].input("kith_ab_cd")
    shown.button[0].click().run()
    assert "No key like this is known; see `kith keys list`." in words(shown)
    key = keyed.key("read")
    shown.text_input[0].input(key)
    shown.button[0].click().run()
    assert (shown.title[0].value, list(shown.text_input)) == ("Stores", [])
    assert key not in words(shown)


def test_beyond_this_machine_nothing_is_shown_without_a_key(small: Any, page: Any, words: Any) -> None:
    shown = page("overview", small, guarded=True)
    assert (shown.title[0].value, list(shown.metric)) == ("A key, please", [])
    down = page("overview", small, guarded=True, api="http://127.0.0.1:9", key="kith_ab_cd")
    assert (down.title[0].value, list(down.metric)) == ("The API does not answer", [])


def test_while_the_api_is_down_the_ledger_is_shown(small: Any, page: Any, figures: Any, words: Any) -> None:
    shown = page("overview", small, api="http://127.0.0.1:9")
    assert shown.title[0].value == "The API does not answer"
    assert "The API at http://127.0.0.1:9 cannot be reached." in words(shown)
    assert "Start it with `kith serve`" in words(shown)
    assert figures(shown)["People"] == "20"


def test_a_ledger_that_asks_for_keys_is_not_shown(keyed: Any, page: Any, words: Any) -> None:
    shown = page("overview", keyed.served, api="http://127.0.0.1:9")
    assert list(shown.metric) == []
    assert "It would ask for a key" in words(shown) or "it would ask for a key" in words(shown)


def test_without_an_api_and_a_ledger(small: Any, page: Any) -> None:
    shown = page("overview", small, api="http://127.0.0.1:9", ledger="")
    assert (shown.title[0].value, list(shown.metric)) == ("The API does not answer", [])


def test_an_api_that_is_another_ones_does_not_have_this_ledger_shown(small: Any, page: Any) -> None:
    shown = page("overview", small, api="http://127.0.0.1:9", named=True)
    assert (shown.title[0].value, list(shown.metric)) == ("The API does not answer", [])


def test_an_api_that_cannot_say_who_asks_is_not_asked_on_and_on(fake: Told, words: Any) -> None:
    store = {"ok": False, "kind": None, "ms": 1000.0, "error": "no route to *it*"}
    fake.answers["/readyz"] = {"ready": False, "stores": {"ledger": store, "cache": {**store, "ok": True}}}
    shown = application(fake.place()).run()
    assert shown.title[0].value == "The dashboard cannot begin"
    assert "The ledger does not answer now." in words(shown)
    assert [one.value for one in shown.main.markdown][-1:] == [r"**Ledger**: no route to \*it\*"]
    assert fake.asked == ["/healthz", "/api/v1/caller", "/readyz"]
    fake.tells_caller("acme")
    assert shown.run().title[0].value == PAGES[0].title


def test_a_store_that_is_down_does_not_undo_who_was_let_in(fake: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "REMEMBERED", 0.0)
    fake.tells_caller("acme")
    shown = application(fake.place()).run()
    del fake.answers["/api/v1/caller"]
    shown.run()
    assert shown.title[0].value == PAGES[0].title
    assert "Tenant **acme**  \nMay read" in [one.value for one in shown.sidebar.markdown]
    del fake.answers["/healthz"]
    assert shown.run().title[0].value == "The dashboard cannot begin"


def test_who_asks_is_found_out_by_one_question(fake: Told) -> None:
    fake.tells_caller("acme")
    shown = application(replace(fake.place(), ledger="sqlite:///nowhere/ledger.db")).run()
    assert shown.title[0].value == PAGES[0].title
    assert fake.asked[:2] == ["/healthz", "/api/v1/caller"]
    assert {one for one in fake.asked if one.endswith(("/-", "/stores"))} == set()


def test_nothing_of_what_a_key_was_shown_stays_for_the_next(keyed: Any) -> None:
    shown = application(keyed.served.place())
    shown.session_state["kith.key"] = keyed.key("read")
    shown.query_params["person"] = "ana"
    shown.run()
    for name, value in SHOWN.items():
        shown.session_state[name] = value
    (another,) = (one for one in shown.sidebar.button if one.label == "Use another key")
    another.click().run()
    assert shown.title[0].value == "A key, please"
    assert (kept_of(shown), dict(shown.query_params)) == (set(), {})


def test_nothing_of_what_a_key_was_shown_stays_when_it_is_revoked(keyed: Any) -> None:
    shown = application(keyed.served.place())
    for name, value in {**SHOWN, "kith.key": "kith_ab_cd"}.items():
        shown.session_state[name] = value
    shown.query_params["code"] = "bad_json"
    shown.run()
    key = keyed.key("read")
    shown.text_input[0].input(key)
    next(one for one in shown.main.button if one.label == "Enter").click().run()
    assert shown.title[0].value == PAGES[0].title
    assert (shown.session_state["kith.key"], kept_of(shown) - {"kith.overview.looked"}) == (key, set())
    assert dict(shown.query_params) == {"code": "bad_json"}


def test_nothing_of_a_tenant_stays_where_the_api_says_another(fake: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "REMEMBERED", 0.0)
    fake.tells_caller("acme")
    shown = application(fake.place()).run()
    shown.session_state["kith.people.leaving.gone"] = "ana"
    assert kept_of(shown.run()) >= {"kith.people.leaving.gone"}
    fake.tells_caller("other")
    shown.run()
    assert "Tenant **other**  \nMay read" in [one.value for one in shown.sidebar.markdown]
    assert "kith.people.leaving.gone" not in shown.session_state


def _a_fragment(place: dict[str, object]) -> None:
    """A page that reads the ledger in a fragment, which the second time is shown by itself."""
    import streamlit as st

    from kith.dashboard.door import enter, look_again
    from kith.dashboard.place import Place
    from kith.dashboard.sight import Sight

    if not st.session_state.pop("alone", False):
        found = enter(Place.of(place))
        if not isinstance(found, Sight):
            st.title(found.why)
            return
    look_again()
    st.title("what the ledger says")


def test_a_fragment_that_reads_the_ledger_ends_with_the_key(keyed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = AppTest.from_function(_a_fragment, kwargs={"place": keyed.served.place().told()}, default_timeout=60)
    shown.session_state["kith.key"] = keyed.key("admin")
    assert shown.run().title[0].value == "what the ledger says"
    monkeypatch.setattr(door, "REMEMBERED", 0.0)
    shown.session_state["alone"] = True
    assert shown.run().title[0].value == "what the ledger says"
    entered = shown.session_state["kith.entered"]
    revoked = Api(keyed.served.url, key="kith_ab_cd")
    shown.session_state["kith.entered"] = replace(entered, sight=replace(entered.sight, api=revoked))
    shown.session_state["kith.key"] = "kith_ab_cd"
    shown.session_state["alone"] = True
    assert shown.run().title[0].value == "bad_key"


def test_engagement_looks_again_in_each_of_its_fragments(
    small: Any, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[bool] = []
    monkeypatch.setattr(engagement, "look_again", lambda: looked.append(True))
    page("engagement", small)
    assert looked == [True] * 3
