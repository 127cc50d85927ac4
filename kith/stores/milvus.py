"""The vector index on Milvus, embedded or a server: one vector and one BM25 text per message, one vector per entity."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from kith.persona.embedding import ModelCard, Vectors, usable
from kith.persona.model import Entity
from kith.stores.errors import RecordRefused, Terminal
from kith.stores.milvus_client import Row
from kith.stores.milvus_collections import ENTITIES, MESSAGES, Collection
from kith.stores.milvus_connection import Connection
from kith.stores.milvus_rows import (
    ANYBODYS,
    FIELD_BYTES,
    among,
    entity_row,
    fitting,
    message_row,
    owned,
    owned_by,
    row_id,
    within,
)
from kith.stores.ports import ALL, Channel, Hit, Indexed, Narrowed, StoreCard

__all__ = ["MilvusVectors"]

T = TypeVar("T")

FOUND = ["tenant", "key", "user_id", "conversation_id", "role", "timestamp"]
"""What is read of a message that a search found: all that it is checked by."""


class MilvusVectors:
    """`VectorIndex` over the collections at a connection; they are made if a model is given, replaced if asked for.

    `lexical`: what is made can be searched by BM25.
    """

    def __init__(
        self,
        connection: Connection,
        model: ModelCard | None,
        *,
        card: StoreCard,
        lexical: bool = True,
        replace: bool = False,
    ) -> None:
        self._where = card.where
        self._connection = connection
        kept = connection.open(model, lexical=lexical, replace=replace)
        self._model = kept.model
        self._lexical = kept.lexical
        found = {"dense": True, "lexical": kept.lexical, "steady": connection.steady, f"text_bytes={FIELD_BYTES}": True}
        self._card = dataclasses.replace(card, abilities=frozenset(one for one, there in found.items() if there))

    def card(self) -> StoreCard:
        return self._card

    def model(self) -> ModelCard:
        return self._model

    def upsert_messages(self, tenant: str, rows: Sequence[Indexed], vectors: Vectors) -> None:
        if not rows:
            return
        vectors = self._searchable(vectors, [row.key for row in rows])
        pairs = zip(rows, vectors, strict=True)
        self._connection.upsert(
            MESSAGES, [message_row(tenant, row, vector, lexical=self._lexical) for row, vector in pairs]
        )

    def upsert_entities(self, tenant: str, entities: Sequence[Entity], vectors: Vectors) -> None:
        if not entities:
            return
        vectors = self._searchable(vectors, [entity.name for entity in entities])
        self._connection.upsert(
            ENTITIES, [entity_row(tenant, one, vector) for one, vector in zip(entities, vectors, strict=True)]
        )

    def search_dense(
        self,
        tenant: str,
        vector: Vectors,
        *,
        user_id: str | None = None,
        except_user: str | None = None,
        only: Narrowed = ALL,
        limit: int = 10,
    ) -> list[Hit]:
        query = self._searchable(vector.reshape(1, -1), ["the query"])[0]
        return self._found("dense", tenant, query, user_id=user_id, except_user=except_user, only=only, limit=limit)

    def search_lexical(
        self,
        tenant: str,
        text: str,
        *,
        user_id: str | None = None,
        except_user: str | None = None,
        only: Narrowed = ALL,
        limit: int = 10,
    ) -> list[Hit]:
        if not self._lexical:
            raise Terminal(
                f"the vectors in {self._where!r} hold no texts to search by BM25: `kith rebuild vectors` makes them, "
                "on Milvus 2.5 or newer"
            )
        query = fitting(text)
        if not query.strip():
            return []

        def found() -> list[Hit]:
            return self._found(
                "lexical", tenant, query, user_id=user_id, except_user=except_user, only=only, limit=limit
            )

        try:
            return found()
        except Terminal:
            # The embedded line fails while it holds no message at all: the mean of no lengths is not a number. Where it
            # holds one, that may have come just now.
            return found() if self._connection.count(MESSAGES, ANYBODYS) else []

    def search_entities(self, tenant: str, vector: Vectors, *, limit: int = 10) -> list[tuple[Entity, float]]:
        query = self._searchable(vector.reshape(1, -1), ["the query"])[0]
        found = self._connection.search(
            ENTITIES, query, field="vector", rows=owned_by(tenant), fields=["tenant", "type", "name"], limit=limit
        )
        scores = {_entity(row): _cosine(score) for row, score in found if owned(row, tenant)}
        return sorted(scores.items(), key=lambda item: (-item[1], item[0]))

    def get_messages(self, tenant: str, keys: Sequence[str]) -> dict[str, str]:
        return {row["key"]: row["content"] for row in self._get(tenant, keys, "content")}

    def get_vectors(self, tenant: str, keys: Sequence[str]) -> dict[str, Vectors]:
        return {row["key"]: _vector(row) for row in self._get(tenant, keys, "vector")}

    def get_entity_vectors(self, tenant: str, entities: Sequence[Entity]) -> dict[Entity, Vectors]:
        ids = [entity.id_in(tenant) for entity in entities]
        rows = self._connection.get(ENTITIES, ids, fields=["tenant", "type", "name", "vector"])
        return {_entity(row): _vector(row) for row in rows if owned(row, tenant)}

    def cosines(self, tenant: str, vector: Vectors, keys: Sequence[str]) -> dict[str, float]:
        return self._cosines(MESSAGES, vector, {row_id(tenant, key): key for key in keys})

    def entity_cosines(self, tenant: str, vector: Vectors, entities: Sequence[Entity]) -> dict[Entity, float]:
        return self._cosines(ENTITIES, vector, {entity.id_in(tenant): entity for entity in entities})

    def scan_messages(self, tenant: str) -> Iterator[tuple[str, str, str]]:
        fields = ["tenant", "key", "user_id", "content"]
        for row in self._connection.scan(MESSAGES, owned_by(tenant), fields=fields):
            if owned(row, tenant):
                yield row["key"], row["user_id"], row["content"]

    def scan_entities(self, tenant: str) -> Iterator[Entity]:
        for row in self._connection.scan(ENTITIES, owned_by(tenant), fields=["tenant", "type", "name"]):
            if owned(row, tenant):
                yield _entity(row)

    def delete_messages(self, tenant: str, keys: Sequence[str]) -> None:
        self._connection.delete(MESSAGES, [row_id(tenant, key) for key in keys])

    def delete_user(self, tenant: str, user_id: str) -> int:
        return self._connection.delete_all(MESSAGES, owned_by(tenant, user_id=user_id))

    def delete_entities(self, tenant: str, entities: Sequence[Entity]) -> None:
        self._connection.delete(ENTITIES, [entity.id_in(tenant) for entity in entities])

    def count_messages(self, tenant: str, *, user_id: str | None = None) -> int:
        return self._connection.count(MESSAGES, owned_by(tenant, user_id=user_id))

    def count_entities(self, tenant: str) -> int:
        return self._connection.count(ENTITIES, owned_by(tenant))

    def is_empty(self) -> bool:
        return not any(self._connection.count(collection, ANYBODYS) for collection in (MESSAGES, ENTITIES))

    def close(self) -> None:
        """Closes the client and stops what was started for it; a second call does nothing."""
        self._connection.close()

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

    def _found(
        self,
        channel: Channel,
        tenant: str,
        query: Vectors | str,
        *,
        user_id: str | None,
        except_user: str | None,
        only: Narrowed,
        limit: int,
    ) -> list[Hit]:
        found = self._connection.search(
            MESSAGES,
            query,
            field="vector" if channel == "dense" else "terms",
            rows=owned_by(tenant, user_id=user_id, except_user=except_user, only=only),
            fields=FOUND,
            limit=limit,
        )
        # A BM25 score is never negative: one line of the embedded store gives it with the sign turned.
        normal = _cosine if channel == "dense" else abs
        hits = [
            Hit(row["key"], row["user_id"], row["conversation_id"], normal(score))
            for row, score in found
            if owned(row, tenant, user_id=user_id, except_user=except_user) and within(row, only)
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.key))

    def _cosines(self, collection: Collection, vector: Vectors, ids: Mapping[str, T]) -> dict[T, float]:
        """By what each row is asked for by. Ids are of one tenant each, so that no other's row is found."""
        query = self._searchable(vector.reshape(1, -1), ["the query"])[0]
        return {
            ids[row["id"]]: _cosine(score)
            for these in among(list(ids))
            for row, score in self._connection.search(
                collection, query, field="vector", rows=these, fields=["id"], limit=len(ids)
            )
        }

    def _get(self, tenant: str, keys: Sequence[str], field: str) -> Iterator[Row]:
        ids = [row_id(tenant, key) for key in keys]
        rows = self._connection.get(MESSAGES, ids, fields=["tenant", "key", field])
        return (row for row in rows if owned(row, tenant))


def _entity(row: Row) -> Entity:
    return Entity(row["type"], row["name"])


def _vector(row: Row) -> Vectors:
    return np.asarray(row["vector"], np.float32)


def _cosine(score: float) -> float:
    return min(1.0, max(-1.0, score))
