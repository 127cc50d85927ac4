"""`Kith`: what is known of people and what to show them, from stores in this process or from a server."""

import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from secrets import token_hex
from types import TracebackType
from typing import Self, TypeVar, overload

from pydantic import BaseModel

from kith.addresses import path_of
from kith.client.backs import Home, sender_of
from kith.client.errors import ApiError, Unavailable
from kith.client.http import Call, Connection, Parameter, Retries
from kith.client.records import Messages, When, as_json, bodies_of, given, together, written
from kith.persona.model import EngagementKind, Role
from kith.serving.shapes.common import Page
from kith.serving.shapes.memory import AskedAnswer, Context, FactHistory, Facts, Profile, Search
from kith.serving.shapes.people import Ingested, MessageItem, Receipt, User
from kith.serving.shapes.recommendations import Recommendations, Stored, Taken

__all__ = ["Kith"]

S = TypeVar("S", bound=BaseModel)
PAGE = 500
FIRST_LOOK, LONGEST_LOOK = 0.02, 1.0
"""Seconds between two looks for the receipt of who is being forgotten."""


class Kith:
    """What is known of people, and what to show them.

    `Kith()` opens the stores that the settings name, in this process; `Kith(url, key=…)` asks a server. What it gives
    is the same either way: the shapes of the API, and an `ApiError` where it gives nothing. Any thread may call.
    """

    @overload
    def __init__(self, *, home: Home = None, tenant: str | None = None, embedder: str | None = None) -> None: ...

    @overload
    def __init__(self, url: str, *, key: str | None = None, timeout: float = 30.0) -> None: ...

    def __init__(
        self,
        url: str | None = None,
        *,
        key: str | None = None,
        timeout: float = 30.0,
        home: Home = None,
        tenant: str | None = None,
        embedder: str | None = None,
    ) -> None:
        """`home`, `tenant` and `embedder` go before the settings. `timeout`: seconds to wait for an answer."""
        sender = sender_of(url, key=key, timeout=timeout, home=home, tenant=tenant, embedder=embedder)
        self._asked = Connection(sender, retries=Retries())

    def add(
        self,
        messages: Messages,
        *,
        user_id: str,
        conversation_id: str | None = None,
        role: Role | None = None,
        author: str | None = None,
        timestamp: When | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> Ingested:
        """Takes in what a person said: a text, chat messages with `role` and `content`, or records. Durable on return.

        The other arguments hold for each message that does not say so itself. More than 1,000 messages are sent in
        parts; what the parts before a failed one brought stays.
        """
        fields = given(
            conversation_id=conversation_id, role=role, author=author, timestamp=timestamp, metadata=metadata
        )
        answers: list[tuple[Ingested, int]] = []
        for body in bodies_of(messages, fields):
            try:
                answer = self._write(path_of("ingest", user_id), Ingested, body.octets)
            except ApiError as error:
                if answers:
                    error.add_note(f"the first {sum(count for _, count in answers):,} messages were taken")
                raise
            answers.append((answer, body.count))
        return together(answers) if len(answers) > 1 else answers[0][0]

    def search(
        self,
        query: str,
        *,
        user_id: str,
        limit: int = 10,
        conversation_id: str | None = None,
        role: Role | None = None,
        since: When | None = None,
        until: When | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> Search:
        """The person's messages that answer, the best first. `metadata` names values that a message must have."""
        parameters: dict[str, Parameter] = {
            "query": query,
            "limit": limit,
            "conversation_id": conversation_id,
            "role": role,
            "since": _time(since),
            "until": _time(until),
        }
        for name, value in (metadata or {}).items():
            parameters[f"metadata.{name}"] = value if isinstance(value, str) else as_json(value).decode()
        return self._get(path_of("users", user_id, "search"), Search, parameters)

    def context(
        self,
        query: str | None = None,
        *,
        user_id: str,
        max_tokens: int | None = None,
        as_of: When | None = None,
        known_at: When | None = None,
    ) -> Context:
        """What to know about a person right now, packed into a budget of tokens; its `text` is ready for a prompt."""
        parameters: dict[str, Parameter] = {
            "query": query,
            "max_tokens": max_tokens,
            "as_of": _time(as_of),
            "known_at": _time(known_at),
        }
        return self._get(path_of("users", user_id, "context"), Context, parameters)

    def profile(self, user_id: str) -> Profile:
        """The short card for a system prompt: the same to the byte while nothing changed."""
        return self._get(path_of("users", user_id, "profile"), Profile)

    def ask(self, query: str, *, user_id: str, max_tokens: int | None = None) -> AskedAnswer:
        """An answer with the messages that it rests on; `unknown` where nothing that is known answers."""
        body = as_json(given(query=query, max_tokens=max_tokens))
        return self._asked.ask(AskedAnswer, Call("POST", path_of("rag", user_id, "query"), body=body))

    def facts(self, user_id: str, *, as_of: When | None = None, known_at: When | None = None) -> Facts:
        """What is so of a person; what was so at `as_of`, as it was known at `known_at`."""
        return self._get(
            path_of("users", user_id, "facts"), Facts, {"as_of": _time(as_of), "known_at": _time(known_at)}
        )

    def history(self, fact_id: str, *, user_id: str) -> FactHistory:
        """One fact among all of its kind, with the messages that say so."""
        return self._get(path_of("users", user_id, "facts", fact_id, "history"), FactHistory)

    def messages(
        self,
        user_id: str,
        *,
        conversation_id: str | None = None,
        role: Role | None = None,
        since: When | None = None,
        until: When | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[MessageItem]:
        """A page of what was said, the newest first; `next` is the `cursor` of the page after it."""
        parameters: dict[str, Parameter] = {
            "conversation_id": conversation_id,
            "role": role,
            "since": _time(since),
            "until": _time(until),
            "limit": limit,
            "cursor": cursor,
        }
        return self._get(path_of("users", user_id, "messages"), Page[MessageItem], parameters)

    def get_all(
        self,
        user_id: str,
        *,
        conversation_id: str | None = None,
        role: Role | None = None,
        since: When | None = None,
        until: When | None = None,
    ) -> Iterator[MessageItem]:
        """All that was said, the newest first, asked for page by page."""
        cursor: str | None = None
        while True:
            page = self.messages(
                user_id,
                conversation_id=conversation_id,
                role=role,
                since=since,
                until=until,
                limit=PAGE,
                cursor=cursor,
            )
            yield from page.items
            cursor = page.next
            if cursor is None:
                return

    def recommend(
        self,
        user_id: str,
        *,
        limit: int = 10,
        include_seen: bool = False,
        exclude: Sequence[str] = (),
        intent: str | None = None,
        explain: bool = True,
        cursor: str | None = None,
    ) -> Recommendations:
        """What to show a person, the best first, each with reasons whose shares add up to its score."""
        parameters: dict[str, Parameter] = {
            "limit": limit,
            "include_seen": include_seen,
            "exclude": list(exclude),
            "intent": intent,
            "explain": explain,
            "cursor": cursor,
        }
        return self._get(path_of("users", user_id, "recommendations"), Recommendations, parameters)

    def feedback(
        self,
        campaign_id: str,
        kind: EngagementKind,
        *,
        user_id: str,
        value: float = 1.0,
        event_id: str | None = None,
        timestamp: When | None = None,
        conversation_id: str = "",
    ) -> Taken:
        """What a person did with a campaign; the very next recommendation knows of it.

        With the same `event_id` it counts once, however often it is sent.
        """
        event = {
            "event_id": event_id or token_hex(16),
            "user_id": user_id,
            "campaign_id": campaign_id,
            "kind": kind,
            "value": value,
            "timestamp": timestamp,
            "conversation_id": conversation_id,
        }
        return self._write(path_of("feedback"), Taken, as_json(event))

    def add_user(self, user_id: str, *, name: str | None = None, metadata: Mapping[str, object] | None = None) -> User:
        """Makes a person known, and lets in again one who was forgotten. Of one who is known, sets what is given."""
        return self._write(path_of("users"), User, as_json(given(user_id=user_id, name=name, metadata=metadata)))

    def add_campaigns(self, campaigns: Iterable[Mapping[str, object]]) -> Stored:
        """Sets what can be shown: up to 1,000, each with `id`, `title` and what else a campaign has."""
        return self._write(path_of("campaigns"), Stored, as_json([{**one} for one in campaigns]))

    def delete(self, key: str, *, user_id: str) -> None:
        """Takes one message back, with all that it alone taught."""
        self._asked.send(Call("DELETE", path_of("users", user_id, "messages", key)))

    def forget(self, user_id: str, *, timeout: float = 60.0) -> Receipt:
        """Forgets a person in every store; the receipt says what was deleted where, and that nothing was found after.

        From the first moment on nothing of theirs is taken. `timeout`: seconds to wait for the receipt.
        """
        path = path_of("users", user_id)
        until, pause = time.monotonic() + timeout, FIRST_LOOK
        response = self._asked.send(Call("DELETE", path))
        while response.status_code == 202:
            if time.monotonic() >= until:
                raise Unavailable(f"forgetting {user_id!r} takes over {timeout:g} s: ask again for the receipt")
            time.sleep(pause)  # between two looks at a server that has no way to call back
            pause = min(2 * pause, LONGEST_LOOK)
            response = self._asked.send(Call("GET", f"{path}/receipt", repeatable=True))
        return self._asked.read(Receipt, response)

    def close(self) -> None:
        """Finishes what was taken, and lets go of the stores or the connection. May be called again."""
        self._asked.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Kith of {self._asked.where}{', closed' if self._asked.closed else ''}>"

    def __del__(self) -> None:
        asked = getattr(self, "_asked", None)  # there is none where it could not be made
        if asked is not None and not asked.closed:
            warnings.warn(f"unclosed {self!r}: use it in a `with`, or close it", ResourceWarning, stacklevel=2)

    def _get(self, path: str, shape: type[S], parameters: Mapping[str, Parameter] | None = None) -> S:
        return self._asked.ask(shape, Call("GET", path, parameters=parameters or {}, repeatable=True))

    def _write(self, path: str, shape: type[S], body: bytes) -> S:
        # One key for all tries, by which messages are taken once and each try gets the same answer. What else is
        # written does no harm twice without it: an event has an id, and people and campaigns are set to what is sent.
        headers = {"Idempotency-Key": token_hex(16)}
        return self._asked.ask(shape, Call("POST", path, body=body, headers=headers, repeatable=True))


def _time(moment: When | None) -> str | None:
    return None if moment is None else written(moment)
