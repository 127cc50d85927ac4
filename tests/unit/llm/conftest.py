"""What tests of a language model share: a model at the server of `speaker`, and a vocabulary that knows nothing."""

from collections.abc import Callable, Generator
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

    def opening(**options: Any) -> ChatModel:
        told: dict[str, Any] = {"model": "tiny", "api_key": make.key, "timeout": 20.0, "pause": no_pause} | options
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
