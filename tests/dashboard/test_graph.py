"""The explorer of a person's graph over a real API: what is told of it, its page, and its picture in a browser."""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from readings import told
from streamlit.testing.v1 import AppTest

from kith.dashboard.data.coverage import campaign_of
from kith.dashboard.data.graph import Edge, Node, around, said_lately, way_between
from kith.dashboard.data.lineage import said_of
from kith.dashboard.data.person import MOST, Thing, minded
from kith.dashboard.data.reading import Missing
from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.etl.tools import Tools
from kith.persona.embedding import Vectors
from kith.persona.evidence import Extraction
from kith.persona.hashing import HashEmbedder
from kith.persona.identity import Json
from kith.persona.model import Entity, Mention, Message, Relation, Statement
from kith.settings import Settings
from kith.wiring import open_app

PORTO, LISBON = Entity("place", "porto"), Entity("place", "lisbon")
TOM, ACME, PEANUTS = Entity("person", "tom"), Entity("organisation", "acme"), Entity("food", "peanuts")
DISHES = [Entity("food", f"dish {n:02}") for n in range(20)]
JANUARY, MOVED, ALLERGY, MARCH = "2026-01-05", "2026-02-10", "2026-02-11", "2026-03-01"
TALK: Mapping[str, tuple[str, Extraction]] = {
    "I live in Porto.": (
        JANUARY,
        Extraction((Mention(PORTO, "Porto"),), (Statement("lives_in", PORTO),)),
    ),
    "I moved to Lisbon with Tom.": (
        MOVED,
        Extraction((Mention(LISBON, "Lisbon"), Mention(TOM, "Tom")), (Statement("lives_in", LISBON),), ("find_home",)),
    ),
    "Nothing with nuts, please.": (ALLERGY, Extraction((), (Statement("allergic_to", PEANUTS),))),
    "Tom works at *Acme*.": (
        MARCH,
        Extraction((Mention(TOM, "Tom"), Mention(ACME, "*Acme*")), relations=(Relation(TOM, "works_at", ACME),)),
    ),
    "We cook twenty dishes.": ("2026-03-02", Extraction(tuple(Mention(one, one.name) for one in DISHES))),
}


@dataclass(frozen=True, slots=True)
class Telling:
    """Understands what stands in `TALK`, and nothing else."""

    version: str = "telling-1"

    def extract(
        self, messages: Sequence[Message], *, names: Mapping[str, str], vectors: Vectors | None = None
    ) -> list[Extraction]:
        return [TALK.get(message.text, ("", Extraction()))[1] for message in messages]


@pytest.fixture(scope="module")
def known(
    tmp_path_factory: pytest.TempPathFactory, started: Callable[..., Any], served: Callable[[str], Any]
) -> Generator[Any]:
    """A server that knows Ana by what she told, and Bo by nothing."""
    home = tmp_path_factory.mktemp("graph") / "home"
    settings = Settings(home=home, embedder="hash", language="plain")
    said: list[dict[str, Json]] = [
        {"user_id": "ana", "message": text, "timestamp": f"{day}T10:00:00Z", "conversation_id": day}
        for text, (day, _) in TALK.items()
    ]
    clicked: dict[str, Json] = {"campaign_id": "trails", "engagement": "like", "timestamp": f"{ALLERGY}T11:00:00Z"}
    records: list[dict[str, Json]] = [
        *said,
        {"user_id": "ana", **clicked},
        {"user_id": "bo", "message": "Hm.", "timestamp": 1},
    ]
    with open_app(settings, command="a test", create=True) as app:
        told = replace(app, tools=Tools(open_embedder=HashEmbedder, extractor=Telling()))
        told.runner().run(records_source(records), RunOptions(tenant="default", max_rejected=1.0))
    with started(home, "serve", "--quiet") as at:
        yield replace(served("small"), url=at["url"], home=home)


def ids_of(known: Any) -> dict[str, Node]:
    """Ana's nodes, by name."""
    return {one.name: one for one in told(around(known.api(), "ana", depth=6, limit=100)).nodes}


