"""What stands in a row of the vector store, the filters that find it, and whose it is.

Outside text never stands in a filter: tenants, people, conversations and keys go in as hex digits. By a literal, even
one that is written well, the embedded line finds no text with a control character in it. Filter templates are not used,
as it answers them with the rows of every tenant.
"""

import json
from collections.abc import Iterator, Sequence

from kith.persona.embedding import Vectors
from kith.persona.identity import identity, nfc, user_node_id
from kith.persona.model import Entity
from kith.stores.errors import RecordRefused
from kith.stores.milvus_client import Row
from kith.stores.ports import ALL, Indexed, Narrowed

__all__ = [
    "ANYBODYS",
    "FIELD_BYTES",
    "among",
    "chunks",
    "entity_row",
    "fitting",
    "message_row",
    "owned",
    "owned_by",
    "row_id",
    "within",
]

FIELD_BYTES = 65_535
"""UTF-8 bytes that a text field holds. A message's text is cut to it; an id that is longer is refused."""
LEAST, MOST = -(1 << 63), (1 << 63) - 1
"""What the field of a time holds."""
ANYBODYS = 'id != ""'
"""The filter for all rows, of whatever tenant."""
NOBODYS = 'id == ""'
"""The filter for no row."""
CHUNK_ROWS = 500
CHUNK_BYTES = 8 << 20
"""Of text and vectors in one call: far below what a server takes, and short enough for readers to wait for."""


def tenant_id(tenant: str) -> str:
    """A tenant as hex digits."""
    return identity("digest", "tenant", tenant)


def conversation_digest(tenant: str, conversation_id: str, *, of: str) -> str:
    """A conversation as hex digits: the same for all people who have one of this id."""
    return identity("digest", "conversation", tenant, plain(conversation_id, of=of))


def row_id(tenant: str, key: str) -> str:
    """The primary key of a message: the same key in two tenants is two rows, and any text may be a key."""
    return identity("digest", "row", tenant, key)


def message_row(tenant: str, message: Indexed, vector: Vectors, *, lexical: bool) -> Row:
    """A message as it is stored; `lexical`: with the text to search in."""
    key = plain(message.key, of=message.key)
    tenant = plain(tenant, of=key)
    row = {
        "id": row_id(tenant, key),
        "tenant_id": tenant_id(tenant),
        "person": user_node_id(tenant, plain(message.user_id, of=key)),
        "tenant": tenant,
        "user_id": message.user_id,
        "key": key,
        "conversation": conversation_digest(tenant, message.conversation_id, of=key),
        "conversation_id": message.conversation_id,
        "role": message.role,
        "content": plain(message.content, of=key),
        "timestamp": message.timestamp,
        "vector": vector,
    }
    return {**row, "text": fitting(message.text)} if lexical else row


def entity_row(tenant: str, entity: Entity, vector: Vectors) -> Row:
    """An entity as it is stored."""
    name = plain(entity.name, of=entity.name)
    return {
        "tenant": plain(tenant, of=name),
        "type": plain(entity.type, of=name),
        "name": name,
        "id": entity.id_in(tenant),
        "tenant_id": tenant_id(tenant),
        "vector": vector,
    }


def fitting(text: str) -> str:
    """As much of a text as its field holds, cut between characters, as the analyzer can read it.

    The embedded analyzer stops at a NUL, which becomes a space; half a surrogate pair becomes a question mark.
    """
    octets = text.replace("\0", " ").encode(errors="replace")
    return octets[:FIELD_BYTES].decode(errors="ignore")


def plain(value: str, *, of: str) -> str:
    """An id as it is, if its field can hold it."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError as error:
        raise RecordRefused(f"{value!r} of {of!r} is not Unicode text: half a surrogate pair stands in it") from error
    if size > FIELD_BYTES:
        raise RecordRefused(f"an id of {of[:100]!r} has {size} bytes; the vector store holds {FIELD_BYTES}: shorten it")
    return value


def owned_by(tenant: str, *, user_id: str | None = None, except_user: str | None = None, only: Narrowed = ALL) -> str:
    """The filter for a tenant's rows, for those of one person, or for those of everybody else."""
    terms = [f'tenant_id == "{tenant_id(tenant)}"']
    if user_id is not None:
        terms.append(f'person == "{user_node_id(tenant, user_id)}"')
    if except_user is not None:
        terms.append(f'person != "{user_node_id(tenant, except_user)}"')
    return " and ".join([*terms, *_narrowing(tenant, only)])


def _narrowing(tenant: str, only: Narrowed) -> Iterator[str]:
    if only.conversation_id is not None:
        yield f'conversation == "{conversation_digest(tenant, only.conversation_id, of="a search")}"'
    if only.role is not None:
        yield f"role == {json.dumps(only.role)}"
    # A bound beyond what the field holds would be read as another number; the least itself is not found by its name on
    # one line, and refused as no number on another.
    if only.since is not None and only.since > LEAST:
        yield f"timestamp >= {min(only.since, MOST):d}"
    if only.until is not None and only.until <= MOST:
        yield f"timestamp < {only.until:d}" if only.until > LEAST else NOBODYS


def owned(row: Row, tenant: str, *, user_id: str | None = None, except_user: str | None = None) -> bool:
    """Whether a row is what `owned_by` asked for, by the names in it and not by the ids that were filtered on."""
    if nfc(row["tenant"]) != nfc(tenant):
        return False
    if user_id is not None and nfc(row["user_id"]) != nfc(user_id):
        return False
    return except_user is None or nfc(row["user_id"]) != nfc(except_user)


def within(row: Row, only: Narrowed) -> bool:
    """Whether a row is of the messages that were meant, by what stands in it."""
    if only.conversation_id is not None and nfc(row["conversation_id"]) != nfc(only.conversation_id):
        return False
    if only.role is not None and row["role"] != only.role:
        return False
    if only.since is not None and row["timestamp"] < only.since:
        return False
    return only.until is None or row["timestamp"] < only.until


def among(ids: Sequence[str]) -> Iterator[str]:
    """Filters that together name all of these rows."""
    for start in range(0, len(ids), CHUNK_ROWS):
        yield "id in [" + ",".join(f'"{one}"' for one in ids[start : start + CHUNK_ROWS]) + "]"


def chunks(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows in calls of a size that the store takes."""
    chunk: list[Row] = []
    size = 0
    for row in rows:
        weight = row["vector"].nbytes + 4 * len(row.get("text", ""))
        if chunk and (len(chunk) == CHUNK_ROWS or size + weight > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += weight
    if chunk:
        yield chunk
