"""Facts over time: what was true when, as bars; what was so on one day, as it was known on another; and the sources."""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime

import streamlit as st

from kith.dashboard.charts import draw
from kith.dashboard.data.facts import Grounds, OverTime, Span, facts_over_time, grounds_of
from kith.dashboard.looks import empty, section, table, value_of
from kith.dashboard.person.drawn import SO, spans
from kith.dashboard.person.lines import end_of, say_degraded, utterances
from kith.dashboard.sight import Sight
from kith.dashboard.wording import count, day, moment, plain, whole
from kith.persona.time import iso
from kith.persona.timestamps import milliseconds

__all__ = ["show_facts"]

KEY = "kith.people.facts"
PAGE = 14
HOUR = 3_600_000
SAYS = {"rule": "a rule", "hand": "by hand", "llm": "a model"}


def show_facts(sight: Sight, user_id: str) -> None:
    """What is known to have been true of a person."""
    section("Facts over time", "What was true when. The dashed line is the day that you ask about.")
    today = datetime.now(UTC).date()
    as_of, known = _days(today)
    found = value_of(
        facts_over_time(
            sight.api,
            sight.caller.tenant,
            user_id,
            as_of=None if as_of == today else end_of(as_of),
            known_at=None if known == today else end_of(known),
        )
    )
    if found is None:
        return
    say_degraded(found.degraded)
    if not found.spans:
        empty("No fact is known of them.", "What they say of themselves becomes facts, such as “I live in Porto”.")
        return
    _told(found, as_of, known)
    _drawn(found, user_id)
    _sources(sight, user_id, found.spans)


def _days(today: date) -> tuple[date, date]:
    first, last = date(1900, 1, 1), date(today.year + 10, 12, 31)
    with st.container(horizontal=True):
        as_of = st.date_input("True on", today, min_value=first, max_value=last, key=f"{KEY}.as_of", width=180)
        known = st.date_input(
            "As known on",
            today,
            min_value=first,
            max_value=today,
            key=f"{KEY}.known",
            width=180,
            help="What was learned by the end of that day, UTC. What came in later does not count.",
        )
    return as_of or today, known or today


def _told(found: OverTime, as_of: date, known: date) -> None:
    so = sum(one.fact is not None for one in found.spans)
    st.markdown(
        f"**{whole(so)}** of {count(len(found.spans), 'fact')} {'was' if so == 1 else 'were'} so on "
        f"{day(as_of.isoformat())}, as known on {day(known.isoformat())}."
    )
    if found.cut:
        st.caption("There are more than can be told at once; these are those with the most sources.")


def _drawn(found: OverTime, user_id: str) -> None:
    pages = -(-len(found.spans) // PAGE)
    at = min(int(st.session_state.get(f"{KEY}.table.{user_id}.page", 0)), pages - 1)
    shown = found.spans[at * PAGE : (at + 1) * PAGE]
    edge = _edge(found)
    draw(
        spans([_row(one, edge) for one in shown], at=found.as_of),
        told=f"When {count(len(shown), 'fact')} were so. A bar that reaches the right edge has no known end.",
    )
    st.caption("A bar that reaches the right edge has no known end; a dot was over as soon as it began.")
    table(
        [
            {
                "fact": one.text,
                "so": _so(one),
                "since": day(one.since),
                "until": day(one.until),
                "messages": one.sources,
            }
            for one in found.spans
        ],
        key=f"{KEY}.table.{user_id}",
        told="All facts, by kind and by when they began.",
        size=PAGE,
    )


def _edge(found: OverTime) -> str:
    """Where bars without an end stop: past all that is known, so that no known end looks like none."""
    times = [milliseconds(one) for span in found.spans for one in (span.since, span.until) if one is not None]
    times += [milliseconds(found.as_of), round(1000 * time.time())]
    return iso(max(times) + max((max(times) - min(times)) // 25, HOUR))


def _row(one: Span, edge: str) -> dict[str, str | int]:
    return {
        "fact": one.text,
        "since": one.since,
        "end": one.until or edge,
        "from": moment(one.since),
        "to": moment(one.until),
        "so": _so(one),
        "sources": one.sources,
    }


def _so(one: Span) -> str:
    then, other = SO
    return then if one.fact is not None else other


def _sources(sight: Sight, user_id: str, found: Sequence[Span]) -> None:
    section("How do we know?", "The messages that say so, and what was so before and after.")
    by_id = {one.id: one for one in found}
    picked = st.selectbox(
        "Fact",
        list(by_id),
        index=None,
        format_func=lambda one: f"{by_id[one].text} ({day(by_id[one].since)} – {day(by_id[one].until)})",
        key=f"{KEY}.picked.{user_id}",
        placeholder="Choose a fact",
    )
    if picked is None:
        return
    grounds = value_of(grounds_of(sight.api, user_id, picked))
    if grounds is not None:
        _grounds(grounds)


def _grounds(grounds: Grounds) -> None:
    fact = grounds.fact
    say_degraded(grounds.degraded)
    st.markdown(
        f"**{plain(fact.text)}** since {moment(fact.since)}, until {moment(fact.until)}; "
        f"learned by {SAYS.get(fact.origin, plain(fact.origin))}, confidence {fact.confidence:.2f}."
    )
    if len(grounds.history) > 1:
        table(
            [
                {"fact": one.text, "since": moment(one.since), "until": moment(one.until), "messages": one.source_count}
                for one in grounds.history
            ],
            key=f"{KEY}.history.{fact.id}",
            told="What was so before and after.",
        )
        st.caption("The arrow points at the messages that say just this.")
    with st.container(border=True):
        if not grounds.messages:
            st.markdown("No message says so: it was stated by hand, or its messages were taken back.")
        utterances(grounds.messages, marked=fact.sources)
