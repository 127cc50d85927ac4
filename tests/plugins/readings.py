"""What the dashboard's data functions found, and what the ledger under them says."""

import sqlite3
from contextlib import closing
from typing import Any

from kith.dashboard.data.reading import Told

__all__ = ["asked", "told"]


def told(reading: Any) -> Any:
    """What was found; fails where it is missing."""
    assert isinstance(reading, Told), reading
    return reading.value  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - of any type


def asked(served: Any, query: str) -> list[Any]:
    """Rows of the ledger of a server that is up."""
    with closing(sqlite3.connect(f"file:{served.home / 'ledger.db'}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()
