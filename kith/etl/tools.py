"""What the pipeline works things out with: an embedder, opened when it is first needed, and an extractor."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from kith.persona.embedding import Embedder, ModelCard, Vectors, entity_text
from kith.persona.evidence import NOTHING, Evidence, Extraction, evidence_of
from kith.persona.language import Extractor, teaches
from kith.persona.model import Entity, Message
from kith.stores.errors import ModelMismatch

__all__ = ["NamesOf", "Tools"]

NamesOf: TypeAlias = Callable[[str, Sequence[str]], Mapping[str, str]]
"""What the people of one tenant are called, of those named who have a name on record."""


def nameless(tenant: str, user_ids: Sequence[str]) -> Mapping[str, str]:
    """Where nobody has a name."""
    return {}


REMEMBERED = 20_000
"""Vectors of entity names that are kept in memory, since the same names come again and again."""


class Tools:
    """An embedder and an extractor, for any thread.

    `model` made the vectors that stand in the store: another one is refused before it embeds anything.
    """

    def __init__(
        self,
        *,
        open_embedder: Callable[[], Embedder],
        extractor: Extractor,
        model: ModelCard | None = None,
        names_of: NamesOf = nameless,
    ) -> None:
        self._open = open_embedder
        self._model = model
        self._opened: Embedder | None = None
        self._lock = threading.Lock()
        self._names: OrderedDict[Entity, Vectors] = OrderedDict()
        self._names_of = names_of
        self.extractor = extractor

    @property
    def embedder(self) -> Embedder:
        """The embedder; the first call may take seconds."""
        with self._lock:
            if self._opened is None:
                opened = self._open()
                if self._model not in (None, opened.card):
                    raise ModelMismatch(
                        f"the vectors were made by the model {self._model!r}, and the one that is set now is "
                        f"{opened.card!r}: set KITH_EMBEDDER back, or run `kith rebuild vectors`"
                    )
                self._opened = opened
            return self._opened

    def embed_messages(self, messages: Sequence[Message]) -> Vectors:
        """A row per message: of zeros for an event, which has no words and no vector."""
        said = _with_words(messages)
        if not said:
            return self._no_rows(len(messages))
        rows = self.embedder.embed([messages[at].spoken for at in said])
        if len(said) == len(messages):
            return rows
        spread = np.zeros((len(messages), rows.shape[1]), dtype=np.float32)
        spread[said] = rows
        return spread

    def embed_entities(self, entities: Sequence[Entity]) -> Vectors:
        """A row per entity, of its name and type."""
        if not entities:
            return self._no_rows(0)
        embedder = self.embedder
        with self._lock:
            known = {entity: self._names[entity] for entity in entities if entity in self._names}
        missing = [entity for entity in dict.fromkeys(entities) if entity not in known]
        if missing:
            rows = embedder.embed([entity_text(entity) for entity in missing])
            known.update(zip(missing, rows, strict=True))
            with self._lock:
                self._names.update((entity, known[entity]) for entity in missing)
                while len(self._names) > REMEMBERED:
                    self._names.popitem(last=False)
        return np.stack([known[entity] for entity in entities])

    def _no_rows(self, count: int) -> Vectors:
        """Nothing is opened to embed nothing, where the model is known."""
        model = self._model or self.embedder.card
        return np.zeros((count, model.dimension), dtype=np.float32)

    def extract(self, messages: Sequence[Message], vectors: Vectors | None = None) -> list[Extraction]:
        """What is found in each message, all of one tenant; `vectors` are theirs, where they were made already.

        No extractor is asked about events: they teach the intent that their record gives, if it gives one.
        """
        found = [_given(message) for message in messages]
        said = _with_words(messages)
        if said:
            some = [messages[at] for at in said]
            names = self._names_of(some[0].tenant, sorted({message.user_id for message in some}))
            rows = None if vectors is None else vectors[said]
            for at, extraction in zip(said, self.extractor.extract(some, names=names, vectors=rows), strict=True):
                found[at] = extraction
        return found

    def learn(self, messages: Sequence[Message], vectors: Vectors | None = None) -> list[Evidence]:
        """What each message teaches, as evidence."""
        found = self.extract(messages, vectors)
        version = self.extractor.version
        return [evidence_of(m, extraction, extractor=version) for m, extraction in zip(messages, found, strict=True)]


def _with_words(messages: Sequence[Message]) -> list[int]:
    """The places of those that are no events."""
    return [at for at, message in enumerate(messages) if not message.is_event]


def _given(message: Message) -> Extraction:
    """What a record says itself of what its person wants."""
    if message.intent is None or not teaches(message):
        return NOTHING
    return Extraction(intents=(message.intent,))
