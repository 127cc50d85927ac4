"""What serving asks of people: what they stated, mention, want and did, in order of time and of themselves alone."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count, product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kith.persona.corrections import CORRECTED, Stated
from kith.persona.engagement import DayCount, Did
from kith.persona.evidence import Evidence, Extraction
from kith.persona.model import Engagement, EngagementKind, Entity, Mention, Statement
from kith.stores.ledger_port import Commit, Item, Lease, Ledger, OpenBatch

PORTO, OSLO, TEA = Entity("place", "porto"), Entity("place", "oslo"), Entity("thing", "tea")
LIKES = Statement("likes", TEA, None, None, 0.7)
LIVED = Statement("lives_in", OSLO, -10, 20, 1.0, "hand", "flat")
DENIED = Statement("likes", PORTO, 5, None, 0.1, "llm", denied=True)
MEANT = Statement(CORRECTED, PORTO)
HARD = 'Ana "ñ" O\'Hara_%\\'
DAY = 86_400_000


def evidence(
    key: str,
    at: int,
    *mentioned: Entity,
    user: str = "ana",
    stated: tuple[Statement, ...] = (),
    intents: tuple[str, ...] = (),
    campaign: str | None = None,
    did: Engagement | None = None,
    conversation: str = "c1",
) -> Evidence:
    found = Extraction(tuple(Mention(one, one.name, 3) for one in mentioned), stated, intents)
    return Evidence(key, user, "a", at, conversation, "x", campaign, did, found)


def did(
    key: str,
    at: int,
    campaign: str = "spring",
    kind: EngagementKind = "click",
    *,
    value: float = 1.0,
    user: str = "ana",
    conversation: str = "c1",
) -> Evidence:
    engagement = Engagement(kind, value)
    return evidence(key, at, user=user, campaign=campaign, did=engagement, conversation=conversation)


def as_done(one: Evidence) -> Did:
    assert one.engagement is not None
    assert one.campaign_id is not None
    return Did(one.user_id, one.campaign_id, one.conversation_id, one.engagement, one.timestamp)


def commit(ledger: Ledger, lease: Lease, *some: Evidence, tenant: str = "t") -> None:
    items = [Item(one.key, one.user_id, one.content, one.timestamp, "file", "line") for one in some]
    ledger.batches.commit(lease, Commit(f"b of {some[0].key}", "r", tenant, 0, True, items, 0, ()))


def unordered(stated: Sequence[Stated]) -> list[Stated]:
    return sorted(stated, key=lambda one: (one.key, one.statement.predicate, one.statement.object))


def test_of_nobody_nothing_is_known(ledger: Ledger) -> None:
    asked = ledger.insight
    assert (asked.stated("t", "ana"), asked.stated("t", "ana", known_at=1)) == ([], [])
    assert (asked.mention_times("t", "ana"), asked.mentioning("t", "ana", TEA)) == ({}, [])
    assert (asked.entity("t", TEA.id_in("t")), asked.intents_by_time("t", "ana")) == (None, [])
    assert (asked.done_by("t", "ana"), asked.done_in("t", []), asked.done_in("t", [("ana", "c1")])) == ([], [], [])
    assert asked.done_by_day("t", since=0) == []


def test_all_that_a_person_stated_is_told_as_it_was_stated(ledger: Ledger, lease: Lease) -> None:
    ledger.evidence.write(
        lease, "t", [evidence("k1", 5, stated=(LIKES, LIVED)), evidence("k2", 7, stated=(DENIED, MEANT))]
    )
    ledger.evidence.write(lease, "t", [evidence("k3", 5, user="bob", stated=(LIKES,))])
    ledger.evidence.write(lease, "s", [evidence("k4", 5, stated=(DENIED,))])
    expected = [Stated("k1", 5, LIKES), Stated("k1", 5, LIVED), Stated("k2", 7, MEANT), Stated("k2", 7, DENIED)]
    assert unordered(ledger.insight.stated("t", "ana")) == expected


def test_what_was_known_is_what_was_committed_by_then(ledger: Ledger, lease: Lease, clock: list[int]) -> None:
    first, second, open_yet = (evidence(key, 5, stated=(LIKES,)) for key in ("k1", "k2", "k3"))
    item = Item("k3", "ana", "a", 5, "file", "line")
    ledger.batches.open(lease, OpenBatch("b3", "r", "messages", "t", "ann", (0,), 1, (item,)))
    ledger.evidence.write(lease, "t", [first, second, open_yet])
    start = clock[0]
    commit(ledger, lease, first)
    clock[0] += 10
    commit(ledger, lease, second)
    # A campaign, and another tenant's message, that go by the same key.
    commit(ledger, lease, replace(open_yet, user_id=""))
    commit(ledger, lease, open_yet, tenant="s")

    def known(at: int) -> list[str]:
        return sorted(one.key for one in ledger.insight.stated("t", "ana", known_at=at))

    assert [known(start + after) for after in (-1, 0, 9, 10, 1000)] == [[], ["k1"], ["k1"], ["k1", "k2"], ["k1", "k2"]]
    assert sorted(one.key for one in ledger.insight.stated("t", "ana")) == ["k1", "k2", "k3"]


def test_an_edit_is_known_when_it_is_committed(ledger: Ledger, lease: Lease, clock: list[int]) -> None:
    before, after = evidence("k1", 5, stated=(LIKES,)), evidence("k1", 6, stated=(LIVED,))
    start = clock[0]
    ledger.evidence.write(lease, "t", [before])
    commit(ledger, lease, before)
    clock[0] += 10
    ledger.evidence.write(lease, "t", [after])
    commit(ledger, lease, after)
    assert ledger.insight.stated("t", "ana", known_at=start + 9) == []
    assert ledger.insight.stated("t", "ana", known_at=start + 10) == [Stated("k1", 6, LIVED)]


def test_mentions_go_from_the_newest_on(ledger: Ledger, lease: Lease) -> None:
    ledger.evidence.write(
        lease,
        "t",
        [
            evidence("k1", 5, TEA, PORTO),
            evidence("k2", 20, TEA),
            evidence("k3", -7, TEA, stated=(LIVED,)),
            evidence("k4", 20, TEA, PORTO),
            evidence("k5", 30, PORTO, user="bob"),
        ],
    )
    ledger.evidence.write(lease, "s", [evidence("k1", 40, OSLO)])
    asked = ledger.insight
    assert asked.mention_times("t", "ana") == {TEA: [20, 20, 5, -7], PORTO: [20, 5]}
    assert asked.mention_times("t", "ana", until=20) == {TEA: [5, -7], PORTO: [5]}
    assert asked.mention_times("t", "ana", until=-7) == {}
    assert asked.mention_times("t", "ana", limit=3) == {TEA: [20, 20], PORTO: [20]}
    assert asked.mention_times("t", "ana", until=6, limit=2) == {TEA: [5], PORTO: [5]}
    assert asked.mention_times("s", "ana") == {OSLO: [40]}


def test_messages_that_mention_an_entity_are_paged(ledger: Ledger, lease: Lease) -> None:
    said = [evidence(f"k{n}", n // 3, TEA, PORTO) for n in range(8)]
    others = [evidence("l1", 1, PORTO), evidence("l2", 1, user="bob"), evidence("l3", 1, TEA, user="cyd")]
    ledger.evidence.write(lease, "t", [*said, *others])
    ledger.evidence.write(lease, "s", [evidence("l4", 1, TEA)])
    expected = sorted(((one.timestamp, one.key) for one in said), reverse=True)
    asked = ledger.insight
    assert asked.mentioning("t", "ana", TEA) == expected
    found = page = asked.mentioning("t", "ana", TEA, limit=3)
    while page:
        page = asked.mentioning("t", "ana", TEA, before=found[-1], limit=3)
        assert len(page) <= 3
        found = found + page
    assert found == expected
    assert asked.mentioning("t", "bob", TEA) == []
    assert asked.mentioning("s", "ana", TEA) == [(1, "l4")]


def test_an_entity_is_found_by_its_id_in_its_tenant(ledger: Ledger, lease: Lease) -> None:
    ledger.evidence.write(lease, "t", [evidence("k1", 5, TEA)])
    ids = [TEA.id_in("t"), TEA.id_in("s"), PORTO.id_in("t")]
    asked = [(tenant, entity_id) for tenant, entity_id in product(("t", "s"), ids)]
    found = {one: ledger.insight.entity(*one) for one in asked}
    assert found == {**dict.fromkeys(asked), ("t", ids[0]): TEA}


def test_what_a_person_wanted_goes_from_the_newest_on(ledger: Ledger, lease: Lease) -> None:
    ledger.evidence.write(
        lease,
        "t",
        [
            evidence("k1", 5, intents=("buy",)),
            evidence("k2", 9, intents=("see", "buy")),
            evidence("k3", 9, intents=("rent",)),
            evidence("k4", 99, intents=("see",), user="bob"),
        ],
    )
    ledger.evidence.write(lease, "s", [evidence("k1", 9, intents=("sell",))])
    expected = [(9, "rent"), (9, "see"), (9, "buy"), (5, "buy")]
    assert ledger.insight.intents_by_time("t", "ana") == expected
    assert ledger.insight.intents_by_time("t", "ana", limit=2) == expected[:2]


def test_what_a_person_did_goes_from_the_newest_on(ledger: Ledger, lease: Lease) -> None:
    done = [
        did("k2", 20, "autumn", "like", value=0.5, user=HARD),
        did("k4", -5, "spring", "view", user=HARD, conversation=""),
        did("k3", 20, "spring", "dislike", user=HARD, conversation=HARD),
        did("k1", 253_402_300_799_999, "spring", "convert", value=19.99, user=HARD),
    ]
    # Who did something and no campaign is named, who named one and did nothing, and who is somebody else.
    nothing = [evidence("k5", 5, user=HARD, campaign="spring"), did("k6", 7, user=HARD.lower())]
    ledger.evidence.write(lease, "t", [*done, *nothing, replace(done[0], key="k7", campaign_id=None)])
    ledger.evidence.write(lease, "s", [did("k8", 7, user=HARD)])
    assert ledger.insight.done_by("t", HARD) == [as_done(done[n]) for n in (3, 2, 0, 1)]


def test_what_was_done_in_conversations_is_theirs_alone(ledger: Ledger, lease: Lease) -> None:
    people, conversations = ("ana", "bob", HARD), ("", "c1", HARD)
    done = [
        did(f"k {user} {conversation}", n, user=user, conversation=conversation)
        for n, (user, conversation) in enumerate(product(people, conversations))
    ]
    ledger.evidence.write(lease, "t", done)
    ledger.evidence.write(lease, "s", [did("k", 99)])

    def found(*asked: tuple[str, str]) -> list[int]:
        return sorted(one.timestamp for one in ledger.insight.done_in("t", asked))

    assert ledger.insight.done_in("t", [("ana", "c1")]) == [as_done(done[1])]
    assert found(("ana", ""), (HARD, HARD), ("ana", ""), ("bob", "c2"), ("cyd", "c1")) == [0, 8]
    many = [(f"u{n}", "c1") for n in range(2000)]
    assert found(*many, ("bob", "c1")) == [4]


def test_what_everybody_did_is_counted_by_day(ledger: Ledger, lease: Lease) -> None:
    noon = 20_000 * DAY + DAY // 2
    ledger.evidence.write(
        lease,
        "t",
        [
            did("k1", noon),
            did("k2", noon + 5, user="bob", value=0.25),
            did("k3", noon + DAY // 2 - 1, user="cyd", value=2.0),
            did("k4", noon + DAY // 2),
            did("k5", noon, kind="view"),
            did("k6", noon, "autumn", "like"),
            did("k7", noon - 1),
            replace(did("k8", noon), campaign_id=None),
        ],
    )
    ledger.evidence.write(lease, "s", [did("k1", noon)])
    assert ledger.insight.done_by_day("t", since=noon) == [
        DayCount("autumn", "like", 20_000, 1, 1.0),
        DayCount("spring", "click", 20_000, 3, 3.25),
        DayCount("spring", "click", 20_001, 1, 1.0),
        DayCount("spring", "view", 20_000, 1, 1.0),
    ]
    assert ledger.insight.done_by_day("t", since=noon + DAY) == []
    assert ledger.insight.done_by_day("s", since=0) == [DayCount("spring", "click", 20_000, 1, 1.0)]


def test_days_before_1970_are_counted_down(ledger: Ledger, lease: Lease) -> None:
    ledger.evidence.write(lease, "t", [did("k1", -1), did("k2", 0)])
    assert ledger.insight.done_by_day("t", since=-DAY) == [
        DayCount("spring", "click", -1, 1, 1.0),
        DayCount("spring", "click", 0, 1, 1.0),
    ]


def test_what_is_deleted_is_told_no_more(ledger: Ledger, lease: Lease) -> None:
    engagement = Engagement("click")
    one = evidence("k1", 5, TEA, stated=(LIKES,), intents=("buy",), campaign="spring", did=engagement)
    ledger.evidence.write(lease, "t", [one])
    ledger.evidence.delete_messages(lease, "t", ["k1"])
    asked = ledger.insight
    assert (asked.stated("t", "ana"), asked.mention_times("t", "ana"), asked.mentioning("t", "ana", TEA)) == (
        [],
        {},
        [],
    )
    assert (asked.intents_by_time("t", "ana"), asked.done_by("t", "ana")) == ([], [])
    assert asked.done_in("t", [("ana", "c1")]) == asked.done_by_day("t", since=0) == []


tenants = count()
moments = st.integers(-3, 3)
talks = st.lists(st.tuples(st.sampled_from(["ana", "bob"]), moments, st.sets(st.sampled_from([TEA, PORTO, OSLO]))))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(talk=talks, until=st.none() | moments, limit=st.integers(1, 8))
def test_latest_mentions_are_those_that_sorting_finds(
    ledger: Ledger,
    lease: Lease,
    talk: list[tuple[str, int, set[Entity]]],
    until: int | None,
    limit: int,
) -> None:
    tenant = f"tenant {next(tenants)}"
    said = [evidence(f"k{n:03}", at, *sorted(about), user=user) for n, (user, at, about) in enumerate(talk)]
    ledger.evidence.write(lease, tenant, said)
    own = [one for one in said if one.user_id == "ana" and (until is None or one.timestamp < until)]
    every = [(one.timestamp, mention.entity) for one in own for mention in one.extraction.mentions]
    every.sort(key=lambda one: (one[0], one[1].id_in(tenant)), reverse=True)
    expected: dict[Entity, list[int]] = {}
    for at, entity in every[:limit]:
        expected.setdefault(entity, []).append(at)
    assert ledger.insight.mention_times(tenant, "ana", until=until, limit=limit) == expected
