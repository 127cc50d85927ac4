"""What a MongoDB database of Kith's documents is made of, and how a new one is made ready.

| collection | index | answers |
|---|---|---|
| `messages` | `one_of_key`: tenant, key (unique) | messages by key, scans and counts of a tenant |
| | `of_user`: tenant, user_id, key | scans and counts of one person, deleting them |
| | `said`: tenant, user_id, moment, role | pages of what one person said |
| | `said_in_conversation`: tenant, user_id, conversation_id, moment, role | pages of one conversation, `near` |
| `users` | `one_of_id`: tenant, id (unique) | people by id, scans, counts, the names of tenants |
| `campaigns` | `one_of_id`: tenant, id (unique) | campaigns by id, scans, counts, the names of tenants |
| `format` | | one document: what the database holds, and in which format |
"""

from contextlib import suppress
from typing import Any, Literal, TypeAlias

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from kith.stores.errors import WrongFormat

__all__ = ["MongoCollection", "make_ready"]

MongoCollection: TypeAlias = Literal["messages", "users", "campaigns"]

HOLDS = "Kith's documents"
FORMAT = 1
RECORD = {"_id": "format"}


def _index(name: str, *fields: str, unique: bool = False) -> IndexModel:
    return IndexModel([(field, ASCENDING) for field in fields], name=name, unique=unique)


INDEXES: dict[MongoCollection, list[IndexModel]] = {
    "messages": [
        _index("one_of_key", "tenant", "key", unique=True),
        _index("of_user", "tenant", "user_id", "key"),
        _index("said", "tenant", "user_id", "moment", "role"),
        _index("said_in_conversation", "tenant", "user_id", "conversation_id", "moment", "role"),
    ],
    "users": [_index("one_of_id", "tenant", "id", unique=True)],
    "campaigns": [_index("one_of_id", "tenant", "id", unique=True)],
}


def make_ready(database: Database[dict[str, Any]], where: str) -> None:
    """Makes collections and indexes that are not there yet. Others may be doing the same, or have died over it.

    A database that holds something else, or a newer format, is refused and left as it is.
    """
    if not _is_ours(database, where):
        strange = sorted({*INDEXES} & {*database.list_collection_names()})
        # Whoever makes these collections has written the format before.
        if strange and not _is_ours(database, where):
            raise WrongFormat(
                f"{where!r} has a collection {strange[0]!r}, and does not hold {HOLDS}. Name another database."
            )
        with suppress(DuplicateKeyError):
            database["format"].update_one(RECORD, {"$setOnInsert": {"holds": HOLDS, "format": FORMAT}}, upsert=True)
        _is_ours(database, where)
    for collection, indexes in INDEXES.items():
        database[collection].create_indexes(indexes)


def _is_ours(database: Database[dict[str, Any]], where: str) -> bool:
    """Whether the format stands there; one that cannot be read is refused."""
    found = database["format"].find_one(RECORD)
    if found is None:
        return False
    if found.get("holds") != HOLDS:
        raise WrongFormat(f"{where!r} holds {found.get('holds')!r}, not {HOLDS}. Name another database in the URL.")
    if found.get("format") != FORMAT:
        raise WrongFormat(
            f"{where!r} holds {HOLDS} in format {found.get('format')!r}; this version of Kith reads format {FORMAT}. "
            "Use the version of Kith that wrote it, or a newer one."
        )
    return True
