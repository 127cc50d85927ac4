"""What the API works with: the stores and what reads and writes them, put together by `kith.wiring`."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from kith.etl.llm import Chat
from kith.etl.running import Runner
from kith.etl.tools import Tools
from kith.etl.writer import Writer
from kith.serving.frame.metrics import Metrics
from kith.serving.memory.recalled import Recalled
from kith.stores.bundle import Stores
from kith.stores.ports import StoreCard

__all__ = ["House", "lacking"]

CHANNELS = ("lexical",)
"""What a vector store can lack, and search then does without."""


def lacking(vectors: StoreCard) -> tuple[str, ...]:
    """The channels that a vector store of this card does not have."""
    return tuple(channel for channel in CHANNELS if channel not in vectors.abilities)


@dataclass(frozen=True, slots=True)
class House:
    """Everything that an endpoint may ask for. `tenant` is whose the house is where no credential is needed."""

    stores: Stores
    tools: Tools
    tenant: str
    home: Path
    """The folder of what belongs to this machine: uploads wait there."""
    ledger: str
    """Where the ledger is, as its card says."""
    clock: Callable[[], int]
    new_writer: Callable[[], Writer]
    """A writer of its own, for one thread."""
    new_runner: Callable[[], Runner]
    """What runs the pipeline, with a writer of its own."""
    count_tokens: Callable[[str], int]
    beside: Executor
    """For a call of a store, or of a model, that waits for no other; whoever hands it in waits for it. Whoever opened
    the stores ends it before they are closed."""
    chat: Chat | None = None
    """The language model that answers questions, where there is one."""
    metrics: Metrics = field(default_factory=Metrics)
    """What counts and times; the stores tell it of each call where they are watched."""
    recalled: Recalled = field(default_factory=Recalled, init=False)
    """What was read of people from these stores."""

    @property
    def off(self) -> tuple[str, ...]:
        """The channels that these stores lack."""
        return lacking(self.stores.vectors.card())
