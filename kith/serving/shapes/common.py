"""What many answers share."""

from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from kith.addresses import PREFIX

__all__ = [
    "PREFIX",
    "Channels",
    "Degraded",
    "Given",
    "Key",
    "Metadata",
    "Moment",
    "Page",
    "Problem",
    "Score",
    "Shape",
]

T = TypeVar("T")

Moment: TypeAlias = Annotated[str, Field(description="ISO 8601, UTC", examples=["2026-03-01T09:30:00Z"])]
Key: TypeAlias = Annotated[str, Field(description="The key of a message", examples=["9f0c1d…"])]
Score: TypeAlias = float
Metadata: TypeAlias = dict[str, JsonValue]
Degraded: TypeAlias = Annotated[
    list[Literal["vectors", "graph", "ledger", "lexical", "llm"]],
    Field(description="What was missing from this answer: a store that is down, a channel that a store lacks"),
]


class Shape(BaseModel):
    """An answer. Fields may be added to it; none is taken away."""

    model_config = ConfigDict(frozen=True)


class Given(BaseModel):
    """A request's body. What it does not know is refused by name, so that a slip of the pen is not lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Shape, Generic[T]):
    """Some of a list, and where it goes on."""

    items: list[T]
    next: Annotated[str | None, Field(description="Ask with `cursor` set to this for what follows")] = None


class Channels(Shape):
    """Which ways of finding were open."""

    dense: bool
    lexical: bool
    graph: bool


class Problem(Shape):
    """What went wrong (RFC 9457)."""

    type: Annotated[str, Field(examples=["urn:kith:problem:unknown-user"])]
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: Annotated[list[dict[str, JsonValue]] | None, Field(description="Which fields, where several are wrong")] = (
        None
    )
