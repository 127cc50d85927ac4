"""`Kith` over stores in this process and over HTTP: one suite for both, and the same answers to the digit."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, Literal, TypeAlias, cast

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from kith import ApiError, Forgotten, Kith, NoAccess, NotFound, Refused
from kith.serving.frame.access import Access, new_key
from kith.serving.frame.app import build_app
from kith.serving.shapes.recommendations import Recommendations
from kith.settings import Settings
from kith.wiring import App, house_of, open_app

Listening: TypeAlias = Callable[[FastAPI], AbstractContextManager[str]]
Back: TypeAlias = Literal["embedded", "http"]
BACKS: tuple[Back, ...] = ("embedded", "http")
TALK: list[dict[str, object]] = [
    {"role": "user", "content": "I live in Porto.", "timestamp": "2026-01-05T10:00:00Z"},
    {"role": "assistant", "content": "Noted: you live in Porto.", "timestamp": "2026-01-05T10:00:05Z"},
    {"role": "user", "content": "I love hiking and photography.", "timestamp": "2026-01-06T10:00:00Z"},
    {"role": "user", "content": "I moved to Lisbon last week.", "timestamp": "2026-02-10T10:00:00Z"},
]
CAMPAIGNS: list[dict[str, object]] = [
    {"id": "trails", "title": "Trail week", "text": "Hiking in the hills", "intents": ["plan_trip"]},
    {"id": "lenses", "title": "Lens sale", "text": "Photography for less"},
]
LATER = "2026-03-01T00:00:00Z"


def key_of(app: App, *scopes: Literal["read", "write", "admin"], tenant: str = "acme") -> str:
    key, row = new_key(tenant=tenant, name="a test", scopes=scopes, now=app.clock(), expires_at=None)
    app.stores.ledger.keys.add(row)
    return key


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, listening: Listening) -> Iterator[tuple[App, str]]:
    """Stores that a server holds, and where it answers."""
    home = tmp_path_factory.mktemp("served")
    settings = Settings(home=home, embedder="hash", language="sm", tenant="acme")
    with open_app(settings, command="a server", create=True) as app:
        assert app.lock is not None
        access = Access(
            app.stores.ledger.keys,
            open_tenant=None,
            default_tenant="acme",
            owner_token=app.lock.owner.token,
            clock=app.clock,
        )
        with listening(build_app(house_of(app), access, version="0.0.0")) as url:
            app.lock.announce(url)
            yield app, url


@pytest.fixture(scope="module")
def both(served: tuple[App, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Back, Kith]]:
    app, url = served
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KITH_LANGUAGE", "sm")
        here = Kith(home=tmp_path_factory.mktemp("embedded"), tenant="acme", embedder="hash")
    with here, Kith(url, key=key_of(app, "write")) as there:
        yield {"embedded": here, "http": there}


@pytest.fixture(params=BACKS)
def k(both: dict[Back, Kith], request: pytest.FixtureRequest) -> Kith:
    return both[cast("Back", request.param)]


@pytest.fixture
def alice(k: Kith, request: pytest.FixtureRequest) -> str:
    """Somebody of this test's own who has talked."""
    user_id = f"alice of {request.node.name}"
    k.add(TALK, user_id=user_id, conversation_id="c1")
    return user_id


def words(shape: BaseModel) -> dict[str, Any]:
    return shape.model_dump()


def test_add_says_what_was_learned(k: Kith) -> None:
    told = k.add("I love hiking and photography.", user_id="adds")
    assert (told.accepted, told.duplicate, told.rejected, len(told.keys)) == (1, 0, [], 1)
    assert {fact.object for fact in told.learned.facts} == {"hiking", "photography"}
    assert {fact.source for fact in told.learned.facts} == set(told.keys)


def test_the_same_again_is_a_duplicate(k: Kith, alice: str) -> None:
    again = k.add(TALK, user_id=alice, conversation_id="c1")
    assert (again.accepted, again.duplicate) == (0, 4)
    assert len(list(k.get_all(alice))) == 4


def test_what_cannot_be_taken_is_named(k: Kith) -> None:
    told = k.add([{"content": "fine"}, {"content": "late", "timestamp": "never"}], user_id="mixed")
    assert (told.accepted, [(one.index, one.code) for one in told.rejected]) == (1, [(1, "bad_timestamp")])
    with pytest.raises(Refused) as refused:
        k.add({"content": "late", "timestamp": "never"}, user_id="mixed")
    assert refused.value.kind == "bad-input"


