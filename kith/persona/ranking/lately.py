"""How far back ranking looks, and what a person said last as one vector to look for conversations with."""

from collections.abc import Sequence

import numpy as np

from kith.persona.embedding import Vectors

__all__ = ["COUNTED", "INTENTS", "LATEST", "lately"]

DAY = 24 * 60 * 60 * 1000

LATEST = 5
"""Messages that count: what was said before is about something else by now. The mean of all was no better than
popularity."""
INTENTS = 50
"""Of a person's intents, the newest."""
COUNTED = 300 * DAY
"""Milliseconds for which engagement is counted: ten half-lives, after which a thousandth is left."""


def lately(newest_first: Sequence[Vectors]) -> Vectors | None:
    """The direction of these messages' vectors, each weighing half of the one before it; None where there is none."""
    total = sum((0.5**at * row for at, row in enumerate(newest_first[:LATEST])), np.zeros(1, dtype=np.float32))
    length = float(np.linalg.norm(total))
    return (total / length).astype(np.float32) if np.isfinite(length) and length > 0 else None
