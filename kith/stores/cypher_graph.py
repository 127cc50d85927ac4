"""The `Graph` port in Cypher: what the adapters share. Each brings a session of its store, and its dialect."""

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol, TypeVar

from kith.persona.evidence import Ties
from kith.persona.identity import user_node_id
from kith.persona.model import Campaign, Entity
from kith.stores.cypher import (
    ABOUT,
    CAMPAIGN,
    ENGAGED_WITH,
    ENTITY,
    HAS_INTENT,
    INTENT,
    MENTIONED,
    RELATED,
    SEEN_WITH,
    STATED,
    TARGETS,
    Dialect,
    Row,
    Run,
    Tie,
    add,
    at_things,
    cut,
    find,
    make,
    merge,
    of_person,
    put,
)
from kith.stores.cypher_rows import Changes, Nodes, campaign_node_id, catalogue_of, changes_of, shared_from, ties_from
from kith.stores.errors import RecordRefused, Transient
from kith.stores.ports import ALL_KINDS, GraphCounts, SharedCampaign, StoreCard, TieKind

__all__ = ["CypherGraph", "Session", "unwritable"]

PAGE = 5000
"""Rows that a scan fetches at once."""
CLEARED = 250
"""People who are removed in one transaction when all go."""

BARE = """MATCH (u:User)-[t:MENTIONED|STATED|HAS_INTENT|ENGAGED_WITH]->() WHERE u.id IN $users
    DELETE t RETURN count(*)"""
UNLEARN = """UNWIND $users AS i MATCH (:Entity)-[t:SEEN_WITH|RELATED]->(:Entity) WHERE t.user = i
    DELETE t RETURN count(*)"""
UNSTATE = "MATCH (u:User)-[t:STATED]->(:Entity) WHERE u.id IN $users DELETE t"
DELETE_USERS = "MATCH (u:User) WHERE u.id IN $users DELETE u RETURN count(*)"
SOME_USERS = "MATCH (u:User) WHERE u.tenant = $tenant RETURN u.id LIMIT $limit"
CLEAR = [f"MATCH (n:{node.label}) WHERE n.tenant = $tenant DETACH DELETE n" for node in (CAMPAIGN, INTENT, ENTITY)]
DELETE_ENTITIES = "MATCH (e:Entity) WHERE e.id IN $ids DETACH DELETE e"
SWEEP_CAMPAIGNS = """MATCH (c:Campaign) WHERE c.tenant = $tenant AND c.loaded = false
    AND NOT EXISTS { MATCH (:User)-[:ENGAGED_WITH]->(c) } DELETE c RETURN count(*)"""
SWEEP_INTENTS = """MATCH (i:Intent) WHERE i.tenant = $tenant AND NOT EXISTS { MATCH (:User)-[:HAS_INTENT]->(i) }
    AND NOT EXISTS { MATCH (:Campaign)-[:TARGETS]->(i) } DELETE i"""
LOAD = "UNWIND $rows AS r MATCH (c:Campaign) WHERE c.id = r.id SET c.title = r.title, c.loaded = true"
UNLOAD = "MATCH (c:Campaign) WHERE c.id IN $ids SET c.title = '', c.loaded = false"
UNTIE_CAMPAIGNS = "MATCH (c:Campaign)-[t:TARGETS|ABOUT]->() WHERE c.id IN $ids DELETE t"
LOADED = "MATCH (c:Campaign) WHERE c.id = $id AND c.loaded = true RETURN count(*)"
TARGETS_OF = "MATCH (c:Campaign)-[:TARGETS]->(i:Intent) WHERE c.id = $id RETURN i.name"
ABOUT_OF = "MATCH (c:Campaign)-[:ABOUT]->(e:Entity) WHERE c.id = $id RETURN e.type, e.name"
SHARED_INTENTS = """MATCH (u:User)-[:HAS_INTENT]->(i:Intent) WHERE u.id = $user WITH i
    MATCH (i)<-[:TARGETS]-(c:Campaign) RETURN c.campaign_id, i.name"""
