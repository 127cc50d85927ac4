"""What every adapter of the Graph port ends with after any row of calls: the same as a model of it in dicts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kith.persona.evidence import Engaged, Mentioned, Related, SeenWith, Ties, Wants
from kith.persona.model import Entity, Fact, Relation
from kith.stores.ports import Graph


@dataclass
class Person:
    """What a graph must hold of a person, kept in dicts."""

    mentioned: dict[Entity, Mentioned] = field(default_factory=dict[Entity, Mentioned])
    wants: dict[str, Wants] = field(default_factory=dict[str, Wants])
    engaged: dict[str, Engaged] = field(default_factory=dict[str, Engaged])
    seen_with: dict[tuple[Entity, Entity], SeenWith] = field(default_factory=dict[tuple[Entity, Entity], SeenWith])
    related: dict[Relation, Related] = field(default_factory=dict[Relation, Related])
    facts: tuple[Fact, ...] = ()

    def set(self, ties: Ties) -> "Person":
        kept = Person() if ties.whole else self
        return Person(
            {**kept.mentioned, **{one.entity: one for one in ties.mentioned}},
            {**kept.wants, **{one.intent: one for one in ties.wants}},
            {**kept.engaged, **{one.campaign_id: one for one in ties.engaged}},
            {**kept.seen_with, **{(one.first, one.second): one for one in ties.seen_with}},
            {**kept.related, **{one.relation: one for one in ties.related}},
            kept.facts if ties.facts is None else ties.facts,
        )

    def ties(self, user_id: str) -> Ties:
        return Ties(
            user_id,
            whole=True,
            mentioned=tuple(one for _, one in sorted(self.mentioned.items()) if one.count),
            wants=tuple(one for _, one in sorted(self.wants.items()) if one.count),
            engaged=tuple(one for _, one in sorted(self.engaged.items()) if one.count),
            seen_with=tuple(one for _, one in sorted(self.seen_with.items()) if one.count),
            related=tuple(one for _, one in sorted(self.related.items()) if one.sources),
            facts=tuple(sorted(self.facts, key=lambda fact: (fact.predicate, fact.since, fact.object, fact.id))),
        )


counts_ = st.sampled_from([0, 1, 2, 200, 40_000, 1 << 40])
times = st.integers(-(1 << 53), 1 << 53) | st.integers(-300, 300)
reals = st.floats(-10, 10)
names = st.sampled_from(["a", "b", "", " ", "'", '"', "\\", "\\'}) DETACH DELETE n //"])
entities_ = st.builds(Entity, st.sampled_from(["x", "y"]), names)
mentions = st.builds(Mentioned, entities_, names, counts_, reals, times, times)
wants_ = st.builds(Wants, names, counts_, times)
engagements = st.builds(Engaged, names, reals, counts_, times)
seen = st.builds(SeenWith, entities_, entities_, counts_).filter(lambda one: one.first < one.second)
relations_ = st.builds(
    Related,
    st.builds(Relation, entities_, st.sampled_from(["knows", "near"]), entities_),
    st.lists(names, max_size=2, unique=True).map(lambda keys: tuple(sorted(keys))),
)
facts_ = st.builds(
    Fact,
    st.uuids().map(str),
    names,
    entities_,
    times,
    st.none() | times,
    reals,
    st.sampled_from(["rule", "hand"]),
    st.lists(names, max_size=2).map(tuple),
    names,
)


def any_ties(whole: st.SearchStrategy[bool]) -> st.SearchStrategy[Ties]:
    return st.builds(
        Ties,
        st.sampled_from(["ana", "bob"]),
        whole,
        st.lists(mentions, max_size=4, unique_by=lambda one: one.entity).map(tuple),
        st.lists(wants_, max_size=3, unique_by=lambda one: one.intent).map(tuple),
        st.lists(engagements, max_size=3, unique_by=lambda one: one.campaign_id).map(tuple),
        st.lists(seen, max_size=4, unique_by=lambda one: (one.first, one.second)).map(tuple),
        st.lists(relations_, max_size=4, unique_by=lambda one: one.relation).map(tuple),
        st.none() | st.lists(facts_, max_size=3, unique_by=lambda one: one.id).map(tuple),
    )


def calls(whole: st.SearchStrategy[bool]) -> st.SearchStrategy[list[list[Ties]]]:
    return st.lists(st.lists(any_ties(whole), max_size=2, unique_by=lambda ties: ties.user_id), max_size=5)


tenants = count()


def follows_the_model(graph: Graph, made: Sequence[Sequence[Ties]]) -> None:
    tenant = f"tenant {next(tenants)}"
    people: dict[str, Person] = {}
    for call in made:
        graph.set_ties(tenant, call)
        for ties in call:
            people[ties.user_id] = people.get(ties.user_id, Person()).set(ties)
    assert graph.scan_users(tenant) == sorted(people)
    expected = {user_id: person.ties(user_id) for user_id, person in people.items()}
    assert {user_id: graph.get_ties(tenant, user_id) for user_id in people} == expected


one_graph = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@one_graph
@given(made=calls(st.just(False)))
def test_any_row_of_partial_sets_ends_as_a_dict_would(graph: Graph, made: list[list[Ties]]) -> None:
    follows_the_model(graph, made)


@one_graph
@given(made=calls(st.booleans()))
def test_any_row_of_sets_ends_as_a_dict_would(graph: Graph, made: list[list[Ties]]) -> None:
    follows_the_model(graph, made)
