"""The clauses of a text that may tell of the person: whose each is, when it holds, and whether it is denied."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from kith.persona.language.grammar import Parse, Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.about import People, Whose

__all__ = ["Clause", "Tense", "clauses_of"]

Tense: TypeAlias = Literal["present", "progressive", "perfect", "past", "future", "modal", "infinitive"]

_SUBJECTS = ("nsubj", "nsubjpass", "expl", "csubj")
_NEGATIONS = words_of(
    """
    not n't nt never dont don't cant can't wont won't aint ain't isnt arent no hardly barely neither
    """
)
_WOULD = words_of("would 'd wouldn might may could should must shall ought d can ca cannot")
_WILL = words_of("will 'll wo ll gonna")
_AUXILIARIES = words_of(
    """
    do does did am 'm m is 's are 're was were be been being have 've ve has had will would can ca could should
    may might must shall dont don't im ive i've i'm not n't nt never really just still always also actually
    usually currently recently both all only totally absolutely definitely now so have
    """
)
_STARTERS = words_of(
    """
    love hate adore prefer loathe detest dislike live lived moved work working joined started born got bought sold
    quit left allergic vegan vegetarian fluent gave training saving learning planning trying been into own speak
    based living booked lost ca can't cant like enjoy stopped picked inherited purchased treated upgraded donated
    loving enjoying hooked
    """
)
_OPENERS = words_of(
    """
    and but so also btw hi hello hey well yes no yeah just really still always both currently absolutely
    finally recently
    """
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A verb with what it is said of. `verb` is the verb that carries the meaning, "be" where there is no other."""

    verb: Word
    whose: Whose
    tense: Tense
    negated: bool
    subject: Word | None
    """None where it was left out: "Love hiking!"."""

    first: int
    end: int
    """The range of words that the clause spans, with clauses inside of it but not those that are joined to it."""


def clauses_of(parse: Parse, people: People) -> Iterator[Clause]:
    """Every clause of the person, in order."""
    for verb in parse.words:
        if verb.pos in ("VERB", "AUX") or (verb.relation in ("ROOT", "ccomp", "conj") and verb.lower in _STARTERS):
            if verb.relation in ("aux", "auxpass", "acomp", "attr", "oprd", "amod", "compound"):
                continue
            found = _clause(parse, people, verb)
            if found is not None:
                yield found


def _clause(parse: Parse, people: People, verb: Word) -> Clause | None:
    subjects = _subjects(parse, verb)
    whose = people.whose(subjects) if subjects else None
    if not subjects:
        whose = "i" if _left_out(parse, verb) else None
    if whose is None:
        return None
    auxiliaries = _auxiliaries(parse, verb)
    first, end = _range(parse, verb)
    return Clause(
        verb=verb,
        whose=whose,
        tense=_tense(verb, [word.lower for word in auxiliaries]),
        negated=_negated(parse, verb, auxiliaries),
        subject=subjects[0] if subjects else None,
        first=first,
        end=end,
    )


def _subjects(parse: Parse, verb: Word) -> list[Word]:
    """Its own subject, else that of the verb it is joined to or depends on."""
    seen = 0
    while seen < 6:
        seen += 1
        own = parse.children(verb, *_SUBJECTS)
        if (own and own[-1].tag in ("WP", "WDT")) or (own and own[-1].lower == "that" and verb.relation == "relcl"):
            antecedent = parse.head(verb)
            subject_of = parse.children(parse.head(antecedent), "nsubj") if antecedent.relation == "attr" else []
            return subject_of or [antecedent]
        if own:
            return own[-1:]
        before = _pronoun_before(parse, verb)
        if before is not None:
            return [before]
        lost = _lost_subject(parse, verb)
        if lost is not None:
            return [lost]
        participle = verb.relation == "advcl" and verb.tag == "VBG" and not parse.children(verb, "mark", "prep")
        if (participle and parse.head(verb).pos in ("VERB", "AUX")) or (
            verb.relation == "conj" and parse.head(verb).pos in ("VERB", "AUX", "ADJ", "NOUN")
        ):
            verb = parse.head(verb)
        else:
            return []
    return []


def _pronoun_before(parse: Parse, verb: Word) -> Word | None:
    """A subject that the parse hung elsewhere: "i live" with only small words between."""
    for place in range(verb.place - 1, max(-1, verb.place - 5), -1):
        word = parse.words[place]
        if word.lower in ("i", "we"):
            return word
        if word.lower not in _AUXILIARIES:
            return None
    return None


def _lost_subject(parse: Parse, verb: Word) -> Word | None:
    """A subject that the parse joined to an object before it: "I love Berlin and my sister Lea lives in Rome"."""
    if verb.relation != "conj" or verb.place == 0:
        return None
    before = parse.words[verb.place - 1]
    while before.pos in ("ADV", "AUX") and before.place > 0:
        before = parse.words[before.place - 1]
    if before.relation == "appos":
        before = parse.head(before)
    is_joined = before.pos in ("NOUN", "PROPN", "PRON") and before.relation == "conj" and verb.place > before.head
    return before if is_joined and parse.head(before).relation in ("dobj", "pobj", "attr", "conj") else None


