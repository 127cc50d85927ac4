"""Milliseconds since 1970, UTC, and how they are written."""

from datetime import UTC, datetime, timedelta

__all__ = ["iso"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso(milliseconds: int) -> str:
    """`2026-03-01T09:30:00.000Z`: sorts as text as it sorts in time."""
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.").rjust(20, "0") + f"{milliseconds % 1000:03d}Z"
