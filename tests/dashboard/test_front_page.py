"""The API's own page at `/`, in a real browser: a first answer about somebody, with nothing from elsewhere."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

OpenPage = Callable[..., Page]
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
NAMES = ["documents", "vectors", "graph", "ledger", "cache"]
EVIL = "<img src=x onerror=alert(1)> & \"quoted\" 'too'"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_says_what_is_stored_and_answers(small: Any, browser_page: OpenPage, width: int, scheme: str) -> None:
    shown = browser_page(small.url, width=width, scheme=scheme)
    expect(shown.locator("#stores strong")).to_have_text(NAMES)
    expect(shown.locator("#ready")).to_have_text("well")
    stats = httpx.get(f"{small.url}/api/v1/stats").json()["counts"]
    expect(shown.locator("#counts dd").first).to_have_text(str(stats["people"]))
    person = httpx.get(f"{small.url}/api/v1/users", params={"limit": 1}).json()["items"][0]["user_id"]
    expect(shown.locator("#person")).to_have_value(person)
    shown.locator("#query").fill("what did they like?")
    shown.keyboard.press("Enter")
    context = httpx.get(
        f"{small.url}/api/v1/users/{person}/context", params={"query": "what did they like?", "max_tokens": 800}
    ).json()
    expect(shown.locator("#context")).to_have_text(context["text"])
    offers = httpx.get(f"{small.url}/api/v1/users/{person}/recommendations", params={"limit": 5}).json()["items"]
    expect(shown.locator("#offers strong")).to_have_text([one["title"] for one in offers])
    assert shown.locator("#offers .why span").count() == sum(len(one["reasons"]) for one in offers)
    assert shown.evaluate(WIDER) <= 0


JUST_BEGUN = (503,)
"""A server that has just begun may say of a store that it does not answer yet; the page tells, and asks again."""


def test_a_stranger_and_what_is_written_are_told_as_they_are(own: Any, browser_page: OpenPage) -> None:
    who = "a/b?c#d.."
    said = httpx.post(f"{own.url}/api/v1/ingest/a%2Fb%3Fc%23d%2E%2E", json={"content": f"I love {EVIL}."})
    assert said.status_code == 200
    shown = browser_page(own.url, quiet=JUST_BEGUN)
    expect(shown.locator("#ready")).to_have_text("well")
    shown.locator("#person").fill(who)
    shown.locator("#query").fill("quoted")
    shown.get_by_role("button", name="Show").click()
    expect(shown.locator("#context")).to_contain_text("onerror=alert(1)")
    assert shown.locator("#context img").count() == 0


def test_where_a_key_is_wanted_it_asks_for_one(keyed: Any, browser_page: OpenPage) -> None:
    answered = httpx.get(keyed.served.url)
    assert (answered.status_code, answered.headers["content-type"]) == (200, "text/html; charset=utf-8")
    shown = browser_page(keyed.served.url, quiet=(401, *JUST_BEGUN))
    shown.locator("#key").fill(keyed.key("read"))
    shown.get_by_role("button", name="Use it").click()
    expect(shown.locator("#door")).to_be_hidden()
    expect(shown.locator("#person")).to_have_value("ana")
    assert shown.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    shown.get_by_role("button", name="Show").click()
    expect(shown.locator("#answer")).to_be_visible()
    shown.evaluate("key = 'kith_ab_cd'; showStored()")
    shown.locator("#key").fill(keyed.key("read"))
    shown.get_by_role("button", name="Use it").click()
    expect(shown.locator("#person")).to_have_value("ana")
    expect(shown.locator("#answer")).to_be_hidden()
    expect(shown.locator("#context")).to_be_empty()


def test_after_an_outage_all_is_shown_again(small: Any, browser_page: OpenPage) -> None:
    shown = browser_page(small.url, quiet=(502,))
    counts = shown.locator("#counts dd")
    expect(shown.locator("#ready")).to_have_text("well")
    expect(counts.first).to_have_text("20")
    shown.route("**/*", lambda route: route.fulfill(status=502, body=""))
    shown.evaluate("at('counts').replaceChildren(); showStores()")
    expect(shown.locator("#ready")).to_have_text("no answer")
    expect(shown.locator("#trouble")).to_have_text("It answered 502.")
    shown.unroute("**/*")
    shown.evaluate("showStores()")
    expect(shown.locator("#ready")).to_have_text("well")
    expect(counts.first).to_have_text("20")
    expect(shown.locator("#trouble")).to_be_hidden()
