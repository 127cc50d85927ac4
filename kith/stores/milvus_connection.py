"""The calls on the two collections: each in its turn, within its time, its errors told as those of the stores."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext

from kith.persona.embedding import ModelCard, Vectors
from kith.stores.errors import RecordRefused, StoreError, Terminal
from kith.stores.milvus_client import DEADLINE, Client, Row, connect, translating
from kith.stores.milvus_collections import Collection, Kept, open_collections
from kith.stores.milvus_rows import among, chunks
from kith.stores.turns import Turns

__all__ = ["Connection"]

MOST_HITS = 16_384
"""Milvus finds no more at once, and a query that matches more loses the rest in silence: scans go page by page."""
PAGE = 4096


class Connection:
    """An open Milvus. What rows to read or delete is said in filters of `milvus_rows`.

    `turns` keeps readers out while a writer writes, for a store whose upsert is a delete and an insert that others can
    see. `fault` tells what is wrong with the store as a whole, and `stop` ends what was started for it.
    """

    def __init__(
        self,
        uri: str,
        *,
        where: str,
        token: str,
        turns: Turns | None,
        fault: Callable[[], StoreError | None],
        stop: Callable[[], None],
    ) -> None:
        self._where = where
        self._turns = turns
        self._fault = fault
        self._stop = stop
        self._closed = False
        with self._calling("opening"):
            self._client: Client = connect(uri, token=token)

    def open(self, model: ModelCard | None, *, lexical: bool, replace: bool) -> Kept:
        """Opens the collections as `open_collections` says. Where that fails, the client is closed."""
        try:
            with self._calling("opening"):
                return open_collections(self._client, model, where=self._where, lexical=lexical, replace=replace)
        except BaseException:
            self._client.close()
            raise

    def upsert(self, collection: Collection, rows: Sequence[Row]) -> None:
        """Writes the rows; where an id stands twice, the last one counts."""
        latest = {row["id"]: row for row in rows}
        for chunk in chunks(list(latest.values())):
            with self._writing("writing to", rows=True):
                self._client.upsert(collection, chunk, timeout=DEADLINE)

    def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        for these in among(ids):
            with self._writing("deleting from"):
                self._client.delete(collection, filter=these, timeout=DEADLINE)

    def delete_all(self, collection: Collection, rows: str) -> int:
        """Deletes whatever the filter finds; how many rows there were."""
        with self._writing("deleting from"):
            there = self._counted(collection, rows)
            if there:
                self._client.delete(collection, filter=rows, timeout=DEADLINE)
        return there

    def search(
        self,
        collection: Collection,
        query: Vectors | str,
        *,
        field: str,
        rows: str,
        fields: list[str],
        limit: int,
    ) -> list[tuple[Row, float]]:
        """The rows nearest to the query by one field, of those that the filter finds, each with its score."""
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

    def get(self, collection: Collection, ids: Sequence[str], *, fields: list[str]) -> Iterator[Row]:
        for these in among(ids):
            with self._reading("reading"):
                rows = self._client.query(collection, filter=these, output_fields=fields, timeout=DEADLINE)
            yield from rows

    def scan(self, collection: Collection, rows: str, *, fields: list[str]) -> Iterator[Row]:
        """All that the filter finds, however many."""
        with self._reading("walking over"):
            pages = self._client.query_iterator(
                collection, batch_size=PAGE, filter=rows, output_fields=fields, timeout=DEADLINE
            )
        try:
            while True:
                with self._reading("walking over"):
                    page = pages.next()
                if not page:
                    return
                yield from page
        finally:
            pages.close()

    def count(self, collection: Collection, rows: str) -> int:
        with self._reading("counting"):
            return self._counted(collection, rows)

    def close(self) -> None:
        """Closes the client and stops what was started for it; a second call does nothing."""
        with self._turns.writing() if self._turns else nullcontext():
            if not self._closed:
                self._closed = True
                self._client.close()
                self._stop()

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
