"""Ids in addresses: any Unicode, slashes among it, and each checked as the door for records checks it."""

from typing import Annotated, TypeAlias
from urllib.parse import unquote

from fastapi import Path
from pydantic import BeforeValidator
from starlette.types import ASGIApp, Receive, Scope, Send

from kith.persona.record_fields import identifier

__all__ = ["CampaignId", "EncodedIds", "PersonId"]

SLASH = chr(0xDC00 + ord("/"))
"""Stands for a slash that was sent encoded. No address holds it otherwise: it is half of a character, and none of the
halves that stand for bytes that are not UTF-8."""


class EncodedIds:
    """Reads the path anew from the octets that were sent: an encoded slash belongs to an id and parts nothing, and
    octets that are not UTF-8 do not turn into a character that another id may hold."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the beginning and the end of the application."""
        raw: bytes = scope.get("raw_path") or b""
        if scope["type"] == "http" and b"%" in raw:
            held = raw.decode("latin-1").replace("%2f", SLASH).replace("%2F", SLASH)
            # In a scope of our own: servers write the path of theirs into logs, as UTF-8.
            scope = {**scope, "path": unquote(held, errors="surrogateescape")}
        await self._app(scope, receive, send)


def _id(value: object) -> object:
    return identifier(value.replace(SLASH, "/")) if isinstance(value, str) else value


PersonId: TypeAlias = Annotated[
    str,
    BeforeValidator(_id),
    Path(description="Whose; percent-encoded, slashes too", examples=["alice123"]),
]
"""A person's id in an address, in NFC."""

CampaignId: TypeAlias = Annotated[
    str, BeforeValidator(_id), Path(description="Which; percent-encoded, slashes too", examples=["spring-trail"])
]
"""A campaign's id in an address, in NFC."""
