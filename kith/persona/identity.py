"""Ids that come from what a thing is, never from time or chance."""

import json
import unicodedata
from hashlib import blake2b
from typing import Literal, TypeAlias

__all__ = [
    "Json",
    "add_digests",
    "canonical",
    "content_digest",
    "identity",
    "nfc",
    "shard_of",
    "user_node_id",
]

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Kind: TypeAlias = Literal[
    "message-id",
    "event-id",
    "message-content",
    "entity",
    "user",
    "intent",
    "campaign",
    "fact",
    "event",
    "rejection",
    "digest",
]


def nfc(text: str) -> str:
    """The text in Unicode normal form C."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def identity(kind: Kind, *fields: str) -> str:
    """32 hex digits that stand for these fields: each in NFC and length-prefixed, so that no gluing collides."""
    digest = blake2b(digest_size=16, person=kind.encode())
    for field in fields:
        octets = nfc(field).encode()
        digest.update(len(octets).to_bytes(8, "big"))
        digest.update(octets)
    return digest.hexdigest()


def canonical(value: Json) -> str:
    """The one JSON text of a value: sorted keys, no spaces, nothing escaped that need not be."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_digest(value: Json) -> str:
    """32 hex digits of a JSON value's canonical text."""
    return blake2b(canonical(value).encode(), digest_size=16).hexdigest()


def add_digests(total: str, *parts: str) -> str:
    """Adds hex digests to a total without regard to their order: a digest of a bag, "0" * 32 when empty."""
    return f"{(int(total, 16) + sum(int(part, 16) for part in parts)) % (1 << 128):032x}"


def user_node_id(tenant: str, user_id: str) -> str:
    """The id of a person in one tenant, safe to put in any query."""
    return identity("user", tenant, user_id)


def shard_of(tenant: str, user_id: str, shards: int) -> int:
    """The shard that a person's writes go through."""
    return int(user_node_id(tenant, user_id)[:8], 16) % shards
