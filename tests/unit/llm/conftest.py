"""What tests of a language model share: a model at the server of `speaker`, and a vocabulary that knows nothing."""

import asyncio
from collections.abc import Callable, Generator, Iterator
from contextlib import aclosing
from functools import partial
from typing import Any, TypeAlias

import pytest

from kith.etl.llm import ChatModel
from kith.persona.model import Entity

Opening: TypeAlias = Callable[..., ChatModel]


@pytest.fixture
def open_chat(speaker: Any, make: Any) -> Generator[Opening]:
    """Makes a model at the server, that waits for nothing between its tries."""
    opened: list[ChatModel] = []

    def no_pause(_seconds: float) -> None:
        """Waits for nothing."""

    async def no_rest(_seconds: float) -> None:
        """Neither."""

    def opening(**options: Any) -> ChatModel:
        told: dict[str, Any] = {"model": "tiny", "api_key": make.key, "timeout": 20.0, "pause": no_pause} | options
        told.setdefault("rest", no_rest)
        opened.append(ChatModel(told.pop("base_url", speaker.url), **told))
        return opened[-1]

    yield opening
    for one in opened:
        one.close()


class Names:
    """A vocabulary that knows nothing."""

    def entity(self, name: str, default_type: str) -> Entity:
        return Entity(default_type, name.strip().lower())


@pytest.fixture
def objects() -> Names:
    return Names()


Gone: TypeAlias = Callable[[], object]


def _heard(chat: ChatModel, *, into: list[str] | None = None, schema: dict[str, Any] | None = None) -> list[str]:
    """The pieces of an answer; `into` has them where it fails."""
    pieces: list[str] = [] if into is None else into

    async def hear() -> None:
        async with aclosing(chat.stream("s", "u", schema=schema)) as told:
            async for piece in told:
                pieces.append(piece)

    asyncio.run(hear())
    return pieces


def _parts(make: Any, *given: bytes, then: Callable[[Gone], object] = lambda _: None) -> Any:
    """A reply in these parts; what follows them is up to `then`, which may break it off."""

    def sent(gone: Gone) -> Iterator[bytes]:
        yield from given
        then(gone)

    return make.reply(parts=sent)


@pytest.fixture
def heard() -> Callable[..., list[str]]:
    return _heard


@pytest.fixture
def parts(make: Any) -> Callable[..., Any]:
    """Makes a reply in parts."""
    return partial(_parts, make)
