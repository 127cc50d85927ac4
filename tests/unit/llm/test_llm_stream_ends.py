"""An answer heard as it is said that does not come to its end: broken off, too slow, too long, or nobody hears it."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import aclosing
from typing import Any

import pytest

from kith.etl.llm import ChatModel, LlmUnavailable, LlmUnusable

Open = Callable[..., ChatModel]
Gone = Callable[[], object]


def break_off(_: Gone) -> None:
    raise ConnectionAbortedError


def stall(gone: Gone) -> None:
    gone()


def test_what_breaks_off_before_a_word_was_said_is_asked_again(
    speaker: Any, open_chat: Open, make: Any, heard: Any, parts: Any
) -> None:
    broken = parts(b": thinking\n\n", make.chunk(""), then=break_off)
    failed = parts(b'data: {"error": {"message": "overloaded"}}\n\n')
    speaker.in_turn([broken, failed, make.streamed("yes")])
    assert heard(open_chat()) == ["yes"]


def test_what_breaks_off_in_its_words_is_not(speaker: Any, open_chat: Open, make: Any, heard: Any, parts: Any) -> None:
    ends: list[Callable[[Gone], object]] = [break_off, lambda _: None]
    for then in ends:
        speaker.asked.clear()
        speaker.always(parts(make.chunk("half a "), make.chunk("sent"), then=then))
        told: list[str] = []
        with pytest.raises(LlmUnavailable, match=r"broke off in its answer \(20 s a question\): see whether it runs"):
            heard(open_chat(), into=told)
        assert ("".join(told), len(speaker.asked)) == ("half a sent", 1)


def test_no_word_in_time(speaker: Any, open_chat: Open, heard: Any) -> None:
    speaker.hold.clear()
    with pytest.raises(LlmUnavailable, match="did not answer in time"):
        heard(open_chat(timeout=0.1))


@pytest.mark.parametrize("begun", [b": thinking\n\n", b'{"choices": ['])
def test_no_word_in_time_though_it_had_begun(
    speaker: Any, open_chat: Open, begun: bytes, heard: Any, parts: Any
) -> None:
    speaker.always(parts(begun, then=stall))
    with pytest.raises(LlmUnavailable, match="did not answer in time"):
        heard(open_chat(timeout=0.1))


def test_a_time_that_is_up_midway(speaker: Any, open_chat: Open, make: Any, heard: Any, parts: Any) -> None:
    speaker.always(parts(make.chunk("half"), then=stall))
    told: list[str] = []
    with pytest.raises(LlmUnavailable, match=r"did not finish its answer in time \(1 s a question\)"):
        heard(open_chat(timeout=1.0), into=told)
    assert told == ["half"]


def test_words_that_never_end(speaker: Any, open_chat: Open, make: Any, heard: Any) -> None:
    def sent(_: Gone) -> Iterable[bytes]:
        while True:
            yield make.chunk("and ")

    speaker.always(make.reply(parts=sent))
    with pytest.raises(LlmUnavailable, match=r"did not .* in time"):
        heard(open_chat(timeout=0.2))


def test_nobody_there(heard: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chat = ChatModel(f"http://127.0.0.1:{port}/v1", model="tiny", retries=0)
    with pytest.raises(LlmUnavailable, match="cannot be reached"):
        heard(chat)
    chat.close()


def test_an_answer_is_over_when_it_says_so(speaker: Any, open_chat: Open, make: Any, heard: Any, parts: Any) -> None:
    speaker.always(parts(make.chunk("yes", finish_reason="stop"), then=stall))
    assert heard(open_chat()) == ["yes"]


def test_who_hears_no_more_closes_the_connection(speaker: Any, open_chat: Open, make: Any) -> None:
    closed = threading.Event()

    def sent(gone: Gone) -> Iterable[bytes]:
        yield make.chunk("half")
        gone()
        closed.set()

    speaker.always(make.reply(parts=sent))

    async def hear() -> str:
        async with aclosing(open_chat().stream("s", "u")) as told:
            return await anext(told)

    assert asyncio.run(hear()) == "half"
    closed.wait()


def test_who_is_cancelled_closes_the_connection(speaker: Any, open_chat: Open, make: Any) -> None:
    begun, closed = threading.Event(), threading.Event()

    def sent(gone: Gone) -> Iterable[bytes]:
        yield b": thinking\n\n"
        begun.set()
        gone()
        closed.set()

    speaker.always(make.reply(parts=sent))
    asyncio.run(cancelled(open_chat(), begun))
    closed.wait()


def test_who_is_cancelled_before_a_reply_begins_closes_it_too() -> None:
    begun, left = threading.Event(), list[bytes]()

    def silent() -> None:
        with listening.accept()[0] as asker:
            asker.recv(1)
            begun.set()
            while asker.recv(4096):
                pass
            left.append(b"")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=silent)
        thread.start()
        chat = ChatModel(f"http://127.0.0.1:{listening.getsockname()[1]}/v1", model="tiny")
        asyncio.run(cancelled(chat, begun))
        thread.join()
    assert left == [b""]
    chat.close()


async def cancelled(chat: ChatModel, begun: threading.Event) -> None:
    """Hears an answer until it has begun, and is cancelled then."""
    hearing = asyncio.ensure_future(anext(chat.stream("s", "u")))
    await asyncio.to_thread(begun.wait)
    hearing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hearing


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Welcome</html>",
        b'{"choices": []}',
        b'{"choices": [{"message": {"content": null, "refusal": "I cannot"}}]}',
        b'{"error": {"message": "no"}}',
        b'data: {"choices": [{"delta": {"refusal": "I cannot"}, "finish_reason": "stop"}]}\n\n',
        b"data: [DONE]",
        b'data: {"choices": [{"delta": {"content": "  "}}]}\n\ndata: [DONE]\n\n',
        b"\xff\xfe",
    ],
)
def test_a_reply_without_an_answer_is_unusable(
    speaker: Any, open_chat: Open, make: Any, body: bytes, heard: Any
) -> None:
    speaker.always(make.reply(body=body))
    with pytest.raises(LlmUnusable, match=r"answered, and said nothing$"):
        heard(open_chat())
    assert len(speaker.asked) == 1


MEGABYTE = b"a" * 1024 * 1024


@pytest.mark.parametrize(
    ("begin", "piece", "headers"),
    [
        (b"data: ", MEGABYTE, {}),
        (b"{", MEGABYTE, {}),
        (b": ", MEGABYTE + b"\n: ", {}),
        (b": ", b"hello\n: ", {"Content-Encoding": "gzip"}),
    ],
)
def test_more_than_is_taken_is_unusable(
    speaker: Any, open_chat: Open, make: Any, begin: bytes, piece: bytes, headers: dict[str, str], heard: Any
) -> None:
    def sent(_: Gone) -> Iterable[bytes]:
        yield make.chunk("half")
        yield begin
        while True:
            yield piece

    speaker.always(make.reply(parts=sent, headers=headers))
    with pytest.raises(LlmUnusable, match="answered with more than is taken"):
        heard(open_chat())