def test_search(k: Kith, alice: str) -> None:
    found = k.search("Where do I live?", user_id=alice)
    assert {one.text for one in found.items} == {one["content"] for one in TALK}
    assert words(found.channels) == {"dense": True, "lexical": True, "graph": True}
    narrowed = k.search("Porto", user_id=alice, role="assistant", since="2026-01-05", until=LATER)
    assert [one.text for one in narrowed.items] == ["Noted: you live in Porto."]
    assert k.search("Porto", user_id=alice, conversation_id="c2").items == []


def test_search_by_metadata(k: Kith) -> None:
    k.add("Trail shoes, please", user_id="meta", metadata={"lang": "en", "n": 1, "ok": True})
    k.add("Trail maps, please", user_id="meta", metadata={"lang": "fr"})
    for wanted in ({"lang": "en"}, {"n": 1}, {"ok": True}):
        found = k.search("trail", user_id="meta", metadata=wanted)
        assert [one.text for one in found.items] == ["Trail shoes, please"]


def test_context_keeps_to_its_budget(k: Kith, alice: str) -> None:
    told = k.context("Where does Alice live?", user_id=alice, max_tokens=300)
    assert told.tokens <= told.max_tokens == 300
    assert any("Lisbon" in fact.text for fact in told.facts)
    assert "Lisbon" in told.text
    assert k.context(user_id=alice).query is None


def test_the_card(k: Kith, alice: str) -> None:
    card = k.profile(alice)
    assert "Lisbon" in card.text
    assert "Porto" not in card.text
    assert k.profile(alice) == card


def test_facts_then_and_now(k: Kith, alice: str) -> None:
    homes = {
        at: [fact.object for fact in k.facts(alice, as_of=at).items if fact.predicate == "lives_in"]
        for at in ("2026-01-10", LATER)
    }
    assert homes == {"2026-01-10": ["porto"], LATER: ["lisbon"]}
    assert k.facts(alice, known_at="2020-01-01").items == []
    (lisbon,) = [fact for fact in k.facts(alice).items if fact.object == "lisbon"]
    told = k.history(lisbon.id, user_id=alice)
    assert [(one.object, one.until is None) for one in told.history] == [("porto", False), ("lisbon", True)]
    assert [one.text for one in told.messages] == ["I live in Porto.", "I moved to Lisbon last week."]


def test_ask(k: Kith, alice: str) -> None:
    told = k.ask("What does Alice love?", user_id=alice)
    assert told.kind == "extractive"
    assert "hiking" in told.answer
    assert "I love hiking and photography." in {one.text for one in told.citations}
    assert words(k.ask("Who is her dentist?", user_id=alice)) == {
        "answer": k.ask("Who is her dentist?", user_id=alice).answer,
        "kind": "unknown",
        "citations": [],
        "degraded": [],
        "unsupported": [],
    }


def test_messages_page_by_page(k: Kith, alice: str) -> None:
    newest = [one["content"] for one in reversed(TALK)]
    first = k.messages(alice, limit=3)
    assert first.next is not None
    second = k.messages(alice, limit=3, cursor=first.next)
    assert [one.text for one in (*first.items, *second.items)] == newest
    assert second.next is None
    assert [one.text for one in k.get_all(alice, role="assistant")] == ["Noted: you live in Porto."]


def test_delete_takes_back_what_was_learned(k: Kith, alice: str) -> None:
    (key,) = [one.key for one in k.get_all(alice) if "Lisbon" in one.text]
    k.delete(key, user_id=alice)
    assert [fact.object for fact in k.facts(alice).items if fact.predicate == "lives_in"] == ["porto"]
    with pytest.raises(NotFound) as gone:
        k.delete(key, user_id=alice)
    assert gone.value.kind == "unknown-thing"


def test_feedback_shows_in_the_very_next_recommendation(k: Kith, alice: str) -> None:
    k.add_campaigns(CAMPAIGNS)

    def shown() -> list[str]:
        return sorted(one.campaign_id for one in k.recommend(alice).items)

    assert shown() == ["lenses", "trails"]
    assert words(k.feedback("trails", "dislike", user_id=alice, event_id="e1")) == {
        "accepted": 1,
        "duplicate": 0,
        "rejected": [],
    }
    assert shown() == ["lenses"]
    assert k.feedback("trails", "dislike", user_id=alice, event_id="e1", timestamp=LATER).accepted in (0, 1)
    (only,) = k.recommend(alice).items
    assert sum(reason.share for reason in only.reasons) == pytest.approx(only.score, abs=1e-6)
    assert k.recommend(alice, exclude=["lenses"]).items == []


