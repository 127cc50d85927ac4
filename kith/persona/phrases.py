"""The plain extractor: whatever is written with capitals is a name. It needs no model and knows no grammar."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from kith.persona.embedding import Vectors
from kith.persona.evidence import NOTHING, Extraction
from kith.persona.identity import nfc
from kith.persona.language import teaches
from kith.persona.model import Entity, Mention, Message

__all__ = ["LINK", "PlainExtractor", "Written", "entity_name", "names_written", "words_of"]

LONGEST_NAME = 128
MOST_MENTIONS = 32
MOST_SHOUTED = 2
"""A longer run of words in capitals throughout is shouting, not a name."""

MOST_JOINERS = 2


def words_of(text: str) -> frozenset[str]:
    """A set of words that are written in a row."""
    return frozenset(text.split())


JOINERS = words_of("of the de la le du da do di del der den van von & y")
"""Small words inside a name. "and" is not one: "Ana and Bob" are two."""

TITLES = words_of("dr mr mrs ms mx prof st")
"""Words that a full stop does not end a sentence after."""

ARTICLES = words_of(
    "a an the my our your his her its their this that these those der die das le la les el los las un una"
)
"""Words that a name is known without, wherever they stand."""

STARTERS = ARTICLES | words_of(
    """
    about after all also although always am and any anyone anything are aren't as ask at because been before being
    between both bring but buy by call came can can't check come could couldn't did didn't do does doesn't doing
    don't done each either else even ever every everyone everything except few finally find for forget found from
    gave get getting give glad go going gonna got had has hasn't hate hated have haven't having he he'd he'll he's
    heard help here here's hope how how's however if in instead is isn't it it'd it'll it's just keep lately later
    leave let let's like liked listening living look looking love loved loving made make many may maybe me meanwhile
    meet met might more moved much must need needed never nobody not nothing now of off often oh on only or other
    our out perhaps planning play played playing please probably put read reading really remember said saw say see
    seen send she she'd she'll she's should since so some somebody someone something sometimes soon sorry still stop
    such sure take tell than that's then there there's they they'd they'll they're they've thing things think
    thinking though thought till to today tomorrow tonight too took tried try trying unless until us use used using
    very visit visited visiting wait want wanted was wasn't watch watched watching we we'd we'll we're we've well
    went were what what's whatever when whenever where where's whether which while who who's whose why will wish
    with without won't wonder work worked working would wouldn't yesterday yet you you'd you'll you're you've
    """
)
"""Words that open a sentence far more often than a name."""

NEVER = words_of(
    """
    i i'm i'd i'll i've ok okay yes yeah yep no nope hi hello hey hiya thanks thank welcome cheers bye goodbye morning
    afternoon evening lol omg btw imo fyi asap wow haha congrats sir madam
    monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays
    sundays january february march april may june july august september october november december
    """
)
"""Words that are part of no name, capital or not."""

LINK = re.compile(r"(?:[a-z]{1,32}://|www\.)\S+|[\w.+\-]{0,64}@\S*", re.IGNORECASE)
_WORD = re.compile(r"#\w+|&|[^\W_]+(?:['\u2019\-&][^\W_]+)*")
_SENTENCE = re.compile(r"[.!?:\n\r\u2026\u3002\uff01\uff1f()\[\]\"\u201c\u201d\u201e\u00ab\u00bb*>|]|--|\s['\u2018]")
_POSSESSIVE = re.compile(r"['\u2019]s?$", re.IGNORECASE)
_QUOTES = {'"': '"', "\u201c": "\u201d", "\u201e": "\u201c", "\u00ab": "\u00bb"}


@dataclass(frozen=True, slots=True)
class PlainExtractor:
    """Finds names by their capitals: phrases anywhere, single words inside a sentence, and hashtags.

    A single capitalised word at the start of a sentence counts only where the same message has the name elsewhere.
    Scripts without capitals give nothing. The message's own intent is passed on; there are no statements.
    """

    @property
    def version(self) -> str:
        return "phrases-1"

    def extract(
        self, messages: Sequence[Message], *, names: Mapping[str, str], vectors: Vectors | None = None
    ) -> list[Extraction]:
        return [_extraction(message) for message in messages]


def entity_name(surface: str) -> str:
    """What an entity is called whoever writes it: NFC, case and spacing folded, no possessive, nothing around it, and
    no characters that don't show."""
    folded = surface.casefold() if surface.isascii() else nfc(_seen(unicodedata.normalize("NFD", surface).casefold()))
    name, longer = " ".join(folded.split())[:LONGEST_NAME], ""
    while name != longer:
        longer, name = name, _bare(_POSSESSIVE.sub("", _bare(name)))
    return name


