"""Extraction by a language model, with the rules beside it: what it can't be asked, or fails to answer, they say."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from time import monotonic
from typing import Literal, TypeAlias

from kith.etl.llm import Chat, LlmRefused, LlmUnavailable, LlmUnusable
from kith.persona.corrections import CORRECTED
from kith.persona.embedding import Vectors
from kith.persona.evidence import Extraction
from kith.persona.identity import Json
from kith.persona.language import Extractor, teaches
from kith.persona.language.claim_prompt import INSTRUCTIONS, question
from kith.persona.language.claims import SCHEMA, Claims, Refusal, UnusableAnswer, checked
from kith.persona.language.entities import UNTYPED, with_objects
from kith.persona.language.gate import opening
from kith.persona.language.objects import ObjectNames
from kith.persona.language.persons import is_own, names_of
from kith.persona.model import Mention, Message

__all__ = ["Fallback", "LlmExtractor", "LlmReport"]

Fallback: TypeAlias = Literal["unavailable", "resting", "unusable", "refused", "too_long"]
"""Why the rules spoke for a message: no answer in time, not asked after several of those, an answer of which nothing
could be used, the endpoint's refusal of this one message, or more text than is sent."""

AT_ONCE = 4
FAILURES = 3
REST = 60.0
LONGEST_SENT = 8000
"""Characters of a message above which it is left to the rules: an essay costs much and is rarely about its writer."""

FIRST_QUESTION = Message(tenant="", user_id="", text="I live in Ghent.", timestamp=0)
"""Asked before anybody's message is: what is wrong with key, model or address shows here."""


@dataclass(frozen=True, slots=True)
class LlmReport:
    """What a model was asked since it was opened, and what came of it."""

    asked: int = 0
    """Messages sent, tries not counted."""
    answered: int = 0
    fell_back: tuple[tuple[Fallback, int], ...] = ()
    """Messages worth asking about for which the rules spoke."""
    refused: tuple[tuple[Refusal, int], ...] = ()
    """Facts and entities in its answers that the message's words do not carry."""

    def since(self, before: "LlmReport") -> "LlmReport":
        """What came after an earlier report."""
        fell_back = Counter(dict(self.fell_back)) - Counter(dict(before.fell_back))
        refused = Counter(dict(self.refused)) - Counter(dict(before.refused))
        return LlmReport(
            self.asked - before.asked,
            self.answered - before.answered,
            tuple(sorted(fell_back.items())),
            tuple(sorted(refused.items())),
        )

    def as_json(self) -> dict[str, Json]:
        """By name."""
        return {
            "asked": self.asked,
            "answered": self.answered,
            "fell_back": dict(self.fell_back),
            "refused": dict(self.refused),
        }


