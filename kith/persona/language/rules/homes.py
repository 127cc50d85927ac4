"""Where the person lives."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import CHAT, MONTHS, words_of
from kith.persona.language.rules.account import WEAK, Account
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.nouns import listed
from kith.persona.model import Statement

__all__ = ["homes_in", "place_names"]

_LIVING = words_of("live reside dwell")
_BASED = words_of("based settled located living")
_MOVING = words_of("move relocate emigrate settle")
_NO_PLACES = words_of(
    """
    peace fear hope town love sin style luxury harmony poverty denial exile limbo hell heaven paradise bed house
    work school college university student city village suburb downtown countryside abroad home flat apartment
    person general bulk advance charge trouble area country north south east west middle centre center there here
    together tents flats halls apartments suburbs outskirts woods mountains hills hotels hostels sticks boats
    dorms houses limbo student_housing halls dorm uni quarantine lockdown isolation mind summer winter spring
    autumn case
    """
)
_PLACES = frozenset({"GPE", "LOC", "FAC"})


def place_names(account: Account, word: Word) -> list[str]:
    """A named place as facts write it; nothing for "a small flat". "Berlin, Germany" is Berlin."""
    parse = account.parse
    names: list[str] = []
    if word.lower in CHAT and word.place and any(parse.children(word, "compound", "nmod", "amod")):
        word = parse.words[word.place - 1]
    for one in listed(parse, word):
        if one is not word and one.relation == "appos":
            continue
        if one is not word and not _and_before(account, one):
            continue
        if not _is_place(account, one):
            continue
        first, end = _span(account, one)
        names.append(parse.said(parse.words[first:end]).lower())
    return names


def _and_before(account: Account, word: Word) -> bool:
    """As in "Ghent and Leeds" are two homes; "Portland, Oregon" is one."""
    return word.place > 0 and account.parse.words[word.place - 1].lower in ("and", "or", "&")


def _is_place(account: Account, word: Word) -> bool:
    parse = account.parse
    if (
        word.pos in ("PRON", "NUM", "VERB", "DET")
        or any(parse.children(word, "poss", "nummod"))
        or word.text in _NO_PLACES
    ):
        return False
    named = any(one.label in _PLACES and one.first <= word.place < one.end for one in parse.named)
    article = [one.lower for one in parse.children(word, "det")]
    if article and (article != ["the"] or not word.text[0].isupper()):
        return False
    if word.lower in MONTHS or any(
        one.label in ("DATE", "TIME") and one.first <= word.place < one.end for one in parse.named
    ):
        return False
    if word.text[0].isupper():
        return True
    return (named or word.tag in ("NN", "NNS", "NNP", "NNPS", "FW", "JJ")) and not any(
        parse.children(word, "amod", "det")
    )


def _span(account: Account, head: Word) -> tuple[int, int]:
    """The name's own words: "New York", "Stratford-upon-Avon", without "central" or a "the" in small letters."""
    words = account.parse.words
    first = head.place
    while first > 0:
        before = words[first - 1]
        close = before.end == words[first].start
        inside = before.relation in ("compound", "amod", "nmod") and first <= before.head <= head.place
        part = inside or (close and before.tag in ("HYPH", "NNP", "NN"))
        capital = before.text[0].isupper() or not head.text[0].isupper()
        if not (part and (capital or before.tag == "HYPH")) and not (before.text == "The" and before.place > 0):
            break
        first -= 1
    end = head.place + 1
    while end + 1 < len(words) and words[end].text == "-" and words[end].start == words[end - 1].end:
        end += 2
    return first, end


def homes_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """What a clause says of where the person lives or lived."""
    lemma, lower = clause.verb.lemma.lower(), clause.verb.lower
    if lemma in _LIVING or lower in ("live", "living", "lived"):
        yield from _living(account, clause)
    elif lemma in _MOVING:
        yield from _moving(account, clause)
    elif lemma == "be" or lower in ("'m", "m", "based", "settled"):
        yield from _being(account, clause)
    elif lemma in ("call", "make") and clause.tense in ("present", "perfect") and not clause.negated:
        yield from _calling(account, clause)
    elif lemma == "leave" and clause.tense in ("past", "perfect") and not clause.negated:
        yield from _leaving(account, clause)


def _living(account: Account, clause: Clause) -> Iterator[Statement]:
    parse = account.parse
    places = [*account.below(clause.verb, "in", "on")]
    if not places:
        shared = [one for one in parse.children(clause.verb, "conj") if one.lemma == "work"]
        places = [one for verb in shared for one in account.below(verb, "in")]
    if not places:
        places = _further_on(account, clause)
    times = account.times(clause)
    if clause.tense == "past" and times.until is None:
        return
    if clause.tense in ("modal", "future", "infinitive"):
        return
    lasting = times.since is not None or _here_always(account, clause)
    if clause.tense == "perfect" and clause.verb.tag != "VBG" and not lasting and not account.over(clause):
        return
    for word in places:
        for name in place_names(account, word):
            yield account.told("lives_in", name, "place", clause=clause)
    yield from _not_there(account, clause)