SHARED_ENTITIES = """MATCH (u:User)-[:MENTIONED]->(e:Entity) WHERE u.id = $user WITH e
    MATCH (e)<-[:ABOUT]-(c:Campaign) RETURN c.campaign_id, e.type, e.name"""
USERS = "MATCH (u:User) WHERE u.tenant = $tenant{after} RETURN u.user_id ORDER BY u.user_id LIMIT $limit"
ENTITIES = """MATCH (e:Entity) WHERE e.tenant = $tenant AND e.id > $after
    RETURN e.id, e.type, e.name ORDER BY e.id LIMIT $limit"""
CAMPAIGNS = """MATCH (c:Campaign) WHERE c.tenant = $tenant AND c.loaded = true AND c.id > $after
    RETURN c.id, c.campaign_id ORDER BY c.id LIMIT $limit"""
COUNTS = {
    "users": ("MATCH (n:User) WHERE n.tenant = $tenant RETURN count(*)",),
    "entities": ("MATCH (n:Entity) WHERE n.tenant = $tenant RETURN count(*)",),
    "intents": ("MATCH (n:Intent) WHERE n.tenant = $tenant RETURN count(*)",),
    "campaigns": ("MATCH (n:Campaign) WHERE n.tenant = $tenant AND n.loaded = true RETURN count(*)",),
    "edges": (
        "MATCH (n:User)-[t:MENTIONED|STATED|HAS_INTENT|ENGAGED_WITH]->() WHERE n.tenant = $tenant RETURN count(*)",
        "MATCH (n:Entity)-[t:SEEN_WITH|RELATED]->(:Entity) WHERE n.tenant = $tenant RETURN count(*)",
        "MATCH (n:Campaign)-[t:TARGETS|ABOUT]->() WHERE n.tenant = $tenant RETURN count(*)",
    ),
}

TIES_OF: Mapping[TieKind, Tie] = {
    "mentioned": MENTIONED,
    "wants": HAS_INTENT,
    "engaged": ENGAGED_WITH,
    "seen_with": SEEN_WITH,
    "related": RELATED,
    "facts": STATED,
}

T = TypeVar("T")


class Session(Protocol):
    """A store that runs Cypher. Each `work` is one transaction, all of it or nothing, and may be called again."""

    def card(self) -> StoreCard: ...
    def read(self, work: Callable[[Run], T]) -> T:
        """All that `work` reads is of one moment."""
        ...

    def write(self, work: Callable[[Run], T]) -> T: ...
    def close(self) -> None: ...


def unwritable(words: str) -> RecordRefused:
    """That a text has no UTF-8: half of a surrogate pair."""
    return RecordRefused(f"A text in this call cannot be written as UTF-8 ({words}). Leave its record out.")


@contextmanager
def _text_checked() -> Generator[None]:
    try:
        yield
    except UnicodeEncodeError as problem:
        raise unwritable(str(problem)) from problem


