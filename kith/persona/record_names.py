"""Under which names the fields of a record are known, and what a conversation hands down to its messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.persona.model import Role

__all__ = ["COMMON_NAMES", "ROLE_WORDS", "FieldName", "FieldNames", "Named", "ranked_names", "sort_fields"]

FieldName: TypeAlias = Literal[
    "user_id",
    "message",
    "timestamp",
    "conversation_id",
    "message_id",
    "role",
    "author",
    "campaign_id",
    "intent",
    "engagement",
    "metadata",
]

COMMON: dict[FieldName, tuple[str, ...]] = {
    "user_id": ("user_id", "user", "uid", "customer_id", "author_id", "sender_id"),
    "message": ("message", "content", "text", "body"),
    "timestamp": ("timestamp", "created_at", "ts", "time", "datetime", "sent_at", "create_time", "date"),
    "conversation_id": ("conversation_id", "thread_id", "session_id", "chat_id", "dialogue_id", "dialog_id"),
    "message_id": ("message_id", "msg_id", "id", "event_id"),
    "role": ("role", "sender_role", "sender_type"),
    "author": ("author", "author_name", "sender", "sender_name", "from"),
    "campaign_id": ("campaign_id",),
    "intent": ("intent",),
    "engagement": ("engagement",),
    "metadata": ("metadata",),
}
"""In order of precedence: where a record has two names of one field, the first counts, the other goes to metadata."""

WHO = frozenset({"author", "sender", "from"})
"""Names of the author that may hold a role instead, and that stand for the person where nothing else names them."""

ROLE_WORDS: dict[str, Role] = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "bot": "assistant",
    "ai": "assistant",
    "model": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "function": "tool",
}
"""What roles are called, in lower case."""

ITS_OWN: frozenset[FieldName] = frozenset({"message", "message_id"})
"""Fields that a message has of itself alone: a conversation's are metadata."""

ONCE: frozenset[FieldName] = frozenset({"engagement"})
"""Fields that happened once: a conversation's belongs to its first message."""

Ranked: TypeAlias = Mapping[str, tuple[FieldName, int]]
N = TypeVar("N", bound=str)


def _spellings(name: str) -> tuple[str, ...]:
    """A snake_case name as it is also written: camelCase, PascalCase, with ID, with hyphens."""
    words = name.split("_")
    pascal = "".join(word.capitalize() for word in words)
    camel = words[0] + pascal[len(words[0]) :]
    found = [name, camel, pascal, "-".join(words)]
    if words[-1] == "id":
        found += [camel[:-2] + "ID", pascal[:-2] + "ID"]
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Named:
    """A record's values under our names: `spelled` says what each was called, `extras` holds all that has no name."""

    values: dict[FieldName, Json]
    spelled: dict[FieldName, str]
    extras: dict[str, Json]
    inherited: frozenset[FieldName] = frozenset()


@dataclass(frozen=True, slots=True)
class FieldNames:
    """Which name stands for which field. Made by `from_options`; `COMMON_NAMES` has no options."""

    of_message: Ranked
    of_conversation: Ranked
    mappable: bool = True
    """Whether who sends records can name others: a rejection then says how."""

    @classmethod
    def from_options(cls, options: Sequence[str]) -> "FieldNames":
        """The common names and, before them, those given as `FIELD=NAME`, such as `message=body`."""
        given: dict[str, FieldName] = {}
        for option in options:
            known, name = _option(option)
            if given.setdefault(name, known) != known:
                raise BadInput(f"--map {option!r}: {name!r} already stands for {given[name]!r}; give it one meaning.")
        inheritable: dict[str, FieldName] = {name: known for name, known in given.items() if known not in ITS_OWN}
        return cls(ranked_names(COMMON, given), ranked_names(_conversation_names(), inheritable))

    def read(
        self, fields: Mapping[str, Json], conversations: Sequence[Mapping[str, Json]] = (), *, index: int = 0
    ) -> Named:
        """A record's values with what it inherits from the conversations around it, the outermost first.

        What the record says itself wins; of two conversations the inner one. A field that is null is not there.
        """
        own = _with_role(Named(*sort_fields(fields, self.of_message)))
        if not conversations:
            return _with_user(own)
        handed = self._handed_down(conversations)
        values = handed.values
        if index:
            for name in ONCE & values.keys():
                del values[name]
        if not _of_the_person(own):
            values.pop("author", None)
        inherited: frozenset[FieldName] = frozenset(name for name in values if name not in own.values)
        values.update(own.values)
        handed.spelled.update(own.spelled)
        return _with_user(Named(values, handed.spelled, handed.extras | own.extras, inherited))

    def _handed_down(self, conversations: Sequence[Mapping[str, Json]]) -> Named:
        values: dict[FieldName, Json] = {}
        spelled: dict[FieldName, str] = {}
        extras: dict[str, Json] = {}
        for depth, around in enumerate(conversations, start=1):
            handed = Named(*sort_fields(around, self.of_conversation))
            if depth == len(conversations):
                extras = handed.extras
            elif handed.spelled.get("conversation_id") == "id":
                del handed.values["conversation_id"]
            values |= handed.values
            spelled |= handed.spelled
        metadata = values.pop("metadata", None)
        extras |= metadata if isinstance(metadata, dict) else {} if metadata is None else {"metadata": metadata}
        return Named(values, spelled, extras)


