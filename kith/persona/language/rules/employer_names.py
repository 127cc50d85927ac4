"""What an employer is called."""

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import words_of
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.nouns import noun_phrases

__all__ = ["employer_name"]

_NO_EMPLOYERS = words_of(
    """
    home night day weekend week myself himself herself themselves ourselves living moment time hour minute month
    year pace height noon midnight dawn least desk computer free money peanuts cash ease scale nothing it them you
    office site speed level fun hand client customer family exam exams client's peace it morning evening all once
    most times team boss lunch best heart wedding party last first
    """
)


def employer_name(account: Account, word: Word) -> str:
    """An employer as facts write it; nothing for what only sounds like one: "at home", "for a living"."""
    alone = not any(account.parse.children(word, "compound"))
    if word.pos in ("PRON", "NUM", "VERB", "DET") or (alone and {word.lower, word.lemma.lower()} & _NO_EMPLOYERS):
        return ""
    if any(
        one.label in ("DATE", "TIME", "MONEY", "CARDINAL") and one.first <= word.place < one.end
        for one in account.parse.named
    ):
        return ""
    named = _whole_name(account, word)
    if named:
        return named
    if word.tag in ("NNS", "NNPS") and not any(
        account.parse.children(word, "det", "amod", "nummod", "poss", "compound")
    ):
        return word.lower
    phrases = noun_phrases(account.parse, word, prepositions=("of", "for"))
    return phrases[0].name if phrases else ""


def _whole_name(account: Account, word: Word) -> str:
    """A name with all its capitals: "Hollis & Grey", "Bank of Ireland"."""
    words = account.parse.words
    if not word.text[0].isupper():
        return ""
    first, end = word.place, word.place + 1
    while first > 0 and _of_name(words[first - 1], words[first]):
        first -= 1
    while end < len(words) and _goes_on(words, end):
        end += 1
    while words[first].lower in ("the", "&", "and", "of") and first < word.place:
        first += 1
    return account.parse.said(words[first:end]).lower().rstrip(" .-")


def _of_name(before: Word, word: Word) -> bool:
    if (
        before.text[0].isupper()
        and before.pos in ("PROPN", "NOUN", "ADJ", "X", "NUM", "VERB", "ADV")
        and before.relation not in ("nsubj",)
    ):
        return before.relation in ("compound", "amod", "nmod", "poss", "conj", "pobj", "nummod", "dobj", "dep", "det")
    if before.tag == "HYPH" or before.tag == "POS":
        return True
    return before.text == "&"


def _goes_on(words: tuple[Word, ...], end: int) -> bool:
    following = words[end + 1] if end + 1 < len(words) else None
    word = words[end]
    capital = following is not None and following.text[0].isupper() and following.pos == "PROPN"
    if word.lower in ("&", "of", "+") and capital:
        return True
    if word.tag == "HYPH" and following is not None:
        return True
    if words[end - 1].lower in ("&", "of", "+", "-"):
        return True
    belonging = word.tag == "POS" and word.text[-1].lower() == "s"
    return belonging and word.relation == "case" and not _noun_next(following)


def _noun_next(word: Word | None) -> bool:
    return word is not None and word.pos in ("NOUN", "ADJ")
