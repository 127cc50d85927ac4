"""How an endpoint is declared: with the scope that it asks for, or not at all."""

from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, cast

import orjson
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from kith.serving.frame.access import Access, Caller
from kith.serving.frame.answers import Answers
from kith.serving.frame.house import House
from kith.serving.frame.problems import problems_of
from kith.serving.shapes.common import PREFIX
from kith.stores.serving_port import Scope

__all__ = ["PREFIX", "Answering", "Asked", "Home", "Routes", "answers_of", "caller_of", "house_of"]

F = TypeVar("F", bound=Callable[..., Any])
Asking: TypeAlias = Scope | Literal["anyone"]
ALWAYS = ("no-credential", "bad-credential", "wrong-scope", "wrong-host", "invalid-request", "too-long", "internal")
STORES = ("store-unavailable", "too-slow")
SCOPE = "x-scope"
PATIENT = "x-patient"
MOST = "x-max-body"


# Dependencies are coroutines: of a plain function FastAPI makes a trip to a thread, for each request.
async def house_of(request: Request) -> House:
    """The house that this application serves."""
    return cast("House", request.app.state.house)


async def answers_of(request: Request) -> Answers:
    """The answers that are kept."""
    return cast("Answers", request.app.state.answers)


async def caller_of(request: Request) -> Caller:
    """Who asks, as the route found out before it read anything else."""
    return cast("Caller", request.state.caller)


Home: TypeAlias = Annotated[House, Depends(house_of)]
Answering: TypeAlias = Annotated[Answers, Depends(answers_of)]
Asked: TypeAlias = Annotated[Caller, Depends(caller_of)]


class _Request(Request):
    """A request whose JSON is what the standard says: no halves of characters, no NaN, no bottomless nesting."""

    async def json(self) -> Any:
        return orjson.loads(await self.body())


class _Route(APIRoute):
    """One endpoint. Who may not ask is told so before a byte of the body is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        scope = cast("Asking", (self.openapi_extra or {})[SCOPE])
        return handle if scope == "anyone" else _admitting(scope, handle)


class Routes:
    """Endpoints that belong together. Each says which scope it asks for; one that does not fails at import.

    `lifespan` is what they need while the application runs: it is left before answers and online writes are closed.
    """

    def __init__(
        self,
        tag: str,
        *,
        prefix: str = PREFIX,
        lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
    ) -> None:
        self.router = APIRouter(tags=[tag], prefix=prefix, route_class=_Route, lifespan=lifespan)

    def get(self, path: str, *, scope: Asking, problems: Sequence[str] = (), **more: Any) -> Callable[[F], F]:
        """Declares a GET. Of what else may be said, see `_declare`; the rest is FastAPI's."""
        return self._declare("GET", path, scope, problems, **more)

    def post(self, path: str, *, scope: Asking, problems: Sequence[str] = (), **more: Any) -> Callable[[F], F]:
        """Declares a POST."""
        return self._declare("POST", path, scope, ("too-large", *problems), **more)

    def patch(self, path: str, *, scope: Asking, problems: Sequence[str] = (), **more: Any) -> Callable[[F], F]:
        """Declares a PATCH."""
        return self._declare("PATCH", path, scope, ("too-large", *problems), **more)

    def delete(self, path: str, *, scope: Asking, problems: Sequence[str] = (), **more: Any) -> Callable[[F], F]:
        """Declares a DELETE."""
        return self._declare("DELETE", path, scope, problems, **more)

    def _declare(
        self,
        method: str,
        path: str,
        scope: Asking,
        problems: Sequence[str],
        *,
        patient: bool = False,
        max_body: int | None = None,
        **more: Any,
    ) -> Callable[[F], F]:
        """`patient`: an upload, or work on whole stores, that may take longer than others before it answers.

        `max_body`: bytes that its body may have, where that is not what others may have.
        """
        told = problems_of(*(("internal",) if scope == "anyone" else (*ALWAYS, *STORES)), *problems)
        more["responses"] = {**told, **more.pop("responses", {})}
        said: dict[str, Any] = {SCOPE: scope}
        if patient:
            said[PATIENT] = True
        if max_body is not None:
            said[MOST] = max_body
        more["openapi_extra"] = {**more.pop("openapi_extra", {}), **said}
        return self.router.api_route(path, methods=[method], **more)


def _admitting(
    scope: Scope, handle: Callable[[Request], Coroutine[Any, Any, Response]]
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def admitted(request: Request) -> Response:
        await _admit(request, scope)
        tenant, answers = request.state.caller.tenant, cast("Answers", request.app.state.answers)
        kept = answers.again(request, tenant)
        if kept is not None:
            return kept
        answer = await handle(_Request(request.scope, request.receive))
        answers.remember(request, tenant, answer)
        return answer

    return admitted


async def _admit(request: Request, scope: Scope) -> None:
    access = cast("Access", request.app.state.access)
    if access.at_hand(request.headers):
        request.state.caller = access.admit(request.headers, scope)
    else:
        request.state.caller = await run_in_threadpool(access.admit, request.headers, scope)