def _of_the_person(named: Named) -> bool:
    role = named.values.get("role", "user")
    return isinstance(role, str) and ROLE_WORDS.get(role.lower()) == "user"


def _with_role(named: Named) -> Named:
    """Where no role is given, an author called `assistant` or the like is one."""
    values, spelled = named.values, named.spelled
    if "role" not in values and spelled.get("author") in WHO:
        who = values["author"]
        if isinstance(who, str) and who.lower() in ROLE_WORDS:
            values["role"] = values.pop("author")
            spelled["role"] = spelled.pop("author")
    return named


def _with_user(named: Named) -> Named:
    """The author stands for the person where nothing else names them."""
    values, spelled = named.values, named.spelled
    if "user_id" not in values and "author" in values and spelled["author"] in WHO:
        values["user_id"] = values.pop("author")
        spelled["user_id"] = spelled.pop("author")
    return named


def sort_fields(
    fields: Mapping[str, Json], ranked: Mapping[str, tuple[N, int]]
) -> tuple[dict[N, Json], dict[N, str], dict[str, Json]]:
    """Values and spellings by our names, and the rest. Of two names of one field the one with the lower rank counts."""
    values: dict[N, Json] = {}
    spelled: dict[N, str] = {}
    extras: dict[str, Json] = {}
    for name, value in fields.items():
        hit = ranked.get(name)
        if hit is None:
            extras[name] = value
        elif value is not None:
            known, rank = hit
            before = spelled.get(known)
            if before is not None and rank > ranked[before][1]:
                extras[name] = value
                continue
            if before is not None:
                extras[before] = values[known]
            values[known] = value
            spelled[known] = name
    return values, spelled, extras


def ranked_names(names: Mapping[N, Sequence[str]], given: Mapping[str, N]) -> dict[str, tuple[N, int]]:
    """Which field each spelling of each name stands for, and its rank; those that were given come before all."""
    ranked: dict[str, tuple[N, int]] = {}
    for known, common in names.items():
        for rank, spelled in enumerate(spelled for name in common for spelled in _spellings(name)):
            ranked.setdefault(spelled, (known, rank))
    for rank, (name, known) in enumerate(given.items(), start=-len(given)):
        ranked[name] = (known, rank)
    return ranked


def _conversation_names() -> dict[FieldName, tuple[str, ...]]:
    """Of a conversation, `id` is the conversation's own."""
    names: dict[FieldName, tuple[str, ...]] = {known: COMMON[known] for known in COMMON if known not in ITS_OWN}
    names["conversation_id"] += ("id",)
    return names


def _option(option: str) -> tuple[FieldName, str]:
    known, equals, name = option.partition("=")
    if not equals or not name:
        raise BadInput(f"--map {option!r} is not FIELD=NAME; write it like 'message=body'.")
    for field in COMMON:
        if field == known:
            return field, name
    raise BadInput(f"--map {option!r}: there is no field {known!r}; the fields are {', '.join(COMMON)}.")


COMMON_NAMES = FieldNames.from_options([])
