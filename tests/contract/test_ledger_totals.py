"""Totals are what all evidence that stands amounts to, whatever was written, edited or deleted, in whatever order."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kith.persona.evidence import (
    Engaged,
    Evidence,
    Extraction,
    Mentioned,
    Related,
    SeenWith,
    Ties,
    Touched,
    Wants,
    strength,
)
from kith.persona.facts import Stated, timeline
from kith.persona.model import ENGAGEMENT_KINDS, Engagement, Entity, Mention, Relation, Statement
from kith.stores.ledger_port import Lease, Ledger

ENTITIES = [Entity("place", "oslo"), Entity("place", "porto"), Entity("thing", "tea"), Entity("thing", "Ærø 🙂")]
INTENTS = ["buy", "travel"]
CAMPAIGNS = ["autumn", "spring"]
number = count()


# Sentiments are quarters and counts are small, so that sums of them are exact in any order.
MENTIONS = st.lists(
    st.builds(
        Mention,
        st.sampled_from(ENTITIES),
        st.sampled_from(["A", "a", "b"]),
        st.integers(1, 3),
        st.integers(-4, 4).map(lambda quarters: quarters / 4),
    ),
    max_size=3,
    unique_by=lambda mention: mention.entity,
).map(tuple)
STATEMENTS = st.lists(
    st.builds(
        Statement,
        st.sampled_from(["likes", "lives_in", "corrected"]),
        st.sampled_from(ENTITIES),
        st.none() | st.integers(1, 9),
        st.none() | st.integers(1, 9),
        detail=st.sampled_from(["", "flat", "Ærø 🙂"]),
        denied=st.booleans(),
    ),
    max_size=2,
).map(tuple)
RELATIONS = [Relation(one, kind, other) for one in ENTITIES[:2] for kind in ("knows", "near") for other in ENTITIES[1:]]
EXTRACTIONS = st.builds(
    Extraction,
    MENTIONS,
    STATEMENTS,
    st.lists(st.sampled_from(INTENTS), unique=True, max_size=2).map(tuple),
    st.lists(st.sampled_from(RELATIONS), unique=True, max_size=2).map(tuple),
)


@st.composite
def messages(draw: st.DrawFn) -> Evidence:
    """Of a key that says whose it is, as keys do."""
    user, n = draw(st.sampled_from(["u1", "u2"])), draw(st.integers(1, 3))
    campaign = draw(st.none() | st.sampled_from(CAMPAIGNS))
    done = None if campaign is None else draw(st.none() | st.builds(Engagement, st.sampled_from(ENGAGEMENT_KINDS)))
    at = draw(st.integers(-3, 9))
    return Evidence(f"{user} {n}", user, "a", at, "c", "x", campaign, done, draw(EXTRACTIONS))


CALLS = st.lists(
    st.lists(messages(), max_size=4, unique_by=lambda one: one.key)
    | st.lists(st.sampled_from([f"u{u} {n}" for u in (1, 2) for n in (1, 2, 3)]), max_size=3, unique=True),
    max_size=6,
)


def pairs_of(one: Evidence) -> set[tuple[Entity, Entity]]:
    first_to_last = sorted({mention.entity for mention in one.extraction.mentions})
    return {(first, second) for first, second in combinations(first_to_last, 2)}


@dataclass
class Model:
    """The same totals, worked out anew each time from a dictionary."""

    tenant: str
    standing: dict[str, Evidence] = field(default_factory=dict[str, Evidence])
    parted: dict[str, set[tuple[Entity, Entity]]] = field(default_factory=dict[str, set[tuple[Entity, Entity]]])

    def replace(self, keys: Iterable[str], new: Iterable[Evidence]) -> list[Touched]:
        old = [self.standing.pop(key) for key in keys if key in self.standing]
        for one in old:
            self.parted.setdefault(one.user_id, set()).update(pairs_of(one))
        self.standing |= {one.key: one for one in new}
        bearing = [*old, *new]
        return [
            self.touched(user_id, [one for one in bearing if one.user_id == user_id])
            for user_id in sorted({one.user_id for one in bearing})
        ]

    def touched(self, user_id: str, bearing: Sequence[Evidence]) -> Touched:
        return Touched(
            user_id,
            frozenset(mention.entity for one in bearing for mention in one.extraction.mentions),
            frozenset(intent for one in bearing for intent in one.extraction.intents),
            frozenset(one.campaign_id for one in bearing if one.engagement and one.campaign_id),
            frozenset(relation for one in bearing for relation in one.extraction.relations),
            facts=any(one.extraction.statements for one in bearing),
        )

    def own(self, user_id: str) -> list[Evidence]:
        return [one for one in self.standing.values() if one.user_id == user_id]

    def mentioned(self, user_id: str, entity: Entity) -> Mentioned:
        said = [(m, one.timestamp) for one in self.own(user_id) for m in one.extraction.mentions if m.entity == entity]
        if not said:
            return Mentioned(entity, "", 0, 0.0, 0, 0)
        surfaces = Counter[str]()
        for mention, _ in said:
            surfaces[mention.surface] += mention.count
        total = surfaces.total()
        feeling = sum(mention.sentiment * mention.count for mention, _ in said)
        times = [at for _, at in said]
        surface = min(surfaces, key=lambda one: (-surfaces[one], one))
        return Mentioned(entity, surface, total, feeling / total, min(times), max(times))

    def wants(self, user_id: str, intent: str) -> Wants:
        times = [one.timestamp for one in self.own(user_id) if intent in one.extraction.intents]
        return Wants(intent, len(times), max(times, default=0))

    def engaged(self, user_id: str, campaign: str) -> Engaged:
        events = [one for one in self.own(user_id) if one.engagement and one.campaign_id == campaign]
        score = math.fsum(strength(one.engagement.kind, one.engagement.value) for one in events if one.engagement)
        return Engaged(campaign, score, len(events), max((one.timestamp for one in events), default=0))

    def seen_with(self, user_id: str, named: Iterable[Entity]) -> tuple[SeenWith, ...]:
        together = Counter(pair for one in self.own(user_id) for pair in pairs_of(one))
        every = {*together, *self.parted.get(user_id, ())}
        return tuple(SeenWith(*pair, together[pair]) for pair in sorted(every) if set(pair) & set(named))

    def related(self, user_id: str, relation: Relation) -> Related:
        return Related(
            relation, tuple(sorted(one.key for one in self.own(user_id) if relation in one.extraction.relations))
        )

    def ties(self, touched: Touched) -> Ties:
        user_id = touched.user_id
        stated = [Stated(one.key, one.timestamp, s) for one in self.own(user_id) for s in one.extraction.statements]
        return Ties(
            user_id,
            mentioned=tuple(self.mentioned(user_id, entity) for entity in sorted(touched.entities)),
            wants=tuple(self.wants(user_id, intent) for intent in sorted(touched.intents)),
            engaged=tuple(self.engaged(user_id, campaign) for campaign in sorted(touched.campaigns)),
            seen_with=self.seen_with(user_id, touched.entities),
            related=tuple(self.related(user_id, relation) for relation in sorted(touched.relations)),
            facts=timeline(self.tenant, user_id, stated) if touched.facts else None,
        )

    def all_ties(self, user_id: str) -> Ties:
        things = (frozenset(ENTITIES), frozenset(INTENTS), frozenset(CAMPAIGNS), frozenset(RELATIONS))
        ties = self.ties(Touched(user_id, *things, facts=True))
        return replace(
            ties,
            whole=True,
            mentioned=tuple(one for one in ties.mentioned if one.count),
            wants=tuple(one for one in ties.wants if one.count),
            engaged=tuple(one for one in ties.engaged if one.count),
            seen_with=tuple(one for one in ties.seen_with if one.count),
            related=tuple(one for one in ties.related if one.sources),
        )


def call(ledger: Ledger, lease: Lease, tenant: str, one: Sequence[Evidence | str]) -> list[Touched]:
    """Writes evidence, or deletes keys."""
    keys = [key for key in one if isinstance(key, str)]
    if keys:
        return ledger.evidence.delete_messages(lease, tenant, keys)
    return list(ledger.evidence.write(lease, tenant, [e for e in one if not isinstance(e, str)]).touched)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=CALLS)
def test_totals_are_those_of_what_stands(ledger: Ledger, lease: Lease, calls: list[list[Evidence] | list[str]]) -> None:
    tenant = f"t{next(number)}"
    model = Model(tenant)
    for one in calls:
        touched = call(ledger, lease, tenant, one)
        keys = [each if isinstance(each, str) else each.key for each in one]
        assert touched == model.replace(keys, [each for each in one if not isinstance(each, str)])
        ties = ledger.evidence.ties_many(tenant, touched)
        assert ties == [model.ties(each) for each in touched]
        assert ties == [ledger.evidence.ties(tenant, each) for each in touched]
    for user_id in ("u1", "u2"):
        assert ledger.evidence.all_ties(tenant, user_id) == model.all_ties(user_id)
    assert {key: ledger.evidence.get(tenant, key) for key in model.standing} == model.standing
    assert all(header.digest == now for header, now in ledger.evidence.headers(tenant))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), final=st.lists(messages(), max_size=6, unique_by=lambda one: one.key))
def test_the_order_of_arrival_and_earlier_versions_leave_no_trace(
    ledger: Ledger, lease: Lease, data: st.DataObject, final: list[Evidence]
) -> None:
    one, other = f"t{next(number)}", f"t{next(number)}"
    ledger.evidence.write(lease, one, final)
    before = data.draw(st.lists(messages(), max_size=6, unique_by=lambda each: each.key))
    ledger.evidence.write(lease, other, before)
    ledger.evidence.delete_messages(lease, other, [each.key for each in before])
    for each in data.draw(st.permutations(final)):
        ledger.evidence.write(lease, other, [each])
    for user_id in ("u1", "u2"):
        there, here = ledger.evidence.all_ties(one, user_id), ledger.evidence.all_ties(other, user_id)
        unnamed = [replace(fact, id="") for fact in there.facts or ()]  # a fact's id says its tenant
        assert unnamed == [replace(fact, id="") for fact in here.facts or ()]
        assert replace(there, facts=None) == replace(here, facts=None)
    assert ledger.evidence.headers(one) == ledger.evidence.headers(other)


def test_what_is_named_and_gone_is_zero(ledger: Ledger, lease: Lease) -> None:
    oslo, porto, tea = ENTITIES[:3]
    touched = Touched("u1", frozenset({oslo}), frozenset({"buy"}), frozenset({"spring"}), facts=True)
    assert ledger.evidence.ties("t", touched) == Ties(
        "u1",
        mentioned=(Mentioned(oslo, "", 0, 0.0, 0, 0),),
        wants=(Wants("buy", 0, 0),),
        engaged=(Engaged("spring", 0.0, 0, 0),),
        facts=(),
    )
    said = Extraction(tuple(Mention(one, one.name) for one in (tea, oslo, porto)))
    ledger.evidence.write(lease, "t", [Evidence("k", "u1", "a", 5, "c", "x", None, None, said)])
    ledger.evidence.write(lease, "t", [Evidence("k", "u1", "b", 6, "c", "x", None, None, Extraction())])
    assert ledger.evidence.ties("t", Touched("u1", frozenset({oslo}))).seen_with == (
        SeenWith(oslo, porto, 0),
        SeenWith(oslo, tea, 0),
    )


def test_pairs_of_one_person_are_not_those_of_another(ledger: Ledger, lease: Lease) -> None:
    oslo, porto = ENTITIES[:2]
    both = Extraction((Mention(porto, "Porto"), Mention(oslo, "Oslo")))
    for user_id in ("u1", "u2"):
        one = Evidence(f"{user_id} k", user_id, "a", 5, "c", "x", None, None, both)
        ledger.evidence.write(lease, "t", [one, replace(one, key=f"{user_id} l", timestamp=7)])
    ledger.evidence.delete_messages(lease, "t", ["u2 k"])
    touched = [Touched(user_id, frozenset({porto})) for user_id in ("u2", "u1", "u3")]
    assert ledger.evidence.ties_many("t", touched) == [
        Ties("u2", mentioned=(Mentioned(porto, "Porto", 1, 0.0, 7, 7),), seen_with=(SeenWith(oslo, porto, 1),)),
        Ties("u1", mentioned=(Mentioned(porto, "Porto", 2, 0.0, 5, 7),), seen_with=(SeenWith(oslo, porto, 2),)),
        Ties("u3", mentioned=(Mentioned(porto, "", 0, 0.0, 0, 0),)),
    ]
