"""What runs did, and what was turned away. `pipeline_runs` and `pipeline_stages` are public."""

from sqlalchemy import Column, Float, Index, Table

from kith.stores.ledger.tables.columns import metadata, whole, words

__all__ = ["pipeline_runs", "pipeline_stages", "rejections", "run_events"]

pipeline_runs = Table(
    "pipeline_runs",
    metadata,
    words("run_id", key=True),
    words("tenant"),
    words("status"),
    words("started_at"),
    words("finished_at", null=True),
    whole("read"),
    whole("accepted"),
    whole("duplicate"),
    whole("rejected"),
    words("error", null=True),
    whole("batches"),
    whole("sources_unchanged"),
    whole("next_sequence"),
    Index("runs_by_time", "tenant", "started_at"),
)
pipeline_stages = Table(
    "pipeline_stages",
    metadata,
    words("run_id", key=True),
    whole("place", key=True),
    words("stage"),
    whole("record_count"),
    Column("seconds", Float(53), nullable=False),
    words("status"),
    words("started_at"),
    words("finished_at"),
)
run_events = Table(
    "run_events",
    metadata,
    words("run_id", key=True),
    words("digest", key=True),
    whole("place"),
    words("event"),
)
rejections = Table(
    "rejections",
    metadata,
    words("id", key=True),
    words("tenant"),
    words("run_id"),
    whole("rejected_at"),
    words("code"),
    words("detail"),
    words("source"),
    words("position"),
    words("raw"),
    words("user_id", null=True),
    Index("rejections_of_tenant", "tenant", "run_id"),
    Index("rejections_of_person", "user_id", "tenant"),
)
