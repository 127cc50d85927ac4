"""What the person means to do, and what they want to achieve."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.meanings import meant_by, to_do
from kith.persona.language.rules.things import is_thing
from kith.persona.model import Statement

__all__ = ["plans_in"]

_BOUND = words_of(
    """
    move fly travel visit start marry emigrate relocate spend drive sail take go open launch celebrate leave begin
    join run cycle walk hike host adopt sell buy do see meet hold stay return get finish attend retire study
    """
)
_BOUND_UNDATED = words_of("move fly travel emigrate relocate marry visit")
_SMALL = words_of(
    """
    bed try check look sleep ask say tell think wait let need stop be have do know call need_to restart reset
    reboot refresh log miss lose hate love like regret cry scream die kill eat pretend assume guess use get give
    send put add see make take come leave keep turn want explain show skip pass stick work hold lie sit stand
    click press download install update reply respond write pay order return read forget end happen follow contact
    sue complain
    """
)
"""Verbs of errands and asides, that are plans only with a time and an object."""
_NEVER = words_of(
    """
    bed try check look ask say tell think wait let be need restart reset reboot refresh log assume guess have miss
    know die scream go_to sleep cry regret suggest recommend mention
    """
)
_GOING = words_of("go come head get pop run")
_NO_AIMS = words_of("bed sleep shower loo toilet lunch work home bathroom shop shops store")
"""Where one goes within the hour."""
_BOUND_WHEN_DATED = words_of("fly move leave start retire marry")
_OCCASIONS = words_of("party wedding surgery operation barbecue bbq housewarming picnic reunion visitor guest")
_FIRM = words_of("plan intend decide arrange schedule")


def plans_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """Plans that a clause tells of by its verb."""
    if clause.negated or clause.tense == "infinitive" or _depends(account, clause):
        return
    verb, lemma, tense = clause.verb, clause.verb.lemma.lower(), clause.tense
    going = lemma == "go" and tense in ("progressive", "future")
    if (going or lemma in ("gon", "gonna") or verb.lower == "gonna") and to_do(account, verb):
        for inner in to_do(account, verb):
            yield from _planned(account, clause, inner)
    elif lemma == "be":
        yield from _about_to(account, clause)
    elif lemma in _FIRM:
        yield from _settled(account, clause)
    elif lemma == "book" and tense in ("perfect", "past"):
        yield from meant_by(account, clause, verb, "plans")
    elif tense == "progressive" and not _been(account, clause):
        yield from _under_way(account, clause)
    elif (tense == "future" or _by_timetable(clause)) and _ahead(account, clause):
        yield from _planned(account, clause, verb, dated=True)


def _depends(account: Account, clause: Clause) -> bool:
    """As in "If all goes well we're moving"; not "if you ask me"."""
    parse = account.parse
    for other in parse.children(clause.verb, "advcl"):
        conditional = any(one.lower in ("if", "unless", "provided") for one in parse.children(other, "mark"))
        if conditional and not any(one.lower in ("you", "anyone") for one in parse.children(other, "nsubj")):
            return True
    return False


def _about_to(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I'm about to move to Ghent"."""
    for about in account.parse.children(clause.verb, "acomp", "prep") if clause.tense == "present" else []:
        for inner in to_do(account, about) if about.lower == "about" else []:
            if inner.lemma in _BOUND_UNDATED:
                yield from _planned(account, clause, inner)


def _by_timetable(clause: Clause) -> bool:
    """As in "we move to Cork next month"."""
    return clause.tense == "present" and clause.verb.lemma in _BOUND_WHEN_DATED and clause.subject is not None


def _settled(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I'm planning to visit Japan", "we've decided to sell the house"."""
    verb, lemma = clause.verb, clause.verb.lemma.lower()
    when = ("perfect", "past") if lemma == "decide" else ("present", "progressive", "perfect")
    if clause.tense not in when:
        return
    inner = to_do(account, verb) or [one for one in account.below(verb, "on") if one.tag == "VBG"]
    for one in inner:
        yield from _planned(account, clause, one, firm=True)
    if not inner and lemma == "plan":
        yield from _trip(account, clause)


def _been(account: Account, clause: Clause) -> bool:
    return any(one.lower == "been" for one in account.parse.children(clause.verb, "aux"))


def _ahead(account: Account, clause: Clause) -> bool:
    """Whether the clause names a time to come."""
    return any(period.end > account.said for period in account.times(clause, future=True).named)


def _planned(
    account: Account, clause: Clause, verb: Word, *, firm: bool = False, dated: bool = False
) -> Iterator[Statement]:
    lemma = verb.lemma.lower()
    dated = dated or _ahead(account, clause)
    if lemma in _NEVER or (lemma in _SMALL and not firm and not dated):
        return
    goals = [one.lower for one in account.parse.children(verb, "dobj", "xcomp")] + [
        one.lower for one in account.below(verb, "to")
    ]
    if lemma in _GOING and any(one in _NO_AIMS for one in goals):
        return
    if lemma == "buy" and not (
        dated or firm or any(is_thing(account, one) for one in account.parse.children(verb, "dobj"))
    ):
        return
    if lemma == "go" and not (dated or firm or _named_goal(account, verb)):
        return
    yield from meant_by(account, clause, verb, "plans", bare=firm or dated)


def _named_goal(account: Account, verb: Word) -> bool:
    return any(word.text[0].isupper() and word.pos == "PROPN" for word in account.below(verb, "to"))


def _trip(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I'm planning a trip to Japan"."""
    for noun in account.parse.children(clause.verb, "dobj"):
        if noun.lemma in ("trip", "holiday", "vacation", "wedding", "move", "journey", "party") and clause.tense in (
            "progressive",
            "present",
        ):
            yield from meant_by(account, clause, clause.verb, "plans")


def _under_way(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "We're moving to Crete", "I'm seeing a dentist on Friday"."""
    verb, lemma = clause.verb, clause.verb.lemma.lower()
    ahead = _ahead(account, clause)
    if lemma == "have":
        occasions = [one for one in account.parse.children(verb, "dobj") if one.lemma in _OCCASIONS]
        yield from meant_by(account, clause, verb, "plans", bare=False) if ahead and occasions else ()
        return
    if lemma == "get":
        married = any(
            one.lower == "married"
            for one in account.parse.children(verb, "acomp", "oprd", "ccomp", "xcomp", "auxpass", "advcl")
        )
        if married:
            yield from meant_by(account, clause, verb, "plans")
        elif ahead and any(account.parse.children(verb, "dobj")):
            yield from meant_by(account, clause, verb, "plans", bare=False)
        return
    if lemma == "marry" and verb.tag == "VBN":
        yield account.planned("plans", "get married", clause)
        return
    if lemma == "go" and any(one.lower in _NO_AIMS for one in account.below(verb, "to")):
        return
    if lemma == "go" and not ahead and not _named_goal(account, verb):
        return
    now = any(word.lower in ("now", "currently", "today") for word in account.words(clause))
    aimed = any(account.below(verb, "to")) or any(account.parse.children(verb, "dobj"))
    if (
        (ahead and lemma in _BOUND)
        or (lemma in _BOUND_UNDATED and aimed and not now)
        or (lemma == "go" and _named_goal(account, verb) and not now)
    ):
        yield from meant_by(account, clause, verb, "plans", bare=lemma in ("retire", "move", "emigrate"))
