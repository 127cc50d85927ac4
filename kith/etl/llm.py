"""A language model behind any OpenAI-compatible endpoint, asked for one answer at a time, whole or as it is said.

What can go wrong is drawn in `kith.etl.llm_errors`.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from importlib.util import find_spec
from time import monotonic, sleep
from typing import Protocol
from urllib.parse import urlsplit

from kith.etl.llm_chunks import Chunks
from kith.etl.llm_errors import LlmError, LlmRefused, LlmUnavailable, LlmUnusable, NoReply
from kith.etl.llm_questions import INSTEAD, Questions, Reply
from kith.persona.errors import BadInput
from kith.persona.identity import Json

__all__ = ["Chat", "ChatModel", "LlmError", "LlmRefused", "LlmUnavailable", "LlmUnusable"]

NO_KEY = "none"
"""Sent where there is no key: servers of one's own look at none, and the protocol has no other way to say so."""

PATH = "/chat/completions"


class _Heard(Protocol):
    @property
    def is_answer(self) -> bool: ...
    async def more(self) -> bytes: ...
    async def rest(self) -> Reply: ...


class _Endpoint(Protocol):
    def post(self, path: str, body: Mapping[str, Json], *, seconds: float) -> Reply:
        """The reply, whatever its status; raises `NoReply`."""
        ...

    def listen(self, path: str, body: Mapping[str, Json], *, until: float) -> AbstractAsyncContextManager[_Heard]:
        """The same, heard as it comes, until a time of `monotonic`."""
        ...

    def close(self) -> None: ...


class Chat(Protocol):
    """A model that answers questions. Any thread may ask, and any event loop hear. Errors are those of `LlmError`."""

    @property
    def model(self) -> str: ...
    def ask(self, system: str, user: str, *, schema: Mapping[str, Json] | None = None) -> str:
        """The text of the answer; JSON where a schema is given, which the answer may still break."""
        ...

    def stream(self, system: str, user: str, *, schema: Mapping[str, Json] | None = None) -> AsyncGenerator[str]:
        """The same text as it is said, in pieces of any length; an error may come after some of them.

        Closing it ends the model's answer. An endpoint that cannot send pieces gives all of it as one.
        """
        ...


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
        rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._where = _checked_url(base_url)
        self._key = _checked_key(api_key)
        if not model:
            raise BadInput("KITH_LLM_BASE_URL is set, and KITH_LLM_MODEL is not: name the model to ask")
        if find_spec("openai") is None:
            raise BadInput(f"KITH_LLM_BASE_URL is set, and what asks it is missing: pip install 'kith[llm]', {INSTEAD}")
        self.model = model
        self.timeout = timeout
        self._questions = Questions(
            model=model,
            named=f"the model {model!r} at {self._where!r}",
            key=api_key or None,
            timeout=timeout,
            retries=retries,
        )
        self._pause = pause
        self._rest = rest
        self._lock = threading.Lock()
        self._opened: _Endpoint | None = None

    def __repr__(self) -> str:
        return f"ChatModel({self._where!r}, model={self.model!r})"

    def close(self) -> None:
        """Ends its connections; the next question opens new ones. Who hears an answer keeps that connection."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def ask(self, system: str, user: str, *, schema: Mapping[str, Json] | None = None) -> str:
        """See `Chat.ask`."""
        self._endpoint()  # opening takes a moment of its own, the first time
        tries = self._questions.tries(system, user, schema=schema)
        one = next(tries)
        while True:
            if one.after:
                self._pause(one.after)
            try:
                reply = self._endpoint().post(PATH, one.body, seconds=max(0.001, one.until - monotonic()))
            except NoReply as nothing:
                one = tries.send(nothing)
                continue
            if reply.is_answer:
                self._questions.took(one)
                return self._questions.answer(reply.text)
            one = tries.send(reply)

    async def stream(self, system: str, user: str, *, schema: Mapping[str, Json] | None = None) -> AsyncGenerator[str]:
        """See `Chat.stream`. What fails before there is any text is tried again, as for `ask`."""
        endpoint = await asyncio.to_thread(self._endpoint)
        tries = self._questions.tries(system, user, schema=schema, streamed=True)
        one = next(tries)
        while True:
            if one.after:
                await self._rest(one.after)
            begun = False
            try:
                async with endpoint.listen(PATH, one.body, until=one.until) as heard:
                    if heard.is_answer:
                        self._questions.took(one)
                        async with aclosing(self._told(heard)) as pieces:
                            async for text in pieces:
                                begun = True
                                yield text
                        return
                    failed = await heard.rest()
            except NoReply as nothing:
                if begun:
                    raise self._questions.half(nothing) from None
                failed = nothing
            one = tries.send(failed)

    async def _told(self, heard: _Heard) -> AsyncGenerator[str]:
        """What it says, piece by piece; raises `NoReply` where it does not come to its end."""
        chunks, blank = Chunks(), True
        while not chunks.ended:
            octets = await heard.more()
            text = chunks.feed(octets) if octets else chunks.close()
            if text:
                blank = blank and not text.strip()
                yield text
            if not octets:
                break
        if chunks.whole is not None:
            yield self._questions.answer(chunks.whole)
        elif blank:
            raise self._questions.silent()

    def _endpoint(self) -> _Endpoint:
        with self._lock:
            if self._opened is None:
                from kith.etl.llm_client import Endpoint

                self._opened = Endpoint(self._where, key=self._key)
            return self._opened


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
