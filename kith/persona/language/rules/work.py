"""Whom the person works for, and as what."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.employer_names import employer_name
from kith.persona.language.rules.nouns import listed, noun_phrases
from kith.persona.language.rules.occupations import is_occupation
from kith.persona.language.rules.roles import employed_now, roles_of
from kith.persona.model import Statement

__all__ = ["employers_in"]

_WORKING = words_of("work intern teach temp freelance volunteer_at")
_PLACES_OF_WORK = words_of(
    """
    hospital school clinic bank bakery library restaurant café cafe shop store factory pharmacy museum hotel
    nursery lab laboratory warehouse firm company startup start-up agency bar pub supermarket bookshop bookstore
    kindergarten university college brewery theatre theater gallery garage salon studio prison care_home home
    practice surgery ministry post_office call_centre canteen bookmaker workshop garden_centre cinema gym zoo
    vineyard winery dealership refinery mill brothel casino chain newspaper charity ngo co-op cooperative
    foundation institute embassy kitchen distillery bistro pizzeria diner daycare laundry florist nursing_home
    law_office coffeehouse roastery foundry shipyard sawmill archive observatory farm hostel spa vet's deli
    """
)
_NOW = words_of("now nowadays currently these")
_JOBS = words_of("job position post role career work gig internship apprenticeship")
_QUITTING = words_of("quit leave")
_LETTING_GO = words_of("resign fire sack lay dismiss")
_LOSING = words_of("lose")
_TAKING_ON = words_of("employ hire")
_TAKING_UP = words_of("have get land take accept")


def employers_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """What a clause says of whom the person works for."""
    lemma = clause.verb.lemma.lower()
    if lemma in _WORKING or (lemma in _TAKING_ON and any(account.parse.children(clause.verb, "nsubjpass"))):
        yield from _working(account, clause)
    elif lemma in ("join", "start", "begin"):
        yield from _starting(account, clause)
    elif lemma in _QUITTING | _LETTING_GO | _LOSING:
        yield from _leaving(account, clause)
    elif lemma in ("be", "'m", "m"):
        yield from _being(account, clause)
    elif lemma in _TAKING_UP:
        yield from _taking_up(account, clause)


def _working(account: Account, clause: Clause) -> Iterator[Statement]:
    times = account.times(clause)
    if clause.tense in ("modal", "future", "infinitive") or (
        clause.tense == "past"
        and times.until is None
        and clause.verb.lemma != "hire"
        and not employed_now(account, clause)
    ):
        return
    if clause.tense == "perfect" and clause.verb.tag != "VBG" and times.since is None and not account.over(clause):
        return
    verb = clause.verb
    at = list(account.below(verb, "at", "for", "by"))
    for child in account.parse.children(verb, "prep", "advmod", "npadvmod", "dobj"):
        if child.lower not in ("at", "for", "by", "in", "with"):
            at += [one for one in account.below(child, "at", "for")]
            at += [deep for one in account.parse.children(child, "pobj") for deep in account.below(one, "at", "for")]
    yield from _at(account, clause, iter(at))
    for word in account.below(verb, "in"):
        if (
            word.lemma.lower() in _PLACES_OF_WORK
            and any(account.parse.children(word, "det"))
            and not account.owner(word)
        ):
            yield from _at(account, clause, iter([word]))


def _at(account: Account, clause: Clause, words: Iterator[Word], *, changed: bool = False) -> Iterator[Statement]:
    for head in words:
        for word in listed(account.parse, head):
            if word is not head and (
                word.relation == "appos"
                or account.owner(word)
                or account.parse.words[_start(account, word) - 1].lower != "and"
            ):
                continue
            name = employer_name(account, word)
            if name:
                yield account.told("works_at", name, "organisation", clause=clause, changed=changed)


def _start(account: Account, word: Word) -> int:
    """Where the phrase that a noun heads begins."""
    return account.parse.subtree(word)[0].place


def _taking_up(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I got a job at Novamet", "I have a job as a courier"."""
    parse, verb = account.parse, clause.verb
    had = clause.tense == "past" and verb.lemma == "have" and account.times(clause).until is None
    if had or clause.negated or clause.tense in ("modal", "future", "infinitive", "progressive"):
        return
    for job in parse.children(verb, "dobj"):
        if job.lemma not in _JOBS:
            continue
        roles = [one for head in (job, verb) for one in account.below(head, "as")]
        at = [one for head in (job, verb, *roles) for one in account.below(head, "at", "with")]
        yield from _at(account, clause, iter(at), changed=True)
        for word in roles:
            yield from roles_of(account, clause, word, ended=False, surely=True)


