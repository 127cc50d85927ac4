"""What people talk about: areas with their words, threads and campaigns, read from the TOML files beside this one."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias, cast

from kith.data.grammar import Parts, Words, compiled, slots_of

__all__ = [
    "AREAS",
    "Area",
    "Line",
    "Offer",
    "Phrase",
    "Thread",
    "Voice",
    "area",
    "facts",
    "life",
    "resource",
    "traps",
    "voice",
]

When: TypeAlias = Literal["now", "past", "future"]
AREAS = (
    "baking",
    "board_games",
    "climbing",
    "cycling",
    "dogs",
    "gardening",
    "home_automation",
    "jazz",
    "photography",
    "trail_running",
    "travel",
    "vegetarian_cooking",
)
TASTES = frozenset({"likes", "dislikes", "owns", "goal", "plan", "prefers"})
"""Lists from which each person has their own: nobody says the others."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text and the slots that must be known before it can be said."""

    parts: Parts
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of a thread."""

    role: Literal["user", "assistant"]
    optional: bool
    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Thread:
    """How a conversation may go. `event` is the news that it tells; `small` is talk about nothing."""

    lines: tuple[Line, ...]
    intent: str | None
    event: str | None
    small: bool
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Offer:
    """A campaign as people speak of it: `short` is its name in a sentence, `did` what somebody says who took it."""

    campaign_id: str
    area: str
    title: str
    text: str
    short: str
    did: str
    intents: tuple[str, ...]
    when: When


@dataclass(frozen=True, slots=True)
class Area:
    """Something that people care for, with the words they use."""

    key: str
    name: str
    emoji: tuple[str, ...]
    words: Words
    tastes: Mapping[str, tuple[str, ...]]
    prefers: tuple[tuple[str, str], ...]
    threads: tuple[Thread, ...]
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class Voice:
    """The small words around what people say."""

    greetings: tuple[str, ...]
    links: tuple[str, ...]
    fillers: tuple[str, ...]
    openers: frozenset[str]
    words: Words
    thanks: tuple[Phrase, ...]
    tool: tuple[Phrase, ...]
    reactions: Mapping[str, tuple[Phrase, ...]]


@cache
def resource(name: str) -> Mapping[str, Any]:
    """A TOML file beside this one."""
    return tomllib.loads(files("kith.data").joinpath(name).read_text(encoding="utf-8"))


@cache
def area(key: str) -> Area:
    """One area of interest."""
    table = resource(f"areas/{key}.toml")
    lists = cast("dict[str, list[str]]", table["words"])
    words: Words = {name: tuple(map(compiled, texts)) for name, texts in lists.items() if name not in TASTES}
    pairs = cast("list[list[str]]", table["words"]["prefers"])
    return Area(
        key=key,
        name=table["name"],
        emoji=tuple(table["emoji"]),
        words=words,
        tastes={name: tuple(lists[name]) for name in sorted(TASTES - {"prefers"})},
        prefers=tuple((this, that) for this, that in pairs),
        threads=_threads(table, words),
        offers=tuple(_offer(key, one) for one in table["campaigns"]),
    )


@cache
def life() -> tuple[Words, tuple[Thread, ...], tuple[str, ...]]:
    """Days, work, family, changes: the words, the threads, the emoji."""
    table = resource("life.toml")
    lists = cast("dict[str, list[str]]", table["words"])
    words: Words = {name: tuple(map(compiled, texts)) for name, texts in lists.items()}
    return words, _threads(table, words), tuple(table["emoji"])


@cache
def facts() -> Mapping[str, tuple[Phrase, ...]]:
    """Ways to say what is true of oneself, by predicate."""
    return {name: _phrases(texts, {}) for name, texts in resource("facts.toml").items() if name != "traps"}


@cache
def traps() -> tuple[Phrase, ...]:
    """Sentences about a person's life that state nothing of it."""
    kinds = cast("dict[str, list[str]]", resource("facts.toml")["traps"])
    return tuple(phrase for texts in kinds.values() for phrase in _phrases(texts, {}))


@cache
def voice() -> Voice:
    """Greetings, thanks, and what people say to offers."""
    table = resource("voice.toml")
    words: Words = {"drink": tuple(map(compiled, table["drink"]))}
    return Voice(
        greetings=tuple(table["greetings"]),
        links=tuple(table["links"]),
        fillers=tuple(table["fillers"]),
        openers=frozenset(table["openers"]),
        words=words,
        thanks=_phrases(table["thanks"], words),
        tool=_phrases(table["tool"], words),
        reactions={kind: _phrases(table[kind], words) for kind in ("click", "like", "convert", "dislike")},
    )


def _phrases(texts: list[str], words: Words) -> tuple[Phrase, ...]:
    return tuple(_phrase(text, words) for text in texts)


def _phrase(text: str, words: Words) -> Phrase:
    parts = compiled(text)
    return Phrase(parts, slots_of(parts, words))


def _threads(table: Mapping[str, Any], words: Words) -> tuple[Thread, ...]:
    return tuple(_thread(one, words) for one in table["threads"])


def _thread(table: Mapping[str, Any], words: Words) -> Thread:
    lines = tuple(_line(text, words) for text in table["lines"])
    needs = frozenset[str]().union(*(line.phrase.needs for line in lines if not line.optional))
    return Thread(lines, table.get("intent"), table.get("event"), table.get("small", False), needs)


def _line(text: str, words: Words) -> Line:
    mark, _, rest = text.partition(": ")
    return Line("user" if mark[0] == "u" else "assistant", mark.endswith("?"), _phrase(rest, words))


def _offer(key: str, table: Mapping[str, Any]) -> Offer:
    return Offer(
        campaign_id=table["id"],
        area=key,
        title=table["title"],
        text=table["text"],
        short=table["short"],
        did=table["did"],
        intents=tuple(table["intents"]),
        when=table.get("when", "now"),
    )
