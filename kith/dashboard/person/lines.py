"""Messages one below the other, days as moments, and what an answer lacked."""

from collections.abc import Iterable
from datetime import date

import streamlit as st

from kith.dashboard.data.person import Utterance
from kith.dashboard.data.reading import Missing
from kith.dashboard.looks import missing, to_page, to_stores
from kith.dashboard.wording import moment, plain, whole

__all__ = ["end_of", "say_degraded", "start_of", "utterances"]

LONGEST = 1500
LACKED = {
    "vectors": "the vector store does not answer",
    "graph": "the graph does not answer",
    "ledger": "the ledger does not answer",
    "lexical": "the vector store cannot search words",
    "llm": "the language model does not answer",
}
"""What it means that something is missing from an answer."""


def utterances(said: Iterable[Utterance], *, marked: Iterable[str] = ()) -> None:
    """Messages, each with when, by whom, in which conversation, its key, and where it came from.

    `marked`: keys of those to point at.
    """
    pointed = set(marked)
    for one in said:
        mark = ":material/arrow_forward: " if one.key in pointed else ""
        place = f" · {plain(one.conversation_id)}" if one.conversation_id else ""
        by = plain(one.author or one.role)
        with st.container(gap="xxsmall"):
            st.markdown(
                f"{mark}{_cut(one.text)}  \n:gray[:small[{moment(one.timestamp)} · {by}{place} · {plain(one.key)}]]",
                width="stretch",
            )
            to_page("lineage", "Where it came from", icon=":material/conversion_path:", message=one.key)


def say_degraded(lacked: Iterable[str]) -> None:
    """Says what was missing from an answer, where anything was."""
    told = [LACKED.get(one, one) for one in lacked]
    if told:
        missing(Missing("not_now", f"This is not all: {'; '.join(told)}.", "The page Stores tells more."))
        to_stores()


def start_of(day: date) -> str:
    """The first moment of a day, UTC."""
    return f"{day.isoformat()}T00:00:00.000Z"


def end_of(day: date) -> str:
    """The last millisecond of a day, UTC."""
    return f"{day.isoformat()}T23:59:59.999Z"


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return plain(text)
    return f"{plain(text[:LONGEST])}… :gray[\\(the first {whole(LONGEST)} of {whole(len(text))} characters\\)]"
