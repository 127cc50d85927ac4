"""An answer told while a language model says it: sentence by sentence, each held against what the model was shown."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from anyio import to_thread

from kith.etl.llm import LlmError, LlmUnavailable
from kith.persona.model import Message
from kith.serving.memory.answering import Asking, Shown, answer_by_model, answer_in_their_words, citations
from kith.serving.memory.asking_model import hear_model
from kith.serving.memory.hearing import Claim
from kith.serving.memory.judging import Said
from kith.serving.shapes.memory import AskedAnswer, Citation

__all__ = ["Reason", "Retracted", "Sentence", "Tell", "speak"]

Reason: TypeAlias = Literal["unavailable", "unusable", "changed"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a model's answer, the messages that it rests on, and those of them that none before it cited."""

    text: str
    supported: bool
    keys: tuple[str, ...]
    cited: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Retracted:
    """All that was told so far is taken back; what follows stands in its place.

    `unavailable`: the model broke off, or its time was up; `unusable`: it did not keep to the form that it was asked
    for; `changed`: its whole answer has other sentences than those that were heard.
    """

    sentences: int
    reason: Reason


Tell: TypeAlias = Callable[[Sentence | Retracted], None]


async def speak(asking: Asking, tell: Tell) -> AskedAnswer:
    """The answer that `answer_to` gives; of a model's, each sentence is told before, as soon as it is complete.

    A model that does not come to the end of its answer is done without: what was told of it is taken back, since half
    an answer may say the opposite of the whole.
    """
    shown = asking.shown
    if shown is not None:
        aloud = _Aloud(asking, shown, tell)
        try:
            return await aloud.answer()
        except LlmError as error:
            asking.without_model(error)
            aloud.retract("unavailable" if isinstance(error, LlmUnavailable) else "unusable")
        finally:
            shown.judge.cancel()  # which nobody needs who has gone before it began
    return await to_thread.run_sync(answer_in_their_words, asking)


class _Aloud:
    """One model's answer while it is told."""

    def __init__(self, asking: Asking, shown: Shown, tell: Tell) -> None:
        self._asking = asking
        self._shown = shown
        self._tell = tell
        self._heard: list[Claim] = []
        self._said: list[Said] = []
        self._messages: dict[str, Message] = {}
        """Those that were cited."""

    async def answer(self) -> AskedAnswer:
        """Tells all its sentences, and gives the answer that they make."""
        claims = await hear_model(self._shown.chat, self._shown.context, self._asking.query, hear=self._hear)
        if claims[: len(self._heard)] != self._heard:
            self.retract("changed")
        for claim in claims[len(self._heard) :]:
            await self._hear(claim)
        return answer_by_model(self._asking, self._said, self._messages)

    def retract(self, reason: Reason) -> None:
        """Takes back what was told, if anything was."""
        if self._heard:
            self._tell(Retracted(len(self._heard), reason))
        self._heard, self._said, self._messages = [], [], {}

    async def _hear(self, claim: Claim) -> None:
        self._tell(await to_thread.run_sync(partial(self._sentence, claim)))

    def _sentence(self, claim: Claim) -> Sentence:
        said = self._shown.judge.result().judged(claim)
        new = [key for key in said.keys if key not in self._messages]
        if new:
            self._messages |= self._asking.house.stores.documents.get_messages(self._asking.tenant, new)
        self._heard.append(claim)
        self._said.append(said)
        return Sentence(
            text=said.text,
            supported=said.supported,
            keys=tuple(key for key in said.keys if key in self._messages),
            cited=tuple(citations(self._asking, new, self._messages)),
        )
