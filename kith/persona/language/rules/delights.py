"""Likes and dislikes in a turn of phrase: "I can't resist cheesecake", "nothing beats ramen", "my hobby is chess"."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import WEAK, Account
from kith.persona.language.rules.activities import done
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.likable import likable, said_to_be, type_of
from kith.persona.language.rules.nouns import noun_head, noun_phrases
from kith.persona.model import Statement

__all__ = ["delights_in", "delights_told"]

_LEANINGS = words_of("spot weakness passion thing love fondness penchant appreciation affinity obsession")
"""What one has for what one likes."""
_GLADNESS = words_of("pleasure delight joy comfort satisfaction kick buzz thrill")
"""What one takes in it, or gets out of it."""
_WILD = words_of("crazy wild nuts mad bonkers")
_ADMIRERS = words_of("fan lover buff enthusiast fanatic aficionado")
_ENDLESS = (
    "all day",
    "every day",
    "every single day",
    "forever",
    "for hours",
    "all night",
    "day and night",
    "for ever",
)
_TASTED = words_of("eat drink have")
_WATCHED = words_of("watch read listen play talk")
_CLEFTS = words_of("thing something what nothing activity pastime")
_PASTIMES = words_of("hobby passion pastime obsession")
_LATER = words_of("old former last first next previous new dream latest other")
_REFUGES = {"place": "happy", "pleasure": "guilty", "food": "comfort"}


def delights_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """What a clause of the person's says they like, in a turn of phrase."""
    if clause.negated:
        heads = list(_cannot_do_without(account, clause))
    else:
        heads = [*_leaning(account, clause), *_gladness(account, clause), *_in_love(account, clause)]
        heads += [*_cleft(account, clause), *_lately(account, clause)]
        yield from _endlessly(account, clause)
        yield from _admirer(account, clause)
    for phrase in said_to_be(account, heads):
        yield account.holds("likes", phrase.name, type_of(phrase), clause=clause)


def _cannot_do_without(account: Account, clause: Clause) -> Iterator[Word]:
    """As in "I can't resist cheesecake", "I can't live without coffee"."""
    verb = clause.verb
    if clause.tense != "modal":
        return
    if verb.lemma == "resist":
        yield from (one for one in account.parse.children(verb, "dobj") if one.pos in ("NOUN", "PROPN"))
    elif verb.lemma == "live":
        yield from (one for one in account.below(verb, "without") if account.owner(one) is None)


def _leaning(account: Account, clause: Clause) -> Iterator[Word]:
    """As in "I have a soft spot for old trams", "I've always had a passion for astronomy"."""
    parse, verb = account.parse, clause.verb
    if verb.lemma.lower() not in ("have", "'ve", "ve", "get") or clause.tense not in ("present", "perfect"):
        return
    for one in parse.children(verb, "dobj"):
        leaning = one.lemma.lower() in _LEANINGS and any(
            word.lower in ("a", "an") for word in parse.children(one, "det")
        )
        soft = any(word.lower == "soft" for word in parse.children(one, "amod"))
        if leaning and (one.lemma != "spot" or soft):
            yield from account.below(one, "for")
            yield from account.below(verb, "for")


def _gladness(account: Account, clause: Clause) -> Iterator[Word]:
    """As in "I take pleasure in long walks", "I go crazy for mangoes", "I live for jazz"."""
    parse, verb = account.parse, clause.verb
    if clause.tense != "present":
        return
    if verb.lemma in ("take", "find", "get"):
        yield from _taken_in(account, verb)
    elif verb.lemma == "go" and any(one.lower in _WILD for one in parse.children(verb, "acomp", "advmod", "oprd")):
        wild = parse.children(verb, "acomp", "advmod", "oprd")
        yield from (one for word in [verb, *wild] for one in account.below(word, "for", "over"))
    elif verb.lemma == "live":
        yield from (one for one in account.below(verb, "for") if not parse.children(one, "det", "poss", "nummod"))


