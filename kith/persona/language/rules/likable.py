"""What can be liked for good: no idea of the moment, nothing that was only just spoken of."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import ANIMALS, KIN, words_of
from kith.persona.language.objects import Phrase
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.activities import done, likings
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.things import is_thing

__all__ = ["compared", "likable", "own_subject", "said_to_be", "type_of"]

_PASSING = words_of(
    """
    idea look sound suggestion option choice answer reply recommendation tip advice message attitude spirit
    enthusiasm help way fact thing stuff part bit one anything everything nothing something lot time feeling
    thought detail question feature update response offer concept result reason rest case point chance day week
    version other
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
_ONE_OF_A_KIND = words_of(
    """
    air beach city climate coast cold countryside culture dark desert fjord forest heat highland
    hill island jungle lake landscape mountain moon nature night ocean outdoor rain river sea seaside sky snow
    star steppe sun sunshine theatre tropics tundra village weather wild wilderness wind wood
    """
)
"""What "the" stands before because there is but one, or one kind, of it."""
_MENTAL = words_of(
    """
    think say know hear believe imagine be thank point add admit bother disappoint break call complain
    inform ask tell let do
    """
)


def compared(account: Account, clause: Clause) -> bool:
    """As in "I like tea more than coffee", which tells what is preferred."""
    if clause.verb.lemma != "like":
        return False
    found = account.parse.children(clause.verb, "advmod", "acomp")
    liked = [one for one in account.parse.children(clause.verb, "dobj") if one.lower != "nothing"]
    found += [more for one in liked for more in account.parse.children(one, "advmod")]
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


def said_to_be(account: Account, heads: list[Word]) -> list[Phrase]:
    """What these words name; of "my hobby is climbing", climbing, which may have been read as what the hobby does."""
    found: list[Phrase] = []
    for head in heads:
        if head.tag == "VBG" and any(account.parse.children(head, "aux")):
            found += [Phrase(name, head, activity=True) for name in done(account.parse, head)]
            found += likable(account, account.parse.children(head, "conj"))
        elif head.pos != "PRON" and not own_subject(account, head):
            found += likable(account, [head])
    return found


def _lasting(account: Account, phrase: Phrase) -> bool:
    """Whether it is a thing that one can like tomorrow, too, and that is told of elsewhere by no other rule."""
    head = phrase.head
    lemma = head.lemma.lower()
    if phrase.activity and head.pos == "VERB":
        return lemma != "be" or " " in phrase.name
    if lemma == "none":
        return False
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
    if _just_spoken_of(account, phrase) or _at_hand(account, phrase):
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


def _at_hand(account: Account, phrase: Phrase) -> bool:
    """Whether "the" points at one thing of many: "the blue jacket", "the harness fitting day".

    "The sea" and "the commute" are lasting, and so is what is one of a kind: "the night sky", "the smell of rain".
    """
    parse, head = account.parse, phrase.head
    if head.pos != "NOUN" or not any(one.lower == "the" for one in parse.children(head, "det")):
        return False
    if head.lemma.lower() in _ONE_OF_A_KIND or " of " in phrase.name:
        return False
    instrument = account.objects.entity(phrase.name, "thing").type == "instrument"
    narrowed = any(one.lower != "of" for one in parse.children(head, "prep")) or any(
        parse.children(head, "relcl", "acl")
    )
    following = parse.words[head.place + 1 : head.place + 2]
    cut = bool(following) and following[0].head == head.place and following[0].relation in ("npadvmod", "amod", "dep")
    return cut or narrowed or (not instrument and (is_thing(account, head) or " " in phrase.name))


def type_of(phrase: Phrase) -> str:
    """The type of what is liked."""
    return "activity" if phrase.activity else "thing"
