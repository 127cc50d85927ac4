"""Copies a house into another one, a page at a time: a page may be written twice, and none is passed over.

Vectors go as they are; the graph is set to what the evidence amounts to, as ever.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Literal, TypeAlias, TypeVar

import numpy as np

from kith.etl.mending import indexed
from kith.etl.retry import Patience
from kith.etl.walking import aligned, nothing, pages, walk
from kith.persona.model import Campaign, Entity, Message
from kith.stores.bundle import Stores
from kith.stores.copying_port import Reached, Row
from kith.stores.errors import RecordRefused, Terminal

__all__ = ["Beat", "Copier", "Step", "tenants_of"]

Step: TypeAlias = Literal["documents", "vectors", "graph", "ledger"]
Beat: TypeAlias = Callable[[str, int, int], None]
"""Told of a step, how many more things it has dealt with, and how many there are in all."""
Pages: TypeAlias = Iterator[tuple[Row, int]]
"""After each page that is written: the key that it ends with, and how many things were in it."""

PAGE = 500
PEOPLE = 50
"""Whose ties are set in one transaction: somebody may have thousands."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Piece:
    """What is copied in one go, by ascending key: a table, or one kind of thing of one tenant."""

    step: Step
    name: str
    total: int
    copy: Callable[[Row | None], Pages]
    """Given the key to go on after."""


def tenants_of(stores: Stores) -> list[str]:
    """Everybody's tenants, sorted."""
    return sorted({*stores.documents.tenants(), *stores.ledger.tenants()})


