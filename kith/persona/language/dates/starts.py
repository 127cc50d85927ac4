"""Where a phrase of time can begin, and whether a text can have one at all."""

import re
from collections.abc import Iterator

from kith.persona.language.dates.cycles import CYCLES, HOLIDAYS
from kith.persona.language.dates.date_rules import DAY_WORDS
from kith.persona.language.dates.period_rules import DECADES
from kith.persona.language.dates.periods import OPENERS
from kith.persona.language.dates.phrases import LEADS
from kith.persona.language.dates.written import Written, listed

__all__ = ["has_time", "starts"]

ANCHORS = frozenset(
    word
    for phrase in (*CYCLES, *HOLIDAYS, *DAY_WORDS, *DECADES)
    for word in re.findall("[a-z]+", phrase)
    if word not in ("the", "this", "last", "new", "before", "after", "good", "st", "s")
) | frozenset(
    listed(
        """
    ago sec secs second seconds min mins minute minutes hr hrs hour hours day days night nights weeks wk wks fortnight
    fortnights months mos quarters years yr yrs decades ages while time
    """
    )
)
"""Every phrase of time has one of these words, or figures as in `_DATED`."""

_WORDS = re.compile("[a-z]+")
_DATED = re.compile(r"(?:19|20)[0-9]{2}|[0-9][/.-][0-9]|['\u2019][0-9]{2}|[0-9](?:st|nd|rd|th)|[0-9]0'?s|[qQ][1-4]")
_FIRST = "|".join(
    sorted(
        {phrase.split()[0] for phrase in LEADS} | {"between", "within", "it", "it's", "these", "of", "like"},
        key=len,
        reverse=True,
    )
)
_START = re.compile(rf"(?<![\w'@#/.-])(?:(?:{_FIRST})(?!\w)|{OPENERS})|(?<![\w.,:/+#$€£-])(?=[0-9'])")


def has_time(text: str) -> bool:
    """Whether a text can have a phrase of time: cheap, and never False where it has one."""
    return not ANCHORS.isdisjoint(_WORDS.findall(text.lower())) or _DATED.search(text) is not None


def starts(written: Written) -> Iterator[int]:
    """The places where a phrase of time can begin, in order."""
    return (match.start() for match in _START.finditer(written.lower))
