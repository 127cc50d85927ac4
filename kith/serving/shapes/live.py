"""Whether the service lives, and whether it can do its work."""

from typing import Annotated

from pydantic import Field

from kith.serving.shapes.common import Shape

__all__ = ["Alive", "Ready", "StoreState"]


class Alive(Shape):
    """That the process answers."""

    alive: bool
    version: str


class StoreState(Shape):
    """Whether a store answered within a second. `error` names the kind of error; the log has its words."""

    ok: bool
    kind: Annotated[str | None, Field(description="What it is; null while it has never answered")]
    ms: float
    error: str | None


class Ready(Shape):
    """Whether all stores answer, and which channels are off: what a store lacks that others of its kind have."""

    ready: bool
    stores: dict[str, StoreState]
    off: list[str]