class LlmExtractor:
    """Asks a model about each message that may teach something; everything else the rules say.

    The model's statements stand in place of the rules' where it answered; mentions are those of both; intents and
    relations are the rules'. After `FAILURES` questions in a row without an answer it is left alone for `rest` seconds.
    A wrong key, model or address raises `LlmRefused`: nobody pays attention to a model that silently never speaks.
    """

    def __init__(
        self,
        chat: Chat,
        rules: Extractor,
        objects: ObjectNames,
        *,
        worth: Callable[[str], bool],
        at_once: int = AT_ONCE,
        rest: float = REST,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._chat = chat
        self._rules = rules
        self._objects = objects
        self._worth = worth
        self._at_once = at_once
        self._circuit = _Circuit(rest=rest, clock=clock)
        self._count = _Count()
        self._first = threading.Lock()
        self._greeted = False

    @property
    def version(self) -> str:
        return f"llm-1/{self._chat.model}+{self._rules.version}"

    def report(self) -> LlmReport:
        """The counts so far."""
        return self._count.report()

    def extract(
        self, messages: Sequence[Message], *, names: Mapping[str, str], vectors: Vectors | None = None
    ) -> list[Extraction]:
        """See `Extractor.extract`."""
        found = self._rules.extract(messages, names=names, vectors=vectors)
        places = [place for place, message in enumerate(messages) if self._may_teach(message, names)]
        silent = self._silent() if places else None
        if silent is not None:
            self._count.fell_back(silent, times=len(places))
            return found

        def claims_at(place: int) -> Claims | None:
            message = messages[place]
            typed = [one for one in found[place].mentions if one.entity.type != UNTYPED]
            return self._claims(message, names.get(message.user_id), typed)

        with ThreadPoolExecutor(max_workers=self._at_once, thread_name_prefix="kith-llm") as pool:
            waiting = [pool.submit(claims_at, place) for place in places]
            try:
                claims = [one.result() for one in waiting]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        for place, claimed in zip(places, claims, strict=True):
            if claimed is not None:
                found[place] = _joined(found[place], claimed)
        return found

    def _may_teach(self, message: Message, names: Mapping[str, str]) -> bool:
        """Whether it is worth asking about. What belongs to nobody, such as a campaign's text, is not."""
        name = names.get(message.user_id)
        own = bool(message.user_id) and teaches(message) and is_own(message, name)
        if not own or not self._worth(opening(message.text)):
            return False
        if len(message.text) <= LONGEST_SENT:
            return True
        self._count.fell_back("too_long")
        return False

    def _silent(self) -> Fallback | None:
        """Why nobody is to be asked now, if so. Before the first question of all, a made-up one finds out."""
        if self._circuit.is_open:
            return "resting"
        with self._first:
            while not self._greeted and not self._circuit.is_open:
                try:
                    self._ask(FIRST_QUESTION, None)
                    self._greeted = True
                except LlmUnusable:
                    self._greeted = True
                except LlmUnavailable:
                    self._circuit.failed()
        return None if self._greeted else "unavailable"

    def _ask(self, message: Message, name: str | None) -> str:
        asked = question(message, called=names_of(message.user_id, name))
        try:
            answer = self._chat.ask(INSTRUCTIONS, asked, schema=SCHEMA)
        except (LlmUnusable, LlmRefused):  # it is there, whatever it said
            self._circuit.answered()
            raise
        self._circuit.answered()
        return answer

    def _claims(self, message: Message, name: str | None, mentioned: Sequence[Mention]) -> Claims | None:
        """What the model says of a message, as far as the message carries it; None where the rules must speak."""
        if self._circuit.is_open:
            return self._count.fell_back("resting")
        self._count.asked()
        try:
            claims = checked(self._ask(message, name), message, objects=self._objects, mentioned=mentioned)
        except LlmUnavailable:
            self._circuit.failed()
            return self._count.fell_back("unavailable")
        except (LlmUnusable, UnusableAnswer):
            return self._count.fell_back("unusable")
        except LlmRefused as refused:
            if not refused.about_request:
                raise
            return self._count.fell_back("refused")
        self._count.refused(claims.refused)
        if claims.empty_handed:
            return self._count.fell_back("unusable")
        self._count.answered()
        return claims


def _joined(rules: Extraction, claims: Claims) -> Extraction:
    """The model's statements and both's mentions. Corrections ("actually it's decaf") only the rules know."""
    mentions: dict[str, Mention] = {one.entity.name: one for one in rules.mentions}
    for one in claims.mentions:
        known = mentions.get(one.entity.name, one)
        mentions[one.entity.name] = replace(known, entity=one.entity, sentiment=one.sentiment)
    corrections = tuple(one for one in rules.statements if one.predicate == CORRECTED)
    return replace(
        rules,
        mentions=with_objects(tuple(mentions.values()), claims.statements),
        statements=(*claims.statements, *corrections),
    )


class _Circuit:
    """Opens after several failures in a row, for a while; then one more failure opens it again. For any thread."""

    def __init__(self, *, rest: float, clock: Callable[[], float]) -> None:
        self._rest = rest
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until: float | None = None

    @property
    def is_open(self) -> bool:
        with self._lock:
            return self._open_until is not None and self._clock() < self._open_until

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._open_until = self._clock() + self._rest

    def answered(self) -> None:
        with self._lock:
            self._failures = 0
            self._open_until = None


class _Count:
    """Counts what happened, for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = self._answered = 0
        self._fell_back: Counter[Fallback] = Counter()
        self._refused: Counter[Refusal] = Counter()

    def asked(self) -> None:
        with self._lock:
            self._asked += 1

    def answered(self) -> None:
        with self._lock:
            self._answered += 1

    def fell_back(self, why: Fallback, *, times: int = 1) -> None:
        with self._lock:
            self._fell_back[why] += times

    def refused(self, reasons: Mapping[Refusal, int]) -> None:
        with self._lock:
            self._refused.update(reasons)

    def report(self) -> LlmReport:
        with self._lock:
            return LlmReport(
                self._asked,
                self._answered,
                tuple(sorted(self._fell_back.items())),
                tuple(sorted(self._refused.items())),
            )
