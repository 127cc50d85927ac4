"""What a text mentions, each with its type: what the vocabulary knows, what a parser names, what capitals show."""

import re
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kith.persona.language.gate import opens_sentence
from kith.persona.language.grammar import Named, Parse, Word
from kith.persona.language.sentiment import Feeling, feelings_towards
from kith.persona.language.vocabulary import Vocabulary
from kith.persona.model import Entity, Mention, Statement
from kith.persona.phrases import ARTICLES, LINK, LONGEST_NAME, MOST_MENTIONS, NEVER, STARTERS, names_written, words_of

__all__ = ["mentions", "with_objects"]

TYPES = {
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "ORG": "organisation",
    "PERSON": "person",
    "PRODUCT": "product",
    "WORK_OF_ART": "work",
    "EVENT": "event",
    "NORP": "group",
    "LANGUAGE": "language",
}
"""What kind of entity a parser's label stands for. Dates and numbers are none."""

UNTYPED = "name"
"""The type of a name of which no more is known."""

NOT_MENTIONED = frozenset({"plan", "goal", "role", "diet", "date", "substance"})
"""Types of objects that say something of a person, and are no things to speak of."""

SPEAKING = frozenset({"speak", "learn", "study", "teach", "understand", "practise", "practice"})
LIKING = {"likes": 0.5, "prefers": 0.5, "dislikes": -0.5}
"""The feeling in a statement, towards an object that was not found in the text itself."""

JUNK = words_of(
    """
    lol lmao rofl omg wtf idk tbh imho aka etc eg ie vs ps pm am tv ha hah yay ugh hmm yup nah mr mrs
    mine yours um umm uh er yea ooh oooh oh oops im ill ive ihaven't goodnight awesome good great nice cool ex perfect
    movie movies film films series classic female male
    """
)
NO_NAMES = frozenset({"VERB", "AUX", "ADV", "INTJ", "PRON", "DET", "ADP", "CCONJ", "SCONJ", "PART"})
COMMON = frozenset({"animal", "instrument"})
"""Types whose single words, written with a capital, are more often the name of somebody."""

NAME_ROLES = frozenset({"nsubj", "nsubjpass", "poss", "npadvmod"})

_POSSESSIVE = re.compile(r"['\u2019]s?$")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A stretch of a text that may name an entity. The lower the rank, the better it is known."""

    start: int
    end: int
    type: str
    name: str
    rank: int


def mentions(text: str, parse: Parse | None, vocabulary: Vocabulary, feeling: Feeling) -> tuple[Mention, ...]:
    """The entities of a text, in the order of their first mention, each once; `MOST_MENTIONS` at most.

    Where candidates overlap, the longest wins. A name that the vocabulary knows has its type, whatever a parser says.
    """
    seen = LINK.sub(lambda link: " " * len(link[0]), text) if "@" in text or "." in text else text
    candidates = [
        *_known(seen, parse, vocabulary),
        *_named(seen, parse, vocabulary),
        *_capitals(text, parse, vocabulary),
    ]
    found = _without_overlaps(candidates)
    feelings = feelings_towards(text, parse, [(one.start, one.end) for one in found], feeling) if found else []
    types = _types(found)
    said: dict[Entity, list[tuple[str, float]]] = {}
    for one, value in zip(found, feelings, strict=True):
        entity = Entity(type=types[one.name], name=one.name)
        said.setdefault(entity, []).append((text[one.start : one.end], value))
    return tuple(_mention(entity, uses) for entity, uses in list(said.items())[:MOST_MENTIONS])


def with_objects(found: Sequence[Mention], statements: Sequence[Statement]) -> tuple[Mention, ...]:
    """Mentions and the objects of statements that are things to speak of; a statement's type is the better one."""
    named = {mention.entity.name: mention for mention in found}
    for statement in statements:
        entity = statement.object
        if entity.type in NOT_MENTIONED or not entity.name:
            continue
        if entity.name in named:
            named[entity.name] = replace(named[entity.name], entity=entity)
        else:
            sentiment = 0.0 if statement.denied else LIKING.get(statement.predicate, 0.0)
            named[entity.name] = Mention(entity=entity, surface=entity.name, sentiment=sentiment)
    return tuple(named.values())[:MOST_MENTIONS]


