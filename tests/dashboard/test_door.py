"""Coming in: a key is asked for and kept in the session, and the ledger is shown while the API is down."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kith.dashboard import starting
from kith.dashboard.app import PAGES


@pytest.fixture
def whole(small: Any) -> AppTest:
    """The whole application beside a server."""
    shown = AppTest.from_file(starting.HERE / "entry" / "run.py", default_timeout=60)
    shown.secrets["kith"] = small.place().told()
    return shown.run()


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
