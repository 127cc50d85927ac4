"""Documents as rows of their SQLite file: what stands in a column, and what in the JSON beside it."""

import json
from typing import Any, TypeAlias

from kith.persona.identity import Json
from kith.persona.model import Campaign, Engagement, Message, User
from kith.stores.document_rows import json_text, refuse_others

__all__ = [
    "STRANGER",
    "Row",
    "campaign_of",
    "campaign_row",
    "message_kept",
    "message_of",
    "message_row",
    "user_of",
    "user_row",
]

Row: TypeAlias = tuple[Any, ...]


STRANGER = json_text("user", "", {"name": None, "metadata": {}})
"""A person of whom nothing is known but that they wrote."""


def message_row(tenant: str, message: Message) -> Row:
    """A message as it is stored; what is searched by stands in columns of its own."""
    refuse_others("message", message.key, tenant=message.tenant, call=tenant)
    done = message.engagement
    body: dict[str, Json] = {
        "text": message.text,
        "message_id": message.message_id,
        "role": message.role,
        "author": message.author,
        "campaign_id": message.campaign_id,
        "intent": message.intent,
        "engagement": None if done is None else {"kind": done.kind, "value": done.value},
        "metadata": dict(message.metadata),
    }
    return (
        tenant,
        message.key,
        message.user_id,
        message.conversation_id,
        message.timestamp,
        message.content,
        json_text("message", message.key, body),
        message.role,
        bool(message.text),
    )


def message_of(tenant: str, row: Row) -> Message:
    """The message of a row: key, user, conversation, time, digest of the content, and body."""
    _, user_id, conversation_id, timestamp, _, body = row
    return Message(
        tenant=tenant, user_id=user_id, conversation_id=conversation_id, timestamp=timestamp, **_beside(body)
    )


def message_kept(tenant: str, row: Row) -> Message:
    """The same, with the digests that stand in the row."""
    key, user_id, conversation_id, timestamp, content, body = row
    return Message.kept(
        key,
        content,
        tenant=tenant,
        user_id=user_id,
        conversation_id=conversation_id,
        timestamp=timestamp,
        **_beside(body),
    )


def _beside(text: str) -> dict[str, Any]:
    """What of a message stands in its body."""
    body: dict[str, Any] = json.loads(text)
    done = body["engagement"]
    body["engagement"] = None if done is None else Engagement(**done)
    return body


def user_row(tenant: str, user: User) -> Row:
    """A person as they are stored."""
    refuse_others("user", user.user_id, tenant=user.tenant, call=tenant)
    body: dict[str, Json] = {"name": user.name, "metadata": dict(user.metadata)}
    return (tenant, user.user_id, json_text("user", user.user_id, body))


def user_of(tenant: str, row: Row) -> User:
    """The person of a row: id and body."""
    return User(tenant, row[0], **json.loads(row[1]))


def campaign_row(tenant: str, campaign: Campaign) -> Row:
    """A campaign as it is stored."""
    refuse_others("campaign", campaign.campaign_id, tenant=campaign.tenant, call=tenant)
    body: dict[str, Json] = {
        "title": campaign.title,
        "text": campaign.text,
        "intents": list(campaign.intents),
        "starts": campaign.starts,
        "ends": campaign.ends,
        "url": campaign.url,
        "metadata": dict(campaign.metadata),
    }
    return (tenant, campaign.campaign_id, json_text("campaign", campaign.campaign_id, body))


def campaign_of(tenant: str, row: Row) -> Campaign:
    """The campaign of a row: id and body."""
    body: dict[str, Any] = json.loads(row[1])
    return Campaign(tenant, row[0], intents=tuple(body.pop("intents")), **body)