def _seen(text: str) -> str:
    """Without marks of direction, joiners, soft hyphens, and the dot that a Turkish capital leaves on its i."""
    return "".join(one for one in text if unicodedata.category(one) != "Cf").replace("i\u0307", "i")


def _bare(text: str) -> str:
    """The text from its first letter or digit to its last one (or mark on one)."""
    start, end = 0, len(text)
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not (text[end - 1].isalnum() or unicodedata.category(text[end - 1])[0] == "M"):
        end -= 1
    return text[start:end]


def _extraction(message: Message) -> Extraction:
    if not teaches(message):
        return NOTHING
    intents = () if message.intent is None else (message.intent,)
    return Extraction(mentions=tuple(_mentions(message.text)), intents=intents)


def _mentions(text: str) -> Iterator[Mention]:
    surfaces: dict[str, Counter[str]] = {}
    unsure: list[tuple[str, str]] = []
    for one in names_written(text):
        name = entity_name(one.surface)
        if one.certain and name:
            surfaces.setdefault(name, Counter())[one.surface] += 1
        elif name:
            unsure.append((name, one.surface))
    for name, surface in unsure:
        if name in surfaces:
            surfaces[name][surface] += 1
    for name, written in islice(surfaces.items(), MOST_MENTIONS):
        surface = min(written, key=lambda surface: (-written[surface], surface))
        yield Mention(entity=Entity(type="name", name=name), surface=surface, count=written.total())


@dataclass(slots=True)
class _Run:
    """Capitalised words in a row, small words between them included, each with its place in the text."""

    words: list[re.Match[str]] = field(default_factory=list["re.Match[str]"])
    opens: bool = False
    """Whether it stands at the start of a sentence."""


@dataclass(frozen=True, slots=True)
class Written:
    """A name as it is written, from where to where, and whether it is certain to be one."""

    surface: str
    start: int
    end: int
    certain: bool


def names_written(text: str) -> Iterator[Written]:
    """What its capitals or a # show to be names: hashtags first, then the rest in order. Links hold none."""
    if "@" in text or "://" in text or "www." in text:
        text = LINK.sub(lambda link: "," * len(link[0]), text)
    words = list(_WORD.finditer(text))
    if "#" in text:
        yield from (Written(word[0], *word.span(), certain=True) for word in words if _is_hashtag(text, word))
    if text.lower() == text or text.upper() == text:
        return
    for run in _runs(text, words):
        kept, certain = _kept(text, run)
        shouted = len(kept) > MOST_SHOUTED and all(word[0].isupper() for word in kept)
        if not kept or shouted or (len(kept) == 1 and len(kept[0][0]) == 1):
            continue
        surface = _POSSESSIVE.sub("", " ".join(text[kept[0].start() : kept[-1].end()].split()))
        if len(surface) <= LONGEST_NAME:
            yield Written(surface, kept[0].start(), kept[-1].end(), certain)


def _is_hashtag(text: str, word: re.Match[str]) -> bool:
    after_a_word = word.start() > 0 and text[word.start() - 1].isalnum()
    return word[0][0] == "#" and len(word[0]) <= LONGEST_NAME and not after_a_word and any(map(str.isalpha, word[0]))


def _runs(text: str, words: Sequence[re.Match[str]]) -> Iterator[_Run]:
    """Capitalised words beside each other, joined by small ones at most."""
    run = _Run()
    small: list[re.Match[str]] = []
    end, before = 0, ""
    for word in words:
        written, gap = word[0], text[end : word.start()]
        beside = (gap.isspace() and "\n" not in gap) or (gap == ". " and before in TITLES)
        joins = written in JOINERS and len(small) < MOST_JOINERS
        capital = written[0].isupper() and _plain(written) not in NEVER
        if run.words and not (beside and (capital or joins)):
            yield run
            run = _Run()
        if capital:
            if run.words:
                run.words += small
            else:
                run.opens = end == 0 or _SENTENCE.search(gap) is not None
            run.words.append(word)
            small = []
        elif joins:
            small.append(word)
        end, before = word.end(), _plain(written)
    if run.words:
        yield run


def _kept(text: str, run: _Run) -> tuple[Sequence[re.Match[str]], bool]:
    """A run without the words that only lead up to its name, and whether what is left is certain to be one."""
    words = run.words
    start, end = words[0].start(), words[-1].end()
    quoted = start > 0 and _QUOTES.get(text[start - 1]) == text[end : end + 1]
    leads = STARTERS if run.opens and not quoted else ARTICLES
    at = 0
    while at < len(words) and (_plain(words[at][0]) in leads or words[at][0] in JOINERS):
        at += 1
    if quoted:
        return words[at:] or words, True
    return words[at:], at > 0 or len(words) > 1 or not run.opens


def _plain(word: str) -> str:
    return word.lower().replace("\u2019", "'")
