"""What people do and mean to do, as facts write it: "hiking", "reading fantasy novel", "move to lisbon"."""

from collections.abc import Collection, Iterator

from kith.persona.identity import nfc
from kith.persona.language.grammar import Parse, Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.objects import Phrase, gerund, is_gerund, singular
from kith.persona.language.rules.nouns import listed, noun_phrases

__all__ = ["done", "likings", "meant"]

_PARTICLES = words_of(
    """
    in up out off away back down around over outdoors outside abroad home together along online barefoot vegan
    vegetarian vegetarian freelance solo
    """
)
_TYING = {
    "go": words_of("for on"),
    "work": words_of("on"),
    "listen": words_of("to"),
    "get": words_of("into at"),
    "look": words_of("after"),
    "take": words_of("up"),
    "live": words_of("in"),
    "retire": words_of("from"),
    "apply": words_of("for"),
    "climb": words_of("up"),
    "graduate": words_of("from"),
    "cut": words_of("on"),
    "focus": words_of("on"),
    "compete": words_of("in"),
    "stay": words_of("in"),
    "enrol": words_of("in"),
    "sign": words_of("for"),
    "play": words_of("in"),
    "qualify": words_of("as"),
    "enroll": words_of("in"),
    "volunteer": words_of("at"),
    "switch": words_of("to"),
    "major": words_of("in"),
}
"""Verbs that say little without the phrase behind them."""


def likings(parse: Parse, word: Word) -> list[Phrase]:
    """What is liked, from a noun, a gerund or an infinitive, and from all that is listed with it."""
    found: list[Phrase] = []
    for one in listed(parse, word):
        if not any(map(str.isalpha, one.text)) or "@" in one.text:
            continue
        does = one.pos == "VERB" and not _noun_after_all(parse, one)
        if does or (is_gerund(one) and (one.tag == "VBG" or any(parse.children(one, "dobj", "prep", "prt")))):
            if not any(parse.children(one, "nsubj")):
                found += [Phrase(name, one, activity=True) for name in done(parse, one)]
        else:
            found += noun_phrases(parse, one)
    return found


def _noun_after_all(parse: Parse, word: Word) -> bool:
    """As in "I don't like opera any more": what one likes to do has its "to" or its -ing."""
    plain = word.tag in ("VB", "VBP") and word.relation in ("xcomp", "ccomp", "dobj")
    return plain and not any(one.lower == "to" for one in parse.children(word, "aux", "mark"))


def done(parse: Parse, verb: Word) -> list[str]:
    """An activity: the gerund, its object, and where to."""
    named = parse.children(verb, "compound") or (verb.tag in ("NN", "NNS") and parse.children(verb, "amod"))
    if named and not parse.children(verb, "dobj"):
        return [phrase.name for phrase in noun_phrases(parse, verb, prepositions=("of",))]
    return _phrased(parse, verb, gerund(verb), frozenset({"to"}), frozenset())


def meant(parse: Parse, verb: Word, skipped: Collection[int]) -> list[str]:
    """A plan or a goal: the verb, its object, where to and what for, without when."""
    start = verb.lemma.lower()
    return _phrased(parse, verb, start, frozenset({"to", "for"}), skipped)


def _phrased(parse: Parse, verb: Word, start: str, prepositions: frozenset[str], skipped: Collection[int]) -> list[str]:
    """The verb with what belongs to it; one for each object of a list."""
    variants = [start]
    for child in _following(parse, verb):
        if child.place in skipped and child.relation not in ("prep", "prt"):
            continue
        parts = list(_part(parse, verb, child, prepositions, skipped))
        if parts == [None]:
            return []
        named = [part for part in parts if part]
        if named:
            variants = [f"{one} {part}" for one in variants for part in named]
    return [nfc(one.lower()) for one in variants]


def _following(parse: Parse, verb: Word) -> list[Word]:
    behind = [child for child in parse.children(verb) if child.place > verb.place]
    stop = next(
        (at for at, child in enumerate(behind) if child.relation == "punct" and child.text in (",", ":", ";")), None
    )
    return behind[:stop]


