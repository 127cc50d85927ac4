"""Who may ask, which requests to write were taken, and what long work is under way."""

from sqlalchemy import Index, Table, and_

from kith.stores.ledger.tables.columns import metadata, whole, words

__all__ = ["api_keys", "jobs", "requests"]

api_keys = Table(
    "api_keys",
    metadata,
    words("key_id", key=True),
    words("tenant"),
    words("name"),
    words("scopes"),
    words("digest"),
    whole("created_at"),
    whole("expires_at", null=True),
    whole("revoked_at", null=True),
)
requests = Table(
    "requests",
    metadata,
    words("request_id", key=True),
    words("tenant", key=True),
    words("user_id"),
    words("digest"),
    whole("arrived_at"),
    words("payload", null=True),
    whole("status", null=True),
    words("body", null=True),
    Index("requests_of_person", "user_id", "tenant"),
)
_answered = requests.c.status.is_not(None)
_waiting = and_(requests.c.status.is_(None), requests.c.payload.is_not(None))
_in_hand = and_(requests.c.status.is_(None), requests.c.payload.is_(None))
# Each holds only its own: a question must repeat the condition, word for word, to be answered by it.
Index("requests_answered", requests.c.arrived_at, sqlite_where=_answered, postgresql_where=_answered)
Index("requests_waiting", requests.c.arrived_at, sqlite_where=_waiting, postgresql_where=_waiting)
Index("requests_in_hand", requests.c.arrived_at, sqlite_where=_in_hand, postgresql_where=_in_hand)
jobs = Table(
    "jobs",
    metadata,
    words("job_id", key=True),
    words("tenant"),
    words("what"),
    words("worker"),
    whole("added_at"),
    whole("heard_at"),
    words("state"),
    whole("cancelled"),
    words("progress"),
    words("outcome"),
)
_living = jobs.c.state != "over"
Index("jobs_of_worker", jobs.c.worker, sqlite_where=_living, postgresql_where=_living)
Index("jobs_by_time", jobs.c.added_at)