def _left_out(parse: Parse, verb: Word) -> bool:
    """Whether the sentence starts with the verb as notes do: "Love hiking", "Moved to Lyon"."""
    first, _ = parse.sentence(verb)
    if verb.lower not in _STARTERS or verb.relation not in ("ROOT", "ccomp", "conj"):
        return False
    between = parse.words[first : verb.place]
    if any(word.lower in ("to", "who", "that", "let") for word in between):
        return False
    return all(
        word.lower in _OPENERS or word.lower in _AUXILIARIES or word.pos in ("PUNCT", "INTJ") for word in between
    )


def _auxiliaries(parse: Parse, verb: Word) -> list[Word]:
    """Its own, else those of the verb it is joined to without a subject of its own: "I've sold it and moved"."""
    own = parse.children(verb, "aux", "auxpass")
    place = verb.place - 1
    while not own and place >= 0 and parse.words[place].lower in _AUXILIARIES:
        if parse.words[place].pos == "AUX" or parse.words[place].lower in ("dont", "cant", "ive", "im", "ca"):
            own = [parse.words[place]]
        place -= 1
    if own or verb.relation != "conj" or parse.children(verb, *_SUBJECTS) or parse.head(verb).pos != "VERB":
        return own
    head = parse.head(verb)
    same = head.tag == verb.tag or (head.tag, verb.tag) in (("VBN", "VBD"), ("VB", "VBP"))
    return _auxiliaries(parse, head) if same else []


def _tense(verb: Word, auxiliaries: list[str]) -> Tense:
    if any(word in _WILL for word in auxiliaries):
        return "future"
    if any(word in _WOULD for word in auxiliaries) and not _had(verb, auxiliaries):
        return "modal"
    if verb.lower == "been" and not auxiliaries:
        return "perfect"
    if "getting" in auxiliaries and not any(word in ("was", "were") for word in auxiliaries):
        return "progressive"
    if any(word in ("have", "'ve", "ve", "has", "ive", "i've", "had") for word in auxiliaries):
        return "perfect"
    if auxiliaries and verb.tag in ("VBN", "VBD") and "'s" in auxiliaries:
        return "perfect"
    if any(word in ("did", "was", "were") for word in auxiliaries) or verb.lower in ("was", "were"):
        return "past"
    if "to" in auxiliaries:
        return "infinitive"
    if verb.tag == "VBG" and auxiliaries:
        return "progressive"
    return "past" if verb.tag in ("VBD", "VBN") and verb.lower not in ("based", "born", "allergic") else "present"


def _had(verb: Word, auxiliaries: list[str]) -> bool:
    return verb.tag == "VBN" and auxiliaries == ["'d"]


def _negated(parse: Parse, verb: Word, auxiliaries: list[Word]) -> bool:
    if any(word.lower != "no" and word.place < verb.place + 3 for word in parse.children(verb, "neg")):
        return not _only(parse, verb)
    if verb.pos == "AUX" and verb.place + 1 < len(parse.words) and parse.words[verb.place + 1].lower == "not":
        return not _only(parse, verb)
    if any(_neither(parse, one) for one in parse.children(verb, "attr", "acomp", "dobj")):
        return True
    around = [*auxiliaries, *parse.children(verb, "advmod", "det", "preconj", "cc", "dep")]
    if any(word.lower in _NEGATIONS and word.lower != "no" and word.place < verb.place + 3 for word in around):
        return True
    if any(
        below.lower == "no" for word in around if word.lower in ("longer", "more") for below in parse.children(word)
    ):
        return True
    if verb.relation == "conj" and not parse.children(verb, "nsubj", "aux") and parse.head(verb).pos in ("VERB", "AUX"):
        joined = any(word.lower in ("or", "nor") for word in parse.children(parse.head(verb), "cc"))
        return joined and _negated(parse, parse.head(verb), _auxiliaries(parse, parse.head(verb)))
    return False


def _neither(parse: Parse, word: Word) -> bool:
    """As in "I'm neither a doctor nor a nurse"."""
    return any(one.lower == "neither" for one in parse.children(word, "preconj", "cc", "det"))


def _only(parse: Parse, verb: Word) -> bool:
    """As in "Not only", "not just": no denial."""
    return any(
        word.lower in ("not", "n't")
        and parse.words[min(word.place + 1, len(parse.words) - 1)].lower in ("only", "just")
        for word in parse.children(verb, "neg")
    )


def _range(parse: Parse, verb: Word) -> tuple[int, int]:
    """From its first word to its last one, up to the clauses that are joined to it."""
    places = [word.place for word in parse.subtree(verb)]
    first, end = places[0], places[-1] + 1
    for child in parse.children(verb, "conj", "parataxis", "ccomp", "advcl"):
        if child.relation == "ccomp" and parse.children(child, "mark"):
            continue
        if not (parse.children(child, "nsubj", "nsubjpass", "aux", "mark") or child.relation == "conj"):
            continue
        inside = parse.subtree(child)
        if inside[0].place > verb.place:
            end = min(end, inside[0].place)
        else:
            first = max(first, inside[-1].place + 1)
    return min(first, verb.place), max(end, verb.place + 1)
