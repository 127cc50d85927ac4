"""Errors as answers: problem+json (RFC 9457), each with a type that stays, and never a stack trace."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from kith.etl.online import Busy
from kith.persona.errors import BadInput, KithError
from kith.persona.identity import Json
from kith.serving.shapes.common import Problem
from kith.stores.errors import StoreError, Transient

__all__ = [
    "KINDS",
    "PROBLEM_SCHEMA",
    "Kind",
    "Refusal",
    "problem_of",
    "problem_response",
    "problems_of",
    "tell_problems",
]

log = logging.getLogger("kith.serving")

URN = "urn:kith:problem:"
MEDIA = "application/problem+json"
SOON = {"Retry-After": "1"}
SHOWN = 20
"""Fields that are named at once where many are wrong."""
LONGEST = 500
"""Characters of what was asked that an answer repeats."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its status and its title."""

    status: int
    title: str


KINDS: Mapping[str, Kind] = {
    "invalid-request": Kind(422, "The request cannot be read"),
    "bad-input": Kind(400, "This cannot be used"),
    "bad-cursor": Kind(400, "This cursor is not one of ours"),
    "no-credential": Kind(401, "A key is needed"),
    "bad-credential": Kind(401, "This key does not open anything"),
    "wrong-scope": Kind(403, "This key may not do that"),
    "wrong-host": Kind(403, "This host name is not served"),
    "unknown-user": Kind(404, "Nobody knows this person"),
    "unknown-thing": Kind(404, "There is no such thing"),
    "no-such-route": Kind(404, "Nothing answers here"),
    "wrong-method": Kind(405, "This method is not answered here"),
    "forgotten": Kind(410, "This person was forgotten"),
    "too-large": Kind(413, "The request is too large"),
    "too-long": Kind(414, "The address is too long"),
    "key-reused": Kind(422, "This Idempotency-Key was used for another request"),
    "too-busy": Kind(503, "More is waiting than can be taken"),
    "store-unavailable": Kind(503, "A store does not answer"),
    "too-slow": Kind(504, "This took too long"),
    "internal": Kind(500, "Something went wrong here"),
}
"""Every kind of problem, by the last part of its type."""


@dataclass(eq=False)
class Refusal(KithError):
    """A request that is not answered as asked."""

    kind: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    errors: Sequence[Mapping[str, Json]] | None = None

    def __str__(self) -> str:
        return self.detail


def problem_response(
    kind: str,
    detail: str,
    *,
    instance: str | None = None,
    errors: Sequence[Mapping[str, Json]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer for one problem."""
    told: dict[str, Any] = {
        "type": URN + kind,
        "title": KINDS[kind].title,
        "status": KINDS[kind].status,
        "detail": _text(detail),
        "instance": None if instance is None else _text(instance[:LONGEST]),
    }
    if errors is not None:
        told["errors"] = [dict(one) for one in errors]
    return Response(orjson.dumps(told), KINDS[kind].status, dict(headers or {}), MEDIA)


def problems_of(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """What an endpoint documents of its problems, by status."""
    by_status: dict[int | str, list[str]] = {}
    for kind in kinds:
        by_status.setdefault(KINDS[kind].status, []).append(f"`{URN}{kind}`: {KINDS[kind].title}")
    return {
        status: {
            "description": "; ".join(told),
            "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, told in by_status.items()
    }


def tell_problems(app: FastAPI) -> None:
    """Has the errors of this application answered as problems; what nobody foresaw is left to the middleware."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(KithError, _ours)


def _text(given: object) -> str:
    """What can be written as UTF-8: JSON can name halves of characters."""
    return str(given).encode("utf-8", "replace").decode()


def _where(request: Request) -> str:
    return request.scope["path"]  # `request.url` is built with the Host header, which may be anything


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it is registered for nothing else
    wrong: list[Mapping[str, Json]] = [
        {"at": _text(".".join(map(str, one["loc"]))[:LONGEST]), "problem": _text(one["msg"])[:LONGEST]}
        for one in error.errors()[:SHOWN]
    ]
    first = wrong[0]
    return problem_response(
        "invalid-request", f"{first['at']}: {first['problem']}", instance=_where(request), errors=wrong
    )


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for nothing else
    kind = {404: "no-such-route", 405: "wrong-method", 413: "too-large"}.get(error.status_code, "invalid-request")
    where = _where(request)[:LONGEST]
    detail = {
        404: f"nothing answers at {where!r}; see /docs",
        405: f"{request.method} is not answered at {where!r}; see /docs",
    }.get(error.status_code, str(error.detail))
    return problem_response(kind, detail, instance=where, headers=error.headers)


def _ours(request: Request, error: Exception) -> Response:
    return problem_of(error, method=request.method, where=_where(request))


def problem_of(error: Exception, *, method: str, where: str) -> Response:
    """What went wrong in a store, or with what was given. What a store says stays in the log: it names places."""
    if isinstance(error, Refusal):
        return problem_response(error.kind, error.detail, instance=where, errors=error.errors, headers=error.headers)
    if isinstance(error, BadInput):
        return problem_response("bad-input", str(error), instance=where)
    if isinstance(error, Busy):
        return problem_response("too-busy", str(error), instance=where, headers=SOON)
    if isinstance(error, Transient):
        log.warning("%s %r: %s", method, where, error)
        detail = "a store does not answer now: try again; see /readyz and the server's log"
        return problem_response("store-unavailable", detail, instance=where, headers=SOON)
    log.error("%s %r failed", method, where, exc_info=error)
    kind = "store-unavailable" if isinstance(error, StoreError) else "internal"
    return problem_response(kind, "see the server's log", instance=where)


PROBLEM_SCHEMA = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
"""For the OpenAPI's components."""
