"""What the dashboard is told when it starts: whom to ask, and what it may read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """Whom the dashboard asks, and what it may read beside."""

    api: str
    """The address of the API."""
    ledger: str = ""
    """The URL of the ledger, to read only; empty: there is none to read here."""
    tenant: str = "default"
    """Whose figures the ledger shows while the API does not say who asks."""
    guarded: bool = False
    """Whether others than this machine may look: then nothing is asked without a key."""
    named: bool = False
    """Whether somebody named the API: while it is down, nothing says that the ledger here is its own."""

    def told(self) -> dict[str, Any]:
        """As it is handed on."""
        return {
            "api": self.api,
            "ledger": self.ledger,
            "tenant": self.tenant,
            "guarded": self.guarded,
            "named": self.named,
        }

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Place":
        """The inverse of `told`."""
        return cls(
            str(told["api"]), str(told["ledger"]), str(told["tenant"]), bool(told["guarded"]), bool(told["named"])
        )
