"""A noun and what belongs to it, as facts write it: without its small words."""

from collections.abc import Collection, Iterator, Sequence

from kith.persona.identity import nfc
from kith.persona.language.grammar import Parse, Word
from kith.persona.language.lexicon import (
    CHAT,
    FIXED_PAIRS,
    QUANTIFIERS,
    QUANTITY_NOUNS,
    words_of,
)
from kith.persona.language.objects import Phrase, is_gerund, singular

__all__ = ["listed", "noun_head", "noun_phrases"]

KEPT_PREPOSITIONS = ("of", "with", "without", "for")
_BEFORE = frozenset({"amod", "compound", "nmod", "poss", "nummod", "npadvmod", "advmod", "punct", "det", "quantmod"})
_NOMINAL = frozenset({"NOUN", "PROPN", "PRON", "X", "ADJ", "NUM"})
COMPANY = words_of(
    """
    friend people kid family colleague mate neighbour neighbor child guest team partner everyone someone group
    ease passion love care pleasure time age day year dinner lunch breakfast help kin
    """
)
"""Whom and how one does things with."""
ASIDES = words_of("good real sure now ever example free instance once fun me life christmas xmas easter birthday sale")
"""What "for" makes an aside of: "for good", "for fun", "for my birthday"."""


def noun_head(parse: Parse, word: Word) -> Word:
    """The noun that a measure is of: "a lot of books", "a pair of skis", "all kinds of music"."""
    if word.lower in CHAT and any(parse.children(word, "compound", "nmod", "amod")):
        return parse.words[word.place - 1]
    while word.lemma.lower() in QUANTITY_NOUNS:
        inner = [one for of in parse.children(word, "prep") if of.lower == "of" for one in parse.children(of, "pobj")]
        if not inner:
            break
        word = inner[0]
    return word


def listed(parse: Parse, word: Word) -> Iterator[Word]:
    """The word and all that is listed with it: "tea, coffee and cocoa"."""
    yield word
    for child in parse.children(word, "conj", "appos"):
        clause = any(parse.children(child, "nsubj", "nsubjpass", "aux"))
        links = [one.lower for one in parse.children(word, "cc") if one.place < child.place]
        if links and links[-1] not in ("and", "or", "&", "plus", "nor", "n", "+"):
            continue
        joined = child.relation == "conj" or (child.pos in ("NOUN", "PROPN") and any(parse.children(child, "conj")))
        if child.place and parse.words[child.place - 1].text == "-" and _touching(parse, child.place - 2, child.place):
            continue
        if _fixed(word, child):
            continue
        if child.relation == "appos" and any(one.lower == "or" for one in parse.children(child, "cc")):
            continue
        if joined and not clause:
            yield from listed(parse, child)


def noun_phrases(
    parse: Parse,
    word: Word,
    *,
    prepositions: Sequence[str] = KEPT_PREPOSITIONS,
    numbers: bool = False,
    skipped: Collection[int] = (),
) -> list[Phrase]:
    """The phrase that this noun heads, as it is written in facts; several for "Thai and Indian food". None: nothing."""
    head = noun_head(parse, word)
    if head.pos == "PRON" or head.tag in ("DT", "PDT", "WDT", "WP", "EX") or not any(map(str.isalpha, head.text)):
        return []
    front = _front(parse, head, numbers=numbers, top=word)
    tail = [] if head.place in skipped else _tail(parse, head, prepositions)
    tail = [] if any(one.place in skipped for one in tail) else tail
    tail = tail or _hyphenated(parse, head) or _second_half(parse, head)
    last = tail or [*front, head]
    ends = singular(last[-1])
    if any("@" in word.text or "/" in word.text[:1] for word in [*front, head, *tail]) or _handle(parse, head, front):
        return []
    parts = _split(parse, front, [head, *tail])
    names = [_joined(parse, words, ends if words[-1] is last[-1] else singular(words[-1])) for words in parts]
    return [Phrase(nfc(name.lower()), head, activity=is_gerund(head)) for name in names if name]


def _fixed(first: Word, second: Word) -> bool:
    return f"{first.lower} {second.lower}" in FIXED_PAIRS


def _second_half(parse: Parse, head: Word) -> list[Word]:
    """Of "rock and roll", what follows rock."""
    for child in parse.children(head, "conj"):
        if _fixed(head, child):
            return list(parse.words[head.place + 1 : child.place + 1])
    return []


def _hyphenated(parse: Parse, head: Word) -> list[Word]:
    """The rest of "co-op", where the parse takes its first part for the whole."""
    rest: list[Word] = []
    place = head.place + 1
    while place + 1 < len(parse.words) and parse.words[place].text == "-":
        if (
            parse.words[place].start != parse.words[place - 1].end
            or parse.words[place + 1].start != parse.words[place].end
        ):
            break
        rest += parse.words[place : place + 2]
        place += 2
    return rest


def _touching(parse: Parse, first: int, last: int) -> bool:
    """Whether no blank stands between the words."""
    return all(parse.words[at].end == parse.words[at + 1].start for at in range(first, last))


def _handle(parse: Parse, head: Word, front: Sequence[Word]) -> bool:
    """Whether it is an address or a number that stands for something: "@118789"."""
    first = front[0] if front else head
    return parse.text[max(0, first.start - 1) : first.start] in ("@", "/", "#") or not any(map(str.isalpha, head.text))