def _part(
    parse: Parse, verb: Word, child: Word, prepositions: frozenset[str], skipped: Collection[int]
) -> Iterator[str | None]:
    """How one dependent is written, once for each of a list. None: it stands for what was said before."""
    kind, text = child.relation, child.lower
    if text.startswith("@"):
        yield None
        return
    if kind == "prt" or (kind in ("advmod", "npadvmod", "acomp") and text in _PARTICLES):
        yield text
    elif kind == "dobj" or (kind in ("attr", "oprd") and child.pos != "ADJ"):
        yield from _objects(parse, child, skipped, planned="for" in prepositions)
    elif kind in ("acomp", "oprd") or (
        kind in ("ccomp", "advcl") and child.tag in ("JJ", "VBN") and verb.lemma in ("get", "be", "become")
    ):
        yield from _quality(parse, child)
    elif kind in ("prep", "dative") and (text in prepositions or text in _TYING.get(verb.lemma, ())):
        yield from _aim(parse, child, skipped, verb)
    elif (
        kind in ("xcomp", "ccomp")
        and (child.pos in ("VERB", "AUX") or verb.lemma == "go")
        and not any(parse.children(child, "nsubj"))
    ):
        yield from _further(parse, verb, child, prepositions, skipped)
    elif kind == "auxpass":
        return


def _objects(parse: Parse, child: Word, skipped: Collection[int], *, planned: bool) -> Iterator[str | None]:
    if child.pos == "PRON" or child.lower in ("one", "ones", "both", "this", "that"):
        reflexive = child.lower.endswith(("self", "selves"))
        yield "" if reflexive else None
        return
    for one in listed(parse, child):
        if one.place not in skipped:
            if is_gerund(one) and one.tag == "VBG":
                yield from done(parse, one)
            else:
                kept = ("of", "to", "for") if planned else ("of",)
                yield from (
                    phrase.name for phrase in noun_phrases(parse, one, prepositions=kept, numbers=True, skipped=skipped)
                )


def _quality(parse: Parse, child: Word) -> Iterator[str]:
    """As in "Get married", "get better at chess"."""
    at = [
        prep
        for prep in parse.children(child, "prep")
        if prep.lower in ("at", "in", "with") and child.lower in ("better", "good", "fluent", "involved")
    ]
    inner = [
        phrase.name for prep in at for one in parse.children(prep, "pobj", "pcomp") for phrase in likings(parse, one)
    ]
    yield f"{child.lower} {at[0].lower} {inner[0]}" if inner else child.lower


def _aim(parse: Parse, prep: Word, skipped: Collection[int], verb: Word) -> Iterator[str | None]:
    for inner in parse.children(prep, "pobj", "pcomp"):
        if inner.place in skipped or inner.pos == "PRON":
            continue
        for one in listed(parse, inner):
            if one.tag == "VBG" and one.pos == "VERB":
                yield from (f"{prep.lower} {name}" for name in done(parse, one))
            else:
                names = noun_phrases(parse, one, prepositions=("of",), numbers=True)
                yield from (f"{prep.lower} {phrase.name}" for phrase in names)


def _mistaken(parse: Parse, child: Word) -> Iterator[str]:
    """Of "going to concerts", where the parse takes the noun for a verb."""
    nouns = [one for one in parse.children(child, "dobj") if one.place == child.place + 1]
    head = nouns[0] if nouns else child
    ending = singular(head) if head.tag == "NNS" else head.lower.removesuffix("s")
    yield f"to {child.lower} {ending}" if nouns else f"to {ending}"


def _further(
    parse: Parse, verb: Word, child: Word, prepositions: frozenset[str], skipped: Collection[int]
) -> Iterator[str]:
    """As in "Learn to swim", "quit smoking", "learn how to cook"."""
    if child.tag == "VBG":
        yield from _phrased(parse, child, child.lower, prepositions, skipped)
    elif any(word.lower == "to" for word in parse.children(child, "aux")):
        if verb.lemma.lower() == "go" and (
            child.tag.startswith("NN") or (child.lower.endswith("s") and child.tag == "VB")
        ):
            yield from _mistaken(parse, child)
            return
        how = "how to " if any(word.lower == "how" for word in parse.children(child, "advmod")) else "to "
        yield from (how + one for one in _phrased(parse, child, child.lemma.lower(), prepositions, skipped))
