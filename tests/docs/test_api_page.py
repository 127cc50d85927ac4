"""The page of the API is held to the API: endpoints, what they ask and answer, an example each, problems and shapes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from kith.serving.frame.access import Access
from kith.serving.frame.app import build_app
from kith.serving.frame.middleware import Limits
from kith.serving.frame.problems import KINDS, URN
from kith.serving.shapes.people import MOST_MESSAGES
from kith.settings import Settings
from kith.wiring import house_of, open_app

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([A-Z]+) (/\S*)` \| (\w+) \|([^|]*)\|([^|]*)\|$", re.MULTILINE)
RUN = re.compile(r"^<!-- run -->\n+```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"`([\w-]+)`")
REF = "#/components/schemas/"
LISTED = re.compile(r"Page_(\w+)_")


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    settings = Settings(home=tmp_path_factory.mktemp("api"), embedder="hash", language="plain")
    with open_app(settings, command="a test", create=True) as app:
        access = Access(
            app.stores.ledger.keys, open_tenant=None, default_tenant="default", owner_token=None, clock=app.clock
        )
        return build_app(house_of(app), access, version="0.0.0").openapi()


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def shapes_in(part: Any) -> set[str]:
    """The shapes that a part of the OpenAPI names; of a list, what it is of."""
    if isinstance(part, list):
        return {name for one in cast("list[Any]", part) for name in shapes_in(one)}
    if not isinstance(part, dict):
        return set()
    fields = cast("dict[str, Any]", part)
    named = fields.get("$ref", "").removeprefix(REF)
    listed = LISTED.fullmatch(named)
    return {listed[1] if listed else named} - {""} | {name for one in fields.values() for name in shapes_in(one)}


def asked(operation: dict[str, Any]) -> set[str]:
    """Parameters that are not in the path, and the shapes of the body."""
    named = {one["name"].lower() for one in operation.get("parameters", []) if one["in"] != "path"}
    return named | shapes_in(operation.get("requestBody"))


def answered(operation: dict[str, Any]) -> set[str]:
    return shapes_in([told for status, told in operation["responses"].items() if status.startswith("2")])


def lower_if_header(name: str) -> str:
    return name if name[0].isupper() and "-" not in name and name != "Prefer" else name.lower()


def test_every_endpoint_with_its_scope_parameters_and_answer(described: dict[str, Any]) -> None:
    told = {
        (method, path): (scope, {lower_if_header(one) for one in NAME.findall(asks)}, set(NAME.findall(answers)))
        for method, path, scope, asks, answers in ROW.findall(PAGE)
    }
    there = {
        (method, path): (operation["x-scope"], asked(operation), answered(operation))
        for method, path, operation in operations(described)
    }
    assert told == there


def test_every_endpoint_has_an_example_that_runs(described: dict[str, Any]) -> None:
    lines = "".join(RUN.findall(PAGE)).replace("\\\n", " ").splitlines()
    examples: set[tuple[str, str]] = set()
    for line in lines:
        method = re.search(r"-X (\w+)", line)
        paths = re.findall(r"localhost:8000([^\s'\"?]*)", line)
        examples |= {(method[1] if method else "GET", path) for path in paths if "curl " in line}
    # An address that the server gave stands for itself: the comment beside it says what it is.
    examples |= {(method, path) for line in lines for method, path in re.findall(r"# ([A-Z]+) (/\S+)", line)}
    missing = [
        f"{method} {path}"
        for method, path, _ in operations(described)
        if not any(
            one == method and re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)), example)
            for one, example in examples
        )
    ]
    assert missing == []


def test_every_problem() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| (\d+) \| (.*) \|$", PAGE, flags=re.MULTILINE)
    assert rows == [(name, str(kind.status), kind.title) for name, kind in KINDS.items()]
    assert URN in PAGE


def test_every_shape_with_its_fields(described: dict[str, Any]) -> None:
    rows = re.findall(r"^\| `([A-Z]\w+)` \| (.*) \|$", PAGE.split("## Shapes")[1], flags=re.MULTILINE)
    told = {name: re.findall(r"`(\w+)`", fields) for name, fields in rows}
    there = {
        name: [*shape["properties"]]
        for name, shape in described["components"]["schemas"].items()
        if "properties" in shape and not LISTED.fullmatch(name)
    }
    assert told == there
    assert [*told] == sorted(told)


def test_limits() -> None:
    limits = Limits()
    assert (limits.body, limits.address, limits.seconds, MOST_MESSAGES) == (8 << 20, 16 << 10, 30.0, 1000)
    assert [words for words in ("8 MiB", "16 KiB", "30 seconds", "1,000 messages") if words not in PAGE] == []
