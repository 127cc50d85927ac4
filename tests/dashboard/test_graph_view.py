"""The graph's component in a real browser: it draws, tells which node was chosen, and keeps what is there in place."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

PLACES = "box => box.graph.nodes().map(one => [one.id(), one.renderedPosition().x, one.renderedPosition().y])"
Scripted = Callable[[Path], AbstractContextManager[str]]


@pytest.fixture
def demo(scripted: Scripted) -> Generator[str]:
    """Where the page with the graph is."""
    with scripted(Path(__file__).with_name("graph_demo.py")) as url:
        yield url


def test_a_node_is_clicked_and_more_are_drawn(demo: str, browser_page: Any) -> None:
    shown = browser_page(demo)
    box = shown.locator(".kith-graph")
    shown.wait_for_function("document.querySelector('[data-testid=stMain]').innerText.includes('chosen: None')")
    box.and_(shown.locator("[data-nodes='2']")).wait_for()
    assert box.get_attribute("aria-label") == "What ties two"
    before = {name: (x, y) for name, x, y in box.evaluate(PLACES)}
    x, y = before["porto"]
    box.click(position={"x": x, "y": y})
    shown.get_by_text("chosen: porto").wait_for()
    box.and_(shown.locator("[data-nodes='3']")).wait_for()
    assert [name for name, _, _ in box.evaluate(PLACES)] == ["ana", "porto", "more 0"]
    assert box.evaluate("box => box.graph.edges().map(one => one.id())") == [
        "ana→porto→stated→lives in",
        "porto→more 0→seen_with→",
    ]


def test_nodes_are_reached_by_keys(demo: str, browser_page: Any) -> None:
    shown = browser_page(demo)
    box = shown.locator(".kith-graph")
    box.and_(shown.locator("[data-nodes='2']")).wait_for()
    box.focus()
    box.press("ArrowRight")
    assert shown.locator(".kith-graph-said").inner_text() == "Ana, a person"
    box.press("ArrowRight")
    assert shown.locator(".kith-graph-said").inner_text() == "Porto, a place"
    box.press("Enter")
    shown.get_by_text("chosen: porto").wait_for()
