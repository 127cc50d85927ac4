"""Somebody who says three things, from which facts are learned where the server reads English."""

from typing import Any

from kith.dashboard.data.asking import Api, path_of

__all__ = ["LISBON", "NAME", "PORTO", "TALK", "talk"]

NAME = "Bea *B*"
PORTO, LISBON = "2026-01-05T10:00:00.000Z", "2026-02-10T10:00:00.000Z"
"""When they said where they live, and where they moved."""
TALK = [
    {"role": "user", "content": "I live in Porto.", "timestamp": PORTO, "conversation_id": "c1"},
    {"role": "assistant", "content": "Noted.", "timestamp": "2026-01-05T10:00:05Z", "conversation_id": "c1"},
    {
        "role": "user",
        "content": "I moved to Lisbon, and I love *hiking*.",
        "timestamp": LISBON,
        "conversation_id": "c2",
    },
]


def talk(api: Api, user_id: str) -> None:
    """Makes somebody known, and takes in what they say."""
    api.post("users", dict[str, Any], {"user_id": user_id, "name": NAME})
    api.post(path_of("ingest", user_id), dict[str, Any], {"messages": TALK})
