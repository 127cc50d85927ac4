"""The feeling towards what is mentioned: from the clause that speaks of it, not from the whole text."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from kith.persona.language.grammar import Parse, Word
from kith.persona.phrases import words_of

__all__ = ["Feeling", "Span", "feelings_towards"]

Feeling: TypeAlias = Callable[[str], float]
"""The feeling in a few words, from -1 to 1."""

Span: TypeAlias = tuple[int, int]
"""A stretch of text, in characters."""

MOST_FELT = 100
"""Stretches of one text towards which feelings are looked for: in a text with more, those tell enough."""

CLAUSES = frozenset({"ccomp", "advcl", "relcl", "acl", "parataxis", "conj"})
SUBJECTS = ("nsubj", "nsubjpass", "csubj", "expl")
REFERRING = frozenset({"it", "they", "this", "that", "these", "those", "which", "who", "she", "he"})
THINKING = frozenset({"think", "believe", "feel", "find", "say", "guess", "suppose"})
FEELING_VERBS = words_of("adore detest dislike enjoy fancy hate like loathe love miss prefer")
OWN = frozenset({"i", "we", "me", "us"})

POLITE = words_of(
    """
    fine free greetings hello help helps hey hi kind ok okay please pretty sure thank thanks want wanted wants well yeah
    yep yes cheers welcome
    """
)
"""Words that a scorer takes for feeling, though they show none towards a thing."""

ASKING = words_of(
    """
    any anyone are can could did do does had has have how is know may might shall should was were what when where which
    who whose will would
    """
)
"""Words that open a question that shows no feeling. "Why" and "isn't" do."""

IDIOMS = (
    (re.compile(r"\b(?:ca|can|could)(?:not| not|n['\u2019]?t) (?:stand|bear|stomach)\b", re.IGNORECASE), "hate"),
    (re.compile(r"\b(?:ca|can|could)(?:not| not|n['\u2019]?t) get enough of\b", re.IGNORECASE), "love"),
    (re.compile(r"\b(?:fed up with|(?:sick|tired) of|done with|put off by)\b", re.IGNORECASE), "hate"),
    (re.compile(r"\b(?:crazy|mad|nuts) about\b", re.IGNORECASE), "love"),
    (re.compile(r"\b(?:obsessed with|hooked on|addicted to|in love with)\b", re.IGNORECASE), "love"),
    (re.compile(r"\bcall(?:s|ed|ing)? in sick\b", re.IGNORECASE), "is away"),
    (re.compile(r"\b(?:would|['\u2019]d) like\b", re.IGNORECASE), "would have"),
)
"""Turns of phrase that a scorer doesn't know, and a word of the same feeling."""

_BREAK = re.compile(
    r"[.!?;\n]+\s*|(?<![,\s])[,\s]+(?=(?:but|although|though|however|whereas|while|yet)\b)"
    r"|,\s*(?=(?:i|we|it|they|he|she|you|the|my|our|this|that)\b)",
    re.IGNORECASE,
)
_LEADING = re.compile(r"^\W*(?:but|although|though|however|whereas|while|yet|and)\b\W*", re.IGNORECASE)
_PLACEHOLDER = "that"


def feelings_towards(text: str, parse: Parse | None, spans: Sequence[Span], feeling: Feeling) -> list[float]:
    """For each of what is mentioned, -1 to 1: 0 where no feeling shows, or it is another's, or it is only asked.

    The scorer never sees the names themselves. Beyond the first `MOST_FELT` none is looked for.
    """
    names = {word.place for span in spans for word in _within(parse, span)} if parse else set[int]()
    found: list[float] = []
    for span in spans[:MOST_FELT]:
        own = _within(parse, span) if parse else []
        value = (
            _towards(parse, own, names, feeling) if parse and own else _in_clause_of_text(text, span, spans, feeling)
        )
        found.append(round(max(-1.0, min(1.0, value)), 4))
    return found + [0.0] * (len(spans) - len(found))


def _towards(parse: Parse, own: Sequence[Word], names: set[int], feeling: Feeling) -> float:
    head = next((word for word in own if not own[0].place <= word.head <= own[-1].place), own[0])
    clause = _clause(parse, head)
    if _is_asked(parse, clause) or _is_anothers(parse, clause):
        return 0.0
    scope = _scope(parse, clause, own)
    if "?" in parse.words[parse.sentence(clause)[1] - 1].text:
        scope = [word for word in scope if word.relation != "neg"]  # "isn't it great?" says that it is
    value = _score(_rendered(scope, names), feeling)
    if value == 0:
        return _said_next(parse, head, names, feeling)
    return -value if _is_doubted(parse, clause) else value


def _within(parse: Parse, span: Span) -> list[Word]:
    first = bisect_right(parse.words, span[0], key=lambda word: word.start)
    end = bisect_left(parse.words, span[1], key=lambda word: word.start)
    return [word for word in parse.words[max(0, first - 1) : end] if word.end > span[0]]


def _clause(parse: Parse, word: Word) -> Word:
    """The word at the head of the clause that a word stands in."""
    while word.head != word.place and not _is_clause(parse, word):
        word = parse.head(word)
    return word