class CypherGraph:
    """The `Graph` port over a session.

    A node that is named only by ties with a count of 0 is not made. A campaign that people engaged with and that
    `set_campaigns` does not know stands as a bare node: it is told of in their ties alone, and not counted.
    """

    def __init__(self, session: Session, dialect: Dialect) -> None:
        self._session = session
        self._dialect = dialect

    def card(self) -> StoreCard:
        return self._session.card()

    def set_ties(self, tenant: str, people: Sequence[Ties]) -> None:
        if not people:
            return
        with _text_checked():
            changes = changes_of(tenant, people)
        self._session.write(lambda run: self._set_ties(run, tenant, changes))

    def _set_ties(self, run: Run, tenant: str, changes: Changes) -> None:
        self._make_nodes(run, changes.nodes)
        if changes.bared:
            run(BARE, users=changes.bared)
            run(UNLEARN, users=changes.bared)
        if changes.unstated:
            run(UNSTATE, users=changes.unstated)
        for tie, rows in changes.cut.items():
            self._in_chunks(run, cut(tie), rows.values())
        for tie, rows in changes.put.items():
            self._write_ties(run, put(tie), tie, rows.values())
        for tie, rows in changes.add.items():
            self._write_ties(run, add(tie), tie, rows.values())
        if changes.bared or ENGAGED_WITH in changes.cut:
            run(SWEEP_CAMPAIGNS, tenant=tenant)

    def set_entities(self, tenant: str, entities: Sequence[Entity]) -> None:
        nodes = Nodes(tenant)
        with _text_checked():
            for entity in entities:
                nodes.entity(entity)
        if nodes.rows:
            self._session.write(lambda run: self._make_nodes(run, nodes))

    def set_campaigns(self, tenant: str, campaigns: Sequence[tuple[Campaign, Sequence[Entity]]]) -> None:
        if not campaigns:
            return
        with _text_checked():
            catalogue = catalogue_of(tenant, campaigns)

        def work(run: Run) -> None:
            self._make_nodes(run, catalogue.nodes)
            self._in_chunks(run, LOAD, catalogue.loaded.values())
            run(UNTIE_CAMPAIGNS, ids=list(catalogue.loaded))
            self._write_ties(run, add(TARGETS), TARGETS, catalogue.targets.values())
            self._write_ties(run, add(ABOUT), ABOUT, catalogue.about.values())

        self._session.write(work)

    def get_ties(self, tenant: str, user_id: str, *, kinds: Collection[TieKind] = ALL_KINDS) -> Ties:
        user = user_node_id(tenant, user_id)
        ties = [TIES_OF[kind] for kind in kinds]
        return ties_from(user_id, self._session.read(lambda run: {tie: run(of_person(tie), user=user) for tie in ties}))

    def get_ties_between(self, tenant: str, user_id: str, entities: Collection[Entity]) -> Ties:
        user, ids = user_node_id(tenant, user_id), [entity.id_in(tenant) for entity in entities]
        names = {(entity.type, entity.name) for entity in entities}

        def at(run: Run, tie: Tie) -> list[list[Any]]:
            begin, end = (run(statement, ids=ids, user=user) for statement in at_things(tie))
            return begin + [row for row in end if (row[0], row[1]) not in names]

        if not ids:
            return Ties(user_id)
        return ties_from(user_id, self._session.read(lambda run: {tie: at(run, tie) for tie in (SEEN_WITH, RELATED)}))

    def get_campaign(self, tenant: str, campaign_id: str) -> tuple[tuple[str, ...], tuple[Entity, ...]] | None:
        node = campaign_node_id(tenant, campaign_id)

        def work(run: Run) -> tuple[tuple[str, ...], tuple[Entity, ...]] | None:
            if run(LOADED, id=node) == [[0]]:
                return None
            intents = sorted(name for (name,) in run(TARGETS_OF, id=node))
            return tuple(intents), tuple(sorted(Entity(*row) for row in run(ABOUT_OF, id=node)))

        return self._session.read(work)

    def shared_campaigns(self, tenant: str, user_id: str) -> list[SharedCampaign]:
        user = user_node_id(tenant, user_id)
        # Only a campaign that is loaded targets anything, or is about anything.
        return shared_from(
            *self._session.read(lambda run: (run(SHARED_INTENTS, user=user), run(SHARED_ENTITIES, user=user)))
        )

    def scan_users(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[str]:
        if after is None:
            rows = self._read(USERS.format(after=""), tenant=tenant, limit=limit)
        else:
            rows = self._read(USERS.format(after=" AND u.user_id > $after"), tenant=tenant, limit=limit, after=after)
        return [user_id for (user_id,) in rows]

    def scan_entities(self, tenant: str) -> Iterator[Entity]:
        return (Entity(kind, name) for _, kind, name in self._scan(ENTITIES, tenant))

    def scan_campaigns(self, tenant: str) -> Iterator[str]:
        return (campaign_id for _, campaign_id in self._scan(CAMPAIGNS, tenant))

    def delete_user(self, tenant: str, user_id: str) -> int:
        user = user_node_id(tenant, user_id)
        return self._session.write(lambda run: _delete_users(run, [user]) + run(SWEEP_CAMPAIGNS, tenant=tenant)[0][0])

    def delete_entities(self, tenant: str, entities: Sequence[Entity]) -> None:
        if entities:
            ids = list({entity.id_in(tenant) for entity in entities})
            self._session.write(lambda run: run(DELETE_ENTITIES, ids=ids))

    def delete_campaigns(self, tenant: str, campaign_ids: Sequence[str]) -> None:
        if not campaign_ids:
            return
        ids = list({campaign_node_id(tenant, campaign_id) for campaign_id in campaign_ids})

        def work(run: Run) -> None:
            run(UNTIE_CAMPAIGNS, ids=ids)
            run(UNLOAD, ids=ids)
            run(SWEEP_CAMPAIGNS, tenant=tenant)

        self._session.write(work)

    def delete_unused_intents(self, tenant: str) -> None:
        self._session.write(lambda run: run(SWEEP_INTENTS, tenant=tenant))

    def clear(self, tenant: str) -> None:
        """In many transactions, since one could outgrow the store's memory: called again, it does the rest."""
        while users := [user for (user,) in self._read(SOME_USERS, tenant=tenant, limit=CLEARED)]:
            self._session.write(partial(_delete_users, users=users))
        for statement in CLEAR:
            self._session.write(lambda run, statement=statement: run(statement, tenant=tenant))

    def counts(self, tenant: str) -> GraphCounts:
        def work(run: Run) -> dict[str, int]:
            return {what: sum(run(one, tenant=tenant)[0][0] for one in asked) for what, asked in COUNTS.items()}

        return GraphCounts(**self._session.read(work))

    def close(self) -> None:
        self._session.close()

    def _make_nodes(self, run: Run, nodes: Nodes) -> None:
        for node, rows in nodes.rows.items():
            if self._dialect.nodes == "merge":
                self._in_chunks(run, merge(node), rows.values())
            else:
                there = {node_id for (node_id,) in run(find(node), ids=list(rows))}
                self._in_chunks(run, make(node), [row for node_id, row in rows.items() if node_id not in there])

    def _write_ties(self, run: Run, statement: str, tie: Tie, rows: Iterable[Row]) -> None:
        wanted = list(rows)
        written = sum(count for ((count,),) in self._in_chunks(run, statement, wanted))
        if written != len(wanted):
            # A planner that loses rows says nothing of it: this is the only place where it shows.
            raise Transient(
                f"The graph wrote {written} of {len(wanted)} ties of kind {tie.name!r}; nothing of this call was kept. "
                "Try again; if it stays so, rebuild the graph."
            )

    def _in_chunks(self, run: Run, statement: str, rows: Iterable[Row]) -> list[list[list[Any]]]:
        every = list(rows)
        size = self._dialect.chunk
        return [run(statement, rows=every[start : start + size]) for start in range(0, len(every), size)]

    def _read(self, statement: str, **parameters: Any) -> list[list[Any]]:
        return self._session.read(lambda run: run(statement, **parameters))

    def _scan(self, statement: str, tenant: str) -> Iterator[list[Any]]:
        after = ""
        while rows := self._read(statement, tenant=tenant, after=after, limit=PAGE):
            yield from rows
            after = rows[-1][0]


def _delete_users(run: Run, users: Sequence[str]) -> int:
    return sum(run(statement, users=users)[0][0] for statement in (BARE, UNLEARN, DELETE_USERS))
