"""Graph: what a person is tied to, step by step; how active it is, and the way from one thing to another."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import streamlit as st

from kith.dashboard.data.exploring import Drawn, Explored, Filter, Whole, begun, drawn, opened, with_way
from kith.dashboard.data.graph import DEEPEST, MOST_NODES, Graph, Way, around, way_between
from kith.dashboard.data.person import MOST, minded
from kith.dashboard.data.reading import Missing
from kith.dashboard.graph_details import details
from kith.dashboard.graph_view import GraphEdge, GraphNode, draw_graph
from kith.dashboard.graph_words import TIES, edge_rows, kind_of, label_of, node_rows, sort_of, told_of, way_words
from kith.dashboard.looks import empty, heading, missing, section, table, to_stores, value_of
from kith.dashboard.picking import whom
from kith.dashboard.sight import Sight
from kith.dashboard.wording import count, plain

__all__ = ["show"]

STEPS = (1, 2, 3)
AT_FIRST = (10, 20, 50, 100, 250)
USUAL = 20
KEPT, HEARD = "kith.graph", "kith.graph.heard"
"""How far this session has explored, and the graph in which it does."""
REMEMBERED = 60.0
"""Seconds for which a graph is not asked for again: it may be thousands of nodes."""
PERSON, WITHOUT = 0.8, 0.2
"""How large the person is drawn, and what has no activation."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """How far a session has explored a graph: whose, and from which start."""

    start: tuple[str, int, int]
    explored: Explored


@dataclass(frozen=True, slots=True)
class _Heard:
    """All of a person's graph as it was told; `off`: the stores that were missing from it."""

    user_id: str
    graph: Graph
    whole: Whole
    off: tuple[str, ...]
    at: float


def show(sight: Sight) -> None:
    """The page."""
    heading("Graph", "What a person speaks of, states, wants and engages with, and how that hangs together.")
    person = whom(sight.api)
    if person is not None:
        _explorer(sight, person)


@st.fragment
def _explorer(sight: Sight, user_id: str) -> None:
    depth, limit = _start()
    heard = _heard(sight, user_id)
    if heard is None:
        return
    _lacks(heard)
    whole = heard.whole
    if len(whole.nodes) == 1:
        empty("Nothing has been learned of them yet.", "Take in what they say with `kith run FILE`.")
        return
    kept: _Kept | None = st.session_state.get(KEPT)
    if kept is None or kept.start != (user_id, depth, limit):
        st.session_state[KEPT] = _Kept((user_id, depth, limit), begun(heard.graph, depth=depth, limit=limit))
    only = _filter(user_id, whole)
    _way(sight, user_id, whole)
    explored = _explored()
    seen = drawn(explored, whole, only)
    _say(whole, seen)
    picture, words = st.columns([3, 2], gap="medium")
    with picture:
        _draw(user_id, whole, explored, seen)
    with words:
        details(sight, user_id, whole, explored, seen.nodes, on_chosen=_choose, on_opened=_opening(whole))
    _tables(user_id, whole, seen)


