"""The picture of a graph: drawn offline by cytoscape in a component of Streamlit, it tells which node was chosen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2 import component

__all__ = ["GraphEdge", "GraphNode", "draw_graph"]

STATIC = Path(__file__).parent / "static"
HTML = """
<div class="kith-graph" tabindex="0" role="application"></div>
<div class="kith-graph-below">
  <ul class="kith-graph-legend" aria-label="Legend"></ul>
  <div class="kith-graph-zoom">
    <button type="button" data-zoom="0.8" aria-label="Zoom out" title="Zoom out">−</button>
    <button type="button" data-zoom="1.25" aria-label="Zoom in" title="Zoom in">+</button>
    <button type="button" data-zoom="fit" title="Show all of the graph">Fit</button>
  </div>
</div>
<p class="kith-graph-said" aria-live="polite"></p>
"""
CSS = """
.kith-graph {
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius, 0.6rem); box-sizing: border-box;
  max-height: 70vh; overflow: hidden; position: relative; width: 100%;
}
.kith-graph:focus-visible, button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.kith-graph-below, .kith-graph-said, button { color: var(--st-text-color); font: 0.85rem var(--st-font); }
.kith-graph-below { display: flex; gap: 1rem; justify-content: space-between; align-items: start; margin-top: 0.5rem; }
.kith-graph-legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; list-style: none; margin: 0; padding: 0; }
.kith-graph-legend li { display: flex; align-items: center; gap: 0.4rem; }
.kith-graph-legend svg { flex: none; }
.kith-graph-zoom { display: flex; flex: none; gap: 0.3rem; }
button {
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color); border-radius: 0.4rem;
  cursor: pointer; min-height: 1.9rem; min-width: 1.9rem; padding: 0 0.5rem;
}
.kith-graph-said { margin: 0.4rem 0 0; min-height: 1.3em; }
"""


@dataclass(frozen=True, slots=True)
class _Look:
    """How a kind of node, or of tie, is drawn, and what the legend calls it."""

    name: str
    colour: str
    form: str


NODES = {
    "user": _Look("the person", "#148072", "star"),
    "entity": _Look("thing, larger while more active", "#c4701b", "ellipse"),
    "intent": _Look("intent", "#7a68c4", "diamond"),
    "campaign": _Look("campaign", "#b84a76", "round-rectangle"),
}
"""By kind, in colours that are legible on light and dark; the form tells them apart without colours."""
TIES = {
    "mentioned": _Look("spoke of", "", "solid"),
    "stated": _Look("stated; dashed: no longer so", "#148072", "solid"),
    "has_intent": _Look("wanted", "#7a68c4", "solid"),
    "engaged_with": _Look("engaged with", "#b84a76", "solid"),
    "seen_with": _Look("named together", "", "dotted"),
    "related": _Look("related", "#c4701b", "solid"),
}
"""By kind; where there is no colour, that of the text."""
_drawn = component("kith_graph", html=HTML, css=CSS, js=(STATIC / "graph.js").read_text(encoding="utf-8"))
TALL = 520
"""Pixels, where the window has as many."""
SMALLEST, LARGEST = 18.0, 54.0


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node. `weight` (0 to 1) is how large it is drawn; `told` says in words what it is."""

    id: str
    name: str
    kind: str
    weight: float = 0.3
    told: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """A tie from one node to another. `weight` (0 to 1) is how thick it is drawn; `past`: it holds no more."""

    source: str
    target: str
    kind: str
    label: str = ""
    weight: float = 0.2
    past: bool = False
    marked: bool = False


def draw_graph(
    nodes: Sequence[GraphNode],
    edges: Sequence[GraphEdge],
    *,
    key: str,
    told: str,
    on_chosen: Callable[[str], None],
    chosen: str | None = None,
) -> None:
    """Draws a graph. `told` says what is drawn; `chosen` is marked; `on_chosen` hears the id of a node that is clicked.

    What was drawn under this key before stays where it is. Of edges with the same ends, kind and label the last is
    drawn, and none to a node that is not. Names are drawn as they are: nothing in them is read as HTML.
    """
    drawn = {one.id for one in nodes}
    tied = [one for one in edges if one.source in drawn and one.target in drawn]
    data: Mapping[str, Any] = {
        "nodes": [_node(one) for one in nodes],
        "edges": [_edge(one) for one in tied],
        "chosen": chosen if chosen in drawn else None,
        "looks": {
            "nodes": _looks(NODES, {one.kind for one in nodes}),
            "ties": _looks(TIES, {one.kind for one in tied}),
        },
        "told": told,
        "height": TALL,
    }

    def heard() -> None:
        clicked: Any = st.session_state[key].chosen
        if clicked in drawn:
            on_chosen(clicked)

    _drawn(key=key, data=data, on_chosen_change=heard)


def _looks(known: Mapping[str, _Look], there: set[str]) -> list[dict[str, str]]:
    return [
        {"kind": kind, "name": look.name, "colour": look.colour, "form": look.form}
        for kind, look in known.items()
        if kind in there
    ]


def _node(one: GraphNode) -> dict[str, Any]:
    size = SMALLEST + (LARGEST - SMALLEST) * min(max(one.weight, 0.0), 1.0)
    shown = {"id": one.id, "name": one.name, "kind": one.kind, "size": size, "told": one.told or one.name}
    return {"group": "nodes", "data": shown, "classes": "marked" if one.marked else ""}


def _edge(one: GraphEdge) -> dict[str, Any]:
    shown = {
        "id": f"{one.source}\u2192{one.target}\u2192{one.kind}\u2192{one.label}",
        "source": one.source,
        "target": one.target,
        "kind": one.kind,
        "label": one.label,
        "width": 1 + 4 * min(max(one.weight, 0.0), 1.0),
    }
    classes = [name for name, so in (("marked", one.marked), ("past", one.past)) if so]
    return {"group": "edges", "data": shown, "classes": " ".join(classes)}