def test_what_lies_around_a_person(known: Any) -> None:
    near, far = (told(around(known.api(), "ana", depth=depth, limit=100)) for depth in (1, 2))
    dishes = {f"dish {n:02}" for n in range(20)}
    assert {one.name for one in near.nodes} == {
        *("ana", "Porto", "Lisbon", "Tom", "*Acme*", "peanuts", "find_home", "trails"),
        *dishes,
    }
    assert (near.nodes[0].name, near.nodes[0].kind, near.nodes[0].depth) == ("ana", "user", 0)
    assert {(one.kind, one.sort) for one in near.nodes if one.name in ("Porto", "trails")} == {
        ("entity", "place"),
        ("campaign", "campaign"),
    }
    assert (near.truncated, near.degraded, {one.kind for one in far.edges} - {one.kind for one in near.edges}) == (
        False,
        (),
        {"seen_with", "related"},
    )
    names = {one.id: one.name for one in near.nodes}
    stated = [(names[one.target], one.label, one.since, one.until) for one in near.edges if one.kind == "stated"]
    moved = "2026-02-10T10:00:00.000Z"
    assert sorted(stated) == [
        ("Lisbon", "lives_in", moved, None),
        ("Porto", "lives_in", "2026-01-05T10:00:00.000Z", moved),
        ("peanuts", "allergic_to", "2026-02-11T10:00:00.000Z", None),
    ]
    few = told(around(known.api(), "ana", depth=1, limit=5))
    assert (len(few.nodes), few.truncated) == (5, True)


def test_ways(known: Any) -> None:
    ids = ids_of(known)
    way = told(way_between(known.api(), "ana", ids["Lisbon"].id, ids["*Acme*"].id))
    assert [one.name for one in way.nodes] == ["Lisbon", "Tom", "*Acme*"]
    assert [one.kind for one in way.edges] == ["seen_with", "related"]
    assert way_between(known.api(), "ana", ids["Lisbon"].id, "nowhere") == Missing(
        "unknown", "The graph of 'ana' has no 'nowhere'; GET their graph.", ""
    )


def test_how_active_things_are(known: Any) -> None:
    things = told(minded(known.api(), "ana", limit=MOST)).items
    tom = next(one for one in things if one.name == "Tom")
    assert tom == Thing(
        ids_of(known)["Tom"].id,
        "Tom",
        "person",
        2,
        0.0,
        "2026-02-10T10:00:00.000Z",
        "2026-03-01T10:00:00.000Z",
        tom.score,
    )
    scores = [one.score for one in things]
    assert (scores, len(things)) == (sorted(scores, reverse=True), 24)


def test_what_was_said_of_a_thing(known: Any) -> None:
    api, ids = known.api(), ids_of(known)
    assert [one.text for one in told(said_of(api, "ana", ids["Tom"], [], tenant="default"))] == [
        "Tom works at *Acme*.",
        "I moved to Lisbon with Tom.",
    ]
    fact = next(one for one in told(around(api, "ana", depth=1, limit=100)).edges if one.label == "allergic_to")
    (said,) = told(said_of(api, "ana", ids["peanuts"], [fact], tenant="default"))
    assert (said.text, said.role, said.timestamp) == ("Nothing with nuts, please.", "user", "2026-02-11T10:00:00.000Z")
    other = Edge(fact.source, fact.target, "stated", 1, "likes", fact.since)
    assert told(said_of(api, "ana", ids["peanuts"], [other], tenant="default")) == ()
    assert [one.text for one in told(said_lately(api, "ana"))][:2] == ["We cook twenty dishes.", "Tom works at *Acme*."]


def test_campaigns(known: Any, small: Any) -> None:
    found = campaign_of(known.api(), "trails")
    assert isinstance(found, Missing)
    assert found.why == "unknown"
    listed = small.api().get("campaigns", dict[str, Any])["items"][0]
    assert told(campaign_of(small.api(), listed["id"])).title == listed["title"]


def chosen(page: Any, known: Any, user_id: str = "ana") -> AppTest:
    """The page with somebody chosen."""
    shown = page("graph", known)
    shown.selectbox[0].select(user_id).run()
    assert list(shown.exception) == []
    return shown


def picture(shown: AppTest) -> Any:
    """What the component is given to draw."""
    (drawn,) = shown.get("bidi_component")
    return json.loads(drawn.proto.json)


def names(shown: AppTest) -> list[str]:
    return [one["data"]["name"] for one in picture(shown)["nodes"]]


FIRST = ["ana", "Tom", "*Acme*", "Lisbon", "Porto", *(f"dish {n:02}" for n in range(15))]


def test_the_page_draws_the_start(known: Any, page: Any, words: Any) -> None:
    shown = chosen(page, known)
    assert names(shown) == FIRST
    drawn = picture(shown)
    ids = ids_of(known)
    ana, porto, lisbon, tom = (ids[name].id for name in ("ana", "Porto", "Lisbon", "Tom"))
    edges = {one["data"]["id"]: one for one in drawn["edges"]}
    lived, lives = (edges[f"{ana}→{there}→stated→lives in"] for there in (porto, lisbon))
    assert (lived["classes"], lives["classes"]) == ("past", "")
    assert edges[f"{ana}→{tom}→mentioned→"]["data"]["width"] == 5
    assert len(edges) == 21
    sizes = {one["data"]["name"]: one["data"]["size"] for one in drawn["nodes"]}
    assert (sizes["Porto"], max(sizes, key=lambda one: sizes[one] if one != "ana" else 0)) == (18, "Tom")
    assert [one["name"] for one in drawn["looks"]["nodes"]] == ["the person", "thing, larger while more active"]
    said = words(shown)
    assert "20 nodes and 21 ties. Click a node to see more of what is tied to it." in said
    assert "Tied to 27 nodes in all" in said


