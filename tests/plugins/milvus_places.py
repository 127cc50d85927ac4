"""Places on a real Milvus: collections of one test, which are dropped after it; and what tests put there."""

from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from importlib import import_module
from threading import Event
from typing import Any, TypeVar
from uuid import uuid4

import numpy as np

from kith.persona.embedding import ModelCard, Vectors
from kith.stores.errors import Transient
from kith.stores.ports import Indexed

__all__ = ["MODEL", "client_of", "in_the_end", "new_place", "points", "rows"]

T = TypeVar("T")

MODEL = ModelCard("a model", "0123abcd", 16)
TRIES = 1200
PAUSE = 0.05


@contextmanager
def new_place(server: str) -> Generator[str]:
    """The URL of a place on this server where nothing is yet: a prefix that nobody else has."""
    prefix = f"t{uuid4().hex}"
    yield f"{server}?prefix={prefix}"
    with closing(client_of(server)) as client:
        for name in ("messages", "entities"):
            client.drop_collection(f"{prefix}_{name}", timeout=60)


def client_of(server: str, **options: object) -> Any:
    """A client of pymilvus, which has no types."""
    library: Any = import_module("pymilvus")
    return library.MilvusClient(server, timeout=10, dedicated=True, **options)


def rows(start: int, many: int, *, text: str = "hello") -> list[Indexed]:
    """Messages of one person, whose keys are numbers."""
    return [Indexed(f"{n}", "ana", "c", "user", n, "digest", text) for n in range(start, start + many)]


def points(many: int) -> Vectors:
    """Vectors for them, always the same."""
    return np.random.default_rng(0).standard_normal((many, 16)).astype(np.float32)


def in_the_end(call: Callable[[], T]) -> T:
    """What a caller does about `Transient`."""
    for _ in range(TRIES):
        try:
            return call()
        except Transient:
            Event().wait(PAUSE)
    return call()
