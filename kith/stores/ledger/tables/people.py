"""What outlives the people who were forgotten. Nobody's id is in it."""

from sqlalchemy import Table

from kith.stores.ledger.tables.columns import metadata, whole, words

__all__ = ["receipts", "tombstones"]

tombstones = Table(
    "tombstones",
    metadata,
    words("person", key=True),
    whole("forgotten_at"),
    whole("admitted_at", null=True),
    whole("settled_at", null=True),  # when a look through all stores found nothing of anyone forgotten
)
receipts = Table(
    "receipts", metadata, words("receipt_id", key=True), words("person"), whole("kept_at"), words("receipt")
)
