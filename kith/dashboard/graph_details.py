"""Beside a graph: what a node is, how active, since when, how it is tied to the person, and what was said of it."""

from collections.abc import Callable, Sequence

import streamlit as st

from kith.dashboard.data.asking import Api
from kith.dashboard.data.coverage import campaign_of
from kith.dashboard.data.exploring import ADDED, Explored, Whole, beside
from kith.dashboard.data.graph import Node, said_lately
from kith.dashboard.data.lineage import said_of
from kith.dashboard.data.person import Thing, Utterance
from kith.dashboard.data.reading import Reading
from kith.dashboard.graph_words import arrow, kind_of, sort_of, tie_words
from kith.dashboard.looks import empty, to_page, value_of
from kith.dashboard.sight import Sight
from kith.dashboard.wording import count, day, plain

__all__ = ["details"]

NODE = "kith.graph.node"
LONGEST = 200
"""Characters of a message that are shown; all of it is where it came from."""
MOST_TIES = 6


def details(
    sight: Sight,
    user_id: str,
    whole: Whole,
    explored: Explored,
    shown: Sequence[Node],
    *,
    on_chosen: Callable[[str], None],
    on_opened: Callable[[str], None],
) -> None:
    """What there is to say of the chosen node, and for who uses no mouse: a list to choose from, and a button."""
    there = {one.id: one for one in shown}
    node = there.get(explored.chosen) or whole.nodes[whole.person]
    st.session_state[NODE] = node.id
    st.selectbox(
        "Node",
        list(there),
        format_func=lambda one: f"{there[one].name} · {kind_of(there[one])}",
        key=NODE,
        on_change=lambda: on_chosen(st.session_state[NODE]),
    )
    more = len(beside(explored, whole, node.id))
    if more or node.id not in explored.open:
        st.button(
            _offer(more),
            icon=":material/hub:",
            key="kith.graph.open",
            on_click=on_opened,
            args=(node.id,),
            help="What is tied to it and not drawn yet, the most strongly tied first",
        )
    else:
        st.caption("All that is tied to it is in the picture.")
    _of(sight, user_id, whole, node)


def _offer(more: int) -> str:
    if not more:
        return "Show its ties"
    return f"Show {more} more" if more <= ADDED else f"Show {ADDED} of {more} more"


def _of(sight: Sight, user_id: str, whole: Whole, node: Node) -> None:
    match node.kind:
        case "user":
            _lines([f"Id: {plain(user_id)}", f"Tied to {count(len(whole.nodes) - 1, 'node')} in all"])
            to_page("people", "What is known of them", icon=":material/group:", person=user_id)
            _messages("The last of their conversations", said_lately(sight.api, user_id))
        case "entity":
            thing = whole.things.get(node.id)
            _lines([*([] if thing is None else _activity(thing, whole)), *_ties(whole, node)])
            stated = [edge for edge in whole.ties.get(node.id, ()) if edge.kind == "stated"]
            said = said_of(sight.api, user_id, node, stated, tenant=sight.caller.tenant)
            _messages("What was said of it", said)
        case "intent":
            _lines(_ties(whole, node))
        case "campaign":
            _campaign(sight.api, whole, node)


def _activity(thing: Thing, whole: Whole) -> list[str]:
    lines = [
        f"Spoken of {count(thing.count, 'time')}, from {day(thing.first)} to {day(thing.last)}",
        f"Sentiment {thing.sentiment:+.2f} (−1 to 1)",
    ]
    if thing.score is None:
        return lines
    scores = {one.id: one.score for one in whole.things.values() if one.score is not None}
    place = 1 + sum(score > thing.score for score in scores.values())
    return [f"Activation **{thing.score:.2f}**, number {place} of {len(scores)} on their mind", *lines]


def _ties(whole: Whole, node: Node) -> list[str]:
    """How it is tied: to the person first, then to other things."""
    ties = sorted(whole.ties.get(node.id, ()), key=lambda edge: edge.other(node.id) != whole.person)
    lines = [
        f"{arrow(edge, node.id)} **{plain(whole.nodes[edge.other(node.id)].name)}**: {plain(tie_words(edge))}"
        for edge in ties
    ]
    left = len(lines) - MOST_TIES
    return [*lines[:MOST_TIES], *([f"and {count(left, 'tie')} more"] if left > 0 else [])]


def _campaign(api: Api, whole: Whole, node: Node) -> None:
    found = value_of(campaign_of(api, node.name))
    told = [] if found is None else [f"“{plain(found.title)}”"]
    if found is not None and found.intents:
        told.append(f"For {plain(', '.join(sort_of(one) for one in found.intents))}")
    if found is not None and found.about:
        told.append(f"About {plain(', '.join(found.about))}")
    _lines([*told, *_ties(whole, node)])


def _lines(lines: Sequence[str]) -> None:
    st.markdown("\n".join(f"- {one}" for one in lines))


def _messages(title: str, found: Reading[tuple[Utterance, ...]]) -> None:
    st.markdown(f"**{title}**")
    said = value_of(found)
    if said is None:
        return
    if not said:
        empty("No message is kept that says it.")
    for one in said:
        text = one.text if len(one.text) <= LONGEST else f"{one.text[:LONGEST].rstrip()}…"
        with st.container(gap="xxsmall"):
            st.markdown(f"{plain(text) or 'No words'}")
            _to_lineage(one)


def _to_lineage(said: Utterance) -> None:
    words = f"{day(said.timestamp)}, {said.role}: where it came from"
    to_page("lineage", words, icon=":material/conversion_path:", message=said.key)
