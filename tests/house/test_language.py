"""What people say becomes facts, in ledger and graph alike, each with its source: real models, the whole pipeline."""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import permutations

import pytest

from kith.etl.anomalies import Anomaly, find_anomalies
from kith.etl.repairing import Repairs
from kith.etl.summary import RunSummary
from kith.persona.identity import Json
from kith.persona.model import Fact, User
from kith.persona.phrases import PlainExtractor
from kith.profiles import profile_of
from kith.stores.bundle import Stores
from kith.wiring import App

Run = Callable[[App, Iterable[dict[str, Json]]], RunSummary]
Agreed = Callable[[App], dict[str, str]]
Fresh = Callable[..., AbstractContextManager[App]]


def said(message: str, day: int, **more: Json) -> dict[str, Json]:
    return {
        "user_id": "mira30",
        "message": message,
        "timestamp": f"2026-03-{day:02}T10:00:00Z",
        "conversation_id": "c1",
        "message_id": f"m{day}",
        **more,
    }


LIFE = (
    said("I live in Ghent and I work as a nurse at Marienhof Hospital.", 1),
    said("My sister Lea works at the Linden Pharmacy.", 2),
    said("I'm allergic to peanuts, and I love hiking.", 3),
    said("You live in Paris and you love golf.", 4, role="assistant"),
    said("We moved to Porto two days ago.", 10),
    said("I don't work at Marienhof Hospital any more.", 12),
    said("Ich wohne jetzt in Hamburg und arbeite bei der Post.", 14),
    said("I love golf and I live in Oslo.", 15, author="Tom"),
)


@pytest.fixture(scope="module")
def house(fresh: Fresh) -> Generator[App]:
    """A house that reads with the real models; opened once, since they take a moment to load."""
    with fresh(language="md") as app:
        yield app


def facts_of(stores: Stores, user_id: str = "mira30") -> tuple[Fact, ...]:
    return stores.graph.get_ties("acme", user_id).facts or ()


def in_short(facts: Sequence[Fact]) -> set[tuple[str, str, bool]]:
    return {(fact.predicate, fact.object.name, fact.until is not None) for fact in facts}


def test_a_life_as_it_is_told(house: App, run: Run, agreed: Agreed) -> None:
    run(house, LIFE)
    agreed(house)
    stores = house.stores
    facts = facts_of(stores)
    assert in_short(facts) == {
        ("lives_in", "ghent", True),
        ("lives_in", "porto", False),
        ("works_at", "marienhof hospital", True),
        ("role", "nurse", False),
        ("family", "lea", False),
        ("allergic_to", "peanut", False),
        ("likes", "hiking", False),
    }
    assert stores.ledger.evidence.all_ties("acme", "mira30").facts == facts
    texts = {m.key: m.text for m in stores.documents.scan_messages("acme")}
    sources = {fact.object.name: [texts[key] for key in fact.sources] for fact in facts}
    assert sources["porto"] == ["We moved to Porto two days ago."]
    assert sources["peanut"] == ["I'm allergic to peanuts, and I love hiking."]
    [lea] = stores.graph.get_ties("acme", "mira30").related
    assert (lea.relation.subject.name, lea.relation.kind, lea.relation.object.name) == (
        "lea",
        "works_at",
        "linden pharmacy",
    )
    profile = profile_of(stores, "acme", "mira30")
    assert {fact.text for fact in profile.facts} >= {"lives in Porto", "sister: Lea", "is a nurse"}
    assert all(fact.said for fact in profile.facts)
    assert "golf" not in {one.entity.name for one in profile.entities}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_arrival_does_not_matter(
    fresh: Fresh, house: App, run: Run, agreed: Agreed, order: tuple[int, ...]
) -> None:
    told = (
        said("I live in Ghent.", 1),
        said("I moved to Porto.", 5),
        said("I don't live in Porto any more, I live in Graz.", 9),
    )
    with fresh() as other:
        same = replace(other, tools=house.tools)
        for at in order:
            run(same, [told[at]])
        agreed(same)
        spans = [(fact.object.name, fact.since, fact.until) for fact in facts_of(same.stores)]
    days = [1772359200000 + day * 86_400_000 for day in (0, 4, 8)]  # 2026-03-01T10:00Z and after
    assert spans == [("ghent", days[0], days[1]), ("porto", days[1], days[2]), ("graz", days[2], None)]


def test_a_name_on_record_decides_about_whom_a_text_is(fresh: Fresh, house: App, run: Run) -> None:
    bio = said("Alice is a software engineer who loves hiking and photography.", 1)
    with fresh(language="md") as app:
        same = app
        run(same, [bio, {**bio, "user_id": "alice123"}])
        assert facts_of(same.stores) == ()
        assert in_short(facts_of(same.stores, "alice123")) == {
            ("role", "software engineer", False),
            ("likes", "hiking", False),
            ("likes", "photography", False),
        }
        same.stores.documents.put_users("acme", [User("acme", "mira30", name="Alice Martin")])
        done = Repairs(same.writer(), tenant="acme").rebuild("evidence")
        assert done.relearned == 1
        assert len(facts_of(same.stores)) == 3


def test_what_another_extractor_learned_is_named_and_learned_again(
    fresh: Fresh, house: App, run: Run, agreed: Agreed
) -> None:
    with fresh() as plain:
        run(plain, LIFE)
        before = plain.stores.documents.count_messages("acme")
        told = replace(plain, tools=house.tools)
        version = house.tools.extractor.version
        [anomaly] = find_anomalies(plain.stores, "acme", extractor=version)
        assert anomaly == Anomaly(
            "old_evidence",
            PlainExtractor().version,
            f"{before} messages were learned from by it, and {version!r} is set now",
            "kith rebuild evidence",
        )
        done = Repairs(told.writer(), tenant="acme").rebuild("evidence")
        assert ("statements", "lives_in") in {(one.kind, one.name) for one in done.changes.counted() if one.came}
        assert find_anomalies(plain.stores, "acme", extractor=version) == []
        agreed(plain)


def test_who_is_forgotten_leaves_no_relation(fresh: Fresh, house: App, run: Run, agreed: Agreed) -> None:
    from kith.etl.people import Forgetter

    with fresh() as app:
        same = replace(app, tools=house.tools)
        run(same, LIFE)
        receipt = Forgetter(same.writer(), clock=same.clock).forget("acme", "mira30")
        assert set(receipt.second_look.values()) == {0}
        assert list(same.stores.graph.scan_entities("acme")) == []
        assert list(same.stores.ledger.evidence.entities("acme")) == []
        agreed(same)


def test_what_is_denied_or_corrected_and_was_never_said_stands_in_every_store(
    fresh: Fresh, run: Run, agreed: Agreed
) -> None:
    with fresh(language="md") as app:
        run(app, [said("I'm not a graphic designer.", 1), said("Forget that I said I live in Oulu.", 2)])
        run(app, [said("Actually it's decaf.", 20)])
        digests = agreed(app)
        assert facts_of(app.stores) == ()
        drawn = set(app.stores.graph.scan_entities("acme"))
        assert {entity.name for entity in drawn} >= {"graphic designer", "oulu", "decaf"}
        Repairs(app.writer(), tenant="acme").rebuild("graph")
        assert (agreed(app), set(app.stores.graph.scan_entities("acme"))) == (digests, drawn)
