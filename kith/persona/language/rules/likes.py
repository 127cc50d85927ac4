"""What the person likes, dislikes and prefers."""

from collections.abc import Iterator
from dataclasses import replace

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.objects import Phrase
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.delights import delights_in
from kith.persona.language.rules.likable import compared, likable, own_subject, type_of
from kith.persona.language.rules.nouns import listed
from kith.persona.model import Statement

__all__ = ["likes_in"]

_LIKING = words_of("like love enjoy adore cherish relish")
_DISLIKING = words_of("hate dislike detest loathe despise")
_BEARING = words_of("stand bear abide")
_BEING = words_of("be become grow get 'm m im do finish feed obsess hook")
_ENDINGS = words_of("give stop quit")
_COMING_TO = words_of("grow come learn happen")
_DENIABLE = words_of("like enjoy")
_FOND = {
    "fan": ("of",),
    "lover": ("of",),
    "fond": ("of",),
    "mad": ("about", "for"),
    "crazy": ("about", "for"),
    "nuts": ("about", "for"),
    "sucker": ("for",),
    "bonkers": ("about",),
    "passionate": ("about",),
    "obsessed": ("with",),
    "addicted": ("to",),
    "hooked": ("on",),
    "keen": ("on",),
    "partial": ("to",),
    "big": ("on",),
    "enthusiast": ("of",),
}
"""What one is, and what follows: "fond of", "crazy about"."""
_WEARY = words_of("sick tired fed")


def likes_in(account: Account, clause: Clause) -> Iterator[Statement]:
    """Likes and dislikes that a clause tells of by its verb, or by what somebody is."""
    lemma = clause.verb.lemma.lower()
    yield from delights_in(account, clause)
    if lemma in _LIKING or lemma in _DISLIKING:
        yield from _by_verb(account, clause, "likes" if lemma in _LIKING else "dislikes")
    elif (
        lemma in _BEARING
        and clause.negated
        and clause.tense in ("modal", "present", "perfect")
        and _unable(account, clause)
    ):
        yield from _all(account, clause, "dislikes", _liked(account, clause))
    elif lemma == "care" and clause.negated and clause.tense == "present":
        yield from _all(account, clause, "dislikes", likable(account, account.below(clause.verb, "for")))
    elif lemma in _BEING:
        yield from _by_being(account, clause)
    elif lemma in _ENDINGS:
        yield from _ending(account, clause)
    elif lemma in _COMING_TO and not clause.negated and clause.tense in ("present", "perfect"):
        yield from _come_to_like(account, clause)


def _by_verb(account: Account, clause: Clause, predicate: str) -> Iterator[Statement]:
    if not _lasts(account, clause) or (not clause.negated and compared(account, clause)):
        return
    liked = _liked(account, clause)
    if not clause.negated:
        yield from _all(account, clause, predicate, liked)
    elif account.over(clause):
        for phrase in liked:
            yield account.ended(predicate, phrase.name, type_of(phrase), clause=clause)
    elif predicate == "likes" and clause.verb.lemma in _DENIABLE:
        yield from _all(account, clause, "dislikes", liked)
    else:
        for phrase in liked:
            yield account.denied(predicate, phrase.name, type_of(phrase), clause=clause)


