"""Lineage: where a message came from and what came of it, and which messages stand behind a thing."""

from typing import Any

import streamlit as st

from kith.dashboard.data.lineage import (
    Lineage,
    Mentions,
    Spoken,
    behind,
    lineage_of,
    said_in,
    speakers,
    thing_id,
)
from kith.dashboard.data.person import MOST, Said, Utterance, minded, said
from kith.dashboard.looks import choice, empty, heading, section, table, tile, tiles, to_page, to_run, value_of
from kith.dashboard.picking import person_picker
from kith.dashboard.sight import Sight
from kith.dashboard.wording import count, day, moment, plain, whole

__all__ = ["show"]

MESSAGE, ENTITY, PERSON = "message", "entity", "person"
"""The parameters of the address: the key of a message; the id of a thing, and who spoke of it."""
START = {"A message": "Key of a message", "A thing": "Id of a thing"}
LISTED = 10


def show(sight: Sight) -> None:
    """The page. `?message=KEY` traces a message, `?entity=ID` (with `&person=ID`) a thing."""
    heading("Lineage", "Where a message came from and what came of it, and which messages stand behind a thing.")
    asked = st.query_params
    if MESSAGE in asked:
        _message(sight, asked[MESSAGE])
    elif ENTITY in asked:
        _thing(sight, asked[ENTITY], asked.get(PERSON))
    else:
        _ask(sight)


def _go(**to: str | None) -> None:
    """Sets what the address asks for; None takes it away."""
    for name, value in to.items():
        if value is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = value


def _anew() -> None:
    _go(message=None, entity=None, person=None)


def _ask(sight: Sight) -> None:
    what = st.segmented_control("Start from", list(START), default="A message", required=True, key="kith.lineage.what")
    name = MESSAGE if what == "A message" else ENTITY
    given = st.text_input(START[what], key=f"kith.lineage.{name}", placeholder="32 letters and digits")
    if given.strip():
        _go(**{name: given.strip()})
        st.rerun()
    section("Or choose one of a person's", "The newest messages, or what is most on their mind.")
    user_id = person_picker(sight.api, key="kith.lineage")
    if user_id is None:
        return
    if name == MESSAGE:
        found = value_of(said(sight.api, user_id, limit=MOST))
        picked = None if found is None else _choose_said(found, f"The newest messages of {user_id}.", of=user_id)
        to: dict[str, str | None] = {MESSAGE: picked}
    else:
        picked = _choose_thing(sight, user_id)
        to = {ENTITY: picked, PERSON: user_id}
    if picked is not None:
        _go(**to)
        st.rerun()


def _choose_said(found: Said | Mentions, told: str, *, of: str) -> str | None:
    """The key of a message that was chosen of a list: `of` tells it from other such lists."""
    if not found.items:
        empty("There are no messages.")
        return None
    if found.next is not None:
        st.caption(f"The newest {whole(MOST)} are listed.")
    picked = choice(
        [_said_row(one) for one in found.items],
        key=f"kith.lineage.said.{of}",
        told=told,
        columns={"text": st.column_config.TextColumn(width="large"), "key": None},
        size=LISTED,
    )
    return None if picked is None else str(picked["key"])


def _said_row(one: Utterance) -> dict[str, Any]:
    return {
        "when": moment(one.timestamp),
        "who": one.role if one.author is None else f"{one.author} ({one.role})",
        "text": one.text,
        "conversation": one.conversation_id,
        "key": one.key,
    }


def _choose_thing(sight: Sight, user_id: str) -> str | None:
    """The id of a thing that was chosen among those that a person spoke of."""
    found = value_of(minded(sight.api, user_id, limit=MOST))
    if found is None:
        return None
    if not found.items:
        empty("They spoke of nothing that is kept as a thing.")
        return None
    picked = choice(
        [
            {"name": one.name, "type": one.type, "times": one.count, "last": day(one.last), "id": one.id}
            for one in found.items
        ],
        key=f"kith.lineage.things.{user_id}",
        told=f"What {user_id} spoke of.",
        columns={"id": None},
        size=LISTED,
    )
    return None if picked is None else str(picked["id"])


def _message(sight: Sight, key: str) -> None:
    with st.container(horizontal=True):
        if ENTITY in st.query_params:
            st.button("Back to the thing", icon=":material/arrow_back:", on_click=_go, kwargs={MESSAGE: None})
        st.button("Trace another", icon=":material/search:", on_click=_anew, key="kith.lineage.anew")
    lineage = value_of(lineage_of(sight.api, key))
    if lineage is None:
        return
    _text(sight, lineage)
    section("Where it came from")
    _origin(lineage)
    section("What came of it")
    _learned(sight, lineage)


def _text(sight: Sight, lineage: Lineage) -> None:
    message = value_of(said_in(sight.api, lineage))
    with st.container(border=True):
        who = plain(lineage.user_id)
        if message is not None:
            names = (message.role,) if message.author is None else (message.author, message.role)
            who += f" · {', '.join(map(plain, names))}"
        st.caption(f"{who} · {moment(lineage.timestamp)} · `{plain(lineage.key)}`")
        if message is not None and message.text:
            st.code(message.text, language=None, wrap_lines=True)
        elif lineage.engagement:
            st.markdown("An event: nothing was said.")
        else:
            st.markdown("It is not among the person's messages any more.")


