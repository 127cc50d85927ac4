"""The vector index on Milvus, embedded or a server: one vector and one BM25 text per message, one vector per entity."""

import dataclasses
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext

import numpy as np

from kith.persona.embedding import ModelCard, Vectors, usable
from kith.persona.model import Entity
from kith.stores.errors import RecordRefused, StoreError, Terminal
from kith.stores.milvus_client import DEADLINE, Client, Row, connect, translating
from kith.stores.milvus_collections import ENTITIES, MESSAGES, Collection, open_collections
from kith.stores.milvus_rows import (
    FIELD_BYTES,
    among,
    chunks,
    entity_row,
    fitting,
    message_row,
    owned,
    owned_by,
    row_id,
)
from kith.stores.ports import Channel, Hit, Indexed, StoreCard
from kith.stores.turns import Turns

__all__ = ["MilvusVectors"]

MOST_HITS = 16_384
"""Milvus finds no more at once, and a query that matches more loses the rest in silence: scans go page by page."""
PAGE = 4096


def _nothing_wrong() -> StoreError | None:
    return None


def _nothing_to_stop() -> None:
    return None


class MilvusVectors:
    """`VectorIndex` over the collections at `uri`; they are made if a model is given, and replaced if asked for.

    `turns` keeps readers out while a writer writes, for a store whose upsert is a delete and an insert that others can
    see. `fault` tells what is wrong with the store as a whole, and `stop` ends what was started for it.
    """

    def __init__(
        self,
        uri: str,
        model: ModelCard | None,
        *,
        card: StoreCard,
        token: str = "",
        lexical: bool = True,
        replace: bool = False,
        turns: Turns | None = None,
        fault: Callable[[], StoreError | None] = _nothing_wrong,
        stop: Callable[[], None] = _nothing_to_stop,
    ) -> None:
        self._where = card.where
        self._turns = turns
        self._fault = fault
        self._stop = stop
        self._closed = False
        with self._calling("opening"):
            self._client: Client = connect(uri, token=token)
        try:
            with self._calling("opening"):
                kept = open_collections(self._client, model, where=card.where, lexical=lexical, replace=replace)
        except BaseException:
            self._client.close()
            raise
        self._model = kept.model
        self._lexical = kept.lexical
        abilities = {"dense", f"text_bytes={FIELD_BYTES}"} | ({"lexical"} if kept.lexical else set[str]())
        self._card = dataclasses.replace(card, abilities=frozenset(abilities))

    def card(self) -> StoreCard:
        return self._card

    def model(self) -> ModelCard:
        return self._model

    def upsert_messages(self, tenant: str, rows: Sequence[Indexed], vectors: Vectors) -> None:
        if not rows:
            return
        vectors = self._searchable(vectors, [row.key for row in rows])
        pairs = zip(rows, vectors, strict=True)
        self._upsert(MESSAGES, [message_row(tenant, row, vector, lexical=self._lexical) for row, vector in pairs])

    def upsert_entities(self, tenant: str, entities: Sequence[Entity], vectors: Vectors) -> None:
        if not entities:
            return
        vectors = self._searchable(vectors, [entity.name for entity in entities])
        self._upsert(ENTITIES, [entity_row(tenant, one, vector) for one, vector in zip(entities, vectors, strict=True)])

    def search_dense(
        self,
        tenant: str,
        vector: Vectors,
        *,
        user_id: str | None = None,
        except_user: str | None = None,
        limit: int = 10,
    ) -> list[Hit]:
        query = self._searchable(vector.reshape(1, -1), ["the query"])[0]
        return self._search_messages("dense", tenant, query, user_id=user_id, except_user=except_user, limit=limit)

    def search_lexical(
        self, tenant: str, text: str, *, user_id: str | None = None, except_user: str | None = None, limit: int = 10
    ) -> list[Hit]:
        if not self._lexical:
            raise Terminal(f"the vectors in {self._where!r} hold no texts to search by BM25: that takes Milvus 2.5")
        query = fitting(text)
        if not query.strip():
            return []
        return self._search_messages("lexical", tenant, query, user_id=user_id, except_user=except_user, limit=limit)

    def search_entities(self, tenant: str, vector: Vectors, *, limit: int = 10) -> list[tuple[Entity, float]]:
        query = self._searchable(vector.reshape(1, -1), ["the query"])[0]
        found = self._search(
            ENTITIES, query, field="vector", rows=owned_by(tenant), fields=["tenant", "type", "name"], limit=limit
        )
        scores = {Entity(row["type"], row["name"]): _cosine(score) for row, score in found if owned(row, tenant)}
        return sorted(scores.items(), key=lambda item: (-item[1], item[0]))

    def get_messages(self, tenant: str, keys: Sequence[str]) -> dict[str, str]:
        return {row["key"]: row["content"] for row in self._get(tenant, keys, "content")}

    def get_vectors(self, tenant: str, keys: Sequence[str]) -> dict[str, Vectors]:
        return {row["key"]: np.asarray(row["vector"], np.float32) for row in self._get(tenant, keys, "vector")}

    def scan_messages(self, tenant: str) -> Iterator[tuple[str, str, str]]:
        for row in self._scan(MESSAGES, tenant, fields=["tenant", "key", "user_id", "content"]):
            yield row["key"], row["user_id"], row["content"]

    def scan_entities(self, tenant: str) -> Iterator[Entity]:
        for row in self._scan(ENTITIES, tenant, fields=["tenant", "type", "name"]):
            yield Entity(row["type"], row["name"])

    def delete_messages(self, tenant: str, keys: Sequence[str]) -> None:
        self._delete(MESSAGES, [row_id(tenant, key) for key in keys])

    def delete_user(self, tenant: str, user_id: str) -> int:
        theirs = owned_by(tenant, user_id=user_id)
        with self._writing("deleting from"):
            there = self._counted(MESSAGES, theirs)
            if there:
                self._client.delete(MESSAGES, filter=theirs, timeout=DEADLINE)
        return there

    def delete_entities(self, tenant: str, entities: Sequence[Entity]) -> None:
        self._delete(ENTITIES, [entity.id_in(tenant) for entity in entities])

    def count_messages(self, tenant: str, *, user_id: str | None = None) -> int:
        with self._reading("counting"):
            return self._counted(MESSAGES, owned_by(tenant, user_id=user_id))

    def count_entities(self, tenant: str) -> int:
        with self._reading("counting"):
            return self._counted(ENTITIES, owned_by(tenant))

    def close(self) -> None:
        """Closes the client and stops what was started for it; a second call does nothing."""
        with self._turns.writing() if self._turns else nullcontext():
            if not self._closed:
                self._closed = True
                self._client.close()
                self._stop()

    def _searchable(self, vectors: Vectors, names: Sequence[str]) -> Vectors:
        """The vectors as the store takes them, if each of them could be found again."""
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        expected = (len(names), self._model.dimension)
        if vectors.shape != expected:
            raise Terminal(f"the vectors in {self._where!r} need an array of shape {expected}, not {vectors.shape}")
        for name, fine in zip(names, usable(vectors), strict=True):
            if not fine:
                raise RecordRefused(f"the vector of {name!r} cannot be searched: it is all zero, or not finite")
        return vectors

    def _upsert(self, collection: Collection, rows: Sequence[Row]) -> None:
        latest = {row["id"]: row for row in rows}
        for chunk in chunks(list(latest.values())):
            with self._writing("writing to", rows=True):
                self._client.upsert(collection, chunk, timeout=DEADLINE)

    def _delete(self, collection: Collection, ids: Sequence[str]) -> None:
        for rows in among(ids):
            with self._writing("deleting from"):
                self._client.delete(collection, filter=rows, timeout=DEADLINE)

    def _search_messages(
        self,
        channel: Channel,
        tenant: str,
        query: Vectors | str,
        *,
        user_id: str | None,
        except_user: str | None,
        limit: int,
    ) -> list[Hit]:
        found = self._search(
            MESSAGES,
            query,
            field="vector" if channel == "dense" else "terms",
            rows=owned_by(tenant, user_id=user_id, except_user=except_user),
            fields=["tenant", "key", "user_id", "conversation_id"],
            limit=limit,
        )
        # A BM25 score is never negative: one line of the embedded store gives it with the sign turned.
        normal = _cosine if channel == "dense" else abs
        hits = [
            Hit(row["key"], row["user_id"], row["conversation_id"], normal(score))
            for row, score in found
            if owned(row, tenant, user_id=user_id, except_user=except_user)
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.key))

    def _search(
        self,
        collection: Collection,
        query: Vectors | str,
        *,
        field: str,
        rows: str,
        fields: list[str],
        limit: int,
    ) -> list[tuple[Row, float]]:
        if limit < 1:
            return []
        with self._reading("searching"):
            answers = self._client.search(
                collection,
                data=[query],
                anns_field=field,
                filter=rows,
                limit=min(limit, MOST_HITS),
                output_fields=fields,
                timeout=DEADLINE,
            )
            return [(hit["entity"], float(hit["distance"])) for hit in answers[0]]

    def _get(self, tenant: str, keys: Sequence[str], field: str) -> Iterator[Row]:
        for these in among([row_id(tenant, key) for key in keys]):
            with self._reading("reading"):
                fields = ["tenant", "key", field]
                rows = self._client.query(MESSAGES, filter=these, output_fields=fields, timeout=DEADLINE)
            yield from (row for row in rows if owned(row, tenant))

    def _scan(self, collection: Collection, tenant: str, *, fields: list[str]) -> Iterator[Row]:
        with self._reading("walking over"):
            pages = self._client.query_iterator(
                collection, batch_size=PAGE, filter=owned_by(tenant), output_fields=fields, timeout=DEADLINE
            )
        try:
            while True:
                with self._reading("walking over"):
                    page = pages.next()
                if not page:
                    return
                yield from (row for row in page if owned(row, tenant))
        finally:
            pages.close()

    def _counted(self, collection: Collection, rows: str) -> int:
        answer = self._client.query(collection, filter=rows, output_fields=["count(*)"], timeout=DEADLINE)
        return int(answer[0]["count(*)"])

    @contextmanager
    def _reading(self, doing: str) -> Generator[None, None, None]:
        with self._turns.reading() if self._turns else nullcontext(), self._calling(doing):
            yield

    @contextmanager
    def _writing(self, doing: str, *, rows: bool = False) -> Generator[None, None, None]:
        with self._turns.writing() if self._turns else nullcontext(), self._calling(doing, rows=rows):
            yield

    @contextmanager
    def _calling(self, doing: str, *, rows: bool = False) -> Generator[None, None, None]:
        if self._closed:
            raise Terminal(f"the vectors in {self._where!r} are closed")
        try:
            with translating(f"{doing} the vectors in {self._where!r}", rows=rows):
                yield
        except RecordRefused:
            raise
        except StoreError as error:
            fault = self._fault()
            if fault is None:
                raise
            raise fault from error


def _cosine(score: float) -> float:
    return min(1.0, max(-1.0, score))
