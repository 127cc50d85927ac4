"""What a house holds, as digests: by them two houses are compared, store by store and table by table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from kith.etl.copying import tenants_of
from kith.etl.differences import Difference
from kith.etl.integrity import Integrity
from kith.etl.walking import PAGE, walk
from kith.persona.identity import Json, add_digests, canonical, content_digest
from kith.stores.bundle import Stores
from kith.stores.copying_port import Copying, Row

__all__ = ["BESIDE", "House", "differing", "look"]

BESIDE = "api_keys"
"""The table that others may write while the house is ours: keys are made beside whoever holds it. It is no part of what
is compared, and is looked at by itself."""


@dataclass(frozen=True, slots=True)
class House:
    """What all stores hold: counts and digests by tenant, digests of the ledger's tables, and what is not as it ought
    to be within a tenant's stores."""

    counts: Mapping[str, Mapping[str, int]]
    digests: Mapping[str, Mapping[str, str]]
    tables: Mapping[str, str]
    differences: Mapping[str, tuple[Difference, ...]]

    @property
    def digest(self) -> str:
        """Of all of it."""
        tenants: dict[str, Json] = {tenant: dict(digests) for tenant, digests in self.digests.items()}
        return content_digest({"tables": dict(self.tables), "tenants": tenants})

    def unsound(self) -> Iterator[str]:
        """Where stores do not agree among themselves, in words: of each tenant, the first difference."""
        for tenant, found in self.differences.items():
            for one in found[:1]:
                where = f"{one.kind} in the {one.store} of tenant {tenant!r}: {one.key!r} ({one.detail})"
                yield where if len(found) == 1 else f"{where}, and {len(found) - 1:,} more"

    def unlike(self, other: "House") -> Iterator[str]:
        """What another house holds otherwise, in words."""
        for tenant in sorted({*self.digests, *other.digests}):
            for what, ours, theirs in (
                ("the {} of tenant {!r}", self.digests, other.digests),
                ("the number of {} of tenant {!r}", self.counts, other.counts),
            ):
                here, there = ours.get(tenant, {}), theirs.get(tenant, {})
                yield from (
                    what.format(name.replace("_", " "), tenant)
                    for name in sorted({*here, *there})
                    if here.get(name) != there.get(name)
                )
        for table in self.tables:
            if self.tables[table] != other.tables[table]:
                yield _of_ledger(table)


def differing(one: Stores, other: Stores, table: str) -> Iterator[str]:
    """A table of their ledgers, in words, where they hold something else in it at this moment."""
    if _table(one.ledger.copying, table) != _table(other.ledger.copying, table):
        yield _of_ledger(table)


def _of_ledger(table: str) -> str:
    return f"the table {table!r} of the ledger"


def look(stores: Stores, *, tick: Callable[[int], None]) -> House:
    """Goes through everything; nobody writes meanwhile, or what they write differs."""
    verdicts = {tenant: Integrity(stores, tenant=tenant, tick=tick).verify() for tenant in tenants_of(stores)}
    copying = stores.ledger.copying
    return House(
        counts={tenant: verdict.counts for tenant, verdict in verdicts.items()},
        digests={
            tenant: {**verdict.digests, "people": _people(stores, tenant)} for tenant, verdict in verdicts.items()
        },
        tables={table: _table(copying, table) for table in copying.counts() if table != BESIDE},
        differences={tenant: tuple(verdict.differences) for tenant, verdict in verdicts.items()},
    )


def _table(copying: Copying, table: str) -> str:
    """The digest of all rows, in order."""
    digest = blake2b(digest_size=16)
    after: Row | None = None
    while page := copying.scan(table, after=after, limit=PAGE):
        for row in page:
            digest.update(canonical(list(row)).encode() + b"\n")
        after = copying.key(table, page[-1])
    return digest.hexdigest()


def _people(stores: Stores, tenant: str) -> str:
    """The digest of names and metadata, which no other covers."""
    documents = stores.documents
    scan = walk(lambda after: documents.scan_users(tenant, after=after, limit=PAGE), lambda user: user.user_id)
    return add_digests("0" * 32, *(content_digest([key, one.name, dict(one.metadata)]) for key, one in scan))
