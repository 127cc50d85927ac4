"""What can be liked for good: no idea of the moment, nothing that was only just spoken of."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import ANIMALS, KIN, words_of
from kith.persona.language.objects import Phrase
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.activities import likings
from kith.persona.language.rules.clauses import Clause

__all__ = ["compared", "likable", "own_subject", "type_of"]

_PASSING = words_of(
    """
    idea look sound suggestion option choice answer reply recommendation tip advice message attitude spirit
    enthusiasm help way fact thing stuff part bit one anything everything nothing something lot time feeling
    thought detail question feature update response offer concept result reason rest case point chance day week
    version
    """
)
"""What is liked for the moment, or stands for something said before."""
_OF_TALK = words_of(
    """
    movie film book song series show guy man woman actor actress star plot sequel music original story character
    ending episode article photo picture design price product item service genre soundtrack cast director trailer
    person girl boy lady author cover page app site website font layout
    """
)
"""What "the" in front makes the one just spoken of, and a clause behind one of many."""
_MENTAL = words_of(
    """
    think say know hear believe imagine be thank point add admit see_you bother disappoint break call complain
    inform ask tell let do
    """
)


def compared(account: Account, clause: Clause) -> bool:
    """As in "I like tea more than coffee", which tells what is preferred."""
    found = account.parse.children(clause.verb, "advmod", "acomp") if clause.verb.lemma == "like" else []
    return any(word.lower in ("more", "better") and account.parse.children(word, "prep") for word in found)


def own_subject(account: Account, word: Word) -> bool:
    """Whether a verb tells of somebody, rather than of what one likes to do."""
    return any(account.parse.children(word, "nsubj", "nsubjpass", "mark", "expl"))


def likable(account: Account, heads: Iterator[Word] | list[Word]) -> list[Phrase]:
    """What these words name that one can like for longer than a moment."""
    found: list[Phrase] = []
    for head in heads:
        if head.tag in ("VB", "VBP") and head.lemma in _MENTAL:
            continue
        found += [phrase for phrase in likings(account.parse, head) if _lasting(account, phrase)]
    return found


def _lasting(account: Account, phrase: Phrase) -> bool:
    """Whether it is a thing that one can like tomorrow, too, and that is told of elsewhere by no other rule."""
    head = phrase.head
    lemma = head.lemma.lower()
    if phrase.activity and head.pos == "VERB":
        return lemma != "be" or " " in phrase.name
    if lemma in _PASSING and " of " not in f" {phrase.name} ":
        return phrase.name != lemma and phrase.name.split()[-1] != lemma
    of = [
        one
        for prep in account.parse.children(head, "prep")
        for one in account.parse.children(prep, "pobj")
        if prep.lower == "of"
    ]
    if lemma in _PASSING or any(one.pos == "PRON" or one.tag == "DT" or one.lower in ("one", "ones") for one in of):
        return False
    before = [word.lower for word in account.parse.children(head, "det", "poss", "predet")]
    if any(
        word in ("this", "that", "these", "those", "your", "ur", "his", "her", "their", "no", "which", "what")
        for word in before
    ):
        return False
    if _just_spoken_of(account, phrase):
        return False
    if (
        any(one.lemma in KIN or one.lemma in ANIMALS for one in account.parse.children(head, "compound"))
        and head.text[0].isupper()
    ):
        return False
    return not (account.owner(head) is not None and (lemma in KIN or lemma in ANIMALS))


def _just_spoken_of(account: Account, phrase: Phrase) -> bool:
    """Whether the phrase says little without what was left off: "the movie", "movies like that", "people who sing"."""
    parse, head = account.parse, phrase.head
    lemma = head.lemma.lower()
    if lemma not in _OF_TALK and lemma not in ("people", "place", "genre"):
        return False
    bare = phrase.name in (lemma, head.lower)
    narrowed = any(parse.children(head, "relcl", "acl")) or any(
        one.lower in ("like", "about", "in", "from", "such", "on", "by") for one in parse.children(head, "prep")
    )
    the = any(one.lower == "the" for one in parse.children(head, "det"))
    return lemma == "genre" or (bare and narrowed) or (the and (bare or " of " in phrase.name) and head.pos == "NOUN")


def type_of(phrase: Phrase) -> str:
    """The type of what is liked."""
    return "activity" if phrase.activity else "thing"
