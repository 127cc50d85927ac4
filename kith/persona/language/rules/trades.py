"""Occupations that are told by the way: "nurse here", "electrician by trade", "my job as a librarian"."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import SHARED, WEAK, Account
from kith.persona.language.rules.nouns import noun_phrases
from kith.persona.language.rules.occupations import is_occupation
from kith.persona.model import Statement

__all__ = ["trades_in"]

_GREETINGS = words_of("hi hello hey ok okay well yes yeah so and a an")
_TRADES = words_of("trade profession")
_JOBS = words_of("job work role position career gig post")
_OTHER_JOBS = words_of("old former first last dream next previous ideal future")
_JOB_GONE = words_of("quit leave lose miss resign end remember")


def trades_in(account: Account) -> Iterator[Statement]:
    """What a text says of the person's occupation without a clause of theirs."""
    for first, end in account.parse.sentences:
        words = account.parse.words[first:end]
        if "?" not in words[-1].text:
            yield from _alone(account, words)
    for word in account.parse.words:
        if word.lemma.lower() in _JOBS and account.owner(word) is not None and _had_now(account, word):
            for named in _as_what(account, word):
                yield from _trade(account, named, SHARED)


def _as_what(account: Account, job: Word) -> list[Word]:
    """What stands behind "as", wherever the parse hung it."""
    after = account.parse.words[job.place + 1 : job.place + 2]
    return [named for one in after if one.lower == "as" for named in account.parse.children(one, "pobj")]


def _alone(account: Account, words: tuple[Word, ...]) -> Iterator[Statement]:
    """As in "Nurse here, working nights.", "Electrician by trade."."""
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else None
        here = word.lower == "here" and (following is None or following.pos == "PUNCT")
        by_trade = word.lower == "by" and following is not None and following.lower in _TRADES
        if not (here or by_trade) or at == 0 or words[at - 1].pos not in ("NOUN", "PROPN"):
            continue
        front = [one for one in words[: at - 1] if one.pos != "PUNCT" and one.lower not in _GREETINGS]
        if all(one.pos in ("NOUN", "PROPN", "ADJ") for one in front):
            yield from _trade(account, words[at - 1], WEAK)


def _had_now(account: Account, job: Word) -> bool:
    """Whether it is a job that somebody has, and no old one: "my job as a cook was fun"."""
    parse = account.parse
    if any(one.lower in _OTHER_JOBS for one in parse.children(job, "amod", "compound")):
        return False
    verb = next((one for one in parse.ancestors(job) if one.pos in ("VERB", "AUX")), None)
    if verb is None:
        return account.scope.mentions(job)
    past = verb.tag == "VBD" or any(one.lower in ("had", "would", "did", "was") for one in parse.children(verb, "aux"))
    return not past and verb.lemma.lower() not in _JOB_GONE and account.scope.asserts(verb)


def _trade(account: Account, word: Word, sure: float) -> Iterator[Statement]:
    for phrase in noun_phrases(account.parse, word, prepositions=("of",)):
        if is_occupation(phrase.name) and account.scope.mentions(word):
            yield account.holds("role", phrase.name.lower(), "role", sure=sure)