def test_a_node_is_opened_on_the_page(known: Any, page: Any) -> None:
    shown = chosen(page, known)
    assert shown.button(key="kith.graph.open").label == "Show 8 more"
    shown.button(key="kith.graph.open").click().run()
    assert names(shown) == [*FIRST, *(f"dish {n}" for n in range(15, 20)), "find_home", "peanuts", "trails"]
    assert [one for one in shown.button if one.key == "kith.graph.open"] == []
    shown.button(key="kith.graph.again").click().run()
    assert names(shown) == FIRST


def test_a_graph_is_asked_for_anew_when_one_starts_over(known: Any, page: Any) -> None:
    shown = chosen(page, known)
    heard = shown.session_state["kith.graph.heard"]
    shown.button(key="kith.graph.open").click().run()
    assert shown.session_state["kith.graph.heard"] is heard
    shown.button(key="kith.graph.again").click().run()
    assert shown.session_state["kith.graph.heard"] is not heard


def test_a_person_leads_to_what_is_known_of_them(known: Any, page: Any, links: Any) -> None:
    assert links(chosen(page, known))[0] == ("people", "person=ana")


def test_a_thing_beside_the_picture(known: Any, page: Any, words: Any) -> None:
    shown = chosen(page, known)
    ids = ids_of(known)
    shown.selectbox(key="kith.graph.node").select(ids["Tom"].id).run()
    assert picture(shown)["chosen"] == ids["Tom"].id
    said = words(shown)
    assert "number 1 of 24 on their mind" in said
    assert "- Spoken of 2 times, from 10 Feb 2026 to 1 Mar 2026\n" in said
    assert "- ← **ana**: spoke of it 2 times, last on 1 Mar 2026\n" in said
    assert "- → ***Acme***: works at, by 1 message\n- – **Lisbon**: named together in 1 message\n" in said
    assert "Tom works at *Acme*." in said
    links = [one.proto for one in shown.get("page_link")]
    assert [one.label for one in links] == [
        "1 Mar 2026, user: where it came from",
        "10 Feb 2026, user: where it came from",
    ]
    keys = [one.key for one in told(said_of(known.api(), "ana", ids["Tom"], [], tenant="default"))]
    assert [(one.page, one.query_string) for one in links] == [("lineage", f"message={key}") for key in keys]
    assert names(shown) == FIRST
    shown.button(key="kith.graph.open").click().run()
    assert len(picture(shown)["edges"]) == 24


def test_what_is_in_facts_alone_and_what_is_no_thing(known: Any, page: Any, words: Any) -> None:
    shown = chosen(page, known)
    shown.selectbox(key="kith.graph.limit").select(50).run()
    ids = ids_of(known)
    shown.selectbox(key="kith.graph.node").select(ids["peanuts"].id).run()
    assert "- ← **ana**: allergic to, since 11 Feb 2026" in words(shown)
    assert "Nothing with nuts, please." in words(shown)
    shown.selectbox(key="kith.graph.node").select(ids["find_home"].id).run()
    assert "- ← **ana**: wanted it 1 time, last on 10 Feb 2026" in words(shown)
    shown.selectbox(key="kith.graph.node").select(ids["trails"].id).run()
    assert "- ← **ana**: engaged with it, strength 1.00, last on 11 Feb 2026" in words(shown)
    assert list(shown.get("page_link")) == []


def test_filters(known: Any, page: Any, words: Any) -> None:
    shown = chosen(page, known)
    shown.multiselect(key="kith.graph.sorts.ana").select("place").run()
    assert names(shown) == ["ana", "Lisbon", "Porto"]
    assert "3 nodes and 4 ties, 17 more hidden by the filter." in words(shown)
    shown.multiselect(key="kith.graph.ties.ana").select("stated").run()
    assert (names(shown), len(picture(shown)["edges"])) == (["ana", "Lisbon", "Porto"], 2)
    first, last = shown.slider[0].value
    shown.slider[0].set_range(last, last).run()
    assert (str(first), str(last), names(shown)) == ("2026-01-05", "2026-03-02", ["ana", "Lisbon"])