def _start() -> tuple[int, int]:
    """How far from the person one begins, and with how much."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        depth = st.segmented_control(
            "Steps at first", STEPS, default=1, key="kith.graph.steps", required=True, help="From the person"
        )
        limit = st.selectbox(
            "Nodes at first",
            AT_FIRST,
            index=AT_FIRST.index(USUAL),
            key="kith.graph.limit",
            width=140,
            help="The nearest and the most strongly tied",
        )
        st.button("Start over", icon=":material/restart_alt:", key="kith.graph.again", on_click=_start_over)
    return depth, limit


def _start_over() -> None:
    st.session_state.pop(KEPT, None)
    st.session_state.pop(HEARD, None)


def _heard(sight: Sight, user_id: str) -> _Heard | None:
    """All that can be gone through; None where it is missing."""
    before: _Heard | None = st.session_state.get(HEARD)
    if before is not None and before.user_id == user_id and time.monotonic() - before.at < REMEMBERED:
        return before
    graph = value_of(around(sight.api, user_id, depth=DEEPEST, limit=MOST_NODES))
    things = None if graph is None else value_of(minded(sight.api, user_id, limit=MOST))
    if graph is None or things is None:
        return None
    off = tuple(sorted({*graph.degraded, *things.degraded}))
    heard = _Heard(user_id, graph, Whole.of(graph, things), off, time.monotonic())
    if not off:  # what is missing now may be there at the next look
        st.session_state[HEARD] = heard
    return heard


def _lacks(heard: _Heard) -> None:
    """Says what is missing from a graph."""
    if heard.off:
        words = f"Some of it is missing: {' and '.join(heard.off)} did not answer."
        missing(Missing("not_now", words, "See the page Stores for which, and try again."))
        to_stores()
    if heard.graph.truncated:
        st.caption(f"Their graph has more than {MOST_NODES:,} nodes: what lies beyond those cannot be reached here.")


def _filter(user_id: str, whole: Whole) -> Filter:
    with st.expander("Filter by type and time", icon=":material/filter_alt:"):
        sorts = st.multiselect(
            "Types",
            sorted({one.sort for one in whole.nodes.values() if one.id != whole.person}),
            format_func=sort_of,
            key=f"kith.graph.sorts.{user_id}",
            placeholder="All types",
        )
        there = {edge.kind for edges in whole.ties.values() for edge in edges}
        ties = st.multiselect(
            "Ties",
            [one for one in TIES if one in there],
            format_func=TIES.__getitem__,
            key=f"kith.graph.ties.{user_id}",
            placeholder="All ties",
        )
        since, until = _time(whole)
    return Filter(sorts, ties, since, until)


def _time(whole: Whole) -> tuple[date | None, date | None]:
    told = whole.times()
    if told is None or told[0] == told[1]:
        return None, None
    first, last = told
    since, until = st.slider(
        "Time",
        first,
        last,
        (first, last),
        format="D MMM YYYY",
        help="A thing is there from its first mention to its last, a fact for as long as it held, an intent and a "
        "campaign when they last came up. That two things are related or named together has no time of its own.",
    )
    return (None if since == first else since), (None if until == last else until)


def _way(sight: Sight, user_id: str, whole: Whole) -> None:
    def label(one: str) -> str:
        return f"{whole.nodes[one].name} · {kind_of(whole.nodes[one])}"

    with st.expander("Way between two", icon=":material/route:"):
        named = sorted(whole.nodes, key=lambda one: (one != whole.person, label(one).casefold(), one))
        start = st.selectbox("From", named, format_func=label, key=f"kith.graph.from.{user_id}")
        end = st.selectbox(
            "To", named, index=None, format_func=label, key=f"kith.graph.to.{user_id}", placeholder="Type a name"
        )
        with st.container(horizontal=True):
            asked = st.button("Show the way", type="primary", key="kith.graph.way", disabled=end is None)
            st.button("Take it away", key="kith.graph.no_way", on_click=_lead, args=(None,))
        if asked and end is not None:
            found = value_of(way_between(sight.api, user_id, start, end))
            if found is not None:
                _lead(found)
        way = _explored().way
        if way is not None:
            _tell(way)


def _tell(way: Way) -> None:
    if not way.nodes:
        st.info("Nothing in this person's graph ties the two.", icon=":material/link_off:")
        return
    steps = [
        f"1. **{plain(here)}** {arrow} **{plain(there)}**: {plain(words)}"
        for here, arrow, there, words in way_words(way)
    ]
    st.markdown("\n".join(steps) or "They are one and the same.")


def _explored() -> Explored:
    kept: _Kept = st.session_state[KEPT]
    return kept.explored


def _explore(explored: Explored) -> None:
    kept: _Kept = st.session_state[KEPT]
    st.session_state[KEPT] = replace(kept, explored=explored)


def _lead(way: Way | None) -> None:
    _explore(with_way(_explored(), way))


def _choose(node: str) -> None:
    _explore(replace(_explored(), chosen=node))


def _opening(whole: Whole) -> Callable[[str], None]:
    return lambda node: _explore(opened(_explored(), whole, node))


def _say(whole: Whole, seen: Drawn) -> None:
    name = plain(whole.nodes[whole.person].name)
    hidden = f", {count(seen.hidden, 'more', 'more')} hidden by the filter" if seen.hidden else ""
    st.caption(
        f"{count(len(seen.nodes), 'node')} and {count(len(seen.edges), 'tie')}{hidden}. Click a node to see more of "
        f"what is tied to it. Only what {name} said and did is told here, not who else speaks of the same."
    )


def _draw(user_id: str, whole: Whole, explored: Explored, seen: Drawn) -> None:
    draw_graph(
        _nodes(whole, explored, seen),
        _edges(explored, seen),
        key=f"kith.graph.view.{user_id}",
        told=f"The graph of {whole.nodes[whole.person].name}: arrow keys go from node to node, Enter opens one. "
        "The tables below say the same.",
        on_chosen=_opening(whole),
        chosen=explored.chosen,
    )


def _nodes(whole: Whole, explored: Explored, seen: Drawn) -> list[GraphNode]:
    sizes = whole.activity() | {whole.person: PERSON}
    return [
        GraphNode(
            one.id,
            one.name,
            one.kind,
            weight=sizes.get(one.id, WITHOUT),
            told=told_of(one, whole),
            marked=one.id in explored.along,
        )
        for one in seen.nodes
    ]


def _edges(explored: Explored, seen: Drawn) -> list[GraphEdge]:
    strongest = max((edge.weight for edge in seen.edges), default=0.0)
    stretch = explored.way.edges if explored.way else ()
    return [
        GraphEdge(
            one.source,
            one.target,
            one.kind,
            label_of(one),
            weight=one.weight / strongest if strongest > 0 else 0.0,
            past=one.until is not None,
            marked=one in stretch,
        )
        for one in seen.edges
    ]


def _tables(user_id: str, whole: Whole, seen: Drawn) -> None:
    section("In words", "What is drawn, as tables.")
    nodes, ties = st.tabs([f"Nodes ({len(seen.nodes)})", f"Ties ({len(seen.edges)})"])
    with nodes:
        table(node_rows(seen.nodes, whole), key=f"kith.graph.nodes.{user_id}", told="The nodes that are drawn.")
    with ties:
        table(edge_rows(seen.edges, whole.nodes), key=f"kith.graph.edges.{user_id}", told="The ties that are drawn.")
