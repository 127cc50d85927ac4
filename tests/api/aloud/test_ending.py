"""An answer told aloud that does not come to its end: what was told is taken back, and who leaves ends it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from kith.etl.llm import ChatModel
from kith.persona.identity import Json
from kith.serving.frame.house import House
from kith.stores.errors import Transient
from kith.wiring import App, house_of

Gone: TypeAlias = Callable[[], object]
WALK: dict[str, Json] = {"text": "Ada walked from the mill to the old chapel.", "sources": ["{walk}"]}
MADE_UP: dict[str, Json] = {"text": "Dr. Gustav went with her.", "sources": []}


def break_off(_: Gone) -> None:
    raise ConnectionAbortedError


def stall(gone: Gone) -> None:
    gone()


def go_wrong(_: Gone) -> None:
    """Ends as if all had been said."""


@pytest.mark.parametrize(
    ("then", "ending", "reason"),
    [
        (stall, "", "unavailable"),
        (break_off, "", "unavailable"),
        (go_wrong, "", "unavailable"),
        (go_wrong, ', {"text": 7}', "unusable"),
        (stall, ', {"text": 7}', "unusable"),
    ],
    ids=["its time is up", "it breaks off", "it just ends", "it says nonsense", "and goes on and on"],
)
def test_half_an_answer_is_taken_back(
    opened: App,
    aloud: Any,
    an_app: Any,
    speaker: Any,
    make: Any,
    then: Callable[[Gone], None],
    ending: str,
    reason: str,
) -> None:
    begun = json.dumps({"answered": True, "sentences": [MADE_UP, MADE_UP]}).removesuffix("]}")

    def sent(gone: Gone) -> Iterable[bytes]:
        yield make.chunk(begun)
        if ending:
            yield make.chunk(ending)
        then(gone)

    speaker.always(make.reply(parts=sent))
    with closing(ChatModel(speaker.url, model="m", timeout=2.0 if then is stall else 60.0, retries=0)) as chat:
        house = replace(house_of(opened), chat=chat)
        events = aloud.all_of_it(an_app(house=house))
    expected = aloud.in_their_words(house)
    assert [name for name, _ in events[:3]] == ["sentence", "sentence", "retracted"]
    assert events[2][1] == {"sentences": 2, "reason": reason}
    assert [name for name, _ in events[3:]] == ["sentence", "citation", "done"]
    assert events[3][1] == {"text": expected["answer"], "supported": True}
    assert (events[4][1], events[5][1]) == (expected["citations"][0], expected)


@pytest.mark.parametrize("reply", ["refused", "prose", "nothing"])
def test_where_nothing_was_told_nothing_is_taken_back(
    house: House, aloud: Any, an_app: Any, speaker: Any, make: Any, reply: str
) -> None:
    given = {"refused": make.went_wrong(500), "prose": make.streamed("Ada wal", "ked."), "nothing": make.streamed()}
    speaker.always(given[reply])
    events = aloud.all_of_it(an_app(house=house))
    assert [name for name, _ in events] == ["sentence", "citation", "done"]
    assert events[-1][1] == aloud.in_their_words(house)


@pytest.mark.parametrize("leaves", ["by itself", "since the server gives up"])
@pytest.mark.parametrize("heard", [0, 1])
def test_who_leaves_ends_the_models_answer(
    house: House, aloud: Any, an_app: Any, speaker: Any, make: Any, leaves: str, heard: int
) -> None:
    closed, begun = threading.Event(), threading.Event()

    def sent(gone: Gone) -> Iterable[bytes]:
        yield make.chunk('{"answered": true, "sentences": [')
        yield make.chunk(json.dumps(MADE_UP) if heard else " ")
        begun.set()
        gone()
        closed.set()

    speaker.always(make.reply(parts=sent))
    app = an_app(house=house)

    async def part(listener: Any) -> None:
        await asyncio.to_thread(begun.wait)
        for _ in range(heard):
            await listener.event()
        if leaves == "by itself":
            listener.leave()
            await listener.request
        else:
            listener.request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await listener.request
        await asyncio.to_thread(closed.wait)
        assert app.state.asking.borrowed_tokens == 0

    aloud.play(app, part)


class Failing:
    """Documents that give no messages any more, once they are down."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.down = False

    def __getattr__(self, name: str) -> Any:
        if self.down and name == "get_messages":
            raise Transient("it is down")
        return getattr(self._inner, name)


def test_a_store_that_fails_while_a_sentence_is_cited_is_a_problem(
    house: House, aloud: Any, an_app: Any, speaker: Any, make: Any, keys: dict[str, str]
) -> None:
    documents: Any = Failing(house.stores.documents)

    def sent(_: Gone) -> Iterable[bytes]:
        documents.down = True
        yield make.chunk(aloud.written(keys, MADE_UP, WALK), finish_reason="stop")

    speaker.always(make.reply(parts=sent))
    events = aloud.all_of_it(an_app(house=replace(house, stores=replace(house.stores, documents=documents))))
    assert [name for name, _ in events] == ["sentence", "problem"]
    assert (events[1][1]["status"], events[1][1]["type"]) == (503, "urn:kith:problem:store-unavailable")


def test_a_server_that_ends_finishes_the_answer(tmp_path: Path, speaker: Any, make: Any) -> None:
    go_on = threading.Event()

    def sent(_: Gone) -> Iterable[bytes]:
        yield make.chunk('{"answered": true, "sentences": [')
        yield make.chunk(json.dumps(MADE_UP))
        go_on.wait()
        yield make.chunk("]}", finish_reason="stop")

    speaker.always(make.reply(parts=sent))
    settings = {"HOME": str(tmp_path / "home"), "EMBEDDER": "hash", "LANGUAGE": "plain", "LLM_MODEL": "m"}
    command = [sys.executable, "-m", "kith.cli", "serve", "--port", "0", "--json", "--quiet"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            **{f"KITH_{name}": value for name, value in settings.items()},
            "KITH_LLM_BASE_URL": speaker.url,
        },
    ) as server:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["url"]
        with httpx.Client(base_url=f"{url}/api/v1", trust_env=False) as client:
            client.post("/users", json={"user_id": "ada"})
            with client.stream("POST", "/rag/ada/query", json={"query": "Who?", "stream": True}) as answer:
                lines = answer.iter_lines()
                assert "event: sentence" in lines
                server.send_signal(signal.SIGTERM)
                go_on.set()
                assert "event: done" in lines
                assert json.loads(next(lines).removeprefix("data: "))["answer"] == MADE_UP["text"]
        assert server.wait() == 0
