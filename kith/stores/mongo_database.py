"""One MongoDB database: the operations that are made of it, each within its time, errors told as those of the stores.

Plain operations alone, which every MongoDB from 4.4 has. A write has returned when a majority has it in its journal.
Reads go to the primary and take what stands there: whatever was acknowledged is seen by the next to read. Writes are
of one document each, many to a request and in no order; the driver repeats a request whose answer was lost once, and
the server writes nothing twice for that (not so where the URL says `retryWrites=false`, or the server stands alone:
then it is `Transient`, and the caller repeats). Others may see one request of many documents half done.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError, PyMongoError

from kith.stores.errors import RecordRefused, Terminal
from kith.stores.mongo_client import client_of, database_of, place_of, refuse_old
from kith.stores.mongo_errors import ALREADY_THERE, REFUSED_VALUES, told, write_errors
from kith.stores.mongo_rows import Document
from kith.stores.mongo_schema import MongoCollection, make_ready

__all__ = ["MongoDatabase", "Packed"]

AT_ONCE = 1000
"""Writes in one request: few enough to be done within its time."""
NAMED_AT_ONCE = 200
"""Names in one question."""
MOST_BYTES = (16 << 20) - (64 << 10)
"""MongoDB takes 16 MiB for a document; the rest is for the request around it."""

Operation: TypeAlias = "InsertOne[Any] | ReplaceOne[Any] | UpdateOne | DeleteOne"
Packed: TypeAlias = RawBSONDocument
"""A document as it goes over the wire."""


class MongoDatabase:
    """A database of Kith's documents: made ready where it is new, refused where it is something else.

    Any thread may call.
    """

    def __init__(self, url: str, *, patience: float) -> None:
        """`patience`: seconds that the server may take for one answer. A question may be put twice."""
        self._client = client_of(url, patience=patience)
        self._closed = False
        try:
            self._database = database_of(self._client, patience=patience)
            self.where = place_of(url, self._database.name)
            with self._calling("opening"):
                self.version = str(self._client.server_info()["version"])
                refuse_old(self.version, self.where)
                make_ready(self._database, self.where)
        except BaseException:
            self._client.close()
            raise

    def pack(self, kind: str, of: str, document: Document) -> Packed:
        """The document as it will be sent. One that can't be is refused here, before anything is."""
        try:
            packed = bson.encode(document)
        except REFUSED_VALUES as error:
            raise RecordRefused(
                f"MongoDB has no place for a value of the {kind} {of!r}: {error}. Leave it out."
            ) from error
        if len(packed) > MOST_BYTES:
            raise RecordRefused(
                f"The {kind} {of!r} has {len(packed):,} bytes; MongoDB takes {MOST_BYTES:,}. Cut it, or leave it out."
            )
        return RawBSONDocument(packed)

    def insert(self, collection: MongoCollection, documents: Sequence[Packed]) -> list[int]:
        """Writes those whose key is new; the places of the others, which are there already."""
        return self._write(collection, [InsertOne(one) for one in documents])[1]

    def replace(self, collection: MongoCollection, documents: Sequence[tuple[Document, Packed]]) -> None:
        """Puts each document in the place of the one that is as said, if there is one."""
        self._write(collection, [ReplaceOne(wanted, one) for wanted, one in documents])

    def make(self, collection: MongoCollection, wanted: Sequence[Document], fields: Document) -> None:
        """Makes each document, with these fields, unless it is there: what is there stays as it is."""
        # Two who make the same one at once: the second is told that it is there already, which is all that it wants.
        self._write(collection, [UpdateOne(one, {"$setOnInsert": fields}, upsert=True) for one in wanted])

    def delete(self, collection: MongoCollection, wanted: Sequence[Document]) -> int:
        """Deletes one document for each; how many there were."""
        return self._write(collection, [DeleteOne(one) for one in wanted])[0]

    def delete_all(self, collection: MongoCollection, wanted: Document) -> int:
        """Deletes whatever is as said; how many there were."""
        # One by one: the driver does not repeat a deletion of many, and then nobody knows how many there were.
        gone = 0
        while True:
            with self._calling("reading"):
                found = list(self._database[collection].find(wanted, {"_id": 1}, limit=AT_ONCE, batch_size=AT_ONCE))
            if not found:
                return gone
            gone += self.delete(collection, found)

    def find(
        self,
        collection: MongoCollection,
        wanted: Document,
        *,
        order: tuple[str, int],
        limit: int,
    ) -> list[Document]:
        """The first documents that are as said, in this order."""
        with self._calling("reading"):
            if limit < 1:  # which MongoDB takes for all there are
                return []
            found = self._database[collection].find(wanted, {"_id": 0}, sort=[order], limit=limit, batch_size=limit)
            return list(found)

    def named(
        self, collection: MongoCollection, wanted: Document, by: str, names: Sequence[str], fields: Sequence[str] = ()
    ) -> Iterator[Document]:
        """The documents with these names: all of each, or these fields alone."""
        shown: Mapping[str, int] = {"_id": 0, **dict.fromkeys(fields, 1)}
        once = list(dict.fromkeys(names))
        for start in range(0, len(once), NAMED_AT_ONCE):
            asked = {**wanted, by: {"$in": once[start : start + NAMED_AT_ONCE]}}
            with self._calling("reading"):
                found = list(self._database[collection].find(asked, shown, batch_size=NAMED_AT_ONCE + 1))
            yield from found

    def count(self, collection: MongoCollection, wanted: Document) -> int:
        with self._calling("reading"):
            return self._database[collection].count_documents(wanted)

    def distinct(self, collection: MongoCollection, field: str) -> list[str]:
        with self._calling("reading"):
            return self._database[collection].distinct(field)

    def close(self) -> None:
        """May be called again."""
        self._closed = True
        self._client.close()

    def _write(self, collection: MongoCollection, operations: Sequence[Operation]) -> tuple[int, list[int]]:
        """How many documents were deleted, and the places of operations whose document was there already."""
        deleted, there = 0, list[int]()
        for start in range(0, len(operations), AT_ONCE):
            with self._calling("writing to"):
                try:
                    done = self._database[collection].bulk_write(operations[start : start + AT_ONCE], ordered=False)
                    deleted += done.deleted_count
                except BulkWriteError as error:
                    said = write_errors(error)
                    if error.details.get("writeConcernErrors") or any(one["code"] != ALREADY_THERE for one in said):
                        raise
                    there += [start + int(one["index"]) for one in said]
        return deleted, there

    @contextmanager
    def _calling(self, doing: str) -> Generator[None]:
        if self._closed:
            raise self._was_closed()
        try:
            yield
        except (PyMongoError, *REFUSED_VALUES) as error:
            if self._closed:
                raise self._was_closed() from error
            servers = self._client.topology_description.server_descriptions().values()
            ours = told(error, f"{doing} the documents in {self.where!r}", servers=[one.error for one in servers])
            # What was said of many documents at once holds them all, and must not end in a log.
            raise ours from (None if isinstance(error, BulkWriteError) else error)

    def _was_closed(self) -> Terminal:
        return Terminal(f"The store in {self.where!r} has been closed. Open it again.")
