"""What the endpoints about memory ask for: whom a question is about, at which moments, in which words, how long."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeAlias, cast

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, WithJsonSchema

from kith.persona.identity import Json, nfc
from kith.persona.timestamps import milliseconds
from kith.serving.frame.answers import Answers
from kith.serving.frame.paths import PersonId
from kith.serving.frame.routes import Answering, Asked
from kith.serving.memory.remembering import Memory

__all__ = ["LONGEST_QUERY", "About", "AboutWhose", "AsOf", "Budget", "KnownAt", "Time", "Words"]

LONGEST_QUERY = 4000


@dataclass(frozen=True, slots=True)
class _About:
    """A question about one person: who asks, whom it is about, and what answers."""

    request: Request
    tenant: str
    user_id: str
    answers: Answers

    @property
    def memory(self) -> Memory:
        return cast("Memory", self.request.app.state.memory)

    async def give(self, route: str, work: Callable[[], BaseModel], **parameters: Json) -> Response:
        """The answer, kept or new. `parameters` are all that it depends on, besides the person."""
        return await self.answers.give(
            self.request, work, tenant=self.tenant, user_id=self.user_id, route=route, parameters=parameters
        )


async def _about(request: Request, user_id: PersonId, caller: Asked, answers: Answering) -> _About:
    return _About(request, caller.tenant, user_id, answers)


async def _about_whose(
    request: Request,
    user_id: Annotated[str, Query(min_length=1, max_length=500, description="Whose: their own messages only")],
    caller: Asked,
    answers: Answering,
) -> _About:
    return _About(request, caller.tenant, nfc(user_id), answers)


def _time(value: object) -> object:
    return None if value is None else milliseconds(value)


About: TypeAlias = Annotated[_About, Depends(_about)]
AboutWhose: TypeAlias = Annotated[_About, Depends(_about_whose)]
Time: TypeAlias = Annotated[
    int | None,
    BeforeValidator(_time),
    WithJsonSchema({"anyOf": [{"type": "string", "examples": ["2026-03-01T09:30:00Z"]}, {"type": "null"}]}),
]
"""ISO 8601, or seconds or milliseconds since 1970."""
AsOf: TypeAlias = Annotated[Time, Query(description="What was true then")]
KnownAt: TypeAlias = Annotated[Time, Query(description="What was known then: of messages taken in by then")]
Words: TypeAlias = Annotated[
    str | None, Query(min_length=1, max_length=LONGEST_QUERY, examples=["What are Alice's hobbies?"])
]
Budget: TypeAlias = Annotated[int, Query(ge=50, le=100_000, description="Tokens that the text may have at most")]