class Copier:
    """Writes all that is in one house into another, in which nobody else writes meanwhile."""

    def __init__(self, source: Stores, target: Stores, *, patience: Patience, beat: Beat) -> None:
        self._source = source
        self._target = target
        self._patience = patience
        self._beat = beat

    def copy(self, reached: Reached, *, note: Callable[[Reached], None]) -> None:
        """Goes on where an earlier try has come to. `note` is told each time that a page is there."""
        made = list(self._pieces())
        names = [piece.name for piece in made]
        first = names.index(reached.piece) if reached.piece in names else 0
        totals = {piece.step: sum(one.total for one in made if one.step == piece.step) for piece in made}
        for piece in made[:first]:
            self._beat(piece.step, piece.total, totals[piece.step])
        for piece in made[first:]:
            here = reached if piece.name == reached.piece else Reached(piece.name)
            self._beat(piece.step, here.rows, totals[piece.step])
            rows = here.rows
            for after, more in piece.copy(here.after):
                self._beat(piece.step, more, totals[piece.step])
                rows += more
                noted = partial(note, Reached(piece.name, after, rows))
                self._patience.call(noted)

    def copy_again(self, table: str) -> None:
        """Copies a table whole, whatever stands of it."""
        for _ in self._table(table, None):
            """Each page is there when it is told of."""

    def clear(self) -> None:
        """Takes away what an earlier try has written. People go last: by them the rest is found."""
        documents, vectors, graph = self._target.documents, self._target.vectors, self._target.graph
        for tenant in sorted({*tenants_of(self._source), *tenants_of(self._target)}):
            graph.clear(tenant)
            for some in pages(vectors.scan_entities(tenant), PAGE):
                vectors.delete_entities(tenant, some)
            while campaigns := documents.scan_campaigns(tenant, limit=PAGE):
                documents.delete_campaigns(tenant, [one.campaign_id for one in campaigns])
            while users := documents.scan_users(tenant, limit=PAGE):
                for user in users:
                    vectors.delete_user(tenant, user.user_id)
                    documents.delete_user(tenant, user.user_id)
        self._target.ledger.copying.clear()

    def _pieces(self) -> Iterator[Piece]:
        tenants = tenants_of(self._source)
        return chain(
            *(self._documents(tenant) for tenant in tenants),
            *(self._vectors(tenant) for tenant in tenants),
            *(self._graph(tenant) for tenant in tenants),
            self._ledger(),
        )

    def _documents(self, tenant: str) -> Iterator[Piece]:
        read, write = self._source.documents, self._target.documents

        def users(after: Row | None) -> Pages:
            scan = partial(read.scan_users, tenant, limit=PAGE)
            return self._paged(scan, after, lambda one: one.user_id, lambda some: write.put_users(tenant, some))

        def campaigns(after: Row | None) -> Pages:
            scan = partial(read.scan_campaigns, tenant, limit=PAGE)
            return self._paged(scan, after, _campaign_id, lambda some: write.put_campaigns(tenant, some))

        def messages(after: Row | None) -> Pages:
            scan = partial(read.scan_messages, tenant, limit=PAGE)
            return self._paged(scan, after, _key, lambda some: write.put_messages(tenant, some))

        yield Piece("documents", f"users of {tenant}", read.count_users(tenant), users)
        yield Piece("documents", f"campaigns of {tenant}", read.count_campaigns(tenant), campaigns)
        yield Piece("documents", f"messages of {tenant}", read.count_messages(tenant), messages)

    def _vectors(self, tenant: str) -> Iterator[Piece]:
        read = self._source

        def messages(after: Row | None) -> Pages:
            scan = partial(read.documents.scan_messages, tenant, limit=PAGE)
            return self._paged(scan, after, _key, partial(self._message_vectors, tenant))

        def entities(after: Row | None) -> Pages:
            return self._entities(tenant, after, partial(self._entity_vectors, tenant))

        yield Piece("vectors", f"vectors of messages of {tenant}", read.documents.count_messages(tenant), messages)
        yield Piece("vectors", f"vectors of entities of {tenant}", read.vectors.count_entities(tenant), entities)

    def _message_vectors(self, tenant: str, messages: Sequence[Message]) -> None:
        said = [message for message in messages if not message.is_event]
        if not said:
            return
        found = self._source.vectors.get_vectors(tenant, [message.key for message in said])
        if missing := [message.key for message in said if message.key not in found]:
            raise _lost(missing[0], tenant)
        rows = np.stack([found[message.key] for message in said])
        self._target.vectors.upsert_messages(tenant, [indexed(message) for message in said], rows)

    def _entity_vectors(self, tenant: str, entities: Sequence[Entity]) -> None:
        found = self._source.vectors.get_entity_vectors(tenant, entities)
        if missing := [entity for entity in entities if entity not in found]:
            raise _lost(f"{missing[0].type} {missing[0].name}", tenant)
        self._target.vectors.upsert_entities(tenant, entities, np.stack([found[entity] for entity in entities]))

    def _graph(self, tenant: str) -> Iterator[Piece]:
        read, write = self._source, self._target.graph
        about = {one.campaign_id: one.entities for one in read.ledger.evidence.campaigns(tenant)}

        def set_campaigns(some: Sequence[Campaign]) -> None:
            write.set_campaigns(tenant, [(one, about[one.campaign_id]) for one in some])

        def campaigns(after: Row | None) -> Pages:
            scan = partial(read.documents.scan_campaigns, tenant, limit=PAGE)
            return self._paged(scan, after, _campaign_id, set_campaigns)

        def entities(after: Row | None) -> Pages:
            return self._entities(tenant, after, lambda some: write.set_entities(tenant, some))

        there = read.graph.counts(tenant)
        yield Piece("graph", f"nodes of campaigns of {tenant}", there.campaigns, campaigns)
        yield Piece("graph", f"nodes of entities of {tenant}", there.entities, entities)
        yield Piece("graph", f"ties of {tenant}", there.users, partial(self._ties, tenant))

    def _ties(self, tenant: str, after: Row | None) -> Pages:
        """Of whoever has evidence or a node, as everybody who sets ties sets them."""
        evidence, graph = self._source.ledger.evidence, self._source.graph
        begin = None if after is None else str(after[0])
        learned = walk(lambda on: evidence.users(tenant, after=begin if on is None else on, limit=PAGE), str)
        drawn = walk(lambda on: graph.scan_users(tenant, after=begin if on is None else on, limit=PAGE), str)
        for page in pages(aligned(learned, drawn, nothing()), PEOPLE):
            ties = [evidence.all_ties(tenant, user_id) for user_id, *_ in page]
            self._patience.call(partial(self._target.graph.set_ties, tenant, ties))
            yield (page[-1][0],), len(page)

    def _ledger(self) -> Iterator[Piece]:
        for table, rows in self._source.ledger.copying.counts().items():
            yield Piece("ledger", f"table {table}", rows, partial(self._table, table))

    def _table(self, table: str, after: Row | None) -> Pages:
        copying = self._source.ledger.copying
        while page := copying.scan(table, after=after, limit=PAGE):
            self._put(table, page)
            after = copying.key(table, page[-1])
            yield after, len(page)

    def _put(self, table: str, rows: Sequence[Row]) -> None:
        """Writes rows; names the one that the server will not have."""
        copying = self._target.ledger.copying
        try:
            self._patience.call(partial(copying.put, table, rows))
        except RecordRefused as refused:
            if len(rows) == 1:
                key = copying.key(table, rows[0])
                raise Terminal(f"the row {key!r} of the table {table!r} cannot go along: {refused}") from refused
            half = len(rows) // 2
            self._put(table, rows[:half])
            self._put(table, rows[half:])

    def _entities(self, tenant: str, after: Row | None, write: Callable[[Sequence[Entity]], None]) -> Pages:
        every = self._source.ledger.evidence.entities(tenant)
        left = every if after is None else (one for one in every if (one.type, one.name) > after)
        for page in pages(left, PAGE):
            self._patience.call(partial(write, page))
            yield (page[-1].type, page[-1].name), len(page)

    def _paged(
        self,
        scan: Callable[..., Sequence[T]],
        after: Row | None,
        key: Callable[[T], str],
        write: Callable[[Sequence[T]], None],
    ) -> Pages:
        last = None if after is None else str(after[0])
        while page := scan(after=last):
            self._patience.call(partial(write, page))
            last = key(page[-1])
            yield (last,), len(page)


def _key(message: Message) -> str:
    return message.key


def _campaign_id(campaign: Campaign) -> str:
    return campaign.campaign_id


def _lost(key: str, tenant: str) -> Terminal:
    return Terminal(f"there is no vector of {key!r} of tenant {tenant!r}: run `kith repair`")