def test_a_way_on_the_page(known: Any, page: Any, words: Any) -> None:
    shown, ids = chosen(page, known), ids_of(known)
    assert shown.button(key="kith.graph.way").disabled
    shown.selectbox(key="kith.graph.from.ana").select(ids["peanuts"].id)
    shown.selectbox(key="kith.graph.to.ana").select(ids["*Acme*"].id).run()
    shown.button(key="kith.graph.way").click().run()
    assert names(shown) == [*FIRST, "peanuts"]
    marked = [one["data"]["name"] for one in picture(shown)["nodes"] if one["classes"] == "marked"]
    assert (marked, sum("marked" in one["classes"] for one in picture(shown)["edges"])) == (
        ["ana", "*Acme*", "peanuts"],
        2,
    )
    assert (
        "1. **peanuts** ← **ana**: allergic to, since 11 Feb 2026\n"
        "1. **ana** → ***Acme***: spoke of it 1 time, last on 1 Mar 2026" in words(shown)
    )
    shown.button(key="kith.graph.no_way").click().run()
    assert [one for one in picture(shown)["nodes"] if one["classes"]] == []


def test_tables_say_what_is_drawn(known: Any, page: Any) -> None:
    shown = chosen(page, known)
    shown.multiselect(key="kith.graph.sorts.ana").select("place").run()
    frames: list[Any] = [one.value for one in shown.dataframe]
    nodes, ties = frames
    assert nodes["name"].to_list() == ["ana", "Lisbon", "Porto"]
    assert nodes["what"].to_list() == ["person", "thing (place)", "thing (place)"]
    assert nodes["ties"].to_list() == [29, 3, 2]
    rows = ties[["from", "tie", "to", "since", "until", "last"]].to_dict("records")
    assert sorted(tuple(one.values()) for one in rows) == [
        ("ana", "lives in", "Lisbon", "10 Feb 2026", "", ""),
        ("ana", "lives in", "Porto", "5 Jan 2026", "10 Feb 2026", ""),
        ("ana", "spoke of", "Lisbon", "", "", "10 Feb 2026"),
        ("ana", "spoke of", "Porto", "", "", "5 Jan 2026"),
    ]


def test_where_there_is_nothing(known: Any, served: Callable[[str], Any], page: Any, words: Any) -> None:
    assert "Nobody is known yet." in words(page("graph", served("empty")))
    assert "Nothing has been learned of them yet." in words(chosen(page, known, "bo"))
    stranger = page("graph", known)
    stranger.query_params["person"] = "a stranger"
    assert "Nobody knows" in words(stranger.run()) or "stranger" in words(stranger)
    assert list(stranger.get("bidi_component")) == []


def test_many_people(served: Callable[[str], Any], page: Any) -> None:
    large = served("large")
    people = [one["user_id"] for one in large.api().get("users", dict[str, Any], limit=20)["items"]]
    graphs = {one: told(around(large.api(), one, depth=1, limit=20)) for one in people}
    most = max(people, key=lambda one: len(graphs[one].nodes))
    assert names(chosen(page, large, most)) == [one.name for one in graphs[most].nodes]


PLACES = "box => Object.fromEntries(box.graph.nodes().map(one => [one.data('name'), one.position()]))"
GROWN = "one => Promise.all(one.getAnimations().map((each) => each.finished))"
SPOT = "(box, name) => box.graph.nodes().filter(one => one.data('name') === name)[0].renderedPosition()"


@pytest.mark.parametrize("width", [1280, 390])
def test_exploring_in_the_browser(
    width: int, known: Any, dashboard: Callable[[Any], str], browser_page: Callable[..., Page]
) -> None:
    shown = browser_page(dashboard(known), "graph?person=ana", width=width)
    box = shown.locator(".kith-graph")
    box.and_(shown.locator("[data-nodes='20']")).wait_for()
    before = box.evaluate(PLACES)
    box.scroll_into_view_if_needed()
    box.click(position=box.evaluate(SPOT, "ana"))
    box.and_(shown.locator("[data-nodes='28']")).wait_for()
    after = box.evaluate(PLACES)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {*(f"dish {n}" for n in range(15, 20)), "find_home", "peanuts", "trails"}
    shown.get_by_role("tab", name="Nodes (28)").wait_for()
    shown.get_by_text("Way between two").click()
    shown.get_by_role("button", name="Take it away").hover()
    shown.locator("details[open]").evaluate(GROWN)  # a list that is open would close as the page moves under it
    shown.get_by_label("To", exact=True).press_sequentially("Acme")
    shown.get_by_role("option", name="*Acme* · thing (organisation)").click()
    shown.get_by_role("button", name="Show the way").click()
    shown.get_by_text("spoke of it 1 time, last on 1 Mar 2026").wait_for()
    box.and_(shown.locator("[data-marked='2']")).wait_for()
    box.click(position=box.evaluate(SPOT, "Tom"))
    shown.get_by_text("What was said of it").wait_for()
    said = shown.get_by_role("link", name="10 Feb 2026, user: where it came from")
    expect(said).to_have_count(1)
    said.click()
    expect(shown.locator("h1")).to_have_text("Lineage")
    shown.get_by_text("I moved to Lisbon with Tom.").first.wait_for()
