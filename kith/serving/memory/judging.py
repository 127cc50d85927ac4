"""Sentences of a model's answer held against what it was shown: each by itself, so that none waits for the next."""

from collections.abc import Sequence
from dataclasses import dataclass

from kith.persona.embedding import Embedder
from kith.persona.prompt_text import KEY_SHOWN
from kith.serving.memory.hearing import Claim
from kith.serving.memory.supporting import supported
from kith.serving.shapes.memory import Context

__all__ = ["Judge", "Said"]


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of the answer, whether the context bears it out, and the messages and facts that it rests on."""

    text: str
    supported: bool
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    keys: tuple[str, ...]


class Judge:
    """Knows one context. A sentence is judged the same, whatever comes before it or after. Any thread may ask."""

    def __init__(self, embedder: Embedder, context: Context) -> None:
        self._embedder = embedder
        self._lines = _lines(context)
        self._texts = [one.text for one in self._lines]
        self._vectors = embedder.embed(self._texts) if self._lines else None

    def judged(self, claim: Claim) -> Said:
        """A source that is not in the context is left out: a model may name what it was never shown."""
        named = {source.strip("[] ")[:KEY_SHOWN] for source in claim.sources}
        cited = [at for at, one in enumerate(self._lines) if any(key[:KEY_SHOWN] in named for key in one.keys)]
        cosines = None if self._vectors is None else self._vectors @ self._embedder.embed([claim.text])[0]
        borne_out = supported(claim.text, self._texts, cited=cited, cosines=cosines)
        keys = [key for at in cited for key in self._lines[at].keys if key[:KEY_SHOWN] in named]
        return Said(claim.text, borne_out, tuple(dict.fromkeys(keys)))


def _lines(context: Context) -> Sequence[_Line]:
    facts = [
        _Line(f"{one.text} {one.since[:10]} {(one.until or '')[:10]}", tuple(one.sources)) for one in context.facts
    ]
    said = [_Line(f"{one.author or ''} {one.text} {one.timestamp[:10]}", (one.key,)) for one in context.messages]
    wanted = [_Line(f"{one.intent} {one.last[:10]}", ()) for one in context.intents]
    return [*facts, *said, *wanted]
