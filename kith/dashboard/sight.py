"""What a page may look at."""

from dataclasses import dataclass

from kith.dashboard.data.asking import Api
from kith.dashboard.data.callers import Caller
from kith.dashboard.data.history import Ledger

__all__ = ["Sight"]


@dataclass(frozen=True, slots=True)
class Sight:
    """The API as whoever looks, who that is, and the ledger of the same stores where they may read it."""

    api: Api
    caller: Caller
    ledger: Ledger
