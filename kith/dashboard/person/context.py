"""The context for a query, as a language model would get it: how much of the budget it takes, and what it lacks."""

import streamlit as st

from kith.dashboard.data.offered import Context, context_for
from kith.dashboard.data.reading import Missing
from kith.dashboard.looks import Card, cards, empty, missing, section, to_stores, value_of
from kith.dashboard.person.lines import say_degraded
from kith.dashboard.sight import Sight
from kith.dashboard.wording import whole

__all__ = ["show_context"]

KEY = "kith.people.context"
LEAST, USUAL, MOST = 50, 1500, 100_000
WAYS = {"dense": "by meaning", "lexical": "by words", "graph": "by ties"}


def show_context(sight: Sight, user_id: str) -> None:
    """What a language model would be told."""
    section("Context", "What a language model is told of them for a query, packed into a budget of tokens.")
    with st.form(f"{KEY}.form", border=False):
        query = st.text_input(
            "Query", key=f"{KEY}.query", placeholder="What do they like to cook?", max_chars=4000, autocomplete="off"
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            budget = st.number_input("Tokens at most", LEAST, MOST, USUAL, 50, key=f"{KEY}.budget", width=180)
            st.form_submit_button("Show context", type="primary")
    found = value_of(context_for(sight.api, user_id, query=query.strip(), max_tokens=budget))
    if found is None:
        return
    if not query.strip():
        st.caption("Without a query it is about their newest messages.")
    _lacked(found)
    _figures(found)
    st.code(found.text, language=None, wrap_lines=True)


def _lacked(found: Context) -> None:
    say_degraded(found.degraded)
    closed = [WAYS[one] for one in found.closed]
    if closed:
        missing(Missing("not_now", f"Nothing was looked for {' or '.join(closed)}.", "The page Stores tells why."))
        to_stores()


def _figures(found: Context) -> None:
    share = found.tokens / found.max_tokens
    st.progress(min(share, 1.0), text=f"{whole(found.tokens)} of {whole(found.max_tokens)} tokens used")
    held = (found.facts, found.entities, found.intents, found.messages)
    if not any(held):
        empty("There was nothing to say, or nothing that fits.", "Allow more tokens, or take in what they said.")
        return
    names = ("Facts", "On their mind", "Wishes", "Messages")
    cards([Card(name, whole(len(one))) for name, one in zip(names, held, strict=True)])
