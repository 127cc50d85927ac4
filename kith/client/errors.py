"""What can go wrong with what Kith is asked, here or at a server alike.

KithError                what a person can act on: the message names the thing and the next step
├── BadInput             an argument or a setting that cannot be used
├── StoresHeld           another process holds the embedded stores
└── ApiError             what was asked was not done
    ├── Refused          what was sent cannot be used as it is
    ├── NoAccess         a key is needed, or this one may not do that
    ├── NotFound         nobody knows the person, or there is no such thing
    ├── Forgotten        the person was forgotten, and nothing of theirs is taken
    └── Unavailable      not now: the same call may go through later
"""

from collections.abc import Sequence
from typing import Any

import httpx
from pydantic import ValidationError

from kith.persona.errors import KithError
from kith.serving.shapes.common import Problem

__all__ = ["ApiError", "Forgotten", "NoAccess", "NotFound", "Refused", "Unavailable", "error_of"]

REQUEST_ID = "x-request-id"


class ApiError(KithError):
    """What was asked was not done; the message is the problem's `detail`.

    `type` is that of the problem (`urn:kith:problem:unknown-user`), None where no answer of the API came; `errors` says
    which of several things were wrong.
    """

    def __init__(
        self,
        detail: str,
        *,
        type: str | None = None,
        status: int | None = None,
        errors: Sequence[dict[str, Any]] = (),
        request_id: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.type = type
        self.status = status
        self.errors = tuple(errors)
        self.request_id = request_id

    @property
    def kind(self) -> str | None:
        """The last part of the type: `unknown-user`."""
        return None if self.type is None else self.type.rpartition(":")[2]


class Refused(ApiError):
    """What was sent cannot be used as it is."""


class NoAccess(ApiError):
    """A key is needed, or this one may not do that."""


class NotFound(ApiError):
    """Nobody knows the person, or there is no such thing."""


class Forgotten(ApiError):
    """The person was forgotten, and nothing of theirs is taken: `add_user` lets them in again."""


class Unavailable(ApiError):
    """Not now: the same call may go through later."""


BY_STATUS: dict[int, type[ApiError]] = {
    401: NoAccess,
    403: NoAccess,
    404: NotFound,
    410: Forgotten,
    429: Unavailable,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


def error_of(response: httpx.Response, *, where: str) -> ApiError:
    """What an answer that is no success tells. `where` is whom it was asked of."""
    status, request_id = response.status_code, response.headers.get(REQUEST_ID)
    kind = BY_STATUS.get(status, Refused if 400 <= status < 500 else ApiError)
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        # Something else than the API answers: a proxy, or another service at this address.
        cls = Unavailable if kind is Unavailable else ApiError
        return cls(
            f"{where} answered {status} and no problem that Kith tells: check the address",
            status=status,
            request_id=request_id,
        )
    return kind(
        problem.detail,
        type=problem.type,
        status=status,
        errors=problem.errors or (),
        request_id=request_id,
    )
