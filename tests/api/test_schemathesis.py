"""Requests made up from the OpenAPI: whatever comes, the answer is one that it tells of, and never a failure."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, TypeAlias, cast

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from starlette.testclient import TestClient

from kith.persona.identity import Json

ClientOf: TypeAlias = Callable[..., TestClient]
Operation: TypeAlias = Any
"""An `APIOperation`, of types that the library leaves open."""
TENANT = "made-up"
BASE = "http://testserver"
EXAMPLES = 6
"""Requests of each kind for each route: as many as fit into half a minute."""
LONGEST = 60_000
"""Characters of an address: more than the server takes, and no more than the client sends."""
_every: Any = import_module("schemathesis.checks")
_openapi: Any = import_module("schemathesis.specs.openapi.checks")
CHECKS = [
    _every.not_a_server_error,
    _openapi.status_code_conformance,
    _openapi.content_type_conformance,
    _openapi.response_headers_conformance,
    _openapi.response_schema_conformance,
]
DO = hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)
LAST = ("DELETE", "POST /api/v1/forget")
"""What takes away comes after what asks for it."""


@pytest.fixture(scope="module")
def client(client_of: ClientOf) -> TestClient:
    """A client of a tenant that has a little of everything."""
    found = client_of(TENANT)
    talk = [{"message": f"We saw Monte Rosa on day {n}", "message_id": f"m{n}"} for n in range(3)]
    for user_id in ("ada", "ben", "cleo"):
        assert found.post(f"/api/v1/ingest/{user_id}", json={"messages": [*talk, {}]}).status_code == 200
    assert found.post("/api/v1/campaigns", json={"id": "spring", "title": "Trail shoes"}).status_code == 201
    liked = {"user_id": "ada", "campaign_id": "spring", "kind": "like"}
    assert found.post("/api/v1/feedback", json=liked).status_code == 200
    return found


@pytest.fixture(scope="module")
def known(client: TestClient) -> dict[str, str]:
    """Ids that lead somewhere, by the names that they have in addresses."""

    def first(path: str, name: str) -> str:
        return client.get(f"/api/v1{path}").json()["items"][0][name]

    job = client.post("/api/v1/verify")
    over(client, job)
    return {
        "user_id": "ada",
        "key": first("/users/ada/messages", "key"),
        "entity_id": first("/users/ada/entities", "id"),
        "campaign_id": "spring",
        "run_id": first("/runs", "run_id"),
        "job_id": job.json()["id"],
        "rejection_id": first("/rejections", "id"),
    }


@pytest.fixture(scope="module")
def operations(described: dict[str, Json]) -> list[Operation]:
    """All of the OpenAPI, those that take away last."""
    schema: Any = schemathesis.openapi.from_dict(cast("dict[str, Any]", described))
    found = [one.ok() for one in schema.get_all_operations()]
    return sorted(found, key=lambda one: one.label.startswith(LAST))


def over(client: TestClient, answer: Any) -> None:
    """Waits for what an answer says has begun: so many in turn would be too many at once."""
    where = answer.headers.get("location", "")
    if answer.status_code == 202 and ("/jobs/" in where or "/runs/" in where):
        assert client.get(f"{where}/events").status_code == 200


def sent(client: TestClient, case: Any) -> Any:
    """What is answered to a request, sent as it was made up."""
    made = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
    body = made.body if made.body is None or isinstance(made.body, bytes) else str(made.body).encode()
    # The key is the client's own: with one that is made up, all would be 401.
    headers = [(name.encode(), _octets(value)) for name, value in made.headers.items() if name != "Authorization"]
    hypothesis.assume(len(str(made.url)) <= LONGEST)
    answer = client.request(str(made.method), str(made.url), content=body, headers=headers)
    over(client, answer)
    return answer


def _octets(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


def documented(operation: Operation, answer: Any) -> None:
    """An error is one of the problems that the route tells of."""
    if answer.status_code < 400 or operation.label in ("GET /readyz",):
        return
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code != 401
    told = cast("dict[str, Any]", operation.definition.raw)["responses"][str(answer.status_code)]["description"]
    assert f"`{answer.json()['type']}`" in told, f"{operation.label} says nothing of {answer.json()['type']}"
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_one_that_is_told_of(
    client: TestClient, known: dict[str, str], operations: list[Operation], mode: GenerationMode
) -> None:
    seen = dict(_seen(client, known, operations, mode))
    assert {label: wrong for label, wrong in seen.items() if wrong} == {}


def _seen(
    client: TestClient, known: dict[str, str], operations: list[Operation], mode: GenerationMode
) -> Iterator[tuple[str, str]]:
    for operation in operations:
        try:
            _ask_much(client, known, operation, mode)
        except Unsatisfiable:  # nothing wrong can be made up for it
            yield operation.label, ""
        except Exception as error:
            yield operation.label, f"{type(error).__name__}: {error}"
        else:
            yield operation.label, ""


def _ask_much(client: TestClient, known: dict[str, str], operation: Operation, mode: GenerationMode) -> None:
    @DO
    @given(case=operation.as_strategy(generation_mode=mode), somewhere=st.booleans())
    def ask(case: Any, somewhere: bool) -> None:
        if somewhere and case.path_parameters:
            case.path_parameters.update({n: v for n, v in known.items() if n in case.path_parameters})
        answer = sent(client, case)
        case.validate_response(answer, checks=CHECKS)
        documented(operation, answer)

    ask()
