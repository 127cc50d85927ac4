"""What the person prefers to something else."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.objects import Phrase
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.activities import done
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.likable import compared, likable, own_subject, type_of
from kith.persona.model import Statement

__all__ = ["preferences_in"]

_HAVING = words_of("have take get drink eat wear use watch choose buy pick see read")


def preferences_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """What a clause prefers to something else."""
    parse, verb = account.parse, clause.verb
    lemma = verb.lemma.lower()
    if clause.negated:
        return
    heads: list[Word] = []
    comparing = any(word.lower in ("over", "than", "to") for word in account.words(clause))
    if lemma == "prefer" and (clause.tense in ("present", "perfect") or (clause.tense == "modal" and comparing)):
        heads = [one for one in parse.children(verb, "dobj", "xcomp", "ccomp", "npadvmod") if one.place > verb.place]
        heads = [one for one in heads if not own_subject(account, one)][:1]
    elif lemma == "like" and clause.tense == "present" and compared(account, clause):
        heads = parse.children(verb, "dobj", "xcomp")
    elif clause.tense == "modal" and _rather(account, clause):
        heads = parse.children(verb, "dobj") if lemma in _HAVING else [verb]
    elif (
        clause.tense == "modal"
        and lemma in ("take", "choose", "pick")
        and any(account.below(verb, "over")) | _over(account, verb)
    ):
        heads = parse.children(verb, "dobj")
    for head in heads:
        phrases = (
            [Phrase(name, head, activity=True) for name in done(parse, head)]
            if head is verb
            else likable(account, [head])
        )
        for phrase in phrases:
            if not phrase.name.startswith("not ") and not any(parse.children(head, "neg")):
                yield account.holds("prefers", _alone(phrase), type_of(phrase), clause=clause)


def _alone(phrase: Phrase) -> str:
    """Without what it is preferred to, where the parse took it along: "cycling to driving"."""
    name, _, other = phrase.name.rpartition(" to ")
    going = phrase.name.startswith(("going to ", "listening to ", "talking to ")) and " to " not in name
    return name if name and other and phrase.activity and not going else phrase.name


def _over(account: Account, verb: Word) -> bool:
    return any(
        prep.lower == "over"
        for one in account.parse.children(verb, "dobj")
        for prep in account.parse.children(one, "prep")
    )


def _rather(account: Account, clause: Clause) -> bool:
    words = [word.lower for word in account.parse.words[clause.first : account.parse.sentence(clause.verb)[1]]]
    return "rather" in words and "than" in words and words.index("rather") < words.index("than")