def _known(text: str, parse: Parse | None, vocabulary: Vocabulary) -> Iterator[_Candidate]:
    words = {word.start: word for word in parse.words} if parse else {}
    for one in vocabulary.find(text):
        word = words.get(one.start)
        if word is not None and word.end == one.end and one.entity.type in COMMON and _is_called(text, word):
            yield _Candidate(one.start, one.end, UNTYPED, one.entity.name, rank=3)
        else:
            yield _Candidate(one.start, one.end, one.entity.type, one.entity.name, rank=0)


def _is_called(text: str, word: Word) -> bool:
    """Whether a common word is somebody's name here: "Banjo won't eat" is not about an instrument."""
    if not word.text[0].isupper() or word.text.isupper() or word.tag in ("NNS", "NNPS"):
        return False
    return word.relation in NAME_ROLES or not opens_sentence(text, word.start)


def _named(text: str, parse: Parse | None, vocabulary: Vocabulary) -> Iterator[_Candidate]:
    """What the parser names. Names that it cut are made whole."""
    taken = {place for named in parse.named for place in range(named.first, named.end)} if parse else set[int]()
    for named in parse.named if parse else ():
        words = _whole(parse, named, taken) if parse and named.label in TYPES else []
        if parse is None or not words or not any(word.text[0].isupper() for word in words):
            continue
        start, end = words[0].start, words[-1].end
        if not all(text[word.start : word.end].strip() for word in words):
            continue
        surface = _POSSESSIVE.sub("", text[start:end])
        name, known = _called(surface, vocabulary)
        if not _is_name(name) or "\n" in surface or "   " in surface or (len(words) > 2 and surface.isupper()):
            continue
        kind = known or _kind(parse, named, words)
        if kind == "language" and named.label == "NORP" and parse.head(words[-1]).lemma not in SPEAKING:
            kind = "group"
        yield _Candidate(start, start + len(surface), kind, name, rank=1)


def _called(surface: str, vocabulary: Vocabulary) -> tuple[str, str | None]:
    """What a name is called, and its type where it is known; a common word that is used as a name is just that."""
    name, known = vocabulary.canonical(surface)
    if known in COMMON and " " not in surface and surface[0].isupper():
        known = UNTYPED  # one type for it, wherever a parser guesses at several
    return name, known


def _kind(parse: Parse, named: Named, words: Sequence[Word]) -> str:
    """What kind of thing a name stands for: one is not *at* a person, but at their place."""
    head = next((word for word in words if not words[0].place <= word.head <= words[-1].place), words[0])
    owns = any(child.tag == "POS" for child in parse.children(head))
    if named.label == "PERSON" and head.relation == "pobj" and not owns:
        return {"at": "organisation", "in": "place"}.get(parse.head(head).lower, "person")
    return TYPES[named.label]


def _whole(parse: Parse, named: Named, taken: set[int]) -> list[Word]:
    """The words of a name: without what leads up to it, and with the proper nouns that the parser cut off."""
    first, end = named.first, named.end
    while first < end and not _starts_name(parse, first):
        first += 1
    while end > first and not any(map(str.isalnum, parse.words[end - 1].text)):
        end -= 1
    while end > first and parse.words[end - 1].tag == "POS":
        end -= 1
    if first == end:
        return []
    while first > 0 and first - 1 not in taken and _joins(parse, first - 1) and _starts_name(parse, first - 1):
        first -= 1
    while end < len(parse.words) and end not in taken and _joins(parse, end - 1) and _is_proper(parse.words[end]):
        end += 1
    if end < len(parse.words) and _numbers(parse, end, first=first):
        end += 1
    return list(parse.words[first:end])


def _numbers(parse: Parse, place: int, *, first: int) -> bool:
    """Whether a word is the number that a name ends in: "Hall 7"."""
    word = parse.words[place]
    ends = not parse.text[word.end : word.end + 1].strip(" ,.;:!?)'\"")
    return ends and word.text.isdecimal() and len(word.text) < 4 and first <= word.head < place


def _starts_name(parse: Parse, place: int) -> bool:
    word = parse.words[place]
    if not any(map(str.isalnum, word.text)) or word.lower in ARTICLES or word.lower in NEVER or word.pos == "PRON":
        return False
    opens = opens_sentence(parse.text, word.start)
    return not (opens and (word.lower in STARTERS or word.pos in NO_NAMES)) and (_is_proper(word) or not opens)


