"""Server-sent chunks: their text is the same wherever the bytes are cut, and nothing that is half counts as whole."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kith.etl.llm_chunks import Chunks
from kith.etl.llm_errors import NoReply

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=6)
ENDS = st.sampled_from(["\n\n", "\r\n\r\n", "\n"])


def event(content: object, end: str = "\n\n", *, as_ascii: bool = False, **more: Any) -> bytes:
    told = {
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": content}, "finish_reason": None, **more}]
    }
    return f"data: {json.dumps(told, ensure_ascii=as_ascii)}{end}".encode()


def heard(pieces: list[bytes]) -> str:
    chunks = Chunks()
    return "".join([*map(chunks.feed, pieces), chunks.close()])


def cut(octets: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(octets) + 1) for place in places), len(octets)]
    return [octets[start:end] for start, end in pairwise(bounds)]


@given(TEXTS, st.booleans(), ENDS, st.lists(st.integers(min_value=0)), st.sampled_from(["", "\ufeff", ": hello\n\n"]))
@example(["Zoë ", "✨\u2028\x85", "🎉"], False, "\n\n", [*range(400)], "")
def test_the_text_is_the_same_wherever_the_bytes_are_cut(
    texts: list[str], as_ascii: bool, end: str, places: list[int], before: str
) -> None:
    octets = before.encode() + b"".join(event(one, end, as_ascii=as_ascii) for one in texts) + b"data: [DONE]\n\n"
    assert heard(cut(octets, places)) == "".join(texts)


@given(st.text(), st.lists(st.integers(min_value=0)))
@example("a🎉b", [1, 2, 3])
def test_a_character_that_is_cut_between_two_chunks_is_put_together(text: str, places: list[int]) -> None:
    octets = text.encode("utf-16-le")
    halves = cut(octets, [2 * (place % (len(octets) // 2 + 1)) for place in places])
    told = b"".join(event(one.decode("utf-16-le", "surrogatepass"), as_ascii=True) for one in halves)
    assert heard([told + b"data:[DONE]"]) == text


@pytest.mark.parametrize(
    "octets",
    [
        event("a") + event(None, finish_reason="stop"),
        event("a", finish_reason="length"),
        event("a") + b"event: done\nid: 7\nretry: 10\ndata:[DONE]",
        event("a") + b": still here\n\n" + b'data: {"choices": [], "usage": {"total_tokens": 7}}\n\ndata: [DONE]\n\n',
        event(None, reasoning_content="hm") + event("a") + event(None) + b"data: [DONE]\n\nwhatever",
        b'data: {"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}\n\n',
        b'data: {"choices": [{"delta": null}]}\n\n' + event(["parts"]) + event("a", finish_reason="stop"),
    ],
)
def test_what_an_answer_may_look_like(octets: bytes) -> None:
    assert heard([octets]) == "a"
    assert heard([octets[at : at + 1] for at in range(len(octets))]) == "a"


def test_what_comes_after_the_end_is_not_of_it() -> None:
    chunks = Chunks()
    assert chunks.feed(event("a", finish_reason="stop") + event("b")) == "a"
    assert chunks.ended


@pytest.mark.parametrize(
    "octets",
    [
        event("a"),
        event("a")[:-2],
        event("a") + b'data: {"error": {"message": "out of memory", "code": 500}}\n\n',
        event("a") + b"data: half a ch\n\ndata: [DONE]\n\n",
        event("a") + b"data: 7\n\n",
        event("a") + b'data: {"choices": {}, "a": 1}\n\n',
        event("a") + b'data: {"choices": [7]}\n\n',
        event("a") + b"data: \xff\xfe\n\n",
        event("a") + b"data: " + b"[" * 100_000 + b"\n\n",
        event("\ud83d", as_ascii=True) + event("a", finish_reason="stop"),
        event("\ud83d", as_ascii=True, finish_reason="stop"),
        event("a\ude00", as_ascii=True, finish_reason="stop"),
    ],
)
def test_an_answer_that_breaks_off_or_makes_no_sense(octets: bytes) -> None:
    with pytest.raises(NoReply) as broken:
        heard([octets])
    assert broken.value.why == "connection"


def test_one_object_in_place_of_chunks_is_kept_whole() -> None:
    chunks = Chunks()
    told = '\n {"choices": [{"message": {"content": "Zoë"}}]}'.encode()
    assert [chunks.feed(told[at : at + 1]) for at in range(len(told))] == [""] * len(told)
    assert (chunks.close(), chunks.whole) == ("", told.decode().strip())


@pytest.mark.parametrize("octets", [b"", b"\n", b"<html>\n<p>Welcome</p>", b"[]", b"\xff\xfe", b": hello\n\n"])
def test_what_has_no_chunks_says_nothing(octets: bytes) -> None:
    assert heard([octets]) == ""


@pytest.mark.parametrize("begin", [b"data: ", b"{"])
def test_a_line_without_end_is_not_taken(begin: bytes) -> None:
    with pytest.raises(NoReply) as refused:
        heard([begin, *[b"a" * 1024 * 1024] * 5])
    assert refused.value.why == "size"
