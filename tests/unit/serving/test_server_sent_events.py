"""Server-sent events as they are written, and what the answer that sends them says of itself."""

from collections.abc import AsyncGenerator

from kith.serving.frame.events import Events, comment, event


def test_an_event_is_a_name_and_a_line_of_json() -> None:
    told = event("sentence", {"text": "One line\n\nevent: done\r\nÉn", "sources": []})
    assert told == 'event: sentence\ndata: {"text":"One line\\n\\nevent: done\\r\\nÉn","sources":[]}\n\n'.encode()


def test_a_comment_is_no_event() -> None:
    assert comment("still here") == b": still here\n\n"


def test_events_are_kept_by_nobody() -> None:
    async def none() -> AsyncGenerator[bytes]:
        yield b""

    headers = Events(none()).headers
    assert headers["content-type"].startswith("text/event-stream")
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
