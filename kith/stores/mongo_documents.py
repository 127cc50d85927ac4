"""Documents on a MongoDB server: the record for many machines.

What is stored is in `kith.stores.mongo_rows`, indexes and format in `mongo_schema`, what a call waits for in
`mongo_database`. All that is asked goes by parameters: nothing from outside is ever part of a query's form.

Not as in a file of SQLite: others may see a call half written, until it returns; and what was deleted leaves the disk
when the server writes over it, and its log of operations and its backups when those run out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from kith.persona.errors import BadInput
from kith.persona.model import Campaign, Message, User
from kith.stores.errors import Terminal
from kith.stores.mongo_near import around
from kith.stores.mongo_rows import (
    STRANGER,
    Document,
    campaign_document,
    campaign_of,
    message_document,
    message_kept,
    message_of,
    moment,
    user_document,
    user_of,
)
from kith.stores.ports import ALL, Narrowed, StoreCard

if TYPE_CHECKING:
    from kith.stores.mongo_database import MongoDatabase, Packed
    from kith.stores.mongo_schema import MongoCollection

__all__ = ["MongoDocuments", "open_mongo_documents"]

ASCENDING, DESCENDING = 1, -1

T = TypeVar("T")


def open_mongo_documents(url: str, *, patience: float = 30.0) -> "MongoDocuments":
    """Opens the database that the URL names, `kith` where it names none, and makes it ready where it is new.

    User, password and TLS stand in the URL, as MongoDB's own tools take it (`mongodb://` and `mongodb+srv://`).
    `patience`: seconds that the server may take for one answer; one that can't be reached is given up after 5.
    """
    try:
        from kith.stores.mongo_database import MongoDatabase
    except ModuleNotFoundError as error:
        if error.name not in ("pymongo", "bson"):
            raise
        message = f"documents on MongoDB need a package that is missing ({error.name!r}): pip install 'kith[servers]'"
        raise BadInput(message) from error
    return MongoDocuments(MongoDatabase(url, patience=patience))


class MongoDocuments:
    """The `Documents` port over one MongoDB database."""

    def __init__(self, database: "MongoDatabase") -> None:
        self._database = database

    def card(self) -> StoreCard:
        return StoreCard(kind="mongodb", version=self._database.version, where=self._database.where)

    def put_messages(self, tenant: str, messages: Sequence[Message]) -> None:
        documents = sorted((message_document(tenant, one) for one in messages), key=lambda one: one["version"])
        newest = {one["key"]: one for one in documents}
        packed = self._packed("message", "key", newest.values())
        # First the people: whoever has a message stands among them, even where this call is cut off.
        met = [{"tenant": tenant, "id": user_id} for user_id in dict.fromkeys(one.user_id for one in messages)]
        self._database.make("users", met, STRANGER)
        self._put_newest(tenant, newest, packed)

    def get_messages(self, tenant: str, keys: Sequence[str]) -> dict[str, Message]:
        found = self._database.named("messages", {"tenant": tenant}, "key", keys)
        return {one["key"]: self._message(tenant, one) for one in found}

    def scan_messages(
        self, tenant: str, *, user_id: str | None = None, after: str | None = None, limit: int = 1000
    ) -> list[Message]:
        found = self._scan("messages", "key", {"tenant": tenant, "user_id": user_id}, after=after, limit=limit)
        return [self._message(tenant, one) for one in found]

    def page_messages(
        self,
        tenant: str,
        user_id: str,
        *,
        only: Narrowed = ALL,
        before: tuple[int, str] | None = None,
        limit: int = 50,
    ) -> list[Message]:
        wanted = _given(
            {"tenant": tenant, "user_id": user_id, "conversation_id": only.conversation_id, "role": only.role}
        )
        # An event has no moment, and so is in no range of them.
        bounds = {"$gte": "" if only.since is None else moment(only.since)}
        ends = [] if before is None else [moment(*before)]
        ends += [] if only.until is None else [moment(only.until)]
        if ends:
            bounds["$lt"] = min(ends)
        found = self._database.find("messages", wanted | {"moment": bounds}, order=("moment", DESCENDING), limit=limit)
        return [self._shown(tenant, one) for one in found]

    def near(self, tenant: str, keys: Sequence[str], *, reach: int = 2) -> dict[str, tuple[Message, ...]]:
        own = [one for one in self._database.named("messages", {"tenant": tenant}, "key", keys) if "moment" in one]

        def beside(one: Document, bounds: Document, *, order: int, limit: int) -> list[Document]:
            place = {name: one.get(name) for name in ("user_id", "conversation_id")}
            wanted = {"tenant": tenant, **place, "moment": bounds}
            return self._database.find("messages", wanted, order=("moment", order), limit=limit)

        found = around(own, beside, reach=max(reach, 0))
        return {key: tuple(self._shown(tenant, one) for one in said) for key, said in found.items()}

    def delete_messages(self, tenant: str, keys: Sequence[str]) -> int:
        return self._delete("messages", tenant, "key", keys)

    def put_users(self, tenant: str, users: Sequence[User]) -> None:
        self._put_last("users", "user", [user_document(tenant, user) for user in users])

    def get_user(self, tenant: str, user_id: str) -> User | None:
        found = list(self._database.named("users", {"tenant": tenant}, "id", [user_id]))
        return self._user(tenant, found[0]) if found else None

    def names(self, tenant: str, user_ids: Sequence[str]) -> dict[str, str]:
        found = self._database.named("users", {"tenant": tenant}, "id", user_ids, ["id", "name"])
        return {one["id"]: one["name"] for one in found if one.get("name")}

    def scan_users(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[User]:
        found = self._scan("users", "id", {"tenant": tenant}, after=after, limit=limit)
        return [self._user(tenant, one) for one in found]

    def delete_user(self, tenant: str, user_id: str) -> int:
        # First the messages: where this call is cut off, it is still known whose the rest are.
        gone = self._database.delete_all("messages", {"tenant": tenant, "user_id": user_id})
        return gone + self._delete("users", tenant, "id", [user_id])

    def put_campaigns(self, tenant: str, campaigns: Sequence[Campaign]) -> None:
        self._put_last("campaigns", "campaign", [campaign_document(tenant, campaign) for campaign in campaigns])

    def get_campaigns(self, tenant: str, campaign_ids: Sequence[str]) -> dict[str, Campaign]:
        found = self._database.named("campaigns", {"tenant": tenant}, "id", campaign_ids)
        return {one["id"]: self._campaign(tenant, one) for one in found}

    def scan_campaigns(self, tenant: str, *, after: str | None = None, limit: int = 1000) -> list[Campaign]:
        found = self._scan("campaigns", "id", {"tenant": tenant}, after=after, limit=limit)
        return [self._campaign(tenant, one) for one in found]

    def delete_campaigns(self, tenant: str, campaign_ids: Sequence[str]) -> int:
        return self._delete("campaigns", tenant, "id", campaign_ids)

    def tenants(self) -> list[str]:
        # Whoever has messages stands in users too, which is far shorter.
        return sorted({*self._database.distinct("users", "tenant"), *self._database.distinct("campaigns", "tenant")})

    def count_messages(self, tenant: str, *, user_id: str | None = None) -> int:
        return self._database.count("messages", _given({"tenant": tenant, "user_id": user_id}))

    def count_users(self, tenant: str) -> int:
        return self._database.count("users", {"tenant": tenant})

    def count_campaigns(self, tenant: str) -> int:
        return self._database.count("campaigns", {"tenant": tenant})

    def close(self) -> None:
        self._database.close()

    def _put_last(self, collection: "MongoCollection", kind: str, documents: Sequence[Document]) -> None:
        """Writes each; of those of one id the last, in the place of what is there."""
        last: dict[str, Document] = {one["id"]: one for one in documents}
        packed = self._packed(kind, "id", last.values())
        wanted: list[Document] = [{"tenant": one["tenant"], "id": one["id"]} for one in last.values()]
        there = self._database.insert(collection, packed)
        self._database.replace(collection, [(wanted[at], packed[at]) for at in there])

    def _put_newest(self, tenant: str, newest: Mapping[str, Document], packed: Sequence["Packed"]) -> None:
        """Writes each message, unless there is a version of it that is as great."""
        keys = list(newest)
        there = {keys[at]: packed[at] for at in self._database.insert("messages", packed)}
        found = self._database.named("messages", {"tenant": tenant}, "key", list(there), ["key", "version"])
        known: dict[str, str] = {one["key"]: one.get("version", "") for one in found}
        older = [key for key, version in known.items() if version < newest[key]["version"]]
        # Asked again in the writing: another may have put a greater one there meanwhile.
        self._database.replace(
            "messages",
            [({"tenant": tenant, "key": key, "version": {"$lt": newest[key]["version"]}}, there[key]) for key in older],
        )

    def _packed(self, kind: str, by: str, documents: Iterable[Document]) -> list["Packed"]:
        return [self._database.pack(kind, one[by], one) for one in documents]

    def _scan(
        self,
        collection: "MongoCollection",
        by: str,
        where: Mapping[str, str | None],
        *,
        after: str | None,
        limit: int,
    ) -> list[Document]:
        wanted = _given(where) | ({} if after is None else {by: {"$gt": after}})
        return self._database.find(collection, wanted, order=(by, ASCENDING), limit=limit)

    def _delete(self, collection: "MongoCollection", tenant: str, by: str, names: Sequence[str]) -> int:
        return self._database.delete(collection, [{"tenant": tenant, by: name} for name in dict.fromkeys(names)])

    def _message(self, tenant: str, document: Document) -> Message:
        return self._made(document, lambda: message_of(tenant, document))

    def _shown(self, tenant: str, document: Document) -> Message:
        """A message that is shown and no more: its digests are not worked out again."""
        return self._made(document, lambda: message_kept(tenant, document))

    def _user(self, tenant: str, document: Document) -> User:
        return self._made(document, lambda: user_of(tenant, document))

    def _campaign(self, tenant: str, document: Document) -> Campaign:
        return self._made(document, lambda: campaign_of(tenant, document))

    def _made(self, document: Document, make: Callable[[], T]) -> T:
        try:
            return make()
        except (ValueError, KeyError, TypeError) as error:
            named = document.get("key", document.get("id"))
            raise Terminal(
                f"The document {named!r} in {self._database.where!r} is not as it was written. Restore the database "
                "from a backup, together with the ledger."
            ) from error


def _given(where: Mapping[str, str | None]) -> Document:
    return {field: value for field, value in where.items() if value is not None}
