"""The ledger's tables. `pipeline_runs`, `pipeline_stages` and `user_engagement` are public: clients read them in SQL.

Times are milliseconds UTC, save in the public tables: there they are text (`iso`), which sorts by time too.

Keys and indexes begin with the column that tells most, never with the tenant alone where rows are many: SQLite keeps no
statistics of its own accord, and takes a tenant for as good a choice as a key.
"""

from kith.stores.ledger.tables.columns import metadata
from kith.stores.ledger.tables.happened import pipeline_runs, pipeline_stages, rejections, run_events
from kith.stores.ledger.tables.learned import (
    campaign_about,
    campaign_entities,
    entities,
    evidence_headers,
    intents,
    mentions,
    parted,
    relations,
    statements,
    user_engagement,
)
from kith.stores.ledger.tables.people import receipts, tombstones
from kith.stores.ledger.tables.serving import api_keys, jobs, requests
from kith.stores.ledger.tables.writing import (
    committed,
    deliveries,
    generations,
    leases,
    ledger_format,
    open_batches,
    open_items,
    secrets,
    sequences,
    source_marks,
)

__all__ = [
    "ABOUT_PEOPLE",
    "api_keys",
    "campaign_about",
    "campaign_entities",
    "committed",
    "deliveries",
    "entities",
    "evidence_headers",
    "generations",
    "intents",
    "jobs",
    "leases",
    "ledger_format",
    "mentions",
    "metadata",
    "open_batches",
    "open_items",
    "parted",
    "pipeline_runs",
    "pipeline_stages",
    "receipts",
    "rejections",
    "relations",
    "requests",
    "run_events",
    "secrets",
    "sequences",
    "source_marks",
    "statements",
    "tombstones",
    "user_engagement",
]

ABOUT_PEOPLE = (
    deliveries,
    evidence_headers,
    mentions,
    statements,
    intents,
    relations,
    user_engagement,
    parted,
    open_items,
    requests,
)
"""Every table with rows of one person, by `tenant` and `user_id`; rejected records are found by their text too."""
