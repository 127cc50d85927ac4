"""What the person wants to achieve."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.objects import gerund
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.activities import meant
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.meanings import infinitive, meant_by, to_do
from kith.persona.language.rules.nouns import noun_phrases
from kith.persona.language.rules.occupations import is_occupation
from kith.persona.model import Statement

__all__ = ["goals_in", "intentions_in"]

_LASTING = words_of(
    """
    learn become run write build lose save quit improve master finish climb speak publish stop start retire grow
    earn complete qualify pass graduate win give reduce cut pay launch teach own play train swim cycle found
    compete perform beat create develop study achieve gain drop break found record compose sail open sing paint
    dance cook knit live emigrate walk row
    """
)
_LASTING_GETTING = words_of(
    """
    better fit fitter healthier stronger healthy fluent strong good certified qualified promoted married degree
    licence license diploma shape master phd
    """
)
_PASSING_OBJECTS = words_of(
    """
    email mail message text review reply complaint note cv code function script query letter feedback comment post
    test conversation order return refund chat message question session claim ticket account subscription trial
    app delivery program process server application file window door tab manager agent human person representative
    somebody someone anyone you invoice bill fee fine deposit bet
    """
)
_PASSING_ACTS = frozenset({("play", "game"), ("play", "song"), ("run", "errand"), ("launch", "browser")})
_TRIED = words_of(
    """
    find figure understand decide open log reach see order book remember say ask fix make reset download install
    update upload access connect contact return cancel be have use think know pay get send change convert print
    load sign work locate recover add remove delete set track call explain tell help sleep hear solve keep come
    choose pick
    """
)
_DOING = words_of("want hope aim wish like love dream aspire determine")
_OF_MEASURE = words_of("eat drink spend sleep smoke exercise work")
"""Verbs that are a goal only with how much."""
_NOT_ALONE = words_of("start stop open play pay cut give break drop teach cook walk run live finish save")
"""Verbs that are a goal only with something behind them."""
_AIMS = words_of("goal aim ambition resolution dream objective target mission")
_NO_SUBJECTS = words_of("lot thing much more something nothing rope stuff bit plenty lesson")
"""What one learns by the way."""
_NO_PROJECTS = words_of(
    """
    it this that them something issue problem computer laptop weekend weekends sunday saturday monday friday time
    mood machine site shift case ticket friday's home monday's order
    """
)


def intentions_in(account: Account) -> Iterator[Statement]:
    """As in "My goal is to pay off my loan", "the plan is to walk the Camino"."""
    parse = account.parse
    for word in parse.words:
        aims = word.lemma.lower() in _AIMS
        if not (aims or word.lemma == "plan") or word.relation != "nsubj":
            continue
        mine = (
            account.owner(word) is not None
            or any(one.lower in ("my", "our") for one in parse.subtree(word))
            or (word.lemma == "plan" and any(one.lower == "the" for one in parse.children(word, "det")))
        )
        be = parse.head(word)
        becoming = be.tag == "VBG" and any(one.lower in ("is", "'s") for one in parse.children(be, "aux"))
        if mine and becoming and account.scope.asserts(be) and not any(parse.children(be, "neg")):
            places = [one.place for one in parse.subtree(be)]
            clause = Clause(be, "i", "present", negated=False, subject=word, first=places[0], end=places[-1] + 1)
            yield from meant_by(account, clause, be, "goal" if aims else "plans", bare=False)
            continue
        if (
            not mine
            or be.lemma not in ("be", "'s")
            or not account.scope.asserts(be)
            or any(parse.children(be, "neg", "aux"))
            or be.lower == "was"
        ):
            continue
        places = [one.place for one in parse.subtree(be)]
        clause = Clause(be, "i", "present", negated=False, subject=word, first=places[0], end=places[-1] + 1)
        inner = [
            one
            for one in parse.children(be, "xcomp", "ccomp", "advcl", "attr")
            if one.pos == "VERB" and (infinitive(account, one) or one.tag == "VBG")
        ]
        for one in inner:
            yield from meant_by(account, clause, one, "goal" if aims else "plans")


def goals_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """Goals that a clause tells of by its verb."""
    lemma, tense = clause.verb.lemma.lower(), clause.tense
    if clause.negated or tense in ("past", "infinitive", "future"):
        return
    if lemma in _DOING:
        if (tense == "modal") == (lemma in ("like", "love")):
            yield from _wanted(account, clause)
    elif lemma in ("try", "promise", "swear"):
        yield from _attempted(account, clause)
    elif clause.verb.tag == "VBG" and (clause.subject is None or tense in ("progressive", "perfect")):
        yield from _striving(account, clause)


def _attempted(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I'm trying to eat less sugar", "I've promised myself to swim every day"."""
    verb, inner = clause.verb, to_do(account, clause.verb)
    if verb.lemma == "try":
        under_way = clause.tense in ("progressive", "perfect")
        inner = [one for one in inner if under_way and (one.lemma not in _TRIED or _lasts(account, one))]
    elif clause.tense == "modal" or not any(one.lower in ("myself", "ourselves") for one in account.words(clause)):
        return
    for one in inner:
        yield from meant_by(account, clause, one, "goal", bare=False)


