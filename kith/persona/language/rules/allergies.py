"""What the person is allergic to, or does not bear."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import SHARED, Account
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.nouns import listed, noun_phrases
from kith.persona.model import Statement

__all__ = ["allergies_in", "allergies_named"]

_FOR_FUN = words_of(
    """
    monday mondays morning mornings work stupidity people bullshit nonsense exercise mess commitment meeting
    meetings winter school drama everything anything nothing something it that this you homework early idiots fool
    responsibility housework spreadsheet effort boredom
    """
)
_INTOLERANT = words_of("intolerant allergic")
_HOW = words_of("severely very highly so quite only badly still just extremely really mildly")
_ALLERGY = words_of("allergy intolerance")


def allergies_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I'm allergic to nuts", "I'm lactose-intolerant"."""
    if clause.tense in ("modal", "future", "infinitive"):
        return
    parse = account.parse
    heads = (
        [*account.complement(clause), clause.verb]
        if clause.verb.lemma in ("be", "'m", "m", "become", "get", "allergic") or clause.verb.lower in ("m", "im")
        else []
    )
    heads = [one for head in heads for one in listed(parse, head)]
    heads += [one for one in account.words(clause) if heads and one not in heads and one.lower in _INTOLERANT]
    for word in heads:
        if word.lower.rpartition("-")[2] not in _INTOLERANT or (clause.tense == "past" and clause.verb.lemma == "be"):
            continue
        misread = (one for one in parse.children(word, "xcomp") if not parse.children(one, "dobj", "prep"))
        to = list(account.below(word, "to", "of")) or list(misread)
        for name in [*_substances(account, iter(to)), *_before(account, word)]:
            yield account.told("allergic_to", name, "substance", clause=clause)


def _before(account: Account, word: Word) -> Iterator[str]:
    """Of "lactose-intolerant", lactose."""
    if "-" in word.lower:
        yield word.lower.rpartition("-")[0]
        return
    words = account.parse.words
    hyphen = word.place > 0 and words[word.place - 1].text == "-"
    at = word.place - (2 if hyphen else 1)
    if at < 0 or words[at].pos not in ("NOUN", "PROPN", "ADJ", "VERB") or words[at].lower in _HOW:
        return
    if hyphen or words[at].relation in ("npadvmod", "compound", "amod", "nmod", "attr", "acomp"):
        yield words[at].lower


def _substances(account: Account, heads: Iterator[Word]) -> Iterator[str]:
    for head in heads:
        for word in listed(account.parse, head):
            inner = (
                [one for one in account.below(word, "with", "containing")]
                if word.lower in ("anything", "everything", "food", "products", "stuff")
                else []
            )
            for one in [deep for first in inner for deep in listed(account.parse, first)] or [word]:
                if one.lower not in _FOR_FUN and one.lemma.lower() not in _FOR_FUN and not account.owner(one):
                    yield from (phrase.name for phrase in noun_phrases(account.parse, one, prepositions=("of",)))


def allergies_named(account: Account) -> Iterator[Statement]:
    """As in "My nut allergy", "I have an allergy to pollen", "I can't have shellfish, I'm allergic"."""
    for word in account.parse.words:
        if word.lemma.lower() in _ALLERGY:
            yield from _allergy(account, word)
    for clause in account.clauses:
        if (
            clause.verb.lemma in ("have", "eat", "touch", "drink", "do")
            and clause.negated
            and _allergic_beside(account, clause)
        ):
            for name in _substances(account, iter(account.parse.children(clause.verb, "dobj"))):
                yield account.holds("allergic_to", name, "substance", clause=clause)


def _allergic_beside(account: Account, clause: Clause) -> bool:
    first, end = account.parse.sentence(clause.verb)
    words = account.parse.words[first : min(len(account.parse.words), end + 8)]
    for at, word in enumerate(words):
        following = words[at + 1].lower if at + 1 < len(words) else ""
        if (
            word.lower == "allergic"
            and following not in ("to",)
            and not any(one.lower in ("not", "n't") for one in words[max(0, at - 2) : at])
        ):
            return word.place > clause.verb.place
    return False


def _allergy(account: Account, word: Word) -> Iterator[Statement]:
    parse = account.parse
    verb = next((one for one in [word, *parse.ancestors(word)] if one.pos in ("VERB", "AUX")), None)
    clause = next((one for one in account.clauses if one.verb is verb), None)
    mine = account.owner(word) in ("i", "them") and account.scope.mentions(word)
    having = (
        clause is not None
        and clause.verb.lemma in ("have", "develop", "get", "suffer", "'ve", "ve")
        and clause.tense not in ("modal", "future", "infinitive")
    )
    if not (mine or having) or (
        having and account.owner(word) is None and word.relation not in ("dobj", "pobj", "conj")
    ):
        return
    front = [phrase.name for phrase in noun_phrases(parse, word, prepositions=())]
    names = [name.rpartition(" ")[0] for name in front if " " in name]
    kinds = [
        name
        for name in names
        if name not in ("severe", "bad", "mild", "serious", "new", "strong", "food", "weird", "terrible")
    ]
    kinds = [
        name.removeprefix("severe ").removeprefix("bad ").removeprefix("mild ").removeprefix("serious ")
        for name in kinds
    ]
    kinds += list(_substances(account, account.below(word, "to")))
    if not kinds and having and clause is not None:
        kinds += list(_substances(account, account.below(clause.verb, "to")))
    for name in kinds:
        if clause is not None and clause.verb.lemma == "outgrow":
            yield account.ended("allergic_to", name, "substance", clause=clause)
        elif having and clause is not None:
            told_past = clause.tense == "past" and clause.verb.lemma == "have"
            if not told_past:
                yield account.told("allergic_to", name, "substance", clause=clause, changed=True)
        else:
            yield account.holds("allergic_to", name, "substance", sure=SHARED)
