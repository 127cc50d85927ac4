"""An answer as server-sent events: what is told goes out at once, and all of it ends with whoever hears it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kith.persona.errors import BadInput
from kith.serving.frame.events import Events
from kith.serving.memory import saying
from kith.serving.memory.saying import said
from kith.serving.memory.speaking import Retracted, Sentence, Tell
from kith.serving.shapes.memory import AskedAnswer, Citation

CITED = Citation(key="aa", text="I hike.", timestamp="2026-03-01T10:00:00.000Z")
BY_MODEL = AskedAnswer(answer="She hikes. She sings.", kind="llm", citations=[CITED], degraded=[])
QUOTED = AskedAnswer(answer="I hike.\nI sing!", kind="extractive", citations=[CITED], degraded=["llm"])


def event(octets: bytes) -> tuple[str, Any]:
    name, told = octets.decode().removesuffix("\n\n").split("\n")
    return name.removeprefix("event: "), json.loads(told.removeprefix("data: "))


def events(work: Callable[[Tell], Awaitable[AskedAnswer]]) -> list[tuple[str, Any]]:
    async def hear() -> list[bytes]:
        return [octets async for octets in said(work, where="/")]

    first, *told = asyncio.run(hear())
    assert first == b": asked\n\n"
    return [*map(event, told)]


def test_a_models_sentences_are_told_as_they_come() -> None:
    async def work(tell: Tell) -> AskedAnswer:
        tell(Sentence("She hikes.", supported=True, keys=("aa",), cited=(CITED,)))
        tell(Sentence("She sings.", supported=False, keys=(), cited=()))
        return BY_MODEL

    assert events(work) == [
        ("sentence", {"text": "She hikes.", "supported": True, "citations": ["aa"]}),
        ("citation", CITED.model_dump()),
        ("sentence", {"text": "She sings.", "supported": False, "citations": []}),
        ("done", BY_MODEL.model_dump()),
    ]


def test_what_was_told_is_taken_back_before_another_answer_is_told() -> None:
    async def work(tell: Tell) -> AskedAnswer:
        tell(Sentence("She dances.", supported=True, keys=(), cited=()))
        tell(Retracted(1, "unavailable"))
        return QUOTED

    assert events(work)[1:] == [
        ("retracted", {"sentences": 1, "reason": "unavailable"}),
        ("sentence", {"text": "I hike.", "supported": True}),
        ("sentence", {"text": "I sing!", "supported": True}),
        ("citation", CITED.model_dump()),
        ("done", QUOTED.model_dump()),
    ]


def test_what_cannot_be_told_is_a_problem() -> None:
    async def work(tell: Tell) -> AskedAnswer:
        tell(Sentence("She hikes.", supported=True, keys=(), cited=()))
        raise BadInput("it is none")

    told = events(work)
    assert [name for name, _ in told] == ["sentence", "problem"]
    assert (told[1][1]["status"], told[1][1]["detail"], told[1][1]["instance"]) == (400, "it is none", "/")


def test_no_line_of_an_answer_ends_an_event() -> None:
    text = "One line\n\nevent: done\ndata: {}\r\n"

    async def work(tell: Tell) -> AskedAnswer:
        tell(Sentence(text, supported=True, keys=(), cited=()))
        return BY_MODEL

    assert events(work)[0] == ("sentence", {"text": text, "supported": True, "citations": []})


def test_while_nothing_is_told_a_line_says_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saying, "PULSE", 0.0)

    async def hear() -> list[bytes]:
        waited = asyncio.Event()

        async def work(_: Tell) -> AskedAnswer:
            await waited.wait()
            return BY_MODEL

        told: list[bytes] = []
        async for octets in said(work, where="/"):
            told.append(octets)
            if octets == b": still here\n\n":
                waited.set()
        return told

    told = asyncio.run(hear())
    assert told[1] == b": still here\n\n"
    assert event(told[-1]) == ("done", BY_MODEL.model_dump())


class Left(Exception):
    """Whoever heard has gone."""


@pytest.mark.parametrize("leaves", ["while it waits", "while it is told"])
def test_the_work_ends_with_whoever_hears_it(leaves: str) -> None:
    async def part() -> str:
        begun, ended = asyncio.Event(), asyncio.get_running_loop().create_future()

        async def work(tell: Tell) -> AskedAnswer:
            tell(Sentence("She hikes.", supported=True, keys=(), cited=()))
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                ended.set_result("cancelled")
                raise
            raise AssertionError

        async def send(message: Any) -> None:
            if leaves == "while it is told" and message.get("body", b"").startswith(b"event"):
                raise Left

        async def receive() -> Any:
            await begun.wait()
            return {"type": "http.disconnect"} if leaves == "while it waits" else await asyncio.Event().wait()

        try:
            await Events(said(work, where="/"))({"type": "http"}, receive, send)
        except Left:
            assert leaves == "while it is told"
        return ended.result()

    assert asyncio.run(part()) == "cancelled"
