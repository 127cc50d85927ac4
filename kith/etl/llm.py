"""A language model behind any OpenAI-compatible endpoint, asked for one answer at a time.

LlmError                about the endpoint that KITH_LLM_BASE_URL names
├── LlmUnavailable      not now: no answer in time, no connection, too many requests, or an error of its own
├── LlmRefused          it will not answer this, however often it is asked: the key, the model or the request is wrong
└── LlmUnusable         it answered, and there is no text in what it said
"""

import json
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from time import monotonic, sleep
from typing import Literal, Protocol
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from kith.persona.errors import BadInput, KithError
from kith.persona.identity import Json

__all__ = ["Chat", "ChatModel", "LlmError", "LlmRefused", "LlmUnavailable", "LlmUnusable", "NoReply", "Reply"]

NO_KEY = "none"
"""Sent where there is no key: servers of one's own look at none, and the protocol has no other way to say so."""

SEED = 7
ABOUT_THE_REQUEST = (400, 422)
NOT_NOW = (408, 409, 425, 429)
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 4.0
LONGEST_REASON = 200
INSTEAD = "or unset KITH_LLM_BASE_URL to work without a model"


class LlmError(KithError):
    """Something about the endpoint of a language model."""


class LlmUnavailable(LlmError):
    """Not now: the same question may be answered later."""


class LlmRefused(LlmError):
    """Asking again will not help. `about_request`: it may be on account of this one question."""

    def __init__(self, words: str, *, about_request: bool = False) -> None:
        super().__init__(words)
        self.about_request = about_request


class LlmUnusable(LlmError):
    """An answer without text, or one that was longer than is taken."""