def _taken_in(account: Account, verb: Word) -> Iterator[Word]:
    """As in "I take pleasure in long walks", "I get a kick out of solving puzzles"."""
    parse = account.parse
    glad = [one for one in parse.children(verb, "dobj") if one.lemma in _GLADNESS]
    if not glad:
        return
    near = [verb, *glad]
    outs = [one for word in near for one in parse.children(word, "prep", "advmod", "prt") if one.lower == "out"]
    sources = [one for word in near for one in account.below(word, "in", "from")]
    for one in [*sources, *(deep for out in outs for deep in account.below(out, "of"))]:
        if verb.lemma == "get" or one.pos != "VERB" or not parse.children(one, "dobj"):
            yield one


def _in_love(account: Account, clause: Clause) -> Iterator[Word]:
    """As in "I fell in love with ceramics": with what is no person."""
    verb = clause.verb
    if verb.lemma != "fall" or clause.tense not in ("past", "perfect"):
        return
    loves = [one for one in account.below(verb, "in") if one.lower == "love"]
    for one in [deep for word in [verb, *loves] for deep in account.below(word, "with")]:
        person = any(name.label == "PERSON" and name.first <= one.place < name.end for name in account.parse.named)
        if not person and not account.parse.children(one, "det", "poss"):
            yield one


def _cleft(account: Account, clause: Clause) -> Iterator[Word]:
    """As in "Hiking is something I really enjoy", "what I love most is sailing", "nothing I love more than camping"."""
    parse, verb = account.parse, clause.verb
    if verb.lemma not in ("love", "enjoy", "like", "adore") or clause.tense != "present":
        return
    than = [one for more in parse.children(verb, "advmod", "dobj") for one in _than(account, more)]
    said = parse.head(verb) if verb.relation == "relcl" else verb
    nothing = [said, *parse.children(verb, "dobj")]
    if than:
        yield from than if any(one.lower == "nothing" for one in nothing) else []
        return
    about = any(one.lower in ("about", "in", "of") for word in (verb, said) for one in parse.children(word, "prep"))
    what = verb.relation == "csubj" and any(one.lower == "what" for one in parse.children(verb, "dobj"))
    if about or not (what or (verb.relation == "relcl" and said.lemma.lower() in _CLEFTS - {"nothing"})):
        return
    be = parse.head(said)
    yield from _other_side(account, be, said)


def _than(account: Account, more: Word) -> list[Word]:
    mores = [more, *account.parse.children(more, "amod", "advmod")]
    return [one for word in mores if word.lower == "more" for one in account.below(word, "than")]


def _other_side(account: Account, be: Word, said: Word) -> list[Word]:
    """What something is said to be, or what is said to be it; "is sailing" may have been read as one verb."""
    parse = account.parse
    if be.tag == "VBG" and said.relation in ("nsubj", "csubj", "nsubjpass"):
        return [be] if any(one.lemma == "be" for one in parse.children(be, "aux")) else []
    if be.lower not in ("is", "are", "'s"):
        return []
    if any(parse.children(be, "neg")):
        return []
    relations = ("attr", "acomp", "xcomp") if said.relation in ("nsubj", "csubj") else ("nsubj", "csubj")
    return [one for one in parse.children(be, *relations) if one is not said and one.pos != "PRON"][:1]


def _lately(account: Account, clause: Clause) -> Iterator[Word]:
    """As in "I've really been enjoying pottery", "I'm loving pilates": what is nobody's, or is known as a hobby."""
    parse, verb = account.parse, clause.verb
    if clause.tense not in ("perfect", "progressive") or verb.tag != "VBG" or verb.lemma not in ("love", "enjoy"):
        return
    for one in parse.children(verb, "dobj", "xcomp"):
        known = account.objects.entity(one.lower, "thing").type == "hobby"
        if (clause.tense == "perfect" or known) and not parse.children(one, "det", "poss", "nummod"):
            yield one