def _origin(lineage: Lineage) -> None:
    with tiles():
        with tile("lineage-source"):
            _step(":material/description:", "Source", lineage.source, lineage.position)
        with tile("lineage-run"):
            _step(":material/play_circle:", "Run", lineage.run_id, f"committed {moment(lineage.committed_at)}")
            to_run(lineage.run_id)
        with tile("lineage-batch"):
            _step(":material/inventory_2:", "Batch", lineage.batch_id, "written to all stores as one")
        read_by = "nothing was read out of it" if lineage.extractor is None else f"read by {lineage.extractor}"
        with tile("lineage-person"):
            _step(":material/person:", "Person", lineage.user_id, read_by)
            to_page("people", "See the person", icon=":material/group:", person=lineage.user_id)


def _step(icon: str, title: str, value: str, note: str) -> None:
    st.markdown(f"{icon} **{title}**")
    st.markdown(plain(value))
    st.caption(plain(note))


def _learned(sight: Sight, lineage: Lineage) -> None:
    if lineage.facts:
        rows = [
            {
                "fact": one.predicate,
                "of": one.object,
                "detail": one.detail,
                "since": day(one.since),
                "until": "holds" if one.until is None else day(one.until),
            }
            for one in lineage.facts
        ]
        _part("Facts that rest on it", rows, f"facts.{lineage.key}")
    if lineage.entities:
        _entities(sight, lineage)
    if lineage.intents:
        _part("What the person wanted", [{"intent": one} for one in lineage.intents], f"intents.{lineage.key}")
    if lineage.relations:
        rows = [{"thing": one.subject, "is": one.relation, "of": one.object} for one in lineage.relations]
        _part("How things relate", rows, f"relations.{lineage.key}")
    if lineage.engagement:
        rows = [{"campaign": one.campaign_id, "did": one.kind, "value": one.value} for one in lineage.engagement]
        _part("What the person did", rows, f"engagement.{lineage.key}")
    if not (lineage.facts or lineage.entities or lineage.intents or lineage.relations or lineage.engagement):
        empty("Nothing was learned from it: it is kept and found, no more.")


def _part(title: str, rows: list[dict[str, Any]], key: str) -> None:
    st.markdown(f"**{title}**")
    table(rows, key=f"kith.lineage.{key}", told=title, size=LISTED)


def _entities(sight: Sight, lineage: Lineage) -> None:
    st.markdown("**Things it speaks of**")
    st.caption("Choose one to see all messages behind it.")
    picked = choice(
        [
            {
                "name": one.name,
                "type": one.type,
                "written": one.surface,
                "times": one.count,
                "id": thing_id(sight.caller.tenant, one),
            }
            for one in lineage.entities
        ],
        key=f"kith.lineage.entities.{lineage.key}",
        told="Things that the message speaks of.",
        columns={"id": None},
        size=LISTED,
    )
    if picked is not None:
        _go(message=None, entity=str(picked["id"]), person=lineage.user_id)
        st.rerun()


def _thing(sight: Sight, entity_id: str, user_id: str | None) -> None:
    st.button("Trace another", icon=":material/search:", on_click=_anew, key="kith.lineage.anew")
    if sight.ledger.url:
        spoken = value_of(speakers(sight.ledger, entity_id))
        if spoken is None:
            return
        chosen = _who(spoken, entity_id) or user_id
    else:
        chosen = user_id or person_picker(sight.api, key="kith.lineage.who")
    if chosen is not None:
        _behind(sight, entity_id, chosen)


def _who(spoken: Spoken, entity_id: str) -> str | None:
    """Who of those that spoke of a thing was chosen."""
    messages = sum(one.messages for one in spoken.people)
    many = f"{whole(len(spoken.people))} or more people" if len(spoken.people) == MOST else _people(len(spoken.people))
    section(plain(spoken.name), f"{plain(spoken.type)} · {count(messages, 'message')} of {many}; choose one of them.")
    picked = choice(
        [
            {"person": one.user_id, "messages": one.messages, "first": day(one.first), "last": day(one.last)}
            for one in spoken.people
        ],
        key=f"kith.lineage.speakers.{entity_id}",
        told=f"Who spoke of {spoken.name}.",
        size=LISTED,
    )
    return None if picked is None else str(picked["person"])


def _people(number: int) -> str:
    return count(number, "person", "people")


def _behind(sight: Sight, entity_id: str, user_id: str) -> None:
    found = value_of(behind(sight.api, entity_id, user_id))
    if found is None:
        return
    section(
        f"What {plain(user_id)} said of {plain(found.entity.name)}",
        f"{plain(found.entity.type)} · {count(len(found.items), 'message')}; choose one to see where it came from.",
    )
    picked = _choose_said(found, f"Messages behind {found.entity.name}.", of=f"{entity_id}.{user_id}")
    if picked is not None:
        _go(message=picked, entity=entity_id, person=user_id)
        st.rerun()