def _come_to_like(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I've grown to love opera", "I happen to like sprouts"."""
    for verb in account.parse.children(clause.verb, "xcomp"):
        lemma = verb.lemma.lower()
        if lemma in _LIKING or lemma in _DISLIKING:
            liked = likable(account, account.parse.children(verb, "dobj", "xcomp")[:1])
            yield from _all(account, clause, "likes" if lemma in _LIKING else "dislikes", liked)


def _lasts(account: Account, clause: Clause) -> bool:
    """Whether it is told of now: "I love it", "I've always loved it"; not "I loved it", "I've never liked it"."""
    if clause.tense == "present":
        return True
    if clause.tense != "perfect":
        return False
    if clause.negated:
        return account.over(clause)
    since = any(
        one.lower == "since"
        for below in account.parse.children(clause.verb, "advcl")
        for one in account.parse.children(below, "mark")
    )
    return since or account.times(clause).since is not None or _always(account, clause)


def _always(account: Account, clause: Clause) -> bool:
    return any(
        word.lower in ("always", "long", "ever", "forever", "recently", "lately", "since")
        for word in account.words(clause)
    )


def _unable(account: Account, clause: Clause) -> bool:
    return any(word.lower in ("ca", "can", "cant", "can't", "cannot", "could") for word in account.words(clause))


def _liked(account: Account, clause: Clause) -> list[Phrase]:
    """The objects of a verb of liking, without what is liked in passing."""
    parse, verb = account.parse, clause.verb
    heads = [
        one
        for one in parse.children(verb, "dobj", "xcomp", "ccomp", "oprd", "attr", "dative", "advcl", "npadvmod")
        if one.place > verb.place
    ]
    heads = [
        one
        for one in heads
        if one.relation not in ("ccomp", "advcl") or (one.tag == "VBG" and not own_subject(account, one))
    ]
    heads = [one for one in heads if one.relation != "npadvmod" or one.place == verb.place + 1]
    if len(heads) > 1 and heads[0].lower == "me":
        heads = heads[1:]
    if not heads and verb.place + 1 < len(parse.words):
        following = parse.words[verb.place + 1]
        misread = parse.head(verb) is following and verb.relation in (
            "parataxis",
            "ccomp",
            "compound",
            "amod",
            "dep",
            "csubj",
        )
        misread = misread or following.relation in ("dep", "npadvmod")
        heads = [following] if misread and following.pos in ("NOUN", "VERB", "PROPN") else []
    return likable(account, heads[:1])


def _all(account: Account, clause: Clause, predicate: str, phrases: list[Phrase]) -> Iterator[Statement]:
    """Each as a fact; what is not liked any more, where it is not disliked for the first time, is denied as well."""
    for phrase in phrases:
        yield account.holds(predicate, phrase.name, type_of(phrase), clause=clause)
        if predicate == "dislikes" and clause.negated and clause.verb.lemma in _DENIABLE:
            yield account.denied("likes", phrase.name, type_of(phrase), clause=clause)


def _by_being(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I'm into chess", "I'm a fan of Arsenal", "I'm sick of rain"."""
    if clause.tense not in ("present", "perfect", "past") or (clause.tense == "past" and clause.verb.lemma == "be"):
        return
    if not clause.negated:
        yield from _done_with(account, clause)
    if _no_fan(account, clause):
        clause = replace(clause, negated=True)
    weary, into = _fond_of(account, clause)
    phrases = likable(account, into)
    if weary and not clause.negated:
        yield from _all(account, clause, "dislikes", phrases)
    elif not weary and not clause.negated:
        yield from _all(account, clause, "likes", phrases)
    elif not weary and account.over(clause):
        for phrase in phrases:
            yield account.ended("likes", phrase.name, type_of(phrase), clause=clause)
    elif not weary and clause.tense != "perfect":
        yield from _all(account, clause, "dislikes", phrases)


def _no_fan(account: Account, clause: Clause) -> bool:
    """As in "I'm no fan of jazz"."""
    fans = [one for one in account.complement(clause) if one.lemma.lower() in _FOND]
    return any(one.lower == "no" for fan in fans for one in account.parse.children(fan, "det"))


def _fond_of(account: Account, clause: Clause) -> tuple[bool, list[Word]]:
    """What somebody is fond of, or has had enough of."""
    parse = account.parse
    found = list(account.below(clause.verb, "into"))
    if any(one.lower == "all" for one in parse.children(clause.verb, "advmod", "dep")):
        found += account.below(clause.verb, "about")
    weary = False
    for word in [one for head in [*account.complement(clause), clause.verb] for one in listed(parse, head)]:
        if word.lower in _WEARY:
            weary = True
            found += account.below(word, "of", "with")
            ups = parse.children(word, "prt", "advmod", "prep")
            found += [one for up in ups for one in account.below(up, "with", "of")]
        found += account.below(word, *_FOND.get(word.lower, _FOND.get(word.lemma.lower(), ())))
    return weary, found


def _done_with(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I'm done with climbing"."""
    for word in [clause.verb, *account.complement(clause)]:
        if word.lower in ("done", "finished", "through"):
            for phrase in likable(account, account.below(word, "with")):
                if phrase.activity and account.owner(phrase.head) is None:
                    yield account.ended("likes", phrase.name, "activity", clause=clause)


def _ending(account: Account, clause: Clause) -> Iterator[Statement]:
    """As in "I gave up climbing", "I've stopped enjoying video games", "can't get enough of jazz"."""
    parse, verb = account.parse, clause.verb
    if clause.negated or clause.tense not in ("past", "perfect"):
        return
    objects = parse.children(verb, "dobj", "xcomp")
    if verb.lemma == "give" and not any(one.lower == "up" for one in parse.children(verb, "prt", "advmod")):
        return
    if len(objects) > 1 and objects[1].place == objects[0].place + 1 and objects[1].tag == "VBG":
        name = f"{objects[0].lower} {objects[1].lower}"
        yield account.ended("likes", name, "activity", clause=clause)
        return
    for one in objects:
        inner = parse.children(one, "dobj", "xcomp") if one.lemma in ("like", "enjoy", "love") else []
        if verb.lemma == "stop" and not inner:
            continue
        if one.lemma in words_of("eat drink be smoke job work"):
            continue
        for phrase in likable(account, inner or [one]):
            if (phrase.activity or inner or verb.lemma == "give") and not account.owner(phrase.head):
                yield account.ended("likes", phrase.name, type_of(phrase), clause=clause)
