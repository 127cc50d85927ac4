"""A page with a graph and nothing else, for the test of the component."""

import streamlit as st

from kith.dashboard.graph_view import GraphEdge, GraphNode, draw_graph


def choose(node: str) -> None:
    st.session_state["chosen"] = node
    st.session_state["more"] = [*more, f"more {len(more)}"]


more: list[str] = st.session_state.setdefault("more", [])
nodes = [
    GraphNode("ana", "Ana", "user", weight=1.0, told="Ana, a person"),
    GraphNode("porto", "Porto <b>!</b>", "entity", told="Porto, a place"),
    *(GraphNode(one, one, "intent") for one in more),
]
edges = [
    GraphEdge("ana", "porto", "stated", "lives in", past=True),
    GraphEdge("ana", "nowhere", "mentioned"),
    *(GraphEdge("porto", one, "seen_with") for one in more),
]
st.title("A graph")
chosen: str | None = st.session_state.get("chosen")
draw_graph(nodes, edges, key="graph", told="What ties two", on_chosen=choose, chosen=chosen)
st.write(f"chosen: {chosen}")
