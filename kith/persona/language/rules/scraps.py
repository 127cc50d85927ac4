"""What people tell without a verb of their own: "tea rather than coffee, please", "night trains? Love them."."""

import re
from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import DIETS, words_of
from kith.persona.language.objects import Phrase
from kith.persona.language.rules.account import WEAK, Account
from kith.persona.language.rules.activities import likings
from kith.persona.language.rules.nouns import noun_phrases
from kith.persona.model import Statement

__all__ = ["scraps_in"]

_I_REALLY = r"(?:i |we )?(?:just |really |absolutely )?"
_THEM = r"(?:it|them|those|that)"
_NOT_ABLE = r"(?:i |we )?ca(?:n't|nt|nnot)"
_MY_FAVOURITE = r"my (?:favou?rite|fave?)(?: thing)?(?: ever)?"
_LOVED = re.compile(
    rf"^\W*(?:{_I_REALLY}(?:love|adore|like) {_THEM}|{_NOT_ABLE} get enough(?: of {_THEM})?|{_MY_FAVOURITE})\W*$",
    re.IGNORECASE,
)
_HATED = re.compile(
    rf"^\W*(?:{_I_REALLY}(?:hate|loathe|detest) {_THEM}|{_NOT_ABLE} stand {_THEM}|not for me|hard pass|not my thing"
    r"|not a fan)\W*$",
    re.IGNORECASE,
)
_FAVOURITE = re.compile(
    r"^\W*(?:my )?favou?rite thing(?: in the world| ever)?$|^\W*nothing makes me happier than$", re.IGNORECASE
)
_LONGEST = 5
"""Words in front of a question mark or a colon that may be all that is spoken of."""
_ADVERBS = words_of(
    """
    also strictly mostly fully now currently only always both all a an actually still basically just pretty much
    entirely gone
    """
)
_BEFORE_FAN = words_of("not a an big huge massive such really the biggest great also btw")
_EATING = words_of("am 'm m im be been are 're re eat cook went turned became go eating cooking")


def scraps_in(account: Account) -> Iterator[Statement]:
    """Likings, preferences and diets told in scraps."""
    yield from _rather_than(account)
    yield from _topics(account)
    yield from _enough(account)
    yield from _my_thing(account)
    yield from _fans(account)
    yield from _diets(account)


def _rather_than(account: Account) -> Iterator[Statement]:
    """As in "Rye bread rather than white, please": no verb, but a wish that lasts."""
    parse = account.parse
    for first, end in parse.sentences:
        words = parse.words[first:end]
        lowers = [word.lower for word in words]
        over = "over" in lowers and lowers[-4:] and "any" in lowers and "day" in lowers
        if not (("rather" in lowers and "please" in lowers) or over):
            continue
        at = lowers.index("over") if over else lowers.index("rather")
        if not over and lowers[at + 1 : at + 2] != ["than"]:
            continue
        front = words[:at]
        verbs = [word for word in front if word.pos in ("VERB", "AUX", "PRON") and word.tag != "VBG"]
        if not front or verbs or len(front) > _LONGEST or front[-1].place in account.scope.unmeant:
            continue
        for phrase in _phrases_up_to(account, front):
            yield account.holds("prefers", phrase.name, "thing", sure=WEAK)


def _phrases_up_to(account: Account, front: tuple[Word, ...]) -> list[Phrase]:
    """The noun phrase at the end of some words."""
    last = front[-1]
    if last.pos in ("NOUN", "PROPN", "X") and last.tag != "VBG":
        return noun_phrases(account.parse, last)
    return [Phrase(last.lower, last)] if len(front) == 1 and last.pos in ("ADJ", "VERB", "ADV") else []


def _topics(account: Account) -> Iterator[Statement]:
    """As in "Night trains? Can't get enough." and "my favourite thing in the world: night trains"."""
    parse = account.parse
    for (first, end), (after, stop) in zip(parse.sentences, parse.sentences[1:], strict=False):
        topic = parse.words[first:end]
        if topic[-1].text == "?" and len(topic) <= _LONGEST + 1:
            yield from _judged(account, topic[:-1], parse.said(parse.words[after:stop]))
    for first, end in parse.sentences:
        words = parse.words[first:end]
        colon = next((at for at, word in enumerate(words) if word.text == ":"), None)
        if colon is None or colon == 0 or words[0].place in account.scope.unmeant:
            continue
        before, behind = words[:colon], words[colon + 1 :]
        if (
            _FAVOURITE.search(parse.said(before))
            and behind
            and len(behind) <= _LONGEST + 3
            and "?" not in behind[-1].text
        ):
            head = next((one for one in behind if parse.head(one) not in behind or parse.head(one) is one), behind[0])
            for phrase in likings(parse, head) if head.pos in ("NOUN", "PROPN", "VERB") else []:
                yield account.holds("likes", phrase.name, "activity" if phrase.activity else "thing", sure=WEAK)
        elif len(before) <= _LONGEST and behind:
            until = next((at for at, word in enumerate(behind) if word.text in (",", ".", "!")), len(behind))
            yield from _judged(account, before, parse.said(behind[:until]))


