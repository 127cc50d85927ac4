"""What a question asks for besides its subject (when, how many, who, where), and which messages have such a thing."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from kith.persona.language.dates import Period, times_in
from kith.persona.language.dates.cycles import DAY, MONTHS, WEEKDAYS
from kith.persona.language.dates.written import listed
from kith.persona.retrieval.weights import METHOD, Method

__all__ = [
    "Asked",
    "asked_for",
    "asks",
    "date_match",
    "has_number",
    "has_time",
    "names_in",
    "periods_in",
    "question_share",
    "says_i",
    "sentences",
]


def _any(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)


_NUMBERS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen"
    "|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|dozen|half"
)
_UNIT_NAMES = listed("second minute hour day night week weekend fortnight month season semester term year decade")
_UNITS = f"(?:{'|'.join(_UNIT_NAMES)})s?"

_ASKS_WHEN = _any(
    "when",
    "how long",
    "how recently",
    f"how many {_UNITS}",
    "(?:what|which) (?:year|month|week|weekday|day|date|time|season|decade|age)",
    "at what (?:time|age)",
)
_ASKS_NUMBER = _any(
    "how (?:many|much|often|old|far|big|tall|large|fast|heavy|frequently)",
    "what (?:number|price|age|percentage|score|size|amount|fraction)",
    "(?:number|amount) of",
)
_ASKED_THING = (
    "airline|airport|album|animal|area|artist|author|band|bank|bar|beach|book|brand|breed|cafe|café|car|city|club"
    "|college|company|country|course|director|district|festival|film|firm|game|hotel|island|lake|language|magazine|model"
    "|mountain|movie|museum|name|neighbou?rhood|nickname|novel|park|place|play|podcast|region|restaurant|river|school"
    "|series|shop|show|singer|song|sport|state|store|street|team|title|town|trail|university|village|writer"
)
_ASKS_NAME = _any(
    "where",
    "which",
    "who(?:se|m|'s)?",
    rf"what(?:'s| is| was| are| were)? (?:the |her |his |their |my |your )?(?:\w+ )?(?:{_ASKED_THING})s?",
    "called",
)

_TIME_WORDS = frozenset(
    (
        *listed("yesterday today tonight tomorrow ago nowadays recently since until till"),
        *listed("spring summer autumn winter christmas easter thanksgiving halloween"),
        *(name for name in WEEKDAYS if name not in ("sat", "sun", "wed")),
        *(name for name in MONTHS if name not in ("may", "march", "mar", "jun", "sept")),
    )
)
"""Words that tell a time by themselves."""

_OF_A_PHRASE = frozenset(
    listed("morning mornings afternoon afternoons evening evenings other new may march sat sun")
) | {f"{unit}{ending}" for unit in _UNIT_NAMES for ending in ("", "s")}
"""Words that a phrase of time may have. Looking at them first spares most texts the patterns."""

_TIME_PHRASE = _any(
    "this (?:morning|afternoon|evening)|the other day|new year",
    f"(?:last|next|this|past|coming|previous) (?:few |couple of )?(?:night|{_UNITS}|sat|sun)",
    f"(?:every|each|few|couple of|several|some|many|[0-9]+|{_NUMBERS}) (?:{_UNITS}|mornings?|afternoons?|evenings?)",
    f"(?:for|in|about|after|within|over|once|twice) (?:an? |the )?{_UNITS}",
    "in (?:may|march)|(?:may|march) [0-9]{1,2}|[0-9]{1,2} (?:may|march)|(?:may|march) (?:19|20)[0-9]{2}",
)
_TIME_FIGURES = re.compile(
    r"(?<![\w.,])(?:(?:19|20)[0-9]{2}|[0-9]{1,2}(?:st|nd|rd|th)|[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}"
    r"|[0-9]{1,2}(?::[0-9]{2})? ?[ap]m|[0-9]{1,2}:[0-9]{2})(?![\w])"
)
_NUMBER_WORDS = frozenset(
    (
        *(number for number in _NUMBERS.split("|") if number != "one"),
        *listed("once twice daily weekly monthly yearly every per couple pair both first second third"),
    )
)
"""Words that count. "One" seldom does."""

_DIGIT = re.compile("[0-9]")
_SAYS_I = _any("i|i['\u2019](?:m|ve|d|ll)|im|ive|my|mine|we|we['\u2019](?:re|ve|d|ll)|our|ours|me|us|myself")
_BOUND_BY = re.compile(r"\b(?:before|after|since|until|till|by|from|around)\b", re.IGNORECASE)
_SENTENCE = re.compile(
    r"[^.!?\u2026\n]*(?:[.!?\u2026]++(?![\"'\u201d\u2019)\]]*(?:\s|$))[^.!?\u2026\n]*)*[.!?\u2026]*[\"'\u201d\u2019)\]]*"
)
_SMALL = re.compile("[a-z]+")
_CAPITAL = re.compile(r"(?<![\w'\u2019.])[A-Z\u00c0-\u00de\u0100-\u017e\u0391-\u03a9\u0401-\u042f][\w'\u2019-]+")
_TITLE = re.compile(r"[\"\u201c\u201e]([^\"\u201c\u201d\u201e]{2,60})[\"\u201d\u201c]")
_BEGINS_ASKING = re.compile(
    r"(?:(?:and|but|so|ok|oh|hey|wait)[ ,]+)*(?:(?:who|what|where|when|how|why)(?:['\u2019](?:s|re|d)"
    r"| (?:is|are|was|were|do|does|did|will|would|about|many|much|long))"
    r"|(?:do|does|did|are|is|have|has|can|could|will|would|should) (?:you|they|he|she|we|it|the|your))(?!\w)",
    re.IGNORECASE,
)
_SHORT_I = re.compile(r"I['\u2019]")
_POSSESSIVE = re.compile(r"['\u2019]s?$")
_OPENS = frozenset('.!?\u2026:\n"\u201c\u201e(\u2022*-')


@dataclass(frozen=True, slots=True)
class Asked:
    """What kind of thing a question asks for; any of them, or none."""

    when: bool = False
    number: bool = False
    name: bool = False


def asked_for(question: str) -> Asked:
    """Whether it asks for a time, a number or a name. An English question; any other asks for none of these."""
    plain = question.replace("\u2019", "'")
    return Asked(
        when=_ASKS_WHEN.search(plain) is not None,
        number=_ASKS_NUMBER.search(plain) is not None,
        name=_ASKS_NAME.search(plain) is not None,
    )


def periods_in(question: str, *, asked: int) -> tuple[Period, ...]:
    """The days, months and years that a question names; what leaves its year open is the latest before it was asked.

    Before, after and since a day are near it: what was said of it is what is looked for.
    """
    return times_in(_BOUND_BY.sub(lambda word: "on".ljust(len(word[0])), question), said=asked).named


def date_match(timestamp: int, period: Period, *, method: Method = METHOD) -> float:
    """How well a message of this time fits a period that is asked for, 0 to 1."""
    day, first, end = timestamp // DAY, period.first // DAY, period.end // DAY
    if end - first == 1:
        return next((worth for within, worth in method.day_steps if abs(day - first) <= within), 0.0)
    inside = first <= day < end
    if end - first > 31:
        return method.long_period if inside else 0.0
    if inside:
        return 1.0
    return method.after_month if end <= day < end + method.month_days else 0.0


def has_time(text: str) -> bool:
    """Whether a text says when or how long."""
    words = _SMALL.findall(text.lower())
    if not _TIME_WORDS.isdisjoint(words) or _TIME_FIGURES.search(text):
        return True
    return not _OF_A_PHRASE.isdisjoint(words) and _TIME_PHRASE.search(text) is not None


def has_number(text: str) -> bool:
    """Whether a text says how many, how often or how much."""
    return _DIGIT.search(text) is not None or not _NUMBER_WORDS.isdisjoint(_SMALL.findall(text.lower()))


def says_i(text: str) -> bool:
    """Whether whoever writes speaks of themself."""
    return _SAYS_I.search(text) is not None


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order, none of them blank."""
    return [sentence for part in _SENTENCE.findall(text) if (sentence := part.strip())]


def asks(sentence: str) -> bool:
    """Whether a sentence asks: by its mark, or, as many leave that out, by how it begins."""
    return sentence.rstrip("\"'\u201d\u2019)").endswith("?") or _BEGINS_ASKING.match(sentence) is not None


def question_share(text: str) -> float:
    """Which share of the sentences ask."""
    said = sentences(text)
    return sum(map(asks, said)) / len(said) if said else 0.0


def names_in(text: str, *, besides: Collection[str] = (), most: int = METHOD.most_names) -> int:
    """How many capitalised words stand inside sentences, and quoted titles; up to `most`.

    `besides` are words in small letters that don't count. A text all in capitals has no names.
    """
    if text.upper() == text:
        return 0
    named = chain(_TITLE.findall(text), (word for word in _capitals(text) if word not in besides))
    return sum(1 for _ in islice(named, most))


def _capitals(text: str) -> Iterator[str]:
    for match in _CAPITAL.finditer(text):
        word, end = match[0], match.start()
        while end and text[end - 1] == " ":
            end -= 1
        if word[0].isupper() and end and text[end - 1] not in _OPENS and not _SHORT_I.match(word):
            yield _POSSESSIVE.sub("", word).casefold()
