"""An answer heard as it is said: the same text as the whole one, however it comes, and what becomes of every other."""

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import aclosing
from typing import Any

import pytest

from kith.etl.llm import ChatModel, LlmError, LlmRefused

Open = Callable[..., ChatModel]
Gone = Callable[[], object]

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
AT_ONCE: dict[str, Any] = {"retries": 0}


def test_a_question_is_asked_for_pieces(speaker: Any, open_chat: Open, make: Any, heard: Any) -> None:
    speaker.always(make.streamed('{"a"', ": 1}"))
    assert heard(open_chat(), schema=SCHEMA) == ['{"a"', ": 1}"]
    (asked,) = speaker.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.body == {
        "model": "tiny",
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA}},
        "temperature": 0,
        "seed": 7,
        "stream": True,
    }


def test_each_piece_is_heard_when_it_is_said(speaker: Any, open_chat: Open, make: Any) -> None:
    go_on = threading.Event()

    def sent(_: Gone) -> Iterable[bytes]:
        yield make.chunk("good ")
        go_on.wait()
        yield make.chunk("morning", finish_reason="stop")

    speaker.always(make.reply(parts=sent))

    async def hear() -> list[str]:
        async with aclosing(open_chat().stream("s", "u")) as told:
            first = await anext(told)
            go_on.set()
            return [first, *[piece async for piece in told]]

    assert asyncio.run(hear()) == ["good ", "morning"]


def test_only_our_headers_are_sent(
    speaker: Any, open_chat: Open, make: Any, monkeypatch: pytest.MonkeyPatch, heard: Any
) -> None:
    for name in ("OPENAI_BASE_URL", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("OPENAI_API_KEY", "of-the-environment")
    speaker.always(make.streamed("yes"))
    heard(open_chat())
    host, length = speaker.url.split("/")[2], speaker.asked[0].headers["Content-Length"]
    assert speaker.asked[0].headers == {
        "Host": host,
        "Authorization": f"Bearer {make.key}",
        "Content-Type": "application/json",
        "Content-Length": length,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "kith",
    }


def test_an_endpoint_that_ignores_it_gives_one_piece(speaker: Any, open_chat: Open, make: Any, heard: Any) -> None:
    speaker.always(make.said("good morning"))
    assert heard(open_chat()) == ["good morning"]


def test_an_endpoint_that_refuses_it_is_asked_for_the_whole(
    speaker: Any, open_chat: Open, make: Any, heard: Any
) -> None:
    def answer(asked: Any) -> Any:
        return make.went_wrong(400, "verify yourself to stream") if "stream" in asked.body else make.said({"a": 1})

    speaker.answer = answer
    chat = open_chat()
    assert heard(chat, schema=SCHEMA) == ['{"a": 1}']
    assert [(asked.form, "stream" in asked.body) for asked in speaker.asked[-2:]] == [
        ("text", True),
        ("json_schema", False),
    ]
    speaker.asked.clear()
    assert heard(chat, schema=SCHEMA) == ['{"a": 1}']
    assert [(asked.form, "stream" in asked.body) for asked in speaker.asked] == [
        ("json_schema", True),
        ("json_schema", False),
    ]


def test_how_a_question_is_taken_is_known_for_both(speaker: Any, open_chat: Open, make: Any, heard: Any) -> None:
    def answer(asked: Any) -> Any:
        if asked.form != "json_object":
            return make.went_wrong(400)
        return make.streamed("{}") if "stream" in asked.body else make.said("{}")

    speaker.answer = answer
    chat = open_chat()
    assert [heard(chat, schema=SCHEMA), [chat.ask("s", "u", schema=SCHEMA)]] == [["{}"]] * 2
    assert [asked.form for asked in speaker.asked] == ["json_schema", "json_object", "json_object"]
    assert json.dumps(SCHEMA) in speaker.asked[1].body["messages"][0]["content"]


@pytest.mark.parametrize("status", [401, 402, 403, 404, 307, 400, 413])
def test_what_is_refused_is_refused_in_the_same_words(
    speaker: Any, open_chat: Open, make: Any, status: int, heard: Any
) -> None:
    speaker.always(make.went_wrong(status, f"bad {make.key}\nhere", Location="/elsewhere"))
    chat = open_chat()
    with pytest.raises(LlmRefused) as whole:
        chat.ask("s", "u", schema=SCHEMA)
    with pytest.raises(LlmRefused) as streamed:
        heard(chat, schema=SCHEMA)
    assert (str(streamed.value), streamed.value.about_request) == (str(whole.value), whole.value.about_request)
    assert make.key not in str(streamed.value)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_may_work_later_is_tried_again(speaker: Any, open_chat: Open, make: Any, status: int, heard: Any) -> None:
    rests: list[float] = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)

    speaker.in_turn([make.went_wrong(status, Retry_After="3"), make.went_wrong(status), make.streamed("yes")])
    assert heard(open_chat(rest=rest)) == ["yes"]
    assert (len(speaker.asked), rests[0], rests[1] < 1) == (3, 3.0, True)


def test_one_model_is_heard_in_many_loops_and_after_it_was_closed(
    speaker: Any, open_chat: Open, make: Any, heard: Any
) -> None:
    speaker.always(make.streamed("yes"))
    chat = open_chat()
    assert [heard(chat) for _ in range(2)] == [["yes"]] * 2
    chat.close()
    assert heard(chat) == ["yes"]


def test_the_key_and_the_messages_are_in_no_log_and_no_error(
    speaker: Any, open_chat: Open, make: Any, caplog: pytest.LogCaptureFixture, heard: Any, parts: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    half = parts(make.chunk("for breakfast"), f'data: {{"error": {{"message": "{make.key}"}}}}\n\n'.encode())
    speaker.in_turn([make.streamed("for breakfast"), make.went_wrong(401, make.key), half])
    chat = open_chat(**AT_ONCE)
    heard(chat)
    errors: list[LlmError] = []
    for _ in range(2):
        with pytest.raises(LlmError) as raised:
            heard(chat)
        errors.append(raised.value)
    told = "\n".join([*map(repr, errors), *(str(one.getMessage()) for one in caplog.records)])
    assert make.key not in told
    assert "breakfast" not in told