def _wanted(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I want to learn Dutch", "I dream of opening a café"."""
    verb = clause.verb
    for one in to_do(account, verb) or [one for one in account.below(verb, "of") if one.tag == "VBG"]:
        if _lasts(account, one):
            yield from meant_by(account, clause, one, "goal", bare=one.lemma in ("retire", "graduate", "emigrate"))


def _lasts(account: Account, verb: Word) -> bool:
    """Whether what is wanted takes long or lasts: to learn, to become; not to know, to buy, to see."""
    parse, lemma = account.parse, verb.lemma.lower()
    if any(parse.children(verb, "nsubj", "nsubjpass")):
        return False
    if lemma == "be":
        phrases = [phrase for one in parse.children(verb, "attr") for phrase in noun_phrases(parse, one)]
        if any(is_occupation(phrase.name) for phrase in phrases):
            return True
    objects = [one.lemma.lower() for one in (*parse.children(verb, "dobj"), *account.below(verb, "to", "with"))]
    if any(one in _PASSING_OBJECTS or (lemma, one) in _PASSING_ACTS for one in objects):
        return False
    if lemma in ("get", "be", "stay"):
        return any(one.lower in _LASTING_GETTING for one in parse.subtree(verb))
    if lemma in _OF_MEASURE:
        return any(one.lower in ("less", "fewer", "healthier", "more", "better") for one in parse.subtree(verb))
    return lemma in _LASTING and (lemma not in _NOT_ALONE or any(parse.children(verb, "dobj", "xcomp", "prt", "prep")))


def _striving(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I'm learning Greek", "saving for a deposit", "training for a race", "working on my novel"."""
    verb, lemma = clause.verb, clause.verb.lemma.lower()
    if lemma == "learn" and not any(one.lemma in _NO_SUBJECTS for one in account.parse.children(verb, "dobj")):
        yield from _since(account, clause, verb)
    elif lemma in ("train", "save"):
        yield from _working_for(account, clause)
    elif lemma == "work" and any(_is_project(account, word) for word in account.below(verb, "on")):
        yield from meant_by(account, clause, verb, "goal", bare=False)
    if lemma in ("train", "save", "study"):
        for one in to_do(account, verb):
            if one.lemma in ("become", "be") or (one.lemma in ("run", "buy") and lemma != "study"):
                yield from meant_by(account, clause, one, "goal", bare=False)


def _working_for(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "saving up for a camera", "training for the Berlin Marathon"."""
    parse, verb = account.parse, clause.verb
    fors = [prep for prep in _all_preps(account, verb) if prep.lower == "for"]
    for word in [one for prep in fors for one in parse.children(prep, "pobj", "pcomp")]:
        if word.place in account.dated(clause) or word.pos in ("PRON", "ADV"):
            continue
        phrases = noun_phrases(parse, word, prepositions=("of",), numbers=True)
        for name in [gerund(word)] if word.tag == "VBG" else [phrase.name for phrase in phrases]:
            yield from _dated_goal(account, clause, f"{verb.lemma.lower()} for {name}")


def _is_project(account: Account, word: Word) -> bool:
    """Whether what somebody works on is a thing of theirs that takes long: "my novel", "a card game"."""
    article = any(one.lower in ("a", "an") for one in account.parse.children(word, "det"))
    if not (article or word.tag == "VBG" or account.owner(word) is not None):
        return False
    dated = any(one.label == "DATE" and one.first <= word.place < one.end for one in account.parse.named)
    return word.lemma.lower() not in _NO_PROJECTS and not dated


def _all_preps(account: Account, verb: Word) -> list[Word]:
    """Its prepositions, also behind "up"."""
    own = account.parse.children(verb, "prep")
    up = account.parse.children(verb, "prt", "advmod", "dobj")
    own += [deep for one in up for deep in account.parse.children(one, "prep")]
    return [one for one in own if one.place > verb.place]


def _since(account: Account, clause: Clause, verb: Word) -> Iterator[Statement]:
    for name in meant(account.parse, verb, account.dated(clause)):
        if " " in name:
            yield from _dated_goal(account, clause, name)


def _dated_goal(account: Account, clause: Clause, name: str) -> Iterator[Statement]:
    """A goal that is pursued already, with the time since which it is."""
    planned = account.planned("goal", name, clause)
    since = account.times(clause).since if planned.until is None else None
    if since is None:
        yield planned
    else:
        yield account.holds("goal", name, "goal", clause=clause)
