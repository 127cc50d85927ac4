"""Whether the words of a message carry what is claimed of it: where they stand, and what they share with an object."""

import re

from kith.persona.identity import nfc
from kith.persona.language.lexicon import words_of

__all__ = ["carries", "excerpt", "folded", "names_a_time", "telling_words"]

SHORTEST_EXCERPT = 2
"""Letters or digits below which an excerpt says nothing."""

LITTLE = words_of(
    """a an and any are as at be been by each for from had has have her his i in is it its lot lots me much my no nor
    not of off on or our out own pair per so some such than that the their them then there these they this those to up
    us was we were will with you your"""
)
"""Words that two phrases may share without having anything in common."""

_WORD = re.compile(r"[^\W_]+")
_SINGLE_QUOTES = "['\u2018\u2019\u201b`\u00b4]"
_DOUBLE_QUOTES = '["\u201c\u201d\u201e\u00ab\u00bb]'
_DASHES = "[-\u2010-\u2015]"
_ALIKE = {
    **dict.fromkeys("'\u2018\u2019\u201b`\u00b4", _SINGLE_QUOTES),
    **dict.fromkeys('"\u201c\u201d\u201e\u00ab\u00bb', _DOUBLE_QUOTES),
    **dict.fromkeys("-\u2010\u2011\u2012\u2013\u2014\u2015", _DASHES),
}
_AROUND = " \t\r\n\"'\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb.,;:!?"
_UNSPACED = 0x0E00
"""From here on (Thai, Han, Kana, Hangul) words are written without spaces, or with particles attached."""
_TIME = re.compile(
    r"""\d|\b(?:ago|since|until|till|by|from|last|next|this|past|today|tonight|tomorrow|yesterday|now|recently|lately|soon
    |(?:day|week|month|year|decade|weekend|spring|summer|autumn|fall|winter|christmas|easter)s?
    |(?:mon|tues|wednes|thurs|fri|satur|sun)days?
    |january|february|march|april|may|june|july|august|september|october|november|december)\b""",
    re.IGNORECASE | re.VERBOSE,
)


def folded(text: str) -> str:
    """The text as it is compared: NFC, without case."""
    return nfc(nfc(text).casefold())


def excerpt(words: str, text: str) -> str | None:
    """These words as they stand in the text, which is in NFC; None where they don't.

    Case, spacing and the kinds of quotes and dashes may differ. Words stand there whole: "art" is not in "party".
    """
    bare = nfc(words).strip(_AROUND)
    if sum(map(str.isalnum, bare)) < SHORTEST_EXCERPT:
        return None
    pattern = r"\s+".join("".join(_ALIKE.get(sign) or re.escape(sign) for sign in run) for run in bare.split())
    before = r"(?<!\w)" if _stands_apart(bare[0]) else ""
    after = r"(?!\w)" if _stands_apart(bare[-1]) else ""
    found = re.search(before + pattern + after, text, re.IGNORECASE)
    return None if found is None else found[0]


def carries(words: str, phrase: str, *, wholly: bool) -> bool:
    """Whether enough of a phrase stands in these words: every word of it that says something, or half of them.

    `wholly` asks for every word, in any of its forms (hike, hiking, hikes); otherwise a common root will do.
    """
    asked = telling_words(phrase)
    there = telling_words(words)
    known = {_stem(word) for word in there}
    count = 0
    for word in asked:
        if _stem(word) in known or (ord(word[0]) >= _UNSPACED and word in folded(words)):
            count += 1
        elif not wholly:
            count += any(_same_root(word, other) for other in there)
    return count == len(asked) > 0 if wholly else 0 < len(asked) <= 2 * count


def telling_words(text: str) -> list[str]:
    """The words of a text that say something, folded, in order."""
    return [word for word in _WORD.findall(folded(text)) if word not in LITTLE]


def names_a_time(text: str) -> bool:
    """Whether anything in the text can be a time: a figure, or a word such as "since" or "Friday"."""
    return _TIME.search(text) is not None


def _stands_apart(sign: str) -> bool:
    return sign.isalnum() and ord(sign) < _UNSPACED


def _stem(word: str) -> str:
    """Roughly what a word has in common with its plural, its gerund and its past."""
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) >= len(ending) + 2:
            word = word[: -len(ending)]
            break
    if len(word) > 2 and word[-1] == word[-2]:
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 2 else word


def _same_root(one: str, other: str) -> bool:
    """Whether one begins the other ("dev", "developer"), or both begin alike ("study", "student")."""
    shorter = min(len(one), len(other))
    alike = next((n for n in range(shorter) if one[n] != other[n]), shorter)
    return 3 <= alike == shorter or (alike >= 4 and 2 * alike >= shorter)
