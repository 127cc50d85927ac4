"""Who may write, what is in hand, and what is delivered."""

from sqlalchemy import Boolean, Column, Index, Table

from kith.stores.ledger.tables.columns import metadata, whole, words

__all__ = [
    "committed",
    "deliveries",
    "generations",
    "leases",
    "ledger_format",
    "open_batches",
    "open_items",
    "secrets",
    "sequences",
    "source_marks",
]

ledger_format = Table("ledger_format", metadata, whole("version", key=True), whole("applied_at"))
secrets = Table("secrets", metadata, words("name", key=True), words("value"))

leases = Table(
    "leases",
    metadata,
    whole("shard", key=True),
    words("holder", null=True),
    whole("epoch"),
    whole("length"),  # what every use under the lease pushes the expiry out by
    whole("expires_at"),
)

open_batches = Table(
    "open_batches",
    metadata,
    words("batch_id", key=True),
    words("holder", key=True),
    words("run_id"),
    words("kind"),
    words("tenant"),
    words("shards"),
    whole("opened_at"),
)
open_items = Table(
    "open_items",
    metadata,
    words("batch_id", key=True),
    words("holder", key=True),
    words("key", key=True),
    whole("place"),
    words("tenant"),
    words("user_id"),
    words("content"),
    whole("timestamp"),
    words("source"),
    words("position"),
)

deliveries = Table(
    "deliveries",
    metadata,
    words("tenant", key=True),
    words("kind", key=True),
    words("key", key=True),
    words("user_id"),
    words("content"),
    whole("timestamp"),
    words("batch_id"),
    words("run_id"),
    words("source"),
    words("position"),
    whole("committed_at"),
    Index("deliveries_of_person", "user_id", "tenant"),
)
committed = Table(  # which pieces of a running run's batches are counted already
    "committed",
    metadata,
    words("run_id", key=True),
    words("batch_id", key=True),
    words("piece", key=True),
)
sequences = Table(  # batches of a running run whose marks wait for those before them
    "sequences",
    metadata,
    words("run_id", key=True),
    whole("sequence", key=True),
    Column("complete", Boolean, nullable=False),
    words("marks"),
)
source_marks = Table(
    "source_marks",
    metadata,
    words("tenant", key=True),
    words("source", key=True),
    whole("offset"),
    words("prefix"),
    Column("finished", Boolean, nullable=False),
)
generations = Table("generations", metadata, words("person", key=True), whole("generation"))