def _starting(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I joined Novamet", "I started working at a bakery"."""
    if clause.tense not in ("past", "perfect") or clause.negated:
        return
    parse, verb = account.parse, clause.verb
    if verb.lemma == "join":
        named = [one for one in parse.children(verb, "dobj") if one.text[0].isupper()]
        yield from _at(account, clause, iter(named), changed=True)
        return
    at = [one for head in (verb, *account.below(verb, "as")) for one in account.below(head, "at", "with")]
    for inner in parse.children(verb, "xcomp", "dobj"):
        if inner.lemma in ("work", "working") or inner.lemma in _JOBS:
            at += list(account.below(inner, "at", "for", "with"))
    yield from _at(account, clause, iter(at), changed=True)


def _leaving(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I quit my job at Novamet", "I left Varga Motors last year", "I quit my job as a waiter"."""
    if clause.negated or not (clause.tense in ("past", "perfect") or _quits(clause)):
        return
    parse, verb = account.parse, clause.verb
    jobs = [one for one in parse.children(verb, "dobj", "xcomp") if one.lemma in _JOBS or one.lemma == "working"]
    if verb.lemma in _LOSING and not jobs:
        return
    for word in [one for head in (verb, *jobs) for one in account.below(head, "as")]:
        yield from roles_of(account, clause, word, ended=True)
    for word in _left(account, verb, jobs):
        name = employer_name(account, word)
        if name:
            yield account.ended("works_at", name, "organisation", clause=clause)


def _quits(clause: Clause) -> bool:
    """Whether it is "quit", of which the past looks like the present."""
    return clause.verb.lower == "quit" and clause.tense == "present"


def _left(account: Account, verb: Word, jobs: list[Word]) -> Iterator[Word]:
    """The employers that somebody left."""
    parse = account.parse
    if verb.lemma in _LETTING_GO:
        for head in (verb, *parse.children(verb, "prt", "prep", "advmod")):
            yield from account.below(head, "from", "by")
    for one in parse.children(verb, "dobj"):
        if verb.lemma in _QUITTING and one not in jobs and _organisation(account, one):
            yield one
    for job in jobs:
        yield from account.below(job, "at", "with", "for")
    if jobs:
        yield from account.below(verb, "at", "with", "for")


def _organisation(account: Account, word: Word) -> bool:
    """A name that is not that of a town, as far as the model knows."""
    labels = [one.label for one in account.parse.named if one.first <= word.place < one.end]
    if (
        not word.text[0].isupper()
        or word.pos not in ("PROPN", "NOUN", "X")
        or labels[:1] in (["GPE"], ["LOC"], ["DATE"], ["NORP"])
        or account.objects.entity(word.text, "thing").type == "place"
    ):
        return False
    quits = account.parse.head(word).lemma == "quit"
    return labels[:1] != ["PERSON"] or quits or any(account.parse.children(word, "compound"))


def _visited(account: Account, word: Word) -> bool:
    """Whether one is there for an hour: at Heathrow, at Sarah's."""
    labels = [one.label for one in account.parse.named if one.first <= word.place < one.end][:1]
    return labels in (["FAC"], ["GPE"], ["LOC"]) or (labels == ["PERSON"] and any(account.parse.children(word, "case")))


def _being(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I'm at Novamet now", "I'm a nurse at Marienhof Hospital", "I'm employed by the council"."""
    if clause.tense in ("modal", "future", "infinitive") or (
        clause.tense == "past" and account.times(clause).until is None
    ):
        return
    now = any(word.lower in _NOW for word in account.words(clause)) or account.times(clause).since is not None
    for word in account.below(clause.verb, "at", "with"):
        if now and word.pos == "PROPN" and word.text[0].isupper() and not _visited(account, word):
            yield from _at(account, clause, iter([word]))
    for noun in account.complement(clause):
        for one in listed(account.parse, noun):
            names = [phrase.name for phrase in noun_phrases(account.parse, one)]
            if any(is_occupation(name) for name in names):
                yield from _at(account, clause, account.below(one, "at", "for", "with"))
                yield from _at(
                    account,
                    clause,
                    (
                        w
                        for w in account.below(clause.verb, "at", "for")
                        if account.parse.words[w.place - 1].place > one.place
                    ),
                )
