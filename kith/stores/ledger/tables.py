"""The ledger's tables. `pipeline_runs`, `pipeline_stages` and `user_engagement` are public: clients read them in SQL.

Times are milliseconds UTC, save in the public tables: there they are text (`iso`), which sorts by time too.

Keys and indexes begin with the column that tells most, never with the tenant alone where rows are many: SQLite keeps no
statistics of its own accord, and takes a tenant for as good a choice as a key.
"""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, MetaData, Table, Text, false
from sqlalchemy.dialects import postgresql

__all__ = [
    "ABOUT_PEOPLE",
    "campaign_about",
    "campaign_entities",
    "committed",
    "deliveries",
    "entities",
    "evidence_headers",
    "generations",
    "intents",
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
    "run_events",
    "secrets",
    "sequences",
    "source_marks",
    "statements",
    "tombstones",
    "user_engagement",
]

# Text is compared by code points on every database.
WORDS = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

metadata = MetaData()


def _words(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    return Column(name, WORDS, primary_key=key, nullable=null)


def _whole(name: str, *, key: bool = False, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, primary_key=key, nullable=null, autoincrement=False)


ledger_format = Table("ledger_format", metadata, _whole("version", key=True), _whole("applied_at"))
secrets = Table("secrets", metadata, _words("name", key=True), _words("value"))

leases = Table(
    "leases",
    metadata,
    _whole("shard", key=True),
    _words("holder", null=True),
    _whole("epoch"),
    _whole("length"),  # what every use under the lease pushes the expiry out by
    _whole("expires_at"),
)

open_batches = Table(
    "open_batches",
    metadata,
    _words("batch_id", key=True),
    _words("holder", key=True),
    _words("run_id"),
    _words("kind"),
    _words("tenant"),
    _words("shards"),
    _whole("opened_at"),
)
open_items = Table(
    "open_items",
    metadata,
    _words("batch_id", key=True),
    _words("holder", key=True),
    _words("key", key=True),
    _whole("place"),
    _words("tenant"),
    _words("user_id"),
    _words("content"),
    _whole("timestamp"),
    _words("source"),
    _words("position"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _words("tenant", key=True),
    _words("kind", key=True),
    _words("key", key=True),
    _words("user_id"),
    _words("content"),
    _whole("timestamp"),
    _words("batch_id"),
    _words("run_id"),
    _words("source"),
    _words("position"),
    _whole("committed_at"),
    Index("deliveries_of_person", "user_id", "tenant"),
)
committed = Table(  # which pieces of a running run's batches are counted already
    "committed",
    metadata,
    _words("run_id", key=True),
    _words("batch_id", key=True),
    _words("piece", key=True),
)
sequences = Table(  # batches of a running run whose marks wait for those before them
    "sequences",
    metadata,
    _words("run_id", key=True),
    _whole("sequence", key=True),
    Column("complete", Boolean, nullable=False),
    _words("marks"),
)
source_marks = Table(
    "source_marks",
    metadata,
    _words("tenant", key=True),
    _words("source", key=True),
    _whole("offset"),
    _words("prefix"),
    Column("finished", Boolean, nullable=False),
)
generations = Table("generations", metadata, _words("person", key=True), _whole("generation"))

evidence_headers = Table(
    "evidence_headers",
    metadata,
    _words("tenant", key=True),
    _words("message_key", key=True),
    _words("user_id"),
    _words("content"),
    _whole("timestamp"),
    _words("conversation_id"),
    _words("campaign_id", null=True),
    _words("extractor"),
    _words("digest"),
    Index("evidence_of_person", "tenant", "user_id"),
)
mentions = Table(
    "mentions",
    metadata,
    _words("message_key", key=True),
    _words("tenant", key=True),
    _whole("place", key=True),
    _words("user_id"),
    _words("entity_id"),
    _words("tie"),  # the person and the entity as one value: totals of many pairs are found by one IN
    _words("surface"),
    _whole("occurrences"),
    Column("sentiment", Float(53), nullable=False),
    _whole("timestamp"),
    Index("mentions_of_person", "user_id", "tenant"),
    Index("mentions_of_entity", "entity_id", "tenant"),
    Index("mentions_of_tie", "tie"),
)
statements = Table(
    "statements",
    metadata,
    _words("message_key", key=True),
    _words("tenant", key=True),
    _whole("place", key=True),
    _words("user_id"),
    _words("predicate"),
    _words("entity_id"),
    _whole("since", null=True),
    _whole("until", null=True),
    Column("confidence", Float(53), nullable=False),
    _words("origin"),
    _whole("timestamp"),
    Column("detail", WORDS, nullable=False, server_default=""),
    Column("denied", Boolean, nullable=False, server_default=false()),
    Index("statements_of_person", "user_id", "tenant"),
    Index("statements_of_entity", "entity_id", "tenant"),
)
intents = Table(
    "intents",
    metadata,
    _words("message_key", key=True),
    _words("tenant", key=True),
    _whole("place", key=True),
    _words("user_id"),
    _words("intent"),
    _whole("timestamp"),
    Index("intents_of_person", "user_id", "tenant", "intent"),
)
relations = Table(
    "relations",
    metadata,
    _words("message_key", key=True),
    _words("tenant", key=True),
    _whole("place", key=True),
    _words("user_id"),
    _words("subject_id"),
    _words("kind"),
    _words("object_id"),
    _whole("timestamp"),
    Index("relations_of_person", "user_id", "tenant", "subject_id"),
    Index("relations_of_subject", "subject_id", "tenant"),
    Index("relations_of_object", "object_id", "tenant"),
)
user_engagement = Table(
    "user_engagement",
    metadata,
    _words("tenant", key=True),
    _words("user_id"),
    _words("campaign_id", null=True),
    _words("kind"),
    Column("value", Float(53), nullable=False),
    _words("timestamp"),
    _words("conversation_id"),
    _words("message_key"),
    _words("event_id", key=True),
    Index("engagement_of_person", "user_id", "tenant", "campaign_id"),
    Index("engagement_of_message", "message_key", "tenant"),
)
entities = Table(
    "entities",
    metadata,
    _words("entity_id", key=True),
    _words("tenant", key=True),
    _words("type"),
    _words("name"),
    Index("entities_in_order", "tenant", "type", "name"),
)
parted = Table(  # pairs of entities that stood together in a message which was edited or deleted
    "parted",
    metadata,
    _words("tenant", key=True),
    _words("user_id", key=True),
    _words("first_id", key=True),
    _words("second_id", key=True),
)
campaign_about = Table(
    "campaign_about",
    metadata,
    _words("tenant", key=True),
    _words("campaign_id", key=True),
    _words("content"),
    _words("extractor"),
    _words("intents"),
)
campaign_entities = Table(
    "campaign_entities",
    metadata,
    _words("tenant", key=True),
    _words("campaign_id", key=True),
    _whole("place", key=True),
    _words("entity_id"),
    Index("campaigns_of_entity", "entity_id", "tenant"),
)

pipeline_runs = Table(
    "pipeline_runs",
    metadata,
    _words("run_id", key=True),
    _words("tenant"),
    _words("status"),
    _words("started_at"),
    _words("finished_at", null=True),
    _whole("read"),
    _whole("accepted"),
    _whole("duplicate"),
    _whole("rejected"),
    _words("error", null=True),
    _whole("batches"),
    _whole("sources_unchanged"),
    _whole("next_sequence"),
    Index("runs_by_time", "tenant", "started_at"),
)
pipeline_stages = Table(
    "pipeline_stages",
    metadata,
    _words("run_id", key=True),
    _whole("place", key=True),
    _words("stage"),
    _whole("record_count"),
    Column("seconds", Float(53), nullable=False),
    _words("status"),
    _words("started_at"),
    _words("finished_at"),
)
run_events = Table(
    "run_events",
    metadata,
    _words("run_id", key=True),
    _words("digest", key=True),
    _whole("place"),
    _words("event"),
)
rejections = Table(
    "rejections",
    metadata,
    _words("id", key=True),
    _words("tenant"),
    _words("run_id"),
    _whole("rejected_at"),
    _words("code"),
    _words("detail"),
    _words("source"),
    _words("position"),
    _words("raw"),
    _words("user_id", null=True),
    Index("rejections_of_tenant", "tenant", "run_id"),
    Index("rejections_of_person", "user_id", "tenant"),
)

tombstones = Table(
    "tombstones",
    metadata,
    _words("person", key=True),
    _whole("forgotten_at"),
    _whole("admitted_at", null=True),
    _whole("settled_at", null=True),  # when a look through all stores found nothing of anyone forgotten
)
receipts = Table(
    "receipts", metadata, _words("receipt_id", key=True), _words("person"), _whole("kept_at"), _words("receipt")
)

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
)
"""Every table with rows of one person, by `tenant` and `user_id`; rejected records are found by their text too."""
