"""Where a list of recommendations goes on: a cursor that says what was shown, so that nothing is shown twice."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from kith.serving.frame.problems import Refusal

__all__ = ["MOST", "Shown"]

FORM = "1"
"""Stands before each cursor, and changes with what they hold."""
SIZE = 6
"""Bytes that stand for a campaign. Two that share them would be a campaign left out, once in many billions."""
MOST = 500
"""How many a cursor names: 4 kB of an address. A list ends there."""
CURSOR = re.compile(r"[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown on the pages before, as digests of ids.

    It stands for these campaigns and for no place in a list: what comes, goes and changes rank meanwhile repeats none.
    """

    digests: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, cursor: str | None) -> "Shown":
        """What a cursor says; `Refusal` for one that `cursor` never gave."""
        if cursor is None:
            return cls()
        form, packed = cursor[:1], cursor[1:]
        # Of whole groups of six bytes each four characters are three bytes, and there is no padding.
        if form != FORM or not packed or len(packed) % 8 or not CURSOR.fullmatch(packed) or len(packed) > 8 * MOST:
            raise Refusal("bad-cursor", f"cursor={cursor[:40]!r} is none of ours; leave it out to begin at the top")
        octets = urlsafe_b64decode(packed)
        return cls(frozenset(octets[at : at + SIZE] for at in range(0, len(octets), SIZE)))

    def __contains__(self, campaign_id: str) -> bool:
        return _digest(campaign_id) in self.digests

    def and_also(self, campaign_ids: Iterable[str]) -> "Shown":
        """These too."""
        return Shown(self.digests | {_digest(one) for one in campaign_ids})

    @property
    def cursor(self) -> str | None:
        """What the next page is asked with; None where there are more than one can name."""
        if not self.digests or len(self.digests) > MOST:
            return None
        return FORM + urlsafe_b64encode(b"".join(sorted(self.digests))).decode()


def _digest(campaign_id: str) -> bytes:
    return blake2b(campaign_id.encode("utf-8", "surrogatepass"), digest_size=SIZE).digest()