def _is_clause(parse: Parse, word: Word) -> bool:
    """Whether a word heads a clause of its own: one with a subject, or a further verb of the same subject."""
    if word.relation not in CLAUSES:
        return False
    return bool(parse.children(word, *SUBJECTS)) or (word.relation == "conj" and word.pos in ("VERB", "AUX"))


def _scope(parse: Parse, clause: Word, own: Sequence[Word]) -> list[Word]:
    """The words that say something of what is mentioned in a clause."""
    names = {word.place for word in own}
    subjects = {word.place for subject in parse.children(clause, *SUBJECTS) for word in parse.subtree(subject)}
    found: list[Word] = []
    waiting = [clause]
    while waiting:
        word = waiting.pop()
        found.append(word)
        children = parse.children(word)
        kept = [one for one in children if _belongs(parse, one, names, subject=bool(names & subjects))]
        if len(kept) < len(children):
            kept = [one for one in kept if one.relation != "cc"]
        waiting += kept
    return sorted(found, key=lambda word: word.place)


def _belongs(parse: Parse, word: Word, names: set[int], *, subject: bool) -> bool:
    """Whether what hangs on a clause, by this word, is about what is mentioned there too."""
    if word.relation in ("intj", "discourse"):
        return False
    if word.relation == "relcl":
        return word.head in names
    if not _is_clause(parse, word):
        return True
    subjects = parse.children(word, *SUBJECTS)
    if not subjects:
        return subject
    return subjects[0].lower in REFERRING and word.place > max(names)


def _is_asked(parse: Parse, clause: Word) -> bool:
    first, end = parse.sentence(clause)
    words = parse.words[first:end]
    opener = next((word for word in words if word.pos not in ("INTJ", "PUNCT", "CCONJ")), words[0])
    return "?" in words[-1].text and opener.lower in ASKING and not parse.children(clause, "neg")


def _is_anothers(parse: Parse, clause: Word) -> bool:
    """Whether the clause says what somebody else likes."""
    if clause.lemma not in FEELING_VERBS:
        return False
    while not parse.children(clause, *SUBJECTS) and clause.relation == "conj":
        clause = parse.head(clause)
    return any(subject.lower not in OWN for subject in parse.children(clause, *SUBJECTS))


def _is_doubted(parse: Parse, clause: Word) -> bool:
    """Whether the person says that they don't think so."""
    above = parse.head(clause)
    return clause.relation == "ccomp" and above.lemma in THINKING and bool(parse.children(above, "neg"))


def _said_next(parse: Parse, head: Word, names: set[int], feeling: Feeling) -> float:
    """The feeling in the next sentence, where that speaks on of a sole name as "it"."""
    first, end = parse.sentence(head)
    following = parse.sentence(parse.words[end]) if end < len(parse.words) else None
    if following is None or len(_runs(names, first, end)) > 1 or _runs(names, *following):
        return 0.0
    words = parse.words[following[0] : following[1]]
    root = next(word for word in words if word.relation == "ROOT" or word.head == word.place)
    subjects = parse.children(root, *SUBJECTS)
    if not subjects or subjects[0].lower not in ("it", "they", "that", "this") or _is_asked(parse, root):
        return 0.0
    return _score(_rendered(_scope(parse, root, subjects[:1]), names), feeling)


def _runs(places: set[int], first: int, end: int) -> list[int]:
    """Where runs of these places begin, in a range."""
    return [place for place in range(first, end) if place in places and (place - 1 not in places or place == first)]


def _rendered(words: Sequence[Word], names: set[int]) -> str:
    """Words as a text, with something neutral for each name."""
    return "".join(_pieces(words, names)).strip()


def _pieces(words: Sequence[Word], names: set[int]) -> Iterator[str]:
    end, named = -1, False
    for word in words:
        if word.start != end:
            yield " "
        if word.place in names:
            yield "" if named else _PLACEHOLDER
        elif word.lower not in POLITE and not (word.lower == "like" and word.pos in ("ADP", "SCONJ")):
            yield word.text
        end, named = word.end, word.place in names


def _score(text: str, feeling: Feeling) -> float:
    for idiom, plain in IDIOMS:
        text = idiom.sub(plain, text)
    return feeling(text) if text else 0.0


def _in_clause_of_text(text: str, span: Span, spans: Sequence[Span], feeling: Feeling) -> float:
    """The same without a parse: clauses end at stops and before "but" and its like."""
    start = max((match.end() for match in _BREAK.finditer(text, 0, span[0])), default=0)
    after = _BREAK.search(text, span[1])
    end, asked = (after.start(), "?" in after[0]) if after else (len(text), False)
    clause = text[start:end]
    first = re.match(r"\W*(\w+)", clause)
    if asked and first and first[1].lower() in ASKING:
        return 0.0
    for one in sorted(spans, reverse=True):
        if start <= one[0] and one[1] <= end:
            clause = clause[: one[0] - start] + _PLACEHOLDER + clause[one[1] - start :]
    kept = [word for word in _LEADING.sub("", clause).split() if word.strip(".,!").lower() not in POLITE]
    exclaimed = "!" if after and "!" in after[0] else ""
    return _score(" ".join(kept) + exclaimed, feeling)
