"""What every adapter of the Documents port promises."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from threading import Barrier, Event
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kith.persona.model import Campaign, Engagement, Message, User
from kith.stores.errors import RecordRefused, Terminal
from kith.stores.ports import Documents

Held: TypeAlias = tuple[list[Message], list[User], list[Campaign]]
"""The messages, the users and the campaigns of one tenant."""
Holding: TypeAlias = Callable[[Documents, str], Held]
Opener = Callable[[], Documents]


def message(n: int, *, user_id: str = "u1", tenant: str = "t", timestamp: int = 1_700_000_000_000) -> Message:
    return Message(tenant, user_id, f"text {n}", timestamp, conversation_id="c", message_id=f"m{n}")


def scanned(documents: Documents, tenant: str, *, limit: int, user_id: str | None = None) -> list[Message]:
    """All pages of a scan."""
    found: list[Message] = []
    after: str | None = None
    while page := documents.scan_messages(tenant, user_id=user_id, after=after, limit=limit):
        assert len(page) <= limit
        found += page
        after = page[-1].key
    return found


def by_key(messages: Sequence[Message]) -> list[Message]:
    return sorted(messages, key=lambda one: one.key)


FULL = Message(
    "t",
    "u1",
    'So "much" to\\say\n👋🏽',
    1_700_000_000_123,
    conversation_id="c1",
    message_id="m1",
    role="assistant",
    author="Ana",
    campaign_id="spring",
    intent="buy_shoes",
    engagement=Engagement("click", 0.1 + 0.2),
    metadata={
        "whole": 2**200,
        "less": -(2**63) - 1,
        "float": 1e16,
        "tiny": 5e-324,
        "minus": -0.0,
        "one": 1,
        "one.0": 1.0,
        "yes": True,
        "none": None,
        "$deep": [{"": [], "a.b": {"$set": {}}}],
        "é\0": "\0\\\"'",
    },
)


class TestMessages:
    @pytest.mark.parametrize(
        "one",
        [
            FULL,
            Message("t", "u1", "bare", 0),
            Message("t", "u1", "before 1970", -(2**40), author="", campaign_id="", intent="", message_id=""),
            Message("t", "u1", "x" * 1_000_000, 1, engagement=Engagement("dislike", -1e-300)),
        ],
        ids=["full", "bare", "empty is not none", "large"],
    )
    def test_comes_back_as_it_was(self, documents: Documents, one: Message) -> None:
        documents.put_messages("t", [one])
        found = documents.get_messages("t", [one.key])[one.key]
        assert found == one
        # Equality holds 1, 1.0 and True for the same; the digest doesn't.
        assert (found.key, found.content, found.metadata) == (one.key, one.content, one.metadata)
        assert repr(found.engagement) == repr(one.engagement)

    def test_numbers_keep_their_kind(self, documents: Documents) -> None:
        documents.put_messages("t", [FULL])
        found = documents.get_messages("t", [FULL.key])[FULL.key].metadata
        assert {name: repr(value) for name, value in found.items()} == {
            name: repr(value) for name, value in FULL.metadata.items()
        }

    def test_twice_is_once(self, documents: Documents, held: Holding) -> None:
        documents.put_messages("t", [FULL, FULL])
        documents.put_messages("t", [FULL])
        assert held(documents, "t") == ([FULL], [User("t", "u1")], [])

    @pytest.mark.parametrize("size", [0, 1, 10_000])
    def test_any_size_of_call(self, documents: Documents, size: int) -> None:
        messages = [message(n, user_id=f"u{n % 7}") for n in range(size)]
        keys = [one.key for one in messages]
        documents.put_messages("t", messages)
        assert documents.get_messages("t", keys) == {one.key: one for one in messages}
        assert documents.scan_messages("t", limit=size + 1) == by_key(messages)
        assert documents.delete_messages("t", keys) == size
        assert documents.delete_messages("t", keys) == 0
        assert documents.count_messages("t") == 0

    def test_what_is_not_there(self, documents: Documents) -> None:
        documents.put_messages("t", [FULL])
        assert documents.get_messages("t", ["none", FULL.key, FULL.key, "nor"]) == {FULL.key: FULL}
        assert documents.delete_messages("t", ["none", FULL.key, FULL.key]) == 1

    def test_a_later_version_replaces_an_earlier_one(self, documents: Documents) -> None:
        old, new = message(1), replace(message(1, timestamp=1_700_000_000_001), text="edited", author="Ana")
        documents.put_messages("t", [new])
        documents.put_messages("t", [old])
        assert documents.get_messages("t", [old.key]) == {old.key: new}

    def test_what_is_of_another_tenant_is_refused_whole(self, documents: Documents) -> None:
        with pytest.raises(RecordRefused, match="tenant 'other'"):
            documents.put_messages("t", [message(1), message(2, tenant="other")])
        with pytest.raises(RecordRefused, match="tenant 'other'"):
            documents.put_users("t", [User("t", "a"), User("other", "b")])
        with pytest.raises(RecordRefused, match="tenant 'other'"):
            documents.put_campaigns("t", [Campaign("t", "a", "A"), Campaign("other", "b", "B")])
        assert documents.tenants() == []

    def test_what_no_store_can_hold_is_refused_whole(self, documents: Documents) -> None:
        with pytest.raises(RecordRefused):
            documents.put_messages("t", [message(1), message(2, timestamp=2**63)])
        with pytest.raises(RecordRefused):
            documents.put_users("t", [User("t", "a"), User("t", "half a \ud83d")])
        with pytest.raises(RecordRefused):
            documents.put_users("t", [User("t", "a"), User("t", "b", metadata={"half": "a \ud83d"})])
        assert documents.tenants() == []


@given(data=st.data(), versions=st.integers(1, 3), texts=st.integers(1, 3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_greatest_version_stands_whatever_the_order(
    documents: Documents, data: st.DataObject, versions: int, texts: int
) -> None:
    edits = [
        replace(message(n), text=f"text {text}", timestamp=stamp)
        for n in range(3)
        for stamp in range(versions)
        for text in range(texts)
    ]
    calls = [(edit, data.draw(st.booleans(), label="next call")) for edit in data.draw(st.permutations(edits))]
    documents.delete_messages("t", [edit.key for edit in edits])
    batch: list[Message] = []
    for edit, full in calls:
        batch.append(edit)
        if full:
            documents.put_messages("t", batch)
            batch = []
    documents.put_messages("t", batch)
    greatest = [max((e for e in edits if e.key == key), key=lambda e: e.version) for key in {e.key for e in edits}]
    assert documents.scan_messages("t") == by_key(greatest)


class TestScans:
    @pytest.mark.parametrize("limit", [1, 3, 10, 11])
    def test_pages_lose_and_repeat_nothing(self, documents: Documents, limit: int) -> None:
        messages = [message(n, user_id=f"u{n % 2}") for n in range(10)]
        documents.put_messages("t", messages)
        documents.put_messages("other", [message(99, tenant="other")])
        assert scanned(documents, "t", limit=limit) == by_key(messages)
        assert scanned(documents, "t", limit=limit, user_id="u1") == by_key(messages[1::2])

    def test_a_page_starts_after_a_key_that_is_gone(self, documents: Documents) -> None:
        messages = by_key([message(n) for n in range(5)])
        documents.put_messages("t", messages)
        documents.delete_messages("t", [messages[2].key])
        assert documents.scan_messages("t", after=messages[2].key) == messages[3:]

    def test_no_rows_are_no_rows(self, documents: Documents) -> None:
        documents.put_messages("t", [FULL])
        assert documents.scan_messages("t", limit=0) == []
        assert documents.scan_messages("t", after=FULL.key) == []
        assert documents.scan_messages("t", user_id="nobody") == []


class TestOpening:
    def test_all_is_there_when_opened_again(self, another_documents: Opener, held: Holding) -> None:
        first = another_documents()
        first.put_messages("t", [FULL, message(2)])
        first.put_campaigns("t", [Campaign("t", "c", "C")])
        before = held(first, "t")
        first.close()
        again = another_documents()
        assert held(again, "t") == before
        again.close()

    def test_closed_twice_and_used_no_more(self, another_documents: Opener) -> None:
        opened = another_documents()
        opened.put_messages("t", [FULL])
        opened.close()
        opened.close()
        with pytest.raises(Terminal, match="closed"):
            opened.get_messages("t", [FULL.key])
        with pytest.raises(Terminal, match="closed"):
            opened.put_messages("t", [FULL])

    def test_the_card_says_what_it_is(self, documents: Documents) -> None:
        card = documents.card()
        assert all((card.kind, card.version, card.where))


class TestThreads:
    def test_many_writers_of_the_same_things_leave_one_of_each(self, documents: Documents, held: Holding) -> None:
        messages = [message(n, user_id=f"u{n % 5}") for n in range(500)]
        together = Barrier(8)

        def write(start: int) -> None:
            together.wait()
            turned = messages[start:] + messages[:start]
            for at in range(0, 500, 50):
                documents.put_messages("t", turned[at : at + 50])

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(0, 400, 50)))
        assert held(documents, "t") == (by_key(messages), [User("t", f"u{n}") for n in range(5)], [])

    def test_readers_beside_a_writer_see_whole_calls(self, documents: Documents) -> None:
        done = Event()

        def read(_: int) -> None:
            last = 0
            while not done.is_set():
                seen = documents.count_messages("t")
                assert seen % 20 == 0
                assert seen >= last
                last = seen
                assert len(documents.scan_messages("t", limit=10_000)) >= last

        def write() -> None:
            try:
                for n in range(0, 2000, 20):
                    documents.put_messages("t", [message(n + i) for i in range(20)])
            finally:
                done.set()

        with ThreadPoolExecutor(5) as pool:
            readers = [pool.submit(read, n) for n in range(4)]
            pool.submit(write).result()
            for reader in readers:
                reader.result()
        assert documents.count_messages("t") == 2000

    def test_threads_that_come_and_go(self, documents: Documents) -> None:
        documents.put_messages("t", [FULL])
        found: list[dict[str, Message]] = []
        numbers = count()
        for _ in range(50):
            with ThreadPoolExecutor(1) as pool:
                pool.submit(documents.put_messages, "t", [message(next(numbers))]).result()
                found.append(pool.submit(documents.get_messages, "t", [FULL.key]).result())
        assert found == [{FULL.key: FULL}] * 50
        assert documents.count_messages("t") == 51