def _judged(account: Account, topic: tuple[Word, ...], verdict: str) -> Iterator[Statement]:
    predicate = "likes" if _LOVED.search(verdict) else "dislikes" if _HATED.search(verdict) else ""
    plain = [word for word in topic if word.pos in ("VERB", "AUX", "PRON") and word.tag != "VBG"]
    if not predicate or plain or not topic or topic[0].lower in ("what", "how", "any", "this", "that", "the", "your"):
        return
    if topic[0].place in account.scope.unmeant or topic[-1].pos not in ("NOUN", "PROPN", "VERB"):
        return
    head = topic[0] if topic[0].tag == "VBG" and topic[-1].head == topic[0].place else topic[-1]
    for phrase in likings(account.parse, head):
        yield account.holds(predicate, phrase.name, "activity" if phrase.activity else "thing", sure=WEAK)


def _enough(account: Account) -> Iterator[Statement]:
    """As in "I can't get enough of jazz"."""
    parse = account.parse
    for word in parse.words:
        if word.lower != "enough" or not any(
            one.lower in ("get", "getting") for one in parse.words[max(0, word.place - 2) : word.place]
        ):
            continue
        verb = next((one for one in parse.ancestors(word) if one.lemma == "get"), None)
        clause = next((one for one in account.clauses if one.verb is verb), None)
        first = parse.sentence(word)[0]
        alone = verb is not None and not parse.children(verb, "nsubj") and verb.place - first <= 3
        if verb is None or (clause is None and not alone) or word.place in account.scope.unmeant:
            continue
        for head in [*account.below(word, "of"), *account.below(verb, "of")]:
            for phrase in likings(parse, head):
                if clause is None or clause.negated:
                    yield account.holds("likes", phrase.name, "activity" if phrase.activity else "thing", clause=clause)


def _my_thing(account: Account) -> Iterator[Statement]:
    """As in "Jazz is my thing"."""
    parse = account.parse
    for word in parse.words:
        if word.lower not in ("thing", "jam") or account.owner(word) != "i" or parse.head(word).lemma != "be":
            continue
        be = parse.head(word)
        negated = any(parse.children(be, "neg"))
        if (
            be.lower not in ("is", "are", "'s")
            or not account.scope.asserts(be)
            or any(parse.children(word, "amod", "prep"))
        ):
            continue
        for head in parse.children(be, "nsubj", "csubj"):
            for phrase in likings(parse, head) if head.pos != "PRON" and not parse.children(head, "det") else []:
                kind = "activity" if phrase.activity else "thing"
                yield account.holds("dislikes" if negated else "likes", phrase.name, kind, sure=WEAK)


def _fans(account: Account) -> Iterator[Statement]:
    """As in "big fan of Formula 1 here", "not a fan of jazz"."""
    for first, end in account.parse.sentences:
        opening = account.parse.words[first : min(end, first + 5)]
        fan = next((word for word in opening if word.lower == "fan"), None)
        before = [word.lower for word in opening if fan is not None and word.place < fan.place]
        if fan is None or not before or not set(before) <= _BEFORE_FAN or first in account.scope.unmeant:
            continue
        for head in account.below(fan, "of"):
            for phrase in likings(account.parse, head):
                predicate = "dislikes" if "not" in before else "likes"
                yield account.holds(predicate, phrase.name, "activity" if phrase.activity else "thing", sure=WEAK)


def _diets(account: Account) -> Iterator[Statement]:
    """Diets by the order of words, where the parse loses its way: "we eat gluten-free", "vegan here"."""
    words = account.parse.words
    for word in words:
        name, place = _diet_at(words, word)
        if not name or word.place in account.scope.unmeant:
            continue
        at = place - 1
        while at >= 0 and (words[at].lower in _ADVERBS or words[at].tag == "RB"):
            at -= 1
        ate = words[at] if at >= 0 else None
        if ate is None or ate.lower not in _EATING or "not" in [one.lower for one in words[at:place]]:
            continue
        while at > 0 and words[at - 1].lower in _ADVERBS | {"'ve", "ve", "have", "mostly", "do"}:
            at -= 1
        after = words[word.place + 1] if word.place + 1 < len(words) else None
        goes_on = after is not None and (after.pos in ("NOUN", "PROPN") or after.text == "-")
        subject = words[at - 1].lower if at > 0 else ""
        told = account.scope.asserts(words[at]) and account.scope.asserts(ate)
        if subject in ("i", "we") and not goes_on and told:
            clause = next((one for one in account.clauses if one.first <= word.place < one.end), None)
            yield account.holds("diet", name, "diet", clause=clause)


def _diet_at(words: tuple[Word, ...], word: Word) -> tuple[str, int]:
    """A diet that ends at this word, and the place where it starts."""
    at = word.place
    if at > 1 and words[at - 1].text == "-":
        name = f"{words[at - 2].lower}-{word.lower}"
        return (name, at - 2) if name in DIETS else ("", at)
    if at > 0 and f"{words[at - 1].lower}-{word.lower}" in DIETS:
        return f"{words[at - 1].lower}-{word.lower}", at - 1
    return (word.lower, at) if word.lower in DIETS else ("", at)
