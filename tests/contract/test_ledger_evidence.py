"""What messages taught, kept by message: replaced as a whole, put together again exactly, gone when it is deleted."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from kith.persona.evidence import Evidence, Extraction, Related, SeenWith, Ties, Touched
from kith.persona.model import Engagement, Entity, Mention, Relation, Statement
from kith.stores.ledger_port import CATALOGUE, CampaignAbout, EvidenceHeader, Lease, Ledger, Written

HARD = ["'", '"', "\\", "%_", "'; DROP TABLE mentions; --", "ünïcödé 名前 🙂", "a\nb\tc", " ", "{0}", ":name"]
PORTO, OSLO, TEA = Entity("place", "porto"), Entity("place", "oslo"), Entity("thing", "tea")
LEA, ALM = Entity("person", "lea"), Entity("organisation", "alm")
WORKS, LIKES = Relation(LEA, "works_at", ALM), Relation(LEA, "likes", TEA)


def evidence(
    key: str,
    *mentions: Mention | Entity,
    user: str = "u1",
    at: int = 10,
    statements: tuple[Statement, ...] = (),
    intents: tuple[str, ...] = (),
    campaign: str | None = None,
    engagement: Engagement | None = None,
    relations: tuple[Relation, ...] = (),
) -> Evidence:
    said = tuple(Mention(one, one.name.title()) if isinstance(one, Entity) else one for one in mentions)
    found = Extraction(said, statements, intents, relations)
    return Evidence(key, user, f"content of {key}", at, "c1", "rules 1", campaign, engagement, found)


FULL = evidence(
    "k1",
    Mention(TEA, "Tea!", 3, -0.30000000000000004),
    Mention(PORTO, "Porto", 1, 1e-9),
    at=-5,
    statements=(
        Statement("likes", TEA, None, None, 0.7, "rule"),
        Statement("lives_in", OSLO, -10, 20, 1.0, "hand", "flat"),
        Statement("likes", TEA, 5, None, 0.1, "llm", denied=True),
    ),
    intents=("travel", "buy"),
    campaign="spring",
    engagement=Engagement("like", 0.1),
    relations=(WORKS, LIKES),
)
OF_FULL = Touched(
    "u1",
    frozenset({TEA, PORTO}),
    frozenset({"travel", "buy"}),
    frozenset({"spring"}),
    frozenset({WORKS, LIKES}),
    facts=True,
)


@pytest.fixture
def lease(ledger: Ledger) -> Lease:
    lease = ledger.leases.take([CATALOGUE, 0], holder="ann", seconds=60)
    assert lease is not None
    return lease


def counts(ledger: Ledger, tenant: str = "t") -> tuple[int, ...]:
    found = ledger.evidence.counts(tenant)
    assert list(found) == ["messages", "mentions", "statements", "intents", "relations", "engagement", "entities"]
    return tuple(found.values())


def test_evidence_comes_back_exactly(ledger: Ledger, lease: Lease) -> None:
    plain = evidence("k2", user="u2", campaign="spring")
    written = ledger.evidence.write(lease, "t", [FULL, plain])
    assert written == Written(
        touched=(
            OF_FULL,
            Touched("u2"),
        ),
        new_entities=(ALM, LEA, OSLO, PORTO, TEA),
    )
    assert ledger.evidence.get("t", "k1") == FULL
    assert ledger.evidence.get("t", "k2") == plain
    assert ledger.evidence.get("t", "k3") is None
    assert counts(ledger) == (2, 2, 3, 2, 2, 1, 5)


def test_nothing_is_nothing(ledger: Ledger, lease: Lease) -> None:
    assert ledger.evidence.write(lease, "t", []) == Written((), ())
    assert ledger.evidence.delete_messages(lease, "t", []) == []
    assert ledger.evidence.ties_many("t", []) == []
    assert ledger.evidence.drop_orphans("t", []) == []
    assert ledger.evidence.ties("t", Touched("u1")) == Ties("u1")
    assert ledger.evidence.all_ties("t", "u1") == Ties("u1", whole=True, facts=())
    assert counts(ledger) == (0, 0, 0, 0, 0, 0, 0)


def test_writing_again_replaces_and_names_what_went_and_what_came(ledger: Ledger, lease: Lease) -> None:
    ledger.evidence.write(lease, "t", [FULL])
    edited = evidence("k1", OSLO, at=30, intents=("rest",))
    assert ledger.evidence.write(lease, "t", [edited]) == Written(
        touched=(
            replace(
                OF_FULL,
                entities=frozenset({TEA, PORTO, OSLO}),
                intents=frozenset({"travel", "buy", "rest"}),
            ),
        ),
        new_entities=(),
    )
    assert ledger.evidence.get("t", "k1") == edited
    assert counts(ledger) == (1, 1, 0, 1, 0, 0, 5)


def test_writing_the_same_again_changes_nothing(ledger: Ledger, lease: Lease) -> None:
    first = ledger.evidence.write(lease, "t", [FULL])
    assert ledger.evidence.write(lease, "t", [FULL]) == replace(first, new_entities=())
    assert ledger.evidence.get("t", "k1") == FULL
    assert counts(ledger) == (1, 2, 3, 2, 2, 1, 5)


def test_of_a_key_given_twice_the_last_counts(ledger: Ledger, lease: Lease) -> None:
    ledger.evidence.write(lease, "t", [FULL, evidence("k1", OSLO)])
    assert ledger.evidence.get("t", "k1") == evidence("k1", OSLO)


def test_delete_takes_messages_away_and_names_what_went(ledger: Ledger, lease: Lease) -> None:
    ledger.evidence.write(lease, "t", [FULL, evidence("k2", TEA, user="u2"), evidence("k3", user="u3")])
    assert ledger.evidence.delete_messages(lease, "t", ["k1", "k3", "k3", "k9"]) == [
        OF_FULL,
        Touched("u3"),
    ]
    assert ledger.evidence.users("t") == ["u2"]
    assert counts(ledger) == (1, 1, 0, 0, 0, 0, 5)


def test_headers_show_what_was_written_and_what_stands(ledger: Ledger, lease: Lease) -> None:
    all_of_it = [evidence("k3", OSLO), FULL, evidence("k2", user="u2")]
    ledger.evidence.write(lease, "t", all_of_it)
    expected = [
        (EvidenceHeader(one.key, one.user_id, one.content, "rules 1", one.digest), one.digest)
        for one in sorted(all_of_it, key=lambda one: one.key)
    ]
    assert ledger.evidence.headers("t") == expected
    assert ledger.evidence.headers("t", limit=1) == expected[:1]
    assert ledger.evidence.headers("t", after="k1", limit=1) == expected[1:2]
    assert ledger.evidence.headers("t", after="k3") == []


def test_users_go_by_code_points(ledger: Ledger, lease: Lease) -> None:
    names = ["A", "a", "é", "名", "🙂"]
    ledger.evidence.write(lease, "t", [evidence(f"{name}{n}", user=name) for name in reversed(names) for n in (1, 2)])
    assert ledger.evidence.users("t") == names
    assert ledger.evidence.users("t", after="a", limit=2) == names[2:4]


def test_entities_stay_on_record_until_they_are_dropped(ledger: Ledger, lease: Lease) -> None:
    unrelated = replace(FULL, extraction=replace(FULL.extraction, relations=()))
    ledger.evidence.write(lease, "t", [unrelated, evidence("k2", PORTO)])
    ledger.evidence.write_campaigns(lease, "t", [CampaignAbout("spring", "a", "x", (), (TEA,))])
    assert (list(ledger.evidence.entities("t")), ledger.evidence.orphans("t")) == ([OSLO, PORTO, TEA], [])
    ledger.evidence.delete_messages(lease, "t", ["k1"])
    assert list(ledger.evidence.entities("t")) == [OSLO, PORTO, TEA]
    assert ledger.evidence.orphans("t") == [OSLO]
    ledger.evidence.delete_campaigns(lease, "t", ["spring"])
    ledger.evidence.delete_messages(lease, "t", ["k2"])
    assert ledger.evidence.orphans("t") == [OSLO, PORTO, TEA]
    ledger.evidence.write(lease, "t", [evidence("k3", statements=(Statement("likes", TEA),))])
    assert ledger.evidence.drop_orphans("t", [OSLO, TEA, Entity("place", "nowhere")]) == [TEA]
    assert (list(ledger.evidence.entities("t")), ledger.evidence.orphans("t")) == ([PORTO, TEA], [PORTO])
    assert ledger.evidence.write(lease, "t", [evidence("k4", OSLO, PORTO)]).new_entities == (OSLO,)


def test_what_a_relation_speaks_of_is_no_orphan(ledger: Ledger, lease: Lease) -> None:
    ledger.evidence.write(lease, "t", [evidence("k1", relations=(WORKS,)), evidence("k2", relations=(LIKES,))])
    assert (list(ledger.evidence.entities("t")), ledger.evidence.orphans("t")) == ([ALM, LEA, TEA], [])
    ledger.evidence.delete_messages(lease, "t", ["k1"])
    assert ledger.evidence.orphans("t") == [ALM]
    assert ledger.evidence.drop_orphans("t", [ALM, LEA, TEA]) == [LEA, TEA]
    ledger.evidence.write(lease, "t", [evidence("k2")])
    assert ledger.evidence.orphans("t") == [LEA, TEA]


def test_a_relation_names_the_messages_that_say_so(ledger: Ledger, lease: Lease) -> None:
    said = [evidence(key, relations=(WORKS,)) for key in ("k2", "k1")]
    ledger.evidence.write(lease, "t", [*said, evidence("k3", relations=(LIKES, WORKS)), evidence("k4", user="u2")])
    likes, works = Related(LIKES, ("k3",)), Related(WORKS, ("k1", "k2", "k3"))
    assert ledger.evidence.all_ties("t", "u1") == Ties("u1", whole=True, related=(likes, works), facts=())
    asked = [Touched("u2", relations=frozenset({WORKS})), Touched("u1", relations=frozenset({LIKES}))]
    gone = Related(WORKS, ())
    assert ledger.evidence.ties_many("t", asked) == [Ties("u2", related=(gone,)), Ties("u1", related=(likes,))]
    [touched] = ledger.evidence.delete_messages(lease, "t", ["k1", "k2", "k3"])
    assert touched == Touched("u1", relations=frozenset({WORKS, LIKES}))
    assert ledger.evidence.drop_orphans("t", [LEA, ALM, TEA]) == []
    assert ledger.evidence.ties("t", touched) == Ties("u1", related=(Related(LIKES, ()), gone))
    assert ledger.evidence.all_ties("t", "u1") == Ties("u1", whole=True, facts=())


def test_mentioned_by_names_who_mentions_states_or_relates(ledger: Ledger, lease: Lease) -> None:
    ledger.evidence.write(
        lease,
        "t",
        [
            evidence("k1", TEA, user="u3"),
            evidence("k2", TEA, user="u3"),
            evidence("k3", statements=(Statement("likes", TEA),)),
            evidence("k4", OSLO, user="u2"),
            evidence("k5", relations=(LIKES,), user="u4"),
        ],
    )
    assert ledger.evidence.mentioned_by("t", TEA) == ["u1", "u3", "u4"]
    assert ledger.evidence.mentioned_by("t", LEA) == ["u4"]
    assert ledger.evidence.mentioned_by("t", PORTO) == []
    assert ledger.evidence.mentioned_by("s", TEA) == []


def test_campaigns_are_replaced_and_deleted(ledger: Ledger, lease: Lease) -> None:
    spring = CampaignAbout("spring", "a", "x", ("travel", "buy"), (TEA, OSLO))
    autumn = CampaignAbout("autumn", "b", "x", (), ())
    ledger.evidence.write_campaigns(lease, "t", [spring, autumn])
    assert ledger.evidence.campaigns("t") == [autumn, spring]
    assert list(ledger.evidence.entities("t")) == [OSLO, TEA]
    changed = CampaignAbout("spring", "c", "y", ("rest",), (PORTO,))
    ledger.evidence.write_campaigns(lease, "t", [changed])
    ledger.evidence.write_campaigns(lease, "t", [changed])
    assert ledger.evidence.campaigns("t") == [autumn, changed]
    ledger.evidence.delete_campaigns(lease, "t", ["autumn", "winter"])
    assert ledger.evidence.campaigns("t") == [changed]
    assert ledger.evidence.orphans("t") == [OSLO, TEA]


def test_tenants_know_nothing_of_each_other(ledger: Ledger, lease: Lease) -> None:
    ledger.evidence.write(lease, "s", [FULL])
    ledger.evidence.write_campaigns(lease, "s", [CampaignAbout("spring", "a", "x", (), (TEA,))])
    other = evidence("k1", TEA, at=99)
    assert ledger.evidence.write(lease, "t", [other]).new_entities == (TEA,)
    ledger.evidence.delete_campaigns(lease, "t", ["spring"])
    assert ledger.evidence.get("s", "k1") == FULL
    assert ledger.evidence.get("t", "k1") == other
    assert [one.entity for one in ledger.evidence.all_ties("t", "u1").mentioned] == [TEA]
    ledger.evidence.delete_messages(lease, "t", ["k1"])
    assert ledger.evidence.get("s", "k1") == FULL
    assert counts(ledger, "s") == (1, 2, 3, 2, 2, 1, 5)
    assert len(ledger.evidence.campaigns("s")) == 1
    assert ledger.evidence.drop_orphans("t", [TEA, PORTO]) == []
    assert list(ledger.evidence.entities("s")) == [ALM, LEA, OSLO, PORTO, TEA]
    assert list(ledger.evidence.entities("t")) == []


@pytest.mark.parametrize("hard", HARD)
def test_any_text_serves_as_an_id(ledger: Ledger, lease: Lease, hard: str) -> None:
    one, other = Entity(hard, hard), Entity(hard, hard + "2")
    full = Evidence(
        hard,
        hard,
        hard,
        5,
        hard,
        hard,
        hard,
        Engagement("click"),
        Extraction(
            (Mention(one, hard), Mention(other, hard)),
            (Statement(hard, one, detail=hard),),
            (hard,),
            (Relation(other, hard, one),),
        ),
    )
    written = ledger.evidence.write(lease, hard, [full])
    assert written.new_entities == (one, other)
    assert ledger.evidence.get(hard, hard) == full
    whole = ledger.evidence.all_ties(hard, hard)
    assert ledger.evidence.ties_many(hard, written.touched) == [replace(whole, whole=False)]
    assert whole.seen_with == (SeenWith(one, other, 1),)
    assert whole.related == (Related(Relation(other, hard, one), (hard,)),)
    about = CampaignAbout(hard, hard, hard, (hard,), (one,))
    ledger.evidence.write_campaigns(lease, hard, [about])
    assert ledger.evidence.campaigns(hard) == [about]
    assert (ledger.evidence.users(hard), ledger.evidence.mentioned_by(hard, one)) == ([hard], [hard])


def test_ten_thousand_messages_go_through_one_call(another_ledger: Callable[[], Ledger]) -> None:
    ledger = another_ledger()
    lease = ledger.leases.take([0], holder="ann", seconds=60)
    assert lease is not None
    entities = [Entity("thing", f"thing {n:05}") for n in range(2_500)]
    many = [
        evidence(f"k{n:05}", entities[n % 2_500], entities[n // 4], user=f"u{n:05}", intents=("buy",))
        for n in range(10_000)
    ]
    written = ledger.evidence.write(lease, "t", many)
    assert (len(written.touched), written.new_entities) == (10_000, tuple(entities))
    assert list(another_ledger().evidence.entities("t")) == entities
    ties = ledger.evidence.ties_many("t", written.touched)
    assert [one.user_id for one in ties] == [one.user_id for one in many]
    assert ties[0] == ledger.evidence.ties("t", written.touched[0])
    assert len(ledger.evidence.delete_messages(lease, "t", [one.key for one in many])) == 10_000
    assert ledger.evidence.orphans("t") == entities
    assert ledger.evidence.drop_orphans("t", entities) == []
    assert counts(ledger) == (0, 0, 0, 0, 0, 0, 0)
