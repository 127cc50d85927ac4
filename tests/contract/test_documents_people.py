"""What every adapter of the Documents port promises of people, campaigns and tenants, whatever their ids are."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import pytest
from hard_names import HARD_NAMES

from kith.persona.model import Campaign, Message, User
from kith.stores.ports import Documents

Held: TypeAlias = tuple[list[Message], list[User], list[Campaign]]
"""The messages, the users and the campaigns of one tenant."""
Holding: TypeAlias = Callable[[Documents, str], Held]
HARD = [*HARD_NAMES, "\\'; DROP TABLE messages; --", "{$ne: null}", "$where", "a.b"]


def message(n: int, *, user_id: str = "u1", tenant: str = "t", timestamp: int = 1_700_000_000_000) -> Message:
    return Message(tenant, user_id, f"text {n}", timestamp, conversation_id="c", message_id=f"m{n}")


def by_key(messages: Sequence[Message]) -> list[Message]:
    return sorted(messages, key=lambda one: one.key)


NOTHING: Held = ([], [], [])


class TestUsers:
    def test_messages_make_their_users_and_leave_what_is_known(self, documents: Documents) -> None:
        known = User("t", "u1", name="Ana", metadata={"since": 2020})
        documents.put_users("t", [known])
        documents.put_messages("t", [message(1, user_id="u1"), message(2, user_id="u2")])
        assert documents.scan_users("t") == [known, User("t", "u2")]

    def test_the_last_put_stands(self, documents: Documents) -> None:
        documents.put_messages("t", [message(1)])
        documents.put_users("t", [User("t", "u1", name="Ana"), User("t", "u1", name="", metadata={"n": 2**70})])
        assert documents.get_user("t", "u1") == User("t", "u1", name="", metadata={"n": 2**70})
        documents.put_users("t", [User("t", "u1")])
        assert documents.get_user("t", "u1") == User("t", "u1")
        assert documents.get_user("t", "u2") is None

    def test_names_are_of_those_named_who_have_one(self, documents: Documents) -> None:
        assert (documents.names("t", []), documents.names("t", ["u1"])) == ({}, {})
        documents.put_messages("t", [message(1, user_id="u3")])
        documents.put_users("t", [User("t", "u1", name="Ana"), User("t", "u2", name="Bo"), User("t", "u4", name="")])
        documents.put_users("other", [User("other", "u1", name="Theirs")])
        assert documents.names("t", ["u1", "u3", "u4", "u5", "u1"]) == {"u1": "Ana"}
        many = [User("t", one, name=f"{one}!") for one in [*HARD, *map(str, range(2_000))]]
        documents.put_users("t", many)
        assert documents.names("t", [one.user_id for one in many]) == {one.user_id: one.name for one in many}

    def test_who_is_deleted_goes_with_all_their_messages(self, documents: Documents, held: Holding) -> None:
        documents.put_messages("t", [message(n, user_id=f"u{n % 2}") for n in range(10)])
        documents.put_messages("other", [message(n, user_id="u1", tenant="other") for n in range(3)])
        before = held(documents, "other")
        assert documents.delete_user("t", "u1") == 6
        assert documents.delete_user("t", "u1") == 0
        assert (documents.get_user("t", "u1"), documents.count_messages("t", user_id="u1")) == (None, 0)
        assert held(documents, "t") == (
            by_key([message(n, user_id="u0") for n in (0, 2, 4, 6, 8)]),
            [User("t", "u0")],
            [],
        )
        assert held(documents, "other") == before


class TestCampaigns:
    @pytest.mark.parametrize("size", [0, 1, 10_000])
    def test_any_size_of_call(self, documents: Documents, size: int) -> None:
        campaigns = [
            Campaign("t", f"{n:05}", "Trail", "shoes", ("buy", "run"), n, None, None, {"n": [n, 2**65]})
            for n in range(size)
        ]
        ids = [one.campaign_id for one in campaigns]
        documents.put_campaigns("t", campaigns)
        documents.put_campaigns("t", campaigns)
        assert documents.get_campaigns("t", ids) == dict(zip(ids, campaigns, strict=True))
        assert documents.scan_campaigns("t", limit=size + 1) == campaigns
        assert documents.delete_campaigns("t", [*ids, "none"]) == size
        assert documents.count_campaigns("t") == 0

    def test_the_last_put_stands(self, documents: Documents) -> None:
        bare = Campaign("t", "c", "")
        documents.put_campaigns("t", [replace(bare, url="u", starts=1, ends=2, intents=("a",)), bare])
        found = documents.get_campaigns("t", ["c"])["c"]
        assert (found, found.content) == (bare, bare.content)


class TestIds:
    def test_users_and_campaigns_go_by_code_points(self, documents: Documents) -> None:
        users = [User("t", one) for one in HARD]
        campaigns = [Campaign("t", one, "title") for one in HARD]
        documents.put_users("t", users)
        documents.put_campaigns("t", campaigns)
        paged: list[User] = []
        while page := documents.scan_users("t", after=paged[-1].user_id if paged else None, limit=4):
            paged += page
        assert paged == [User("t", one) for one in sorted(HARD)]
        shown: list[Campaign] = []
        while some := documents.scan_campaigns("t", after=shown[-1].campaign_id if shown else None, limit=4):
            shown += some
        assert shown == [Campaign("t", one, "title") for one in sorted(HARD)]

    def test_any_text_is_an_id(self, documents: Documents, held: Holding) -> None:
        messages = [
            Message("t", one, one or "-", 1, conversation_id=one, message_id=one, campaign_id=one, author=one)
            for one in HARD
        ]
        documents.put_messages("t", messages)
        for one, sent in zip(HARD, messages, strict=True):
            assert documents.get_messages("t", [sent.key]) == {sent.key: sent}
            assert documents.scan_messages("t", user_id=one) == [sent]
            assert documents.count_messages("t", user_id=one) == 1
            assert documents.get_user("t", one) == User("t", one)
        for one in HARD:
            assert documents.delete_user("t", one) == 2
        assert held(documents, "t") == NOTHING

    def test_any_text_is_a_tenant(self, documents: Documents, held: Holding) -> None:
        for one in HARD:
            documents.put_messages(one, [message(1, tenant=one)])
            documents.put_campaigns(one, [Campaign(one, "c", one)])
        assert sorted(documents.tenants()) == sorted(HARD)
        for one in HARD:
            assert held(documents, one) == ([message(1, tenant=one)], [User(one, "u1")], [Campaign(one, "c", one)])


class TestTenants:
    def test_one_never_sees_or_touches_another(self, documents: Documents, held: Holding) -> None:
        here, there = message(1), message(1, tenant="T")
        campaign = Campaign("T", "c", "Theirs")
        documents.put_messages("T", [there])
        documents.put_users("T", [User("T", "u1", name="Theirs")])
        documents.put_campaigns("T", [campaign])
        before = held(documents, "T")

        assert held(documents, "t") == NOTHING
        assert documents.get_messages("t", [there.key]) == {}
        assert documents.get_user("t", "u1") is None
        assert documents.get_campaigns("t", ["c"]) == {}
        assert documents.count_messages("t", user_id="u1") == 0
        assert documents.scan_messages("t", user_id="u1") == []

        documents.put_messages("t", [here])
        documents.put_users("t", [User("t", "u1", name="Ours")])
        documents.put_campaigns("t", [Campaign("t", "c", "Ours")])
        assert documents.delete_messages("t", [there.key]) == 0
        assert documents.delete_campaigns("t", ["c"]) == 1
        assert documents.delete_user("t", "u1") == 2
        assert held(documents, "T") == before

    def test_named_once_each_while_they_hold_anything(self, documents: Documents) -> None:
        assert documents.tenants() == []
        documents.put_messages("by message", [message(1, tenant="by message")])
        documents.put_users("by user", [User("by user", "u1")])
        documents.put_campaigns("by campaign", [Campaign("by campaign", "c", "C")])
        documents.put_campaigns("by user", [Campaign("by user", "c", "C")])
        assert sorted(documents.tenants()) == ["by campaign", "by message", "by user"]
        documents.delete_user("by message", "u1")
        assert sorted(documents.tenants()) == ["by campaign", "by user"]
