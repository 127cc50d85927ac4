"""A model behind an endpoint: how it is asked, what is taken for an answer, and what becomes of every other reply."""

import json
import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest

from kith.etl.llm import ChatModel, LlmError, LlmRefused, LlmUnavailable, LlmUnusable
from kith.persona.errors import BadInput

Open = Callable[..., ChatModel]

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
AT_ONCE: dict[str, Any] = {"retries": 0}


def test_a_question_is_asked_with_the_schema_and_answered(speaker: Any, open_chat: Open, make: Any) -> None:
    speaker.always(make.said({"a": 1}))
    assert open_chat().ask("be brief", "what is a?", schema=SCHEMA) == '{"a": 1}'
    (asked,) = speaker.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.body == {
        "model": "tiny",
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "what is a?"}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA}},
        "temperature": 0,
        "seed": 7,
    }


def test_without_a_schema_the_answer_is_text(speaker: Any, open_chat: Open, make: Any) -> None:
    speaker.always(make.said("good morning"))
    assert open_chat().ask("be brief", "hello") == "good morning"
    assert "response_format" not in speaker.asked[0].body


def test_only_our_headers_are_sent(speaker: Any, open_chat: Open, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_BASE_URL", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_WEBHOOK_SECRET"):
        monkeypatch.setenv(name, "of-the-environment")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer other\nX-Spy: yes\nUser-Agent: other")
    speaker.always(make.said("yes"))
    open_chat().ask("s", "u")
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


def test_without_a_key_a_placeholder_is_sent(speaker: Any, open_chat: Open, make: Any) -> None:
    speaker.always(make.said("yes"))
    open_chat(api_key="").ask("s", "u")
    assert speaker.asked[0].headers["Authorization"] == "Bearer none"


def test_an_endpoint_that_knows_no_schemas_is_asked_for_json_and_remembered(
    speaker: Any, open_chat: Open, make: Any
) -> None:
    def answer(asked: Any) -> Any:
        return make.said({"a": 1}) if asked.form == "json_object" else make.went_wrong(400)

    speaker.answer = answer
    chat = open_chat()
    assert [chat.ask("s", "u", schema=SCHEMA) for _ in range(2)] == ['{"a": 1}'] * 2
    assert [asked.form for asked in speaker.asked] == ["json_schema", "json_object", "json_object"]
    assert json.dumps(SCHEMA) in speaker.asked[1].body["messages"][0]["content"]


def test_a_model_that_takes_no_temperature_is_asked_without(speaker: Any, open_chat: Open, make: Any) -> None:
    def answer(asked: Any) -> Any:
        return make.went_wrong(400) if "temperature" in asked.body else make.said({"a": 1})

    speaker.answer = answer
    chat = open_chat()
    assert [chat.ask("s", "u", schema=SCHEMA) for _ in range(2)] == ['{"a": 1}'] * 2
    assert [(asked.form, "seed" in asked.body) for asked in speaker.asked[-2:]] == [("json_schema", False)] * 2


def test_one_bad_question_does_not_change_how_the_next_is_put(speaker: Any, open_chat: Open, make: Any) -> None:
    speaker.in_turn([make.said("{}"), make.went_wrong(400, "filtered"), make.said("{}")])
    chat = open_chat()
    chat.ask("s", "1", schema=SCHEMA)
    with pytest.raises(LlmRefused) as refused:
        chat.ask("s", "2", schema=SCHEMA)
    assert refused.value.about_request
    chat.ask("s", "3", schema=SCHEMA)
    assert [asked.form for asked in speaker.asked] == ["json_schema"] * 3


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "refuses the key (401: bad … here): check KITH_LLM_API_KEY, or unset KITH_LLM_BASE_URL"),
        (403, "refuses the key (403: bad … here)"),
        (404, "is not there (404: bad … here): check KITH_LLM_MODEL and KITH_LLM_BASE_URL"),
        (402, "refuses the question (402: bad … here)"),
        (400, "refuses the question (400: bad … here)"),
        (307, "is elsewhere (307): set KITH_LLM_BASE_URL to the address that it moved to"),
    ],
)
def test_what_will_never_work_is_refused_with_the_next_step(
    speaker: Any, open_chat: Open, make: Any, status: int, words: str
) -> None:
    speaker.always(make.went_wrong(status, f"bad {make.key}\nhere", Location="/elsewhere"))
    with pytest.raises(LlmRefused) as refused:
        open_chat().ask("s", "u", schema=SCHEMA)
    assert str(refused.value).startswith(f"the model 'tiny' at '{speaker.url}' {words}")
    assert make.key not in str(refused.value)
    assert {asked.path for asked in speaker.asked} == {"/v1/chat/completions"}
    assert refused.value.about_request == (status == 400)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_may_work_later_is_tried_again(speaker: Any, open_chat: Open, make: Any, status: int) -> None:
    pauses: list[float] = []
    speaker.in_turn([make.went_wrong(status, Retry_After="3"), make.went_wrong(status), make.said("yes")])
    assert open_chat(pause=pauses.append).ask("s", "u") == "yes"
    assert (len(speaker.asked), pauses[0], pauses[1] < 1) == (3, 3.0, True)


