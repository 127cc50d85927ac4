"""Documents as MongoDB holds them: each field a field, and what is free in form as JSON text.

`metadata` is text because BSON has no place for all of it: numbers beyond 64 bits, names with a NUL in them.

Two fields are there to be compared, each one text that sorts as its two parts do:

- `version` is the time and the digest of the content: of two documents of one key the greater one stands;
- `moment` is the time and the key: the order in which things were said. An event, which says nothing, has none.
"""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from kith.persona.identity import Json
from kith.persona.model import Campaign, Engagement, Message, User
from kith.stores.document_rows import LEAST, bounded, json_text, refuse_others

__all__ = [
    "STRANGER",
    "Document",
    "campaign_document",
    "campaign_of",
    "message_document",
    "message_kept",
    "message_of",
    "moment",
    "user_document",
    "user_of",
]

Document: TypeAlias = dict[str, Any]

STRANGER: Document = {"name": None, "metadata": "{}"}
"""A person of whom nothing is known but that they wrote."""
SHOWN = (
    "user_id",
    "text",
    "timestamp",
    "conversation_id",
    "message_id",
    "role",
    "author",
    "campaign_id",
    "intent",
)
"""The fields of a message that are one of ours as they are."""


def moment(timestamp: int, key: str = "") -> str:
    """What sorts as time and key do. A time that no message can have stands at the end that it lies beyond."""
    return f"{bounded(timestamp) - LEAST:016x}{key}"


def message_document(tenant: str, message: Message) -> Document:
    """A message as it is stored."""
    refuse_others("message", message.key, tenant=message.tenant, call=tenant)
    done = message.engagement
    document: Document = {
        "tenant": tenant,
        "key": message.key,
        "content": message.content,
        "version": moment(*message.version),
        **{name: getattr(message, name) for name in SHOWN},
        "engagement": None if done is None else {"kind": done.kind, "value": done.value},
        "metadata": _json("message", message.key, message.metadata),
    }
    return document if message.is_event else document | {"moment": moment(message.timestamp, message.key)}


def message_of(tenant: str, document: Document) -> Message:
    """The message, with its digests worked out again: `ValueError` where they are not those that were stored."""
    made = Message(tenant=tenant, **_fields(document))
    if (made.key, made.content) != (document["key"], document["content"]):
        raise ValueError("another message than the one that was stored")
    return made


def message_kept(tenant: str, document: Document) -> Message:
    """The same, with the digests that stand in the document."""
    return Message.kept(document["key"], document["content"], tenant=tenant, **_fields(document))


def _fields(document: Document) -> Document:
    done = document["engagement"]
    return {name: document[name] for name in SHOWN} | {
        "engagement": None if done is None else Engagement(**done),
        "metadata": json.loads(document["metadata"]),
    }


def user_document(tenant: str, user: User) -> Document:
    """A person as they are stored."""
    refuse_others("user", user.user_id, tenant=user.tenant, call=tenant)
    return {
        "tenant": tenant,
        "id": user.user_id,
        "name": user.name,
        "metadata": _json("user", user.user_id, user.metadata),
    }


def user_of(tenant: str, document: Document) -> User:
    """The person of a document."""
    return User(tenant, document["id"], name=document["name"], metadata=json.loads(document["metadata"]))


def campaign_document(tenant: str, campaign: Campaign) -> Document:
    """A campaign as it is stored."""
    refuse_others("campaign", campaign.campaign_id, tenant=campaign.tenant, call=tenant)
    return {
        "tenant": tenant,
        "id": campaign.campaign_id,
        "title": campaign.title,
        "text": campaign.text,
        "intents": list(campaign.intents),
        "starts": campaign.starts,
        "ends": campaign.ends,
        "url": campaign.url,
        "metadata": _json("campaign", campaign.campaign_id, campaign.metadata),
    }


def campaign_of(tenant: str, document: Document) -> Campaign:
    """The campaign of a document."""
    return Campaign(
        tenant,
        document["id"],
        document["title"],
        document["text"],
        tuple(document["intents"]),
        document["starts"],
        document["ends"],
        document["url"],
        json.loads(document["metadata"]),
    )


def _json(kind: str, of: str, metadata: Mapping[str, Json]) -> str:
    return json_text(kind, of, dict(metadata))
