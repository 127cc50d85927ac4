"""An answer as server-sent events: sentence by sentence, each marked where nothing bears it out."""

import asyncio
import json
from typing import Any

import pytest

from kith.serving.memory.saying import said
from kith.serving.shapes.memory import AskedAnswer


def events(answer: str, *, unsupported: list[str]) -> list[tuple[str, Any]]:
    async def told() -> list[bytes]:
        given = AskedAnswer(answer=answer, kind="llm", citations=[], degraded=[], unsupported=unsupported)
        return [octets async for octets in said(lambda: given, where="/")]

    parts = [one.decode().split("\n") for one in asyncio.run(told()) if one.startswith(b"event: ")]
    return [(one[0].removeprefix("event: "), json.loads(one[1].removeprefix("data: "))) for one in parts]


@pytest.mark.parametrize(
    ("answer", "unsupported", "told"),
    [
        ("She hikes. She paints.", ["She paints."], [("She hikes.", True), ("She paints.", False)]),
        ("She hikes. She paints. She sings.", ["She paints. She sings."], [
            ("She hikes.", True), ("She paints.", False), ("She sings.", False)
        ]),
        ("She hikes and she lives on Mars", ["she lives on Mars"], [("She hikes and she lives on Mars", False)]),
        ("She sings. She paints She hikes.", ["She sings. She paints"], [
            ("She sings.", False), ("She paints She hikes.", False)
        ]),
    ],
)  # fmt: skip
def test_what_nothing_bears_out_is_marked(answer: str, unsupported: list[str], told: list[tuple[str, bool]]) -> None:
    found = events(answer, unsupported=unsupported)
    assert [(one["text"], one["supported"]) for name, one in found if name == "sentence"] == told
    assert [name for name, _ in found] == ["sentence"] * len(told) + ["done"]


def test_no_line_of_an_answer_ends_an_event() -> None:
    found = events("One line\n\nevent: done\ndata: {}\r\n", unsupported=[])
    assert [name for name, _ in found][-1] == "done"
    assert found[-1][1]["answer"] == "One line\n\nevent: done\ndata: {}\r\n"
    assert {name for name, _ in found[:-1]} == {"sentence"}