def test_an_endpoint_that_goes_on_failing_is_unavailable(speaker: Any, open_chat: Open, make: Any) -> None:
    speaker.always(make.went_wrong(500))
    with pytest.raises(LlmUnavailable, match=r"answered 500 \(20 s a question\): see whether it runs, or unset"):
        open_chat().ask("s", "u")
    assert len(speaker.asked) == 3


def test_an_endpoint_that_wants_more_patience_than_there_is_time_is_unavailable(
    speaker: Any, open_chat: Open, make: Any
) -> None:
    speaker.always(make.went_wrong(429, Retry_After="3600"))
    with pytest.raises(LlmUnavailable, match="answered 429"):
        open_chat().ask("s", "u")
    assert len(speaker.asked) == 1


def test_no_answer_in_time(speaker: Any, open_chat: Open) -> None:
    speaker.hold.clear()
    pauses: list[float] = []
    with pytest.raises(LlmUnavailable, match="did not answer in time"):
        open_chat(timeout=0.1, pause=pauses.append).ask("s", "u")
    assert pauses == []


def test_an_answer_that_never_ends(speaker: Any, open_chat: Open) -> None:
    speaker.endless = True
    with pytest.raises(LlmUnavailable, match="did not answer in time"):
        open_chat(timeout=0.1).ask("s", "u")


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    pauses: list[float] = []
    chat = ChatModel(f"http://127.0.0.1:{port}/v1", model="tiny", pause=pauses.append)
    with pytest.raises(LlmUnavailable, match="cannot be reached"):
        chat.ask("s", "u")
    assert len(pauses) == 2
    chat.close()


def test_a_body_that_breaks_off(speaker: Any, open_chat: Open, make: Any) -> None:
    speaker.always(make.reply(body=b'{"choices": [', stated_length=4000))
    with pytest.raises(LlmUnavailable, match="cannot be reached, or broke off"):
        open_chat(**AT_ONCE).ask("s", "u")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Welcome</html>",
        b"[]",
        b'{"choices": []}',
        b'{"choices": null}',
        b'{"choices": [{}]}',
        b'{"choices": [{"message": {"content": null, "refusal": "I cannot"}}]}',
        b'{"choices": [{"message": {"content": "  "}}]}',
        b'{"choices": [{"message": {"content": ["parts"]}}]}',
        b'{"choices": [{"message": {"content": "\\ud800"}}]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_reply_without_an_answer_is_unusable(speaker: Any, open_chat: Open, make: Any, body: bytes) -> None:
    speaker.always(make.reply(body=body))
    with pytest.raises(LlmUnusable, match=r"answered, and said nothing$"):
        open_chat().ask("s", "u")
    assert len(speaker.asked) == 1


@pytest.mark.parametrize(("size", "headers"), [(5 * 1024 * 1024, {}), (10, {"Content-Encoding": "gzip"})])
def test_more_than_is_taken_is_unusable(
    speaker: Any, open_chat: Open, make: Any, size: int, headers: dict[str, str]
) -> None:
    speaker.always(make.reply(body=b" " * size, headers=headers))
    with pytest.raises(LlmUnusable, match="answered with more than is taken"):
        open_chat().ask("s", "u")


def test_the_key_and_the_messages_are_in_no_log_and_no_error(
    speaker: Any, open_chat: Open, make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    speaker.in_turn([make.said("yes"), make.went_wrong(401, make.key), make.went_wrong(500, make.key)])
    chat = open_chat(**AT_ONCE)
    chat.ask("s", "what I had for breakfast")
    errors: list[LlmError] = []
    for _ in range(2):
        with pytest.raises(LlmError) as raised:
            chat.ask("s", "what I had for breakfast")
        errors.append(raised.value)
    told = "\n".join([repr(chat), *map(repr, errors), *(str(one.getMessage()) for one in caplog.records)])
    assert make.key not in told
    assert "breakfast" not in told
    assert repr(chat) == f"ChatModel('{speaker.url}', model='tiny')"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("localhost:11434/v1", "is no address: write it like"),
        ("ftp://localhost/v1", "is no address: write it like"),
        ("http:///v1", "is no address: write it like"),
        ("http://localhost:port/v1", "is no URL: write it like"),
        ("http://[::1/v1", "is no URL: write it like"),
        ("https://me:secret@localhost/v1", "holds more than a scheme, a host and a path: give the key"),
        ("https://localhost/v1?key=secret", "holds more than a scheme, a host and a path: give the key"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(url: str, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        ChatModel(url, model="tiny")
    assert words in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("key", ["two words", "sk-1\n", "sk-\u00e4"])
def test_a_key_that_cannot_be_one_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(BadInput, match="KITH_LLM_API_KEY holds spaces") as refused:
        ChatModel("http://localhost/v1", model="tiny", api_key=key)
    assert key not in str(refused.value)


def test_a_model_must_be_named() -> None:
    with pytest.raises(BadInput, match="KITH_LLM_MODEL is not: name the model"):
        ChatModel("http://localhost/v1", model="")


def test_after_closing_it_can_be_asked_again(speaker: Any, open_chat: Open, make: Any) -> None:
    speaker.always(make.said("yes"))
    chat = open_chat()
    chat.ask("s", "u")
    chat.close()
    assert chat.ask("s", "u") == "yes"
