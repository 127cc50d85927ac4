"""What every adapter of the Documents port promises of what is shown: pages, and what was said around one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kith.persona.model import ROLES, Engagement, Message
from kith.stores.errors import RecordRefused
from kith.stores.ports import ALL, Documents, Narrowed

LAW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

HOSTILE = [
    "",
    " ",
    "'",
    '"',
    "\\",
    "c' OR '1'='1",
    "c' OR 1=1 --",
    "'; DROP TABLE messages; --",
    "%",
    "c%",
    "_",
    "?",
    ":tenant",
    "\0",
    "c\0",
    "\n\r\t",
    "é",
    "日本語",
    "👩‍👩‍👧‍👦",
    "\uffff",
    "\U0010ffff",
    "long " * 1000,
]

_laws = count()


def message(n: int, *, timestamp: int = 1, user_id: str = "ana", tenant: str = "t", conversation: str = "c") -> Message:
    return Message(tenant, user_id, f"text {n}", timestamp, conversation_id=conversation, message_id=f"m{n}")


def event(n: int, *, timestamp: int = 1) -> Message:
    """Feedback that came without words."""
    return replace(message(n, timestamp=timestamp), text="", campaign_id="trail", engagement=Engagement("click"))


def moment(one: Message) -> tuple[int, str]:
    return (one.timestamp, one.key)


def newest_first(messages: Sequence[Message]) -> list[Message]:
    return sorted(messages, key=moment, reverse=True)


def meant(one: Message, only: Narrowed) -> bool:
    return (
        only.conversation_id in (None, one.conversation_id)
        and only.role in (None, one.role)
        and (only.since is None or only.since <= one.timestamp)
        and (only.until is None or one.timestamp < only.until)
    )


def paged(documents: Documents, tenant: str, *, only: Narrowed = ALL, limit: int) -> Iterator[list[Message]]:
    """All pages of one person, each of them asked for when the one before was looked at."""
    before: tuple[int, str] | None = None
    while page := documents.page_messages(tenant, "ana", only=only, before=before, limit=limit):
        assert len(page) <= limit
        before = moment(page[-1])
        yield page


def around(one: Message, messages: Sequence[Message], *, reach: int) -> tuple[Message, ...]:
    """What `near` promises, worked out by hand."""
    spoken = [
        other
        for other in sorted(messages, key=moment)
        if other.text and (other.user_id, other.conversation_id) == (one.user_id, one.conversation_id)
    ]
    at = spoken.index(one)
    return tuple(spoken[max(at - reach, 0) : at + reach + 1])


@st.composite
def said(draw: st.DrawFn) -> list[Message]:
    """Messages and events of few times, so that many share one, in conversations that have one name with two people."""
    rows = st.tuples(
        st.integers(-2, 3), st.sampled_from("cd"), st.sampled_from(ROLES[:2]), st.booleans(), st.booleans()
    )
    return [
        replace(
            message(n, timestamp=timestamp, conversation=conversation, user_id="ana" if theirs else "bo"),
            role=role,
            text=f"text {n}" if words else "",
        )
        for n, (timestamp, conversation, role, words, theirs) in enumerate(draw(st.lists(rows, max_size=25)))
    ]


bounds = st.none() | st.integers(-3, 4)
narrowings = st.builds(
    Narrowed, st.sampled_from([None, "c", "d"]), st.sampled_from([None, *ROLES[:2]]), since=bounds, until=bounds
)


@given(messages=said(), only=narrowings, limit=st.integers(1, 7))
@LAW
def test_pages_hold_all_that_is_meant_once_and_the_newest_first(
    documents: Documents, messages: list[Message], only: Narrowed, limit: int
) -> None:
    tenant = f"law {next(_laws)}"
    documents.put_messages(tenant, [replace(one, tenant=tenant) for one in messages])
    there = [replace(one, tenant=tenant) for one in messages if one.user_id == "ana" and one.text and meant(one, only)]
    assert [one for page in paged(documents, tenant, only=only, limit=limit) for one in page] == newest_first(there)


@given(messages=said(), reach=st.integers(0, 3))
@LAW
def test_near_is_what_was_said_around(documents: Documents, messages: list[Message], reach: int) -> None:
    tenant = f"law {next(_laws)}"
    messages = [replace(one, tenant=tenant) for one in messages]
    documents.put_messages(tenant, messages)
    found = documents.near(tenant, [one.key for one in messages], reach=reach)
    assert found == {one.key: around(one, messages, reach=reach) for one in messages if one.text}


class TestPages:
    @pytest.mark.parametrize("limit", [1, 2, 3, 20])
    def test_are_complete_and_repeat_nothing_while_messages_are_added(self, documents: Documents, limit: int) -> None:
        expected = [message(n, timestamp=n // 3) for n in range(12)]
        documents.put_messages("t", expected)
        seen: list[Message] = []
        for turn, page in enumerate(paged(documents, "t", limit=limit)):
            seen += page
            times = [page[-1].timestamp + n for n in (-1, 0, 0, 0, 1)] if turn < 5 else []
            added = [message(100 + 10 * turn + n, timestamp=timestamp) for n, timestamp in enumerate(times)]
            documents.put_messages("t", added)
            # What comes before the place that was reached is new, and for the next look from the top.
            expected += [one for one in added if moment(one) < moment(page[-1])]
        assert seen == newest_first(expected)

    def test_no_bound_is_too_far_and_no_limit_too_small(self, documents: Documents) -> None:
        messages = [message(n, timestamp=n) for n in range(-2, 2)]
        documents.put_messages("t", messages)
        far = 10**30
        everything = newest_first(messages)
        assert documents.page_messages("t", "ana", only=Narrowed(since=-far, until=far)) == everything
        assert documents.page_messages("t", "ana", before=(far, "")) == everything
        assert documents.page_messages("t", "ana", only=Narrowed(since=far)) == []
        assert documents.page_messages("t", "ana", only=Narrowed(until=-far)) == []
        assert documents.page_messages("t", "ana", only=Narrowed(since=1, until=1)) == []
        for limit in (0, -1):
            assert documents.page_messages("t", "ana", limit=limit) == []

    def test_an_edit_is_shown_where_and_as_what_it_is_now(self, documents: Documents) -> None:
        old, other = message(1, timestamp=1), message(2, timestamp=2)
        documents.put_messages("t", [old, other])
        new = replace(old, timestamp=3, role="assistant")
        documents.put_messages("t", [new])
        assert documents.page_messages("t", "ana") == [new, other]
        assert documents.page_messages("t", "ana", only=Narrowed(role="assistant")) == [new]
        assert documents.near("t", [new.key, other.key]) == {new.key: (other, new), other.key: (other, new)}
        silent = replace(new, timestamp=4, text="", engagement=Engagement("like"))
        documents.put_messages("t", [silent])  # an event of the same id is another document
        assert documents.page_messages("t", "ana") == [new, other]
        assert documents.near("t", [silent.key, other.key]) == {other.key: (other, new)}
        again = replace(new, timestamp=5)
        documents.put_messages("t", [again])
        assert documents.page_messages("t", "ana") == [again, other]

    def test_what_is_deleted_is_shown_no_more(self, documents: Documents) -> None:
        messages = [message(n, timestamp=n) for n in range(5)]
        documents.put_messages("t", messages)
        documents.delete_messages("t", [messages[2].key])
        assert documents.page_messages("t", "ana") == newest_first([*messages[:2], *messages[3:]])
        found = documents.near("t", [one.key for one in messages], reach=1)
        assert found[messages[1].key] == (messages[0], messages[1], messages[3])
        assert messages[2].key not in found
        documents.delete_user("t", "ana")
        assert documents.page_messages("t", "ana") == []
        assert documents.near("t", [messages[1].key]) == {}


class TestWords:
    def test_events_are_never_shown_and_are_documents_all_the_same(self, documents: Documents) -> None:
        events = [event(n, timestamp=n) for n in range(3)]
        documents.put_messages("t", events)
        assert documents.page_messages("t", "ana") == []
        assert documents.near("t", [one.key for one in events]) == {}
        assert documents.get_messages("t", [one.key for one in events]) == {one.key: one for one in events}
        assert documents.count_messages("t", user_id="ana") == 3

    @pytest.mark.parametrize(
        "text", ['"', '",', "\\", " ", "\0", "\0\0", "\n", '{"text":""', '""', "0", "false", "null"]
    )
    def test_any_text_is_words(self, documents: Documents, text: str) -> None:
        one = Message("t", "ana", text, 1, engagement=Engagement("click"))
        documents.put_messages("t", [one, event(2)])
        assert documents.page_messages("t", "ana") == [one]
        assert documents.near("t", [one.key]) == {one.key: (one,)}


class TestNear:
    def test_any_number_of_keys_there_or_not(self, documents: Documents) -> None:
        messages = [message(n, timestamp=n // 5, conversation=f"c{n % 3}") for n in range(1_300)]
        documents.put_messages("t", messages)
        assert documents.near("t", []) == {}
        assert documents.near("t", ["none", "'", "\0"]) == {}
        keys = [one.key for one in messages]
        lines: dict[str, list[Message]] = {}
        for one in sorted(messages, key=moment):
            lines.setdefault(one.conversation_id, []).append(one)
        expected = {
            one.key: tuple(line[max(at - 2, 0) : at + 3]) for line in lines.values() for at, one in enumerate(line)
        }
        assert documents.near("t", [*keys, "none", *keys[:100]]) == expected

    def test_a_reach_below_none_is_none(self, documents: Documents) -> None:
        messages = [message(n, timestamp=n) for n in range(3)]
        documents.put_messages("t", messages)
        for reach in (0, -1):
            assert documents.near("t", [messages[1].key], reach=reach) == {messages[1].key: (messages[1],)}


class TestOthers:
    def test_conversations_of_any_name_are_kept_apart(self, documents: Documents) -> None:
        rows = {one: [message(n, conversation=one) for n in (2 * at, 2 * at + 1)] for at, one in enumerate(HOSTILE)}
        documents.put_messages("t", [one for two in rows.values() for one in two])
        for name, two in rows.items():
            assert documents.page_messages("t", "ana", only=Narrowed(conversation_id=name)) == newest_first(two)
            assert documents.near("t", [two[0].key]) == {two[0].key: tuple(sorted(two, key=moment))}
        for nobody in ("x", "' OR 1=1 OR '", "C", "c' OR '1'='1' --"):
            assert documents.page_messages("t", "ana", only=Narrowed(conversation_id=nobody)) == []

    def test_half_a_character_is_told_as_what_it_is(self, documents: Documents) -> None:
        with pytest.raises(RecordRefused):
            documents.page_messages("t", "ana", only=Narrowed(conversation_id="half \ud83d"))

    def test_people_and_tenants_of_any_name_see_their_own_alone(self, documents: Documents) -> None:
        """All of them have one conversation of one name, at one time."""
        pairs = [(tenant, user_id) for tenant in HOSTILE[::2] for user_id in HOSTILE]
        rows = [message(n, tenant=tenant, user_id=user_id) for n, (tenant, user_id) in enumerate(pairs)]
        for one in rows:
            documents.put_messages(one.tenant, [one])
        keys = [one.key for one in rows]
        for one in rows:
            assert documents.page_messages(one.tenant, one.user_id) == [one]
            assert documents.page_messages(one.tenant, one.user_id, only=Narrowed(conversation_id="c")) == [one]
        for tenant in HOSTILE[::2]:
            theirs = {one.key: (one,) for one in rows if one.tenant == tenant}
            assert documents.near(tenant, keys) == theirs
