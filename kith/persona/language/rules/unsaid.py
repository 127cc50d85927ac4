"""What a text takes back of what was said before: "forget that I said …", "I never said …"."""

from kith.persona.language.grammar import Parse, Word
from kith.persona.language.lexicon import words_of

__all__ = ["FORGETTING", "taken_back"]

FORGETTING = words_of("forget ignore disregard scratch delete remove discard strike")
_SAYING = words_of("say tell mention write claim state")
_CLAIMING = words_of("say claim state write")
_POLITE = words_of("please pls just ok okay oh no actually and so also now can could you kindly")
_LEADING = words_of("that i we what the my")
_REASONS = words_of("because since as so if though although while but")
_STOPS = frozenset({",", ";", ":", ".", "!", "?", "-", "--", "\u2013", "\u2014"})


def taken_back(parse: Parse, verb: Word) -> bool:
    """Whether a clause is only spoken of to say that it is not so."""
    if verb.lemma in _SAYING or any(one.lower in _REASONS for one in parse.children(verb, "mark")):
        return False
    return _forgotten(parse, verb) or _never_said(parse, verb)


def _forgotten(parse: Parse, verb: Word) -> bool:
    """Whether the sentence opens with an order to forget, with no more than a saying in between."""
    first, _ = parse.sentence(verb)
    while first < verb.place and (parse.words[first].lower in _POLITE or parse.words[first].text == ","):
        first += 1
    between = parse.words[first + 1 : verb.place]
    if parse.words[first].lower not in FORGETTING or not between or between[0].lower not in _LEADING:
        return False
    telling = [one for one in between if one.pos == "VERB" and one.lemma not in _SAYING and one.head != verb.place]
    joined = [one for one in telling if verb.relation == "conj" and one.place == verb.head]
    return telling == joined and not any(one.text in _STOPS for one in between)


def _never_said(parse: Parse, verb: Word) -> bool:
    """Whether the clause is what the person says never to have said; "I didn't tell you that I'm vegan" is none."""
    head = parse.head(verb)
    if verb.relation != "ccomp" or verb.place < head.place:
        return False
    own = any(one.lower in ("i", "we") for one in parse.children(head, "nsubj"))
    never = head.lemma in _CLAIMING | {"tell"} and any(one.lower == "never" for one in parse.children(head, "neg"))
    did = any(one.lower == "did" for one in parse.children(head, "aux")) and any(parse.children(head, "neg"))
    return own and ((never and head.tag in ("VBD", "VBN")) or (did and head.lemma in _CLAIMING))
