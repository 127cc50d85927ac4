"""Words of a text that nobody vouches for: quotations, lyrics, what is said with a wink."""

import re
from collections.abc import Iterator

from kith.persona.language.grammar import Parse

__all__ = ["unmeant"]

_QUOTED = re.compile(
    r'"[^"\n]{1,400}"|\u201c[^\u201d\n]{1,400}\u201d|\u201e[^\u201c\u201d\n]{1,400}[\u201c\u201d]'
    r"|\u00ab[^\u00bb\n]{1,400}\u00bb|(?<!\w)\u2018[^\n]{1,400}?\u2019(?!\w)|`[^`\n]{1,400}`"
    r"|(?<![\w'])'(?=[^\s'])[^'\n]*(?:\w'\w[^'\n]*)*'(?!\w)|[\u266a\u266b\U0001f3b5\U0001f3b6][^\n]*"
)
_SHORT_QUOTE = 3
"""Words up to which what stands in quotes may be a title or a name, and the clause around it is what counts."""

_GLAD = "great|joy|fantastic|wonderful|brilliant|lovely|fabulous|super|perfect"
_AGREED = r"sure|right|of\ course|yeah|yes|totally|clearly|obviously"
_LOVE = "love|adore|enjoy"
_WINKS = re.compile(
    rf"""
      (?:^|\s)/s\b | \byeah,?\ right\b | \bas\ if\b[.!\s]*$
    | [.,\u2026]\s*not! | \bnot!\s*$ | (?:\.\.\.|\u2026)\s*not\b
    | ^\W*(?:oh|wow|ah|yay|ugh)?,?\s*(?:{_GLAD})\b\s*[,:!.]+\s*
        (?:another | i\W+(?:\w+\s+)?(?:{_LOVE}|live) | because | just\ what)
    | ^\W*oh,?\s+(?:{_GLAD}|sure|yes|yay|goody|yeah|totally|of\ course)\b
    | ^\W*(?:{_AGREED}),?\s+
        (?:because | cause | cos | i\ (?:just|simply|really|so|totally|absolutely)\ (?:{_LOVE}|live))\b
    | ^\W*sure,?\ (?:i|we)(?:'m|'ll|\ am|\ will|\ are|'re)?\ (?:going\ to|gonna|will|'ll)\b
    | ^\W*because\ i\ (?:just\ |really\ |so\ )?(?:{_LOVE})\b
    | \*so\* | \bsaid\ (?:no\ ?one|nobody)\ ever\b | \bnothing\ (?:better|says)\b | \bwhat(?:'s|\ is)\ not\ to\ love\b
    | \bjust\ what\ i\ needed\b | \b(?:so\ much|such)\ fun\.\.\. | [\U0001f644\U0001f643] | \beye\ ?roll\b
    | \#sarcasm | \(sarcasm\) | \bkidding\b | \bjk\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WINK_ALONE = re.compile(
    r"^\W*(?:/s|not|yeah,? right|as if|just kidding|kidding|jk|said no ?one ever)\W*$", re.IGNORECASE
)


def unmeant(parse: Parse) -> frozenset[int]:
    """Places of the words that are quoted, sung, or meant otherwise than they are said."""
    return frozenset(_places(parse))


def _places(parse: Parse) -> Iterator[int]:
    text = parse.text.replace("\u2019", "'") if "\u2018" not in parse.text else parse.text
    for quoted in _QUOTED.finditer(text):
        if len(quoted[0].split()) <= _SHORT_QUOTE and " i " not in f" {quoted[0][1:-1].lower()} ":
            continue
        yield from (word.place for word in parse.words if quoted.start() <= word.start < quoted.end())
    before = 0
    for first, end in parse.sentences:
        said = parse.said(parse.words[first:end]).strip().replace("\u2019", "'")
        if _WINK_ALONE.search(said):
            yield from range(before, end)
        elif _WINKS.search(said):
            yield from range(first, end)
        before = first
