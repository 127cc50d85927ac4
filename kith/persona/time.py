"""Milliseconds since 1970, UTC, and how they are written."""

from datetime import datetime, timedelta

__all__ = ["iso"]

_EPOCH = datetime(1970, 1, 1)
"""Without a zone: all of it is UTC."""


def iso(milliseconds: int) -> str:
    """`2026-03-01T09:30:00.000Z`: sorts as text as it sorts in time."""
    return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds") + "Z"
