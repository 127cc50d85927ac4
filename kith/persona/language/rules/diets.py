"""How the person eats."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import DIETS, words_of
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.nouns import listed, noun_phrases
from kith.persona.model import Statement

__all__ = ["diets_in"]

_NO_FOOD = words_of(
    """
    breakfast lunch dinner supper much anything enough it that this them well out something more lot bite meal
    food crumb late early dessert everything here there most one
    """
)
_MEALS_OF = words_of("diet food meal regime meat")
_WAYS = words_of("eat cook go turn keep stay become be")


def diets_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I'm vegan", "I eat halal", "I'm on a keto diet", "I don't eat meat"."""
    lemma = clause.verb.lemma.lower()
    times = account.times(clause)
    for word in _as_what(account, clause):
        if word.lower in DIETS:
            yield account.holds("diet", word.lower, "diet", sure=account.sure(clause))
    if clause.tense in ("modal", "future", "infinitive") or (
        clause.tense == "past" and lemma in ("be", "eat", "cook") and times.until is None
    ):
        return
    if lemma in ("eat", "cook", "stop", "quit", "give"):
        yield from _eating(account, clause)
    for word in _diet_words(account, clause):
        name = _diet(account, word)
        if name and lemma in ("stop", "quit"):
            yield account.ended("diet", name, "diet", clause=clause)
        elif name and lemma != "give":
            yield account.told("diet", name, "diet", clause=clause, changed=True)


def _diet_words(account: Account, clause: Clause) -> Iterator[Word]:
    """Words of a clause that say how somebody eats."""
    parse, verb = account.parse, clause.verb
    lemma = verb.lemma.lower()
    heads: list[Word] = []
    if lemma in _WAYS or lemma in ("'m", "m") or verb.lower in ("m", "im", "vegan", "vegetarian"):
        heads = [
            one
            for one in parse.children(verb, "acomp", "attr", "oprd", "dobj", "advmod", "xcomp", "ccomp", "npadvmod")
            if one.place > verb.place
        ]
        heads += account.below(verb, "on")
        heads += [verb] if verb.lower in DIETS else []
    elif lemma == "stick":
        heads = list(account.below(verb, "to"))
    elif lemma in ("follow", "do", "eat", "try"):
        heads = parse.children(verb, "dobj")
    elif lemma in ("stop", "quit"):
        heads = [
            deep
            for one in parse.children(verb, "xcomp", "dobj")
            if one.lemma == "be"
            for deep in parse.children(one, "acomp", "attr")
        ]
    yield from (one for head in heads for one in listed(parse, head))


def _as_what(account: Account, clause: Clause) -> Iterator[Word]:
    """As in "As a vegan, I …"."""
    for prep in account.parse.children(clause.verb, "prep"):
        if prep.lower == "as" and clause.subject is not None and prep.place < clause.subject.place:
            yield from account.parse.children(prep, "pobj")


def _diet(account: Account, word: Word) -> str:
    """A diet as facts write it, or nothing."""
    parse = account.parse
    own = word.lemma.lower() if word.tag == "NNS" else word.lower
    place = word.place
    if (
        own in ("free", "carb", "based", "fat", "sodium", "sugar", "fodmap", "free-")
        and place > 1
        and parse.words[place - 1].text == "-"
    ):
        own = f"{parse.words[place - 2].lower}-{own}"
    if own in DIETS:
        following = parse.words[place + 1] if place + 1 < len(parse.words) else None
        curious = following is not None and following.text == "-"
        return "" if curious and own != "plant" else own
    if own == "free" and place > 0 and f"{parse.words[place - 1].lower}-free" in DIETS:
        return f"{parse.words[place - 1].lower}-free"
    if word.lemma.lower() in _MEALS_OF:
        names = [
            phrase.name.rpartition(" ")[0].replace(" ", "-") for phrase in noun_phrases(parse, word, prepositions=())
        ]
        known = [name for name in names if name in DIETS or name.rpartition("-")[2] in DIETS]
        return (known[0] if known[0] in DIETS else known[0].rpartition("-")[2]) if known else ""
    return ""


def _lately(account: Account, clause: Clause) -> bool:
    """Whether it is so now: "I don't eat meat", "I haven't eaten meat since 2019"."""
    since = clause.tense == "perfect" and account.times(clause).since is not None
    return clause.tense == "present" or since


def _eating(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I don't eat meat", "I stopped eating pork"."""
    parse, verb = account.parse, clause.verb
    for noun in parse.children(verb, "dobj") if verb.lemma == "eat" and clause.tense == "present" else []:
        if any(one.lower == "no" for one in parse.children(noun, "det")) and noun.lemma not in _NO_FOOD:
            yield account.holds("diet", f"no {noun.lower}", "diet", clause=clause)
    eating = [verb] if verb.lemma == "eat" and clause.negated and _lately(account, clause) else []
    if verb.lemma in ("stop", "quit", "give") and not clause.negated and clause.tense in ("past", "perfect"):
        eating = [one for one in parse.children(verb, "xcomp", "dobj", "pcomp") if one.lower == "eating"]
    for one in eating:
        for noun in [deep for head in parse.children(one, "dobj") for deep in listed(parse, head)]:
            before = [word.lower for word in parse.children(noun, "det", "amod", "poss")]
            if (
                noun.lemma.lower() in _NO_FOOD
                or noun.pos == "PRON"
                or any(word in ("that", "this", "enough", "much", "my", "the") for word in before)
            ):
                continue
            for phrase in noun_phrases(parse, noun, prepositions=("of",)):
                yield account.holds("diet", f"no {phrase.name}", "diet", clause=clause, changed=True)
