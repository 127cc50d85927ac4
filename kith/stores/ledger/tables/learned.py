"""What messages taught, and what campaigns are about. `user_engagement` is public."""

from sqlalchemy import Boolean, Column, Float, Index, Table, false

from kith.stores.ledger.tables.columns import WORDS, metadata, whole, words

__all__ = [
    "campaign_about",
    "campaign_entities",
    "entities",
    "evidence_headers",
    "intents",
    "mentions",
    "parted",
    "relations",
    "statements",
    "user_engagement",
]

evidence_headers = Table(
    "evidence_headers",
    metadata,
    words("tenant", key=True),
    words("message_key", key=True),
    words("user_id"),
    words("content"),
    whole("timestamp"),
    words("conversation_id"),
    words("campaign_id", null=True),
    words("extractor"),
    words("digest"),
    Index("evidence_of_person", "tenant", "user_id"),
)
mentions = Table(
    "mentions",
    metadata,
    words("message_key", key=True),
    words("tenant", key=True),
    whole("place", key=True),
    words("user_id"),
    words("entity_id"),
    words("tie"),  # the person and the entity as one value: totals of many pairs are found by one IN
    words("surface"),
    whole("occurrences"),
    Column("sentiment", Float(53), nullable=False),
    whole("timestamp"),
    # Holds all that is asked of a person's latest mentions: thousands are read from it and nothing else.
    Index("mentions_of_person_by_time", "user_id", "tenant", "timestamp", "entity_id"),
    Index("mentions_of_entity", "entity_id", "tenant"),
    Index("mentions_of_tie_by_time", "tie", "timestamp"),
)
statements = Table(
    "statements",
    metadata,
    words("message_key", key=True),
    words("tenant", key=True),
    whole("place", key=True),
    words("user_id"),
    words("predicate"),
    words("entity_id"),
    whole("since", null=True),
    whole("until", null=True),
    Column("confidence", Float(53), nullable=False),
    words("origin"),
    whole("timestamp"),
    Column("detail", WORDS, nullable=False, server_default=""),
    Column("denied", Boolean, nullable=False, server_default=false()),
    Index("statements_of_person", "user_id", "tenant"),
    Index("statements_of_entity", "entity_id", "tenant"),
)
intents = Table(
    "intents",
    metadata,
    words("message_key", key=True),
    words("tenant", key=True),
    whole("place", key=True),
    words("user_id"),
    words("intent"),
    whole("timestamp"),
    Index("intents_of_person", "user_id", "tenant", "intent"),
    Index("intents_of_person_by_time", "user_id", "tenant", "timestamp"),
)
relations = Table(
    "relations",
    metadata,
    words("message_key", key=True),
    words("tenant", key=True),
    whole("place", key=True),
    words("user_id"),
    words("subject_id"),
    words("kind"),
    words("object_id"),
    whole("timestamp"),
    Index("relations_of_person", "user_id", "tenant", "subject_id"),
    Index("relations_of_subject", "subject_id", "tenant"),
    Index("relations_of_object", "object_id", "tenant"),
)
user_engagement = Table(
    "user_engagement",
    metadata,
    words("tenant", key=True),
    words("user_id"),
    words("campaign_id", null=True),
    words("kind"),
    Column("value", Float(53), nullable=False),
    words("timestamp"),
    words("conversation_id"),
    words("message_key"),
    words("event_id", key=True),
    Index("engagement_of_person", "user_id", "tenant", "campaign_id"),
    Index("engagement_of_message", "message_key", "tenant"),
    Index("engagement_of_conversation", "conversation_id", "user_id", "tenant"),
    # Holds all that is counted: whoever counts reads it and nothing else.
    Index("engagement_by_time", "tenant", "timestamp", "campaign_id", "kind", "value"),
)
entities = Table(
    "entities",
    metadata,
    words("entity_id", key=True),
    words("tenant", key=True),
    words("type"),
    words("name"),
    Index("entities_in_order", "tenant", "type", "name"),
)
parted = Table(  # pairs of entities that stood together in a message which was edited or deleted
    "parted",
    metadata,
    words("tenant", key=True),
    words("user_id", key=True),
    words("first_id", key=True),
    words("second_id", key=True),
)
campaign_about = Table(
    "campaign_about",
    metadata,
    words("tenant", key=True),
    words("campaign_id", key=True),
    words("content"),
    words("extractor"),
    words("intents"),
)
campaign_entities = Table(
    "campaign_entities",
    metadata,
    words("tenant", key=True),
    words("campaign_id", key=True),
    whole("place", key=True),
    words("entity_id"),
    Index("campaigns_of_entity", "entity_id", "tenant"),
)
