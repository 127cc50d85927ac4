"""Messages and campaigns as records again: what `kith export` writes and `kith run` reads."""

from kith.persona.identity import Json
from kith.persona.model import Campaign, Message
from kith.persona.time import iso

__all__ = ["campaign_record", "message_record"]


def message_record(message: Message) -> dict[str, Json]:
    """A record that gives this message, key and content included, when it is read again."""
    record: dict[str, Json] = {
        "user_id": message.user_id,
        "message": message.text,
        "timestamp": iso(message.timestamp),
        "role": message.role,
    }
    if message.is_event:
        del record["message"]
    if message.conversation_id:
        record["conversation_id"] = message.conversation_id
    optional: dict[str, str | None] = {
        "message_id": message.message_id,
        "author": message.author,
        "campaign_id": message.campaign_id,
        "intent": message.intent,
    }
    record.update({name: value for name, value in optional.items() if value is not None})
    if message.engagement is not None:
        record["engagement"] = {"kind": message.engagement.kind, "value": message.engagement.value}
    if message.metadata:
        record["metadata"] = dict(message.metadata)
    return record


def campaign_record(campaign: Campaign) -> dict[str, Json]:
    """A record that gives this campaign when it is read again."""
    record: dict[str, Json] = {"id": campaign.campaign_id, "title": campaign.title, "text": campaign.text}
    record["intents"] = list(campaign.intents)
    if campaign.starts is not None:
        record["starts"] = iso(campaign.starts)
    if campaign.ends is not None:
        record["ends"] = iso(campaign.ends)
    if campaign.url is not None:
        record["url"] = campaign.url
    if campaign.metadata:
        record["metadata"] = dict(campaign.metadata)
    return record