def test_forget_and_let_in_again(k: Kith, alice: str) -> None:
    receipt = k.forget(alice)
    assert (receipt.user, receipt.deleted["documents"], set(receipt.second_look.values())) == (alice, 5, {0})
    assert k.forget(alice) == receipt
    with pytest.raises(NotFound):
        k.profile(alice)
    with pytest.raises(Forgotten) as refused:
        k.add("I am back", user_id=alice)
    assert refused.value.kind == "forgotten"
    assert k.add_user(alice, name="Alice", metadata={"plan": "pro"}).metadata == {"plan": "pro"}
    assert k.add("I am back", user_id=alice).accepted == 1


@pytest.mark.parametrize("user_id", ["a/b", "..", "Zoë & Ünal?", "日本", "x" * 256])
def test_any_id_will_do(k: Kith, user_id: str) -> None:
    assert k.add("I love chess.", user_id=user_id).accepted == 1
    assert [one.text for one in k.messages(user_id).items] == ["I love chess."]


def test_many_threads_ask(k: Kith) -> None:
    def take(n: int) -> int:
        k.add(f"I bought {n} maps.", user_id=f"thread {n % 4}")
        return len(k.search("maps", user_id=f"thread {n % 4}").items)

    with ThreadPoolExecutor(8) as threads:
        assert min(threads.map(take, range(24))) >= 1
    assert sum(len(list(k.get_all(f"thread {n}"))) for n in range(4)) == 24


ASKED: dict[str, Callable[[Kith], BaseModel]] = {
    "add": lambda k: k.add(TALK, user_id="both", conversation_id="c1"),
    "add_user": lambda k: k.add_user("both", name="Alice"),
    "search": lambda k: k.search("Where does Alice live?", user_id="both"),
    "context": lambda k: k.context("Where does Alice live?", user_id="both", as_of=LATER),
    "profile": lambda k: k.profile("both"),
    "facts": lambda k: k.facts("both", as_of=LATER),
    "ask": lambda k: k.ask("Where does Alice live?", user_id="both"),
    "messages": lambda k: k.messages("both", limit=2),
    "add_campaigns": lambda k: k.add_campaigns(CAMPAIGNS),
    "recommend": lambda k: k.recommend("both", include_seen=True),
}


def test_both_give_the_same(both: dict[Back, Kith]) -> None:
    def told(k: Kith) -> dict[str, BaseModel]:
        answers = {name: ask(k) for name, ask in ASKED.items()}
        shown = answers["recommend"]
        assert isinstance(shown, Recommendations)
        return answers | {"recommend": shown.model_copy(update={"generated_at": LATER})}

    for k in both.values():  # campaigns that are there already are told as such
        k.add_campaigns(CAMPAIGNS)
    here, there = (told(both[back]) for back in BACKS)
    assert {name: type(one) for name, one in here.items()} == {name: type(one) for name, one in there.items()}
    assert here == there


WRONG: dict[str, Callable[[Kith], object]] = {
    "a stranger": lambda k: k.context(user_id="nobody"),
    "no such fact": lambda k: k.history("f" * 32, user_id="wrong"),
    "a cursor of another": lambda k: k.messages("wrong", cursor="none"),
    "out of bounds": lambda k: k.search("q", user_id="wrong", limit=0),
    "no time": lambda k: k.facts("wrong", as_of="soon"),
    "a kind that there is none of": lambda k: k.feedback("c", cast("Any", "shrug"), user_id="wrong"),
    "too large": lambda k: k.add("x" * 200_001, user_id="wrong"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_both_refuse_the_same(both: dict[Back, Kith], wrong: str) -> None:
    def refused(k: Kith) -> tuple[type[ApiError], object]:
        k.add("I love tea.", user_id="wrong")
        with pytest.raises(ApiError) as found:
            WRONG[wrong](k)
        return type(found.value), vars(found.value) | {"request_id": None}

    assert refused(both["embedded"]) == refused(both["http"])


def test_keys_and_what_they_open(served: tuple[App, str]) -> None:
    app, url = served
    with Kith(url, key=key_of(app, "read")) as k, pytest.raises(NoAccess) as refused:
        k.add("hi", user_id="u")
    assert refused.value.kind == "wrong-scope"
    with Kith(url) as k, pytest.raises(NoAccess) as refused:
        k.profile("u")
    assert refused.value.kind == "no-credential"


def test_beside_a_server_it_asks_the_server(served: tuple[App, str]) -> None:
    app, url = served
    with Kith(home=app.settings.home, tenant="Ünal & Co") as k:
        assert repr(k) == f"<Kith of {url}>"
        k.add("I love tea.", user_id="beside")
        assert app.stores.documents.get_user("Ünal & Co", "beside") is not None
