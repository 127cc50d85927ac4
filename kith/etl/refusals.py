"""What is turned away after the door: by a store that will not take it, or because its person was forgotten."""

from kith.persona.identity import canonical
from kith.persona.model import Message, Rejection
from kith.persona.outgoing import message_record
from kith.persona.raw_records import kept

__all__ = ["forgotten", "undeliverable"]


def undeliverable(message: Message, why: str, *, source: str, position: str) -> Rejection:
    """Keeps the message as a record that can be read again."""
    raw = kept(canonical(message_record(message)))
    return Rejection("undeliverable", kept(why), source, position, raw, message.user_id)


def forgotten(*, source: str, position: str) -> Rejection:
    """Says that somebody was forgotten, without saying who or what."""
    return Rejection(
        code="forgotten",
        detail="this person was forgotten: let them in again first, and then only with messages dated later",
        source=source,
        position=position,
        raw="",
    )