class NoReply(Exception):
    """An endpoint gave no reply, or none that was taken whole."""

    def __init__(self, why: Literal["time", "connection", "size"]) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint said. `retry_after`: in how many seconds it wants to be asked again."""

    status: int
    text: str
    retry_after: float | None = None


class _Endpoint(Protocol):
    def post(self, path: str, body: Mapping[str, Json], *, seconds: float) -> Reply:
        """The reply, whatever its status; raises `NoReply`."""
        ...

    def close(self) -> None: ...


class Chat(Protocol):
    """A model that answers questions. Any thread may ask. Errors are those above."""

    @property
    def model(self) -> str: ...
    def ask(self, system: str, user: str, *, schema: Mapping[str, Json] | None = None) -> str:
        """The text of the answer; JSON where a schema is given, which the answer may still break."""
        ...


@dataclass(frozen=True, slots=True)
class _Way:
    """How a question is put. `steady` asks for the same answer every time, which some models do not allow."""

    form: Literal["json_schema", "json_object", "text"]
    steady: bool


WAYS = (
    _Way("json_schema", steady=True),
    _Way("json_object", steady=True),
    _Way("json_schema", steady=False),
    _Way("json_object", steady=False),
    _Way("text", steady=False),
)
"""Endpoints differ in what they know; each is asked in the first of these ways that it takes."""

PLAIN_WAYS = (_Way("text", steady=True), _Way("text", steady=False))


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


class ChatModel:
    """One model at one endpoint. `timeout` is the time for one answer in seconds, all tries included."""

    def __init__(
        self,
        base_url: str,
        *,
        model: str,
        api_key: str = "",
        timeout: float = 20.0,
        retries: int = 2,
        pause: Callable[[float], None] = sleep,
    ) -> None:
        self._where = _checked_url(base_url)
        self._key = _checked_key(api_key)
        if not model:
            raise BadInput("KITH_LLM_BASE_URL is set, and KITH_LLM_MODEL is not: name the model to ask")
        if find_spec("openai") is None:
            raise BadInput(f"KITH_LLM_BASE_URL is set, and what asks it is missing: pip install 'kith[llm]', {INSTEAD}")
        self.model = model
        self.timeout = timeout
        self._retries = retries
        self._pause = pause
        self._lock = threading.Lock()
        self._opened: _Endpoint | None = None
        self._taken: dict[bool, _Way] = {}

    def __repr__(self) -> str:
        return f"ChatModel({self._where!r}, model={self.model!r})"

    def close(self) -> None:
        """Ends its connections; the next question opens new ones."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def ask(self, system: str, user: str, *, schema: Mapping[str, Json] | None = None) -> str:
        """See `Chat.ask`."""
        self._endpoint()  # opening takes a moment of its own, the first time
        until = monotonic() + self.timeout
        typed = schema is not None
        known = self._taken.get(typed)
        ways = (known,) if known is not None else WAYS if typed else PLAIN_WAYS
        refusals: list[Reply] = []
        for way in ways:
            reply = self._post(self._body(way, system, user, schema), until)
            if 200 <= reply.status < 300:
                self._taken[typed] = way
                return self._answer(reply.text)
            refusals.append(reply)
            if reply.status not in ABOUT_THE_REQUEST:
                raise self._refused(reply)
        raise self._refused(refusals[0])  # what speaks against the fullest way says most

    def _body(self, way: _Way, system: str, user: str, schema: Mapping[str, Json] | None) -> dict[str, Json]:
        if schema is not None and way.form != "json_schema":
            shape = json.dumps(dict(schema))
            system = f"{system}\n\nAnswer with one JSON object, and nothing else, of this JSON schema:\n{shape}"
        body: dict[str, Json] = {
            "model": self.model,
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

    def _post(self, body: Mapping[str, Json], until: float) -> Reply:
        """The reply that settles it, after as many tries as there are and time is for."""
        pause, problem = FIRST_PAUSE, ""
        for tries_left in range(self._retries, -1, -1):
            wait = pause * random.uniform(0.5, 1.0)  # noqa: S311 - jitter guards nothing
            try:
                reply = self._endpoint().post("/chat/completions", body, seconds=max(0.001, until - monotonic()))
            except NoReply as nothing:
                if nothing.why == "size":
                    raise LlmUnusable(f"{self._named} answered with more than is taken") from None
                problem = "did not answer in time" if nothing.why == "time" else "cannot be reached, or broke off"
            else:
                if reply.status < 500 and reply.status not in NOT_NOW:
                    return reply
                problem = f"answered {reply.status}"
                wait = max(wait, reply.retry_after or 0.0)
            if not tries_left or until - monotonic() <= wait:
                break
            self._pause(wait)
            pause = min(LONGEST_PAUSE, 2 * pause)
        raise LlmUnavailable(f"{self._named} {problem} ({self.timeout:g} s a question): see whether it runs, {INSTEAD}")

    def _endpoint(self) -> _Endpoint:
        with self._lock:
            if self._opened is None:
                from kith.etl.llm_client import Endpoint

                self._opened = Endpoint(self._where, key=self._key)
            return self._opened

    @property
    def _named(self) -> str:
        return f"the model {self.model!r} at {self._where!r}"

    def _answer(self, text: str) -> str:
        try:
            choices = _Completion.model_validate_json(text).choices
        except ValidationError:
            choices = []
        content = choices[0].message.content if choices else None
        if content is None or not content.strip():
            raise LlmUnusable(f"{self._named} answered, and said nothing")
        return content

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
        if self._key != NO_KEY:
            said = said.replace(self._key, "…")
        line = " ".join(said.split())
        return f": {line[:LONGEST_REASON]}" if line else ""


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise BadInput("KITH_LLM_BASE_URL is no URL: write it like 'http://localhost:11434/v1'") from None
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise BadInput(
            "KITH_LLM_BASE_URL holds more than a scheme, a host and a path: give the key as KITH_LLM_API_KEY, "
            "and leave out what follows '?' or '#'"
        )
    if not good:
        raise BadInput(f"KITH_LLM_BASE_URL={url!r} is no address: write it like 'http://localhost:11434/v1'")
    return url.rstrip("/")


def _checked_key(key: str) -> str:
    if not all("!" <= sign <= "~" for sign in key):
        raise BadInput("KITH_LLM_API_KEY holds spaces, line ends or letters that no key has: copy it again")
    return key or NO_KEY