def _front(parse: Parse, head: Word, *, numbers: bool, top: Word | None = None) -> list[Word]:
    """The words before a head that belong to its name, in a row up to it."""
    first = head.place
    for place in range(head.place - 1, -1, -1):
        word = parse.words[place]
        if not _belongs(parse, word, head) and (top is None or top is head or not _belongs(parse, word, top)):
            break
        first = place
    while first > 1 and parse.words[first - 1].text == "-" and _touching(parse, first - 2, first):
        first -= 2
    words = [word for word in parse.words[first : head.place] if not _dropped(parse, word, numbers=numbers)]
    while words and (words[0].pos in ("PUNCT", "PART", "CCONJ") or words[0].tag in ("POS", "HYPH")):
        words = words[1:]
    return words


def _belongs(parse: Parse, word: Word, head: Word) -> bool:
    while word.place != head.place:
        if word.relation not in _BEFORE and word.relation not in ("conj", "cc", "case", "advmod", "dep"):
            return False
        if word.pos == "VERB" and word.relation not in ("amod", "compound", "npadvmod"):
            return False
        if word.head == word.place or word.tag in ("WDT", "WP"):
            return False
        word = parse.words[word.head]
    return True


def _dropped(parse: Parse, word: Word, *, numbers: bool) -> bool:
    """Whether a word in front says only how many, whose, or how much."""
    if parse.text[word.end : word.end + 1] == "-" or parse.text[max(0, word.start - 1) : word.start] == "-":
        return False
    if word.tag in ("DT", "PRP$", "PDT", "WDT", "PRP") or word.lower in QUANTIFIERS:
        return True
    if word.tag == "CD":
        digits = any(map(str.isdigit, word.text))
        return word.relation in ("nummod", "quantmod", "compound") and not (
            digits and (numbers or word.relation == "compound")
        )
    if word.pos == "PUNCT":
        return word.tag != "HYPH" and word.text not in ("&", "-")
    return word.tag in ("RB", "RBR", "RBS") or word.pos == "INTJ"


def _tail(parse: Parse, head: Word, prepositions: Sequence[str]) -> list[Word]:
    """A phrase behind a head that stays: "glass of wine", "pizza with pineapple"."""
    for prep in parse.children(head, "prep"):
        inside = [one for one in parse.children(prep, "pobj", "pcomp") if one.pos != "ADJ" and one.lower not in ASIDES]
        if prep.lower not in prepositions or not inside or prep.place < head.place:
            continue
        inner = inside[0]
        if inner.pos == "PRON" or prep.place - head.place > 2 or (prep.lower != "of" and _of_mine(parse, inner)):
            break
        if prep.lower == "for" and inner.lemma in COMPANY:
            break
        return _led(parse, prep, inner)
    return _hung_elsewhere(parse, head, prepositions)


def _led(parse: Parse, prep: Word, inner: Word) -> list[Word]:
    return [prep, *_front(parse, inner, numbers=False), inner, *_tail(parse, inner, ("of",))]


def _hung_elsewhere(parse: Parse, head: Word, prepositions: Sequence[str]) -> list[Word]:
    """As in "I love pizza with pineapple": what is right behind belongs to the noun, whatever the parse says."""
    if "with" not in prepositions or is_gerund(head) or head.place + 1 >= len(parse.words):
        return []
    prep = parse.words[head.place + 1]
    if prep.lower not in ("with", "without") or prep.head == head.place:
        return []
    inside = [one for one in parse.children(prep, "pobj") if one.pos == "NOUN"]
    if not inside or _of_mine(parse, inside[0]) or inside[0].lemma in COMPANY:
        return []
    return _led(parse, prep, inside[0])


def _of_mine(parse: Parse, word: Word) -> bool:
    return any(one.tag == "PRP$" for one in parse.children(word, "poss"))


def _split(parse: Parse, front: list[Word], rest: list[Word]) -> list[list[Word]]:
    """As in "Thai and Indian food" is two foods."""
    while front and front[-1].pos == "CCONJ":
        front = front[:-1]
    join = next((at for at, word in enumerate(front) if word.pos == "CCONJ" and word.lower in ("and", "or")), None)
    if join and (
        _touching(parse, front[join].place - 1, front[join].place) or _fixed(front[join - 1], front[join + 1])
    ):
        return [front + rest]
    if join is None or join == 0 or join == len(front) - 1:
        return [[word for at, word in enumerate(front) if word.pos != "CCONJ" or 0 < at < len(front) - 1] + rest]
    ahead, behind = front[:join], front[join + 1 :]
    whole = len(ahead) > 1 and ahead[-1].pos in ("NOUN", "PROPN") and ahead[-1].tag != "VBG"
    return [ahead if whole else ahead + rest, behind + rest]


def _joined(parse: Parse, words: Sequence[Word], ends: str) -> str:
    """The words' text, with spaces where the text has them, and its last word as given."""
    parts: list[str] = []
    end = -1
    for word in words:
        if parts and word.start != end:
            parts.append(" ")
        parts.append(ends if word is words[-1] else word.text)
        end = word.end
    return "".join(parts).strip(" -'\u2019.,#@*")
