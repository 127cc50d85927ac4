"""How questions are put to one model, in how many tries, and what its replies mean. Nothing is sent from here."""

import json
import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from pydantic import BaseModel, ValidationError

from kith.etl.llm_errors import LlmRefused, LlmUnavailable, LlmUnusable, NoReply
from kith.persona.identity import Json

__all__ = ["INSTEAD", "LARGEST_REPLY", "Questions", "Reply", "Try"]

LARGEST_REPLY = 4 * 1024 * 1024
"""Bytes. No answer that is asked for comes near it."""

SEED = 7
ABOUT_THE_REQUEST = (400, 422)
NOT_NOW = (408, 409, 425, 429)
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 4.0
LONGEST_REASON = 200
INSTEAD = "or unset KITH_LLM_BASE_URL to work without a model"


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint said. `retry_after`: in how many seconds it wants to be asked again."""

    status: int
    text: str
    retry_after: float | None = None

    @property
    def is_answer(self) -> bool:
        """Whether the question was taken."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Way:
    """How a question is put. `steady` asks for the same answer every time, which some models do not allow."""

    form: Literal["json_schema", "json_object", "text"]
    steady: bool


WAYS = (
    Way("json_schema", steady=True),
    Way("json_object", steady=True),
    Way("json_schema", steady=False),
    Way("json_object", steady=False),
    Way("text", steady=False),
)
"""Endpoints differ in what they know; each is asked in the first of these ways that it takes."""

PLAIN_WAYS = (Way("text", steady=True), Way("text", steady=False))


@dataclass(frozen=True, slots=True)
class Try:
    """One request, to be sent after so many seconds, and answered whole at a time of `monotonic`."""

    body: Mapping[str, Json]
    way: Way
    typed: bool
    until: float
    after: float = 0.0


class _Said(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Said


class _Completion(BaseModel):
    choices: list[_Choice]


class _Problem(BaseModel):
    message: str


class _Wrong(BaseModel):
    error: _Problem


class Questions:
    """What one model is sent, and what is made of its replies. `named` is how errors call it."""

    def __init__(self, *, model: str, named: str, key: str | None, timeout: float, retries: int) -> None:
        self._model = model
        self._named = named
        self._key = key
        self._timeout = timeout
        self._retries = retries
        self._taken: dict[bool, Way] = {}

    def tries(
        self, system: str, user: str, *, schema: Mapping[str, Json] | None, streamed: bool = False
    ) -> Generator[Try, Reply | NoReply]:
        """What to send, one after the other; it is told what came of each that failed, and raises when nothing is left.

        `streamed` asks for an answer in pieces, and for a whole one where the endpoint refuses that: some give pieces
        to none but some of their customers.
        """
        until = monotonic() + self._timeout
        typed = schema is not None
        known = self._taken.get(typed)
        ways = (known,) if known is not None else WAYS if typed else PLAIN_WAYS
        refusals: list[Reply] = []
        for in_pieces in (True, False) if streamed else (False,):
            for way in ways:
                body = self._body(way, system, user, schema)
                if in_pieces:
                    body["stream"] = True
                reply = yield from self._insist(Try(body, way, typed, until))
                refusals.append(reply)
                if reply.status not in ABOUT_THE_REQUEST:
                    raise self._refused(reply)
        raise self._refused(refusals[0])  # what speaks against the fullest way says most

    def took(self, one: Try) -> None:
        """Has the next question put as this one was, which the endpoint took."""
        self._taken[one.typed] = one.way

    def answer(self, text: str) -> str:
        """What a whole completion says."""
        try:
            choices = _Completion.model_validate_json(text).choices
        except ValidationError:
            choices = []
        content = choices[0].message.content if choices else None
        if content is None or not content.strip():
            raise self.silent()
        return content

    def silent(self) -> LlmUnusable:
        """What to raise where an answer has no text."""
        return LlmUnusable(f"{self._named} answered, and said nothing")

    def half(self, nothing: NoReply) -> LlmUnavailable | LlmUnusable:
        """What to raise where an answer had begun, and did not come to its end."""
        if nothing.why == "size":
            return self._too_long()
        problem = "did not finish its answer in time" if nothing.why == "time" else "broke off in its answer"
        return self._unavailable(problem)

    def _insist(self, one: Try) -> Generator[Try, Reply | NoReply, Reply]:
        """The reply that settles it, after as many tries as there are and time is for."""
        pause, after, problem = FIRST_PAUSE, 0.0, ""
        for tries_left in range(self._retries, -1, -1):
            wait = pause * random.uniform(0.5, 1.0)  # noqa: S311 - jitter guards nothing
            failed = yield Try(one.body, one.way, one.typed, one.until, after)
            if isinstance(failed, NoReply):
                if failed.why == "size":
                    raise self._too_long()
                problem = "did not answer in time" if failed.why == "time" else "cannot be reached, or broke off"
            else:
                if failed.status < 500 and failed.status not in NOT_NOW:
                    return failed
                problem = f"answered {failed.status}"
                wait = max(wait, failed.retry_after or 0.0)
            if not tries_left or one.until - monotonic() <= wait:
                break
            pause, after = min(LONGEST_PAUSE, 2 * pause), wait
        raise self._unavailable(problem)

    def _body(self, way: Way, system: str, user: str, schema: Mapping[str, Json] | None) -> dict[str, Json]:
        if schema is not None and way.form != "json_schema":
            shape = json.dumps(dict(schema))
            system = f"{system}\n\nAnswer with one JSON object, and nothing else, of this JSON schema:\n{shape}"
        body: dict[str, Json] = {
            "model": self._model,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
        }
        if way.form == "json_schema":
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": dict(schema or {})},
            }
        elif way.form == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body | {"temperature": 0, "seed": SEED} if way.steady else body

    def _unavailable(self, problem: str) -> LlmUnavailable:
        return LlmUnavailable(
            f"{self._named} {problem} ({self._timeout:g} s a question): see whether it runs, {INSTEAD}"
        )

    def _too_long(self) -> LlmUnusable:
        return LlmUnusable(f"{self._named} answered with more than is taken")

    def _refused(self, reply: Reply) -> LlmRefused:
        status, reason = reply.status, self._reason(reply.text)
        if status in (401, 403):
            advice = f"refuses the key ({status}{reason}): check KITH_LLM_API_KEY, {INSTEAD}"
        elif status == 404:
            advice = f"is not there (404{reason}): check KITH_LLM_MODEL and KITH_LLM_BASE_URL, which often ends in /v1"
        elif 300 <= status < 400:
            advice = f"is elsewhere ({status}): set KITH_LLM_BASE_URL to the address that it moved to"
        else:
            advice = f"refuses the question ({status}{reason}): see what it supports, {INSTEAD}"
        return LlmRefused(f"{self._named} {advice}", about_request=status in (*ABOUT_THE_REQUEST, 413))

    def _reason(self, text: str) -> str:
        """What the endpoint says, on one line and without the key, should it repeat it."""
        try:
            said = _Wrong.model_validate_json(text).error.message
        except ValidationError:
            return ""
        if self._key is not None:
            said = said.replace(self._key, "…")
        line = " ".join(said.split())
        return f": {line[:LONGEST_REASON]}" if line else ""