def _not_there(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I live in Cork now, not in Coimbra any more"."""
    words = account.words(clause)
    for at, word in enumerate(words[:-2]):
        if word.lower != "not" or words[at + 1].lower != "in" or clause.negated:
            continue
        over = any(one.lower in ("more", "anymore", "longer") for one in words[at + 2 : at + 8])
        for place in account.parse.children(words[at + 1], "pobj"):
            for name in place_names(account, place):
                tell = account.ended if over else account.denied
                yield tell("lives_in", name, "place", clause=clause)


def _further_on(account: Account, clause: Clause) -> list[Word]:
    """As in "I live with my parents in Split", and "Oulu, where I live"."""
    parse, verb = account.parse, clause.verb
    if verb.relation == "relcl" and any(one.lower == "where" for one in parse.children(verb, "advmod")):
        return [parse.head(verb)] if parse.head(verb).pos == "PROPN" else []
    behind = parse.words[verb.place + 1 : clause.end]
    found: list[Word] = []
    for prep in behind:
        if (
            prep.lower in ("in", "on")
            and prep.pos == "ADP"
            and not any(one.pos == "VERB" for one in behind if one.place < prep.place)
        ):
            found += [one for one in parse.children(prep, "pobj") if _named_place(account, one)]
    return found[:1]


def _here_always(account: Account, clause: Clause) -> bool:
    text = f" {account.text(clause).lower()} "
    if any(one.lemma in ("year", "month") for one in account.parse.children(clause.verb, "npadvmod")):
        return True
    return any(f" {one} " in text for one in ("always", "all my life", "my whole life", "now", "forever", "for ages"))


def _moving(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "We moved from Malmö to Umeå". What is planned is told elsewhere."""
    if clause.tense not in ("past", "perfect") or clause.negated or any(account.parse.children(clause.verb, "dobj")):
        return
    back = [one for one in account.parse.children(clause.verb, "advmod", "prt") if one.lower in ("back", "over")]
    into = ("to", "in") if clause.verb.lemma == "settle" else ("to",)
    for word in [one for verb in [clause.verb, *back] for one in account.below(verb, *into)]:
        for name in place_names(account, word):
            yield account.holds("lives_in", name, "place", clause=clause, changed=True)
    sources = list(account.below(clause.verb, "from"))
    for out in account.parse.children(clause.verb, "prep", "prt", "advmod"):
        if out.lower in ("out", "away"):
            sources += account.below(out, "of", "from")
    for word in sources:
        for name in place_names(account, word):
            yield account.ended("lives_in", name, "place", clause=clause)


def _being(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I'm based in Leeds"; "we're in Hamburg now" beside "I don't live in Berlin any more"."""
    if clause.tense in ("modal", "future", "infinitive") or (
        clause.tense == "past" and clause.verb.lower in ("was", "were")
    ):
        return
    parse = account.parse
    based = [one for one in [clause.verb, *parse.children(clause.verb, "acomp", "attr", "oprd")] if one.lower in _BASED]
    for one in based:
        outs = [out for out in parse.children(one, "prep", "advmod", "prt") if out.lower == "out"]
        for word in [*account.below(one, "in", "on"), *(deep for out in outs for deep in account.below(out, "of"))]:
            for name in place_names(account, word):
                yield account.told("lives_in", name, "place", clause=clause)
    if not based and not clause.negated and clause.tense == "present" and _after_leaving(account, clause):
        for word in account.below(clause.verb, "in"):
            for name in place_names(account, word):
                yield account.holds("lives_in", name, "place", clause=clause, sure=WEAK)


def _after_leaving(account: Account, clause: Clause) -> bool:
    first, end = account.parse.sentence(clause.verb)
    now = any(word.lower in ("now", "nowadays") for word in account.words(clause))
    return now and any(
        one.verb.lemma == "live" and one.negated and first <= one.verb.place < end for one in account.clauses
    )


def _calling(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I call Porto home", "I've made Lisbon my home"."""
    parse = account.parse
    _, end = parse.sentence(clause.verb)
    if not any(word.lower == "home" for word in parse.words[clause.verb.place : end]):
        return
    below = parse.children(clause.verb, "dobj", "nsubj", "ccomp")
    for word in [*below, *(one for home in below if home.lower == "home" for one in parse.children(home, "nsubj"))]:
        if word.text[0].isupper() and word.pos == "PROPN":
            for name in place_names(account, word):
                yield account.holds("lives_in", name, "place", clause=clause)


def _leaving(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "We left Lyon for Ghent in May": who leaves one place for another lived there."""
    goals = [one for one in account.below(clause.verb, "for") if _named_place(account, one)]
    for word in account.parse.children(clause.verb, "dobj"):
        goals += [one for one in account.below(word, "for") if _named_place(account, one)]
        if goals and word.pos == "PROPN":
            for name in place_names(account, word):
                yield account.ended("lives_in", name, "place", clause=clause)
            for goal in goals:
                for name in place_names(account, goal):
                    yield account.holds("lives_in", name, "place", clause=clause, changed=True)


def _named_place(account: Account, word: Word) -> bool:
    return any(one.label in _PLACES and one.first <= word.place < one.end for one in account.parse.named)