def _is_proper(word: Word) -> bool:
    return word.pos == "PROPN" and word.text[0].isupper() and word.lower not in NEVER


def _joins(parse: Parse, place: int) -> bool:
    """Whether a word and the next stand beside each other, both proper nouns."""
    one, other = parse.words[place : place + 2]
    return parse.text[one.end : other.start] == " " and _is_proper(one) and _is_proper(other)


def _capitals(text: str, parse: Parse | None, vocabulary: Vocabulary) -> Iterator[_Candidate]:
    """What capitals and hashtags show to be names, and the parser left out."""
    kinds = {word.start: word for word in parse.words} if parse else {}
    starts = list(kinds)
    dated = _dated(parse)
    for one in names_written(text):
        start, certain = one.start, one.certain
        word = kinds.get(start)
        if word is not None and opens_sentence(text, start):
            certain = certain or (word.tag == "NNP" and word.relation in NAME_ROLES)
            if word.pos in NO_NAMES:
                start = next((at for at in _between(starts, start + 1, one.end) if text[at].isupper()), one.end)
        inside = [kinds[at] for at in _between(starts, start, one.end)]
        surface = _POSSESSIVE.sub("", text[start : _name_end(inside, one.end)])
        name, known = _called(surface.lstrip("#"), vocabulary)
        plain = start in kinds and " " not in surface and kinds[start].pos in (*NO_NAMES, "ADJ")
        if certain and not plain and _is_name(name) and not _overlaps(dated, start, one.end):
            yield _Candidate(start, start + len(surface), known or UNTYPED, name, rank=2 if known else 3)


def _between(starts: list[int], first: int, end: int) -> list[int]:
    return starts[bisect_left(starts, first) : bisect_left(starts, end)]


def _name_end(inside: list[Word], end: int) -> int:
    """Where a run of capitals that may run into the next sentence ends as a name: "Tommy Boy Do you …"."""
    while len(inside) > 1 and inside[-1].pos in NO_NAMES and inside[-1].tag != "POS":
        inside.pop()
    return inside[-1].end if inside and inside[-1].end < end else end


def _dated(parse: Parse | None) -> list[tuple[int, int]]:
    """The stretches that the parser takes for a date, an amount or a number, in order."""
    found = [named for named in parse.named if named.label not in TYPES] if parse else []
    return [(parse.words[one.first].start, parse.words[one.end - 1].end) for one in found] if parse else []


def _overlaps(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a stretch shares a character with any of these, which are in order and apart."""
    at = bisect_left(spans, (end, 0))
    return at > 0 and spans[at - 1][1] > start


def _is_name(name: str) -> bool:
    """Whether a name says something: a letter or a figure alone does not, nor does chatter."""
    if len(name) > LONGEST_NAME or sum(map(str.isalpha, name)) < 2 or name in JUNK:
        return False
    return not all(word in NEVER or word in STARTERS for word in name.split())


def _without_overlaps(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The longest first, of equals the better known; what is left, in order."""
    kept: dict[tuple[int, int], _Candidate] = {}
    spans: list[tuple[int, int]] = []
    for one in sorted(candidates, key=lambda one: (one.start - one.end, one.rank, one.start)):
        if not _overlaps(spans, one.start, one.end):
            insort(spans, (one.start, one.end))
            kept[one.start, one.end] = one
    return [kept[span] for span in spans]


def _types(found: Sequence[_Candidate]) -> dict[str, str]:
    """One type for each name: of those that a text gives it, the one that is known best."""
    types: dict[str, str] = {}
    for one in sorted(found, key=lambda one: (one.rank, one.start)):
        types.setdefault(one.name, one.type)
    return types


def _mention(entity: Entity, uses: Sequence[tuple[str, float]]) -> Mention:
    written = Counter(entity_surface for entity_surface, _ in uses)
    surface = min(written, key=lambda surface: (-written[surface], surface))
    felt = [value for _, value in uses if value]
    sentiment = round(sum(felt) / len(felt), 4) if felt else 0.0
    return Mention(entity=entity, surface=surface, count=len(uses), sentiment=sentiment)
