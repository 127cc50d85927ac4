"""The `Graph` port in Cypher: what the adapters share. Each brings a session of its store, and its dialect."""

from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kith.persona.evidence import Ties
from kith.persona.identity import user_node_id
from kith.persona.model import Campaign, Entity
from kith.stores import cypher_statements as statements
from kith.stores.cypher import (
    ABOUT,
    CAMPAIGN,
    ENGAGED_WITH,
    RELATED,
    SEEN_WITH,
    TARGETS,
    USER,
    Dialect,
    Run,
    Session,
    Tie,
    at_things,
    of_person,
    together,
    unwritable,
)
from kith.stores.cypher_rows import (
    TIES_OF,
    Changes,
    Nodes,
    campaign_node_id,
    catalogue_of,
    changes_of,
    shared_from,
    ties_from,
)
from kith.stores.cypher_writing import Writing, remove_all
from kith.stores.ports import ALL_KINDS, GraphCounts, SharedCampaign, StoreCard, TieKind

__all__ = ["CypherGraph"]

PAGE = 5000
"""Rows that a scan fetches at once, and nodes that go in one transaction when all go."""
CLEARED = 250
"""People who are removed in one transaction when all go."""


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
        self._session.write(lambda run: self._set_ties(Writing(run, self._dialect), tenant, changes))

    def _set_ties(self, writing: Writing, tenant: str, changes: Changes) -> None:
        writing.make_nodes(changes.nodes)
        writing.hold(changes.nodes.rows[USER])
        if changes.bared:
            writing.bare(changes.bared)
        if changes.unstated:
            writing.run(statements.UNSTATE, users=changes.unstated)
        for tie, rows in changes.cut.items():
            writing.cut_ties(tie, rows.values())
        for tie, rows in changes.put.items():
            writing.put_ties(tie, rows.values())
        for tie, rows in changes.add.items():
            writing.add_ties(tie, rows.values())
        if changes.bared or ENGAGED_WITH in changes.cut:
            writing.run(statements.SWEEP_CAMPAIGNS, tenant=tenant)

    def set_entities(self, tenant: str, entities: Sequence[Entity]) -> None:
        nodes = Nodes(tenant)
        with _text_checked():
            for entity in entities:
                nodes.entity(entity)
        if nodes.rows:
            self._session.write(lambda run: Writing(run, self._dialect).make_nodes(nodes))

    def set_campaigns(self, tenant: str, campaigns: Sequence[tuple[Campaign, Sequence[Entity]]]) -> None:
        if not campaigns:
            return
        with _text_checked():
            catalogue = catalogue_of(tenant, campaigns)

        def work(run: Run) -> None:
            writing = Writing(run, self._dialect)
            writing.make_nodes(catalogue.nodes)
            writing.in_chunks(statements.LOAD, catalogue.loaded.values())
            run(statements.UNTIE_CAMPAIGNS, ids=list(catalogue.loaded))
            writing.add_ties(TARGETS, catalogue.targets.values())
            writing.add_ties(ABOUT, catalogue.about.values())

        self._session.write(work)

    def get_ties(self, tenant: str, user_id: str, *, kinds: Collection[TieKind] = ALL_KINDS) -> Ties:
        user = user_node_id(tenant, user_id)
        ties = [TIES_OF[kind] for kind in kinds]

        def work(run: Run) -> dict[Tie, list[list[Any]]]:
            return dict(zip(ties, self._ask(run, [of_person(tie) for tie in ties], user=user), strict=True))

        return ties_from(user_id, self._session.read(work, of=(USER, user)))

    def get_ties_between(self, tenant: str, user_id: str, entities: Collection[Entity]) -> Ties:
        user, ids = user_node_id(tenant, user_id), [entity.id_in(tenant) for entity in entities]
        names = {(entity.type, entity.name) for entity in entities}
        questions = [question for tie in (SEEN_WITH, RELATED) for question in at_things(tie)]
        if not ids:
            return Ties(user_id)

        def work(run: Run) -> list[list[list[Any]]]:
            return self._ask(run, questions, ids=ids, user=user)

        pairs, pairs_to, relations, relations_to = self._session.read(work, of=(USER, user))
        found = {
            SEEN_WITH: pairs + [row for row in pairs_to if (row[0], row[1]) not in names],
            RELATED: relations + [row for row in relations_to if (row[0], row[1]) not in names],
        }
        return ties_from(user_id, found)

    def get_campaign(self, tenant: str, campaign_id: str) -> tuple[tuple[str, ...], tuple[Entity, ...]] | None:
        node = campaign_node_id(tenant, campaign_id)

        def work(run: Run) -> list[list[list[Any]]]:
            return self._ask(run, [statements.LOADED, statements.TARGETS_OF, statements.ABOUT_OF], id=node)

        loaded, intents, entities = self._session.read(work, of=(CAMPAIGN, node))
        if not loaded:
            return None
        return tuple(sorted(name for (name,) in intents)), tuple(sorted(Entity(*row) for row in entities))

    def shared_campaigns(self, tenant: str, user_id: str) -> list[SharedCampaign]:
        user = user_node_id(tenant, user_id)

        def work(run: Run) -> list[list[list[Any]]]:
            return self._ask(run, [statements.SHARED_INTENTS, statements.SHARED_ENTITIES], user=user)

        # Only a campaign that is loaded targets anything, or is about anything.
        intents, entities = self._session.read(work, of=(USER, user))
        return shared_from(intents, entities)

    def scan_users(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[str]:
        if after is None:
            rows = self._read(statements.USERS.format(after=""), tenant=tenant, limit=limit)
        else:
            rows = self._read(
                statements.USERS.format(after=" AND u.user_id > $after"), tenant=tenant, limit=limit, after=after
            )
        return [user_id for (user_id,) in rows]

    def scan_entities(self, tenant: str) -> Iterator[Entity]:
        return (Entity(kind, name) for _, kind, name in self._scan(statements.ENTITIES, tenant))

    def scan_campaigns(self, tenant: str) -> Iterator[str]:
        return (campaign_id for _, campaign_id in self._scan(statements.CAMPAIGNS, tenant))

    def delete_user(self, tenant: str, user_id: str) -> int:
        user = user_node_id(tenant, user_id)

        def work(run: Run) -> int:
            gone = Writing(run, self._dialect).delete_users([user])
            return gone + run(statements.SWEEP_CAMPAIGNS, tenant=tenant)[0][0]

        return self._session.write(work)

    def delete_entities(self, tenant: str, entities: Sequence[Entity]) -> None:
        if entities:
            ids = list({entity.id_in(tenant) for entity in entities})
            self._session.write(lambda run: run(statements.DELETE_ENTITIES, ids=ids))

    def delete_campaigns(self, tenant: str, campaign_ids: Sequence[str]) -> None:
        if not campaign_ids:
            return
        ids = list({campaign_node_id(tenant, campaign_id) for campaign_id in campaign_ids})

        def work(run: Run) -> None:
            run(statements.UNLOAD, ids=ids)
            run(statements.UNTIE_CAMPAIGNS, ids=ids)
            run(statements.SWEEP_CAMPAIGNS, tenant=tenant)

        self._session.write(work)

    def delete_unused_intents(self, tenant: str) -> None:
        self._session.write(lambda run: run(statements.SWEEP_INTENTS, tenant=tenant))

    def clear(self, tenant: str) -> None:
        """In many transactions, since one could outgrow the store's memory: called again, it does the rest."""
        while users := [user for (user,) in self._read(statements.SOME_USERS, tenant=tenant, limit=CLEARED)]:
            self._session.write(lambda run, users=users: Writing(run, self._dialect).delete_users(users))
        for statement in statements.CLEAR:
            remove_all(self._session, statement, limit=PAGE, tenant=tenant)

    def counts(self, tenant: str) -> GraphCounts:
        def work(run: Run) -> list[list[list[int]]]:
            return self._ask(run, statements.COUNTS, tenant=tenant)

        # Asked together with others, what counts nothing has no row.
        answers = (sum(count for (count,) in rows) for rows in self._session.read(work))
        users, entities, intents, campaigns, *edges = answers
        return GraphCounts(users, entities, intents, campaigns, sum(edges))

    def is_empty(self) -> bool:
        return not any(self._read(statement) for statement in statements.ANYBODYS)

    def close(self) -> None:
        self._session.close()

    def _ask(self, run: Run, questions: Sequence[str], **parameters: Any) -> list[list[list[Any]]]:
        """The rows that answer each."""
        if not self._dialect.unions or not questions:
            return [run(question, **parameters) for question in questions]
        answers: list[list[list[Any]]] = [[] for _ in questions]
        for place, row in run(together(questions), **parameters):
            answers[place].append(row)
        return answers

    def _read(self, statement: str, **parameters: Any) -> list[list[Any]]:
        return self._session.read(lambda run: run(statement, **parameters))

    def _scan(self, statement: str, tenant: str) -> Iterator[list[Any]]:
        after = ""
        while rows := self._read(statement, tenant=tenant, after=after, limit=PAGE):
            yield from rows
            after = rows[-1][0]
