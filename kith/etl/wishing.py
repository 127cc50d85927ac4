"""Intents by meaning: a taxonomy and the embedder that compares messages with its examples, opened when needed."""

from collections.abc import Callable, Sequence
from threading import Lock

from kith.etl.taxonomies import open_intents
from kith.persona.embedding import Embedder, Vectors
from kith.persona.language.asking import wants_something
from kith.persona.language.intents import IntentFinder, Taxonomy
from kith.persona.model import Message

__all__ = ["Wishing"]


class Wishing:
    """The `Wishes` of one taxonomy. `model` names the embedder, in the version. Any thread may call."""

    def __init__(self, taxonomy: Taxonomy, embedder: Callable[[], Embedder], *, model: str) -> None:
        self._taxonomy = taxonomy
        self._embedder = embedder
        self._model = model
        self._lock = Lock()
        self._opened: tuple[IntentFinder | None] | None = None

    @property
    def version(self) -> str:
        return f"intents-{self._taxonomy.version}/{self._model}"

    def of(self, messages: Sequence[Message], vectors: Vectors | None) -> list[str | None]:
        found: list[str | None] = [None] * len(messages)
        asking = [at for at, m in enumerate(messages) if not self._taxonomy.gate or wants_something(m.text)]
        finder = self._finder() if asking else None
        if finder is not None:
            some = [messages[at] for at in asking]
            rows = self._embedder().embed([m.spoken for m in some]) if vectors is None else vectors[asking]
            for at, intent in zip(asking, finder.find([m.text for m in some], rows), strict=True):
                found[at] = intent
        return found

    def _finder(self) -> IntentFinder | None:
        with self._lock:
            if self._opened is None:
                self._opened = (open_intents(self._taxonomy, self._embedder()),)
            return self._opened[0]
