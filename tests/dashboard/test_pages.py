"""Overview and Stores over a real API: with nothing stored, with little, with much, and as somebody who may little."""

from collections.abc import Callable
from typing import Any

import pytest

SIZES = ("empty", "small", "large")


@pytest.mark.parametrize("size", SIZES)
def test_overview(size: str, served: Callable[[str], Any], page: Any, figures: Any, words: Any) -> None:
    shown = page("overview", served(size))
    people = {"empty": "0", "small": "20", "large": "1,098"}[size]
    assert (shown.title[0].value, figures(shown)["People"]) == ("Overview", people)
    said = words(shown)
    assert ("Nothing has run yet." in said) == (size == "empty")
    assert ("Messages by day" in said) == (size != "empty")
    assert "Nothing: runs ended well, and the stores agree." in said
    if size != "empty":
        told = figures(shown)
        assert (told["Status"], told["Rejected"] != "0 %") == ("succeeded", True)


def test_overview_for_who_may_only_read(keyed: Any, page: Any, figures: Any, words: Any) -> None:
    shown = page("overview", keyed.served, key=keyed.key("read"))
    assert figures(shown)["Messages"] == "1"
    assert "shown to a key that may administer" in words(shown)
    assert "Messages by day" not in words(shown)


def test_what_needs_attention_is_looked_for_again_when_asked(small: Any, page: Any) -> None:
    shown = page("overview", small)
    looked = shown.session_state["kith.overview.looked"]
    assert shown.run().session_state["kith.overview.looked"] is looked
    shown.button(key="kith.overview.again").click().run()
    assert shown.session_state["kith.overview.looked"].at > looked.at


@pytest.mark.parametrize("size", SIZES)
def test_stores(size: str, served: Callable[[str], Any], page: Any, figures: Any, words: Any) -> None:
    shown = page("stores", served(size))
    said = words(shown)
    assert "All stores answer." in said
    assert [name for name in ("Documents", "Vectors", "Graph", "Ledger", "Cache") if f"**{name}**" not in said] == []
    assert (figures(shown)["Documents"] == "0") == (size == "empty")


def test_stores_are_compared(small: Any, page: Any, words: Any) -> None:
    shown = page("stores", small)
    assert "They have not been compared in this session." in words(shown)
    shown.button(key="kith.stores.compare").click().run()
    while "Comparing" in words(shown) or "It waits" in words(shown):
        shown.run()
    assert "They agree. Looked at: " in words(shown)


def test_stores_for_who_may_only_read(keyed: Any, page: Any, words: Any) -> None:
    shown = page("stores", keyed.served, key=keyed.key("read"))
    assert "All stores answer." in words(shown)
    assert "A key that may administer can have them compared." in words(shown)
    assert list(shown.button) == []
