"""Which facts a question asks for: its words stand for predicates, and what is left of it narrows them down."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kith.persona.language.dates.cycles import MONTHS
from kith.persona.language.dates.written import listed
from kith.persona.model import Fact, Message
from kith.persona.retrieval.lexical import stems
from kith.persona.retrieval.question import Question

__all__ = ["FUNCTION_WORDS", "Told", "content_stems", "facts_asked"]

FUNCTION_WORDS = frozenset(
    listed(
        """
    a about after again all also am an and any anybody anyone anything are as at be been before being both but by can
    could d did do does doing done during each else ever every for from get gets getting give go goes going had has have
    having he her hers him his how i if in into is it its just know last like ll m many may me might more most much my
    no not now of on one or other our out over own please re remember s said say says shall she should so some somebody
    someone something still such t tell than that the their them then there these they thing things this those to too up
    us used user ve very was we well were what when where whether which while who whom whose why will with would you
    your
    """
    )
)
"""Words that say nothing of what is asked for."""

_PREDICATES: dict[str, str] = {
    "likes": r"hobb(?:y|ies)|pastimes?|interests?|interested in|passions?|passionate about|fond of|fans? of|into"
    r"|favou?rites?|enjoy(?:s|ed|ing)?|loves?|loved|likes?|liked"
    r"|(?:free|spare) time|for (?:fun|pleasure)|at (?:the )?weekends?",
    "dislikes": r"dislikes?|disliked|hates?|hated|detests?|loathes?|avoids?|stand|pet peeves?"
    r"|(?:not|\w*n't) (?:\w+ )?(?:like|enjoy|love|stand|into)",
    "prefers": r"prefers?|preferred|preferences?|rather have",
    "lives_in": r"lives?|lived|(?<!\ba )living|resides?|based|home ?town|address|located"
    r"|(?:is|was|are|were) (?:\w+ )?from",
    "works_at": r"works?|worked|working|employers?|employed|jobs?|company|workplace|for a living|career",
    "role": r"jobs?|profession|occupation|for a living|for work|career|role|position|work(?:s|ing)? as",
    "owns": r"owns?|owned|possess(?:es)?|possessions?|belongings|drives?",
    "plans": r"plans?|planned|planning|upcoming|going to|intends?|coming up",
    "allergic_to": r"allerg(?:y|ies|ic)(?: to)?|intoleran(?:t|ces?)(?: (?:of|to))?",
    "diet": r"diets?|eats?|eating|(?:food|dietary) (?:restrictions?|needs|requirements?|preferences?)",
    "family": r"family|relatives?|relations?|kin",
    "has_pet": r"pets?|animals?",
    "speaks": r"languages?|speaks?|spoken|fluent(?: in)?|native|mother tongue",
    "birthday": r"birthdays?|born|birth date|date of birth",
    "goal": r"goals?|aims?|ambitions?|dreams?|aspirations?|working (?:on|towards?)|hop(?:es?|ing)|wants?|wish(?:es)?"
    r"|training for|saving (?:up )?for|learning|trying to|would (?:\w+ )?like",
}
"""What asks for a predicate. These words are used up by it."""

_KINDS: dict[str, str] = {
    "family": r"\w*(?:sister|brother|sibling|mother|father|parent|son|daughter|child|kid|niece|nephew)(?:s|ren)?"
    r"|\w+-in-law|mums?|moms?|dads?|wife|husband|spouse|partner|boyfriend|girlfriend|fianc(?:é|e)e?|aunts?|uncles?|cousins?"
    r"|married",
    "has_pet": r"dogs?|cats?|pupp(?:y|ies)|kittens?|rabbits?|hamsters?|parrots?|birds?|fish|horses?|tortoises?|snakes?",
    "diet": r"vegan|vegetarian|pescatarian|halal|kosher|keto|gluten|dairy",
}
"""What asks for a predicate, where nothing else does, and says which of its objects is meant, so that it stays."""

_GENERAL = frozenset(
    stems(
        "kind sort type name called currently right present activity usual usually normally general person people date"
    )
)
"""Stems that narrow nothing down."""

_MONTH_STEMS = frozenset(stems(" ".join(MONTHS)))
_PLACES = frozenset(stems("city country town place village"))
"""Stems that narrow nothing down where it is asked who lives where."""

_SAME: dict[str, frozenset[str]] = {
    asked: frozenset(stems(meant))
    for kin, meant in {
        "sibling": "sister brother",
        "parent": "mother father mum mom dad",
        "mother mum mom": "mother mum mom",
        "father dad": "father dad",
        "child kid": "child kid son daughter",
        "spouse married": "wife husband",
        "partner": "wife husband boyfriend girlfriend",
        "dog": "dog puppy",
        "cat": "cat kitten",
    }.items()
    for asked in stems(kin)
}
"""By a stem that is asked for: what else may be meant by it."""

_ASKED = {predicate: re.compile(rf"(?<![\w-])(?:{words})(?![\w-])") for predicate, words in _PREDICATES.items()}
_KIND = {predicate: re.compile(rf"(?<![\w-])(?:{words})(?![\w-])") for predicate, words in _KINDS.items()}
_NOT_A_LIKING = re.compile(
    r"(?:look|feel|sound|taste|smell|be|is|was|were|are|been)s? like|would (?:\w+ )?like"
    r"|(?:not|n't) (?:\w+ )?(?:like|enjoy|love|into)"
)
_HAS = re.compile(r"(?<!\w)(?:has|have|had|got)(?!\w)")
_WHO_IT_IS = re.compile(r"(?<!\w)(?:who(?:'s)?|names?|called|has|have|had|got|how many|any|which|married)(?!\w)")
"""Whoever asks this of a sister or a dog wants to know of her; else of something about her, which no fact says."""

_NO_FACT = re.compile(r"(?<!\w)(?:why|before|after|how(?! (?:many|much)))(?!\w)")
_PAST = re.compile(r"(?<!\w)(?:did|was|were|had|used to|previous(?:ly)?|former(?:ly)?|ever|once)(?!\w)")


@dataclass(frozen=True, slots=True)
class Told:
    """A fact in words about its person ("likes hiking"), and those of its messages that are at hand, oldest first."""

    fact: Fact
    text: str
    said: tuple[Message, ...] = ()


def content_stems(text: str) -> list[str]:
    """The stems of the words that say what a text is about, each once, in order."""
    words = [word for word in re.findall(r"[^\W_]+", text.casefold()) if word not in FUNCTION_WORDS]
    return list(dict.fromkeys(stems(" ".join(words))))


def facts_asked(question: Question, told: Sequence[Told]) -> list[Told]:
    """The facts that answer, in the order given: those of a predicate that is asked for, about what is asked.

    A question about somebody else has none; what is over answers only what is asked of the past. Whatever else the
    question names ("music", "Tom") must be in the fact, so that a yes-or-no question gets no fact about another thing.
    """
    text = question.searched.casefold().replace("\u2019", "'")
    elsewhere = question.about is not None and not question.is_of_its_person
    if elsewhere or _NO_FACT.search(text):
        return []
    predicates, narrowing = _asked(text, question)
    if question.wants.when:
        predicates &= {"birthday"}
    past = _PAST.search(text) is not None
    return [
        one
        for one in told
        if one.fact.predicate in predicates and _is_about(one, narrowing) and _holds(one.fact, question, past=past)
    ]


def _asked(text: str, question: Question) -> tuple[set[str], list[str]]:
    """The predicates that a question asks for, and the stems that narrow them down."""
    asked = {name for name, shape in _ASKED.items() if shape.search(text)}
    if _NOT_A_LIKING.search(text):
        asked.discard("likes")
    left = text
    for name in sorted(asked):
        left = _ASKED[name].sub(" ", left)
    general = _GENERAL | (_PLACES if "lives_in" in asked else frozenset[str]())
    narrowing = [stem for stem in content_stems(left) if stem not in general]
    if question.periods:
        narrowing = [stem for stem in narrowing if not stem[:1].isdigit() and stem not in _MONTH_STEMS]
    if "likes" in asked and narrowing:
        asked |= {"prefers", "dislikes"}
    return asked or _of_a_kind(text), narrowing


def _of_a_kind(text: str) -> set[str]:
    """The predicates of which a question names a kind, and that of belongings, where it asks what somebody has."""
    kinds = {
        name for name, shape in _KIND.items() if shape.search(text) and (name == "diet" or _WHO_IT_IS.search(text))
    }
    return kinds | ({"owns"} if _HAS.search(text) and not kinds else set[str]())


def _is_about(told: Told, narrowing: Iterable[str]) -> bool:
    """Whether a fact has all that the question names."""
    has = set(stems(f"{told.text} {told.fact.object.name} {told.fact.detail}"))
    return all(stem in has or not has.isdisjoint(_SAME.get(stem, ())) for stem in narrowing)


def _holds(fact: Fact, question: Question, *, past: bool) -> bool:
    """Whether a fact was so when it is asked about: in one of the periods that are named, else now, or ever."""
    if question.periods:
        return any(fact.since < one.end and (fact.until is None or fact.until > one.first) for one in question.periods)
    return past or (fact.since <= question.asked and (fact.until is None or fact.until > question.asked))
