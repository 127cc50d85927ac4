"""The dashboard in a real browser, over a real API: at both widths and in both themes, with nothing from elsewhere."""

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from playwright.sync_api import Page, Request, expect

from kith.dashboard.app import PAGES

Scheme = Literal["light", "dark"]
OpenPage = Callable[..., Page]
Started = Callable[..., AbstractContextManager[dict[str, Any]]]
WIDTHS, SCHEMES = (1280, 390), ("light", "dark")
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", [one.name for one in PAGES])
def test_each_page_fits(
    name: str, scheme: Scheme, width: int, small: Any, dashboard: Callable[[Any], str], browser_page: OpenPage
) -> None:
    shown = browser_page(dashboard(small), name, width=width, scheme=scheme)
    title = next(one.title for one in PAGES if one.name == name)
    expect(shown.locator("h1")).to_have_text(title)
    expect(shown.get_by_test_id("stSpinner")).to_have_count(0)
    expect(shown.get_by_test_id("stException")).to_have_count(0)
    assert shown.evaluate(WIDER) <= 0


def test_pages_are_reached_by_the_keyboard(small: Any, dashboard: Callable[[Any], str], browser_page: OpenPage) -> None:
    shown = browser_page(dashboard(small))
    link = shown.get_by_role("link", name="Stores")
    for _ in range(30):
        shown.keyboard.press("Tab")
        if link.evaluate("one => one === document.activeElement"):
            break
    shown.keyboard.press("Enter")
    expect(shown.locator("h1")).to_have_text("Stores")


def test_stores_are_compared_in_the_browser(
    small: Any, dashboard: Callable[[Any], str], browser_page: OpenPage
) -> None:
    shown = browser_page(dashboard(small), "stores")
    shown.get_by_role("button", name="Compare them now").click()
    shown.get_by_text("They agree. Looked at:").wait_for()


def test_a_key_is_given_in_the_browser_and_stays_in_its_session(
    keyed: Any, dashboard: Callable[[Any], str], browser_page: OpenPage
) -> None:
    url, key = dashboard(keyed.served), keyed.key("read")
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    shown = browser_page(url)
    shown.on("request", note)
    expect(shown.locator("h1")).to_have_text("A key, please")
    shown.get_by_label("API key").fill(key)
    shown.get_by_role("button", name="Enter").click()
    expect(shown.locator("h1")).to_have_text("Overview")
    expect(shown.get_by_text("May read")).to_be_visible()
    assert [one for one in asked if key in one] == []
    expect(browser_page(url).locator("h1")).to_have_text("A key, please")


def test_pages_of_other_sites_get_nothing(small: Any, dashboard: Callable[[Any], str]) -> None:
    url = dashboard(small)
    assert httpx.get(url).status_code == 200
    assert httpx.get(url, headers={"Origin": url}).status_code == 200
    assert httpx.get(url, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert httpx.get(url, headers={"Host": "elsewhere.example"}).status_code == 403


def test_the_dashboard_goes_on_when_the_api_comes_back(
    tmp_path: Path, started: Started, browser_page: OpenPage
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with started(tmp_path / "home", "dashboard", "--api", f"http://127.0.0.1:{port}") as told:
        shown = browser_page(told["url"])
        expect(shown.locator("h1")).to_have_text("The API does not answer")
        with started(tmp_path / "home", "serve", "--quiet", port=port):
            expect(shown.locator("h1")).to_have_text("Overview", timeout=60_000)
            expect(shown.get_by_text("Nothing has run yet.")).to_be_visible()
            shown.context.close()


def test_a_page_that_fails_says_so_in_a_sentence(
    tmp_path: Path, scripted: Callable[[Path], AbstractContextManager[str]], browser_page: OpenPage
) -> None:
    script = tmp_path / "failing.py"
    script.write_text("import streamlit as st\nst.title('A page')\nraise ValueError('a secret')\n")
    with scripted(script) as url:
        shown = browser_page(url)
        shown.get_by_text("This page could not be shown: something went wrong that should not.").wait_for()
        assert "secret" not in shown.content()
        assert "Traceback" not in shown.content()