def _endlessly(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I could eat pizza every day", "I could listen to Bach for hours"."""
    parse, verb = account.parse, clause.verb
    could = any(one.lower in ("could", "can") for one in parse.children(verb, "aux"))
    said = account.text(clause).lower()
    if not could or not any(one in said for one in _ENDLESS):
        return
    if verb.lemma in _TASTED:
        heads = [one for one in parse.children(verb, "dobj") if not parse.children(one, "poss")]
        for phrase in likable(account, heads):
            yield account.holds("likes", phrase.name, type_of(phrase), sure=WEAK)
    elif verb.lemma in _WATCHED:
        whose = [deep for one in parse.children(verb, "dobj") for deep in parse.children(one, "det", "poss")]
        for name in done(parse, verb) if not whose else []:
            if " " in name:
                yield account.holds("likes", name, "activity", sure=WEAK)


def _admirer(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I'm a massive Arsenal fan", "I'm a coffee lover"."""
    if clause.verb.lemma != "be" and clause.verb.lower not in ("'m", "m"):
        return
    if clause.tense not in ("present", "perfect"):
        return
    for one in (noun_head(account.parse, word) for word in account.complement(clause)):
        front = account.parse.children(one, "compound", "nmod")
        denied = any(word.lower == "no" for word in account.parse.children(one, "det"))
        if one.lemma.lower() in _ADMIRERS and front and not denied:
            for phrase in noun_phrases(account.parse, front[-1], prepositions=()):
                yield account.holds("likes", phrase.name, "thing", clause=clause)


def delights_told(account: Account) -> Iterator[Statement]:
    """What a text says the person likes with something else as its subject."""
    parse = account.parse
    for verb in parse.words:
        if verb.pos not in ("VERB", "AUX"):
            continue
        negated = any(parse.children(verb, "neg"))
        subjects = parse.children(verb, "nsubj", "csubj", "nsubjpass")
        if negated:
            heads = [one for one in subjects if _not_for_them(account, verb)]
        elif verb.lemma in ("beat", "top") and subjects and subjects[0].lower == "nothing" and verb.tag == "VBZ":
            heads = parse.children(verb, "dobj")
        else:
            heads = [one for subject in subjects for one in _pastime(account, verb, subject)]
        for phrase in said_to_be(account, heads) if heads and account.scope.asserts(verb) else []:
            yield account.holds("dislikes" if negated else "likes", phrase.name, type_of(phrase), sure=WEAK)


def _not_for_them(account: Account, be: Word) -> bool:
    """As in "Golf isn't my cup of tea", "olives aren't for me"."""
    if be.lemma != "be":
        return False
    cup = any(
        one.lower == "cup"
        and account.owner(one) == "i"
        and any(deep.lower == "tea" for deep in account.below(one, "of"))
        for one in account.parse.children(be, "attr")
    )
    return cup or any(one.lower == "me" for one in account.below(be, "for"))


def _pastime(account: Account, verb: Word, subject: Word) -> list[Word]:
    """As in "My hobbies are climbing and chess", "gardening is my happy place", "coffee is life"."""
    parse = account.parse
    if _is_pastime(account, subject):
        if verb.lemma == "include":
            return parse.children(verb, "dobj")
        return _other_side(account, verb, subject)
    if verb.lower not in ("is", "are", "'s") or subject.pos == "PRON" or any(parse.children(subject, "det", "poss")):
        return []
    for one in parse.children(verb, "attr"):
        if _is_life(account, one, subject) or _is_pastime(account, one) or _is_refuge(account, one):
            return [subject]
    return []


def _is_life(account: Account, life: Word, subject: Word) -> bool:
    """As in "Coffee is life", "chess is my life"; "deadlines are my life" is no delight."""
    beside = account.parse.children(life)
    if life.lower != "life" or any(one.relation != "poss" for one in beside):
        return False
    known = account.objects.entity(subject.lower, "thing").type != "thing"
    return known and (not beside or account.owner(life) == "i")


def _is_pastime(account: Account, word: Word) -> bool:
    later = any(one.lower in _LATER for one in account.parse.children(word, "amod", "compound", "poss"))
    return word.lemma.lower() in _PASTIMES and account.owner(word) in ("i", "we") and not later


def _is_refuge(account: Account, word: Word) -> bool:
    wanted = _REFUGES.get(word.lemma.lower())
    return account.owner(word) == "i" and any(
        one.lower == wanted for one in account.parse.children(word, "amod", "compound")
    )
