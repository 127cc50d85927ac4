"""Whether a relative or an animal is the person's own, and what they are called."""

from collections.abc import Iterator

from kith.persona.language.grammar import Word
from kith.persona.language.lexicon import KIN, words_of
from kith.persona.language.rules.account import Account
from kith.persona.language.rules.clauses import Clause
from kith.persona.language.rules.nouns import listed

__all__ = ["barred", "having_clause", "kin_word", "names_of"]

_NOT_OURS = words_of(
    """
    business training climbing running dance sparring study tennis lab research writing chess gym hiking riding
    former ex late future sponsor trading language pen conversation band imaginary stuffed toy robot dream next
    second foster accountability crime drinking lifting swim practice spirit hot
    """
)
_HAVING = words_of("have own keep adopt get 've ve raise foster")
_ROUND = ("called", "named")


def kin_word(word: Word) -> str:
    """What somebody is to the person, as it is written, in the singular; nothing where it is no kin."""
    text = word.lower if word.lower in KIN else word.lemma.lower()
    return text if text in KIN else ""


def barred(account: Account, word: Word) -> bool:
    """Whether somebody only sounds like family: a business partner, an ex, a dog in "dog food"."""
    front = [one.lower for one in account.parse.children(word, "amod", "compound", "nmod")]
    place = word.place
    near = account.parse.words[place - 1].lower if place else ""
    inside = (
        word.relation == "compound"
        and account.parse.head(word).text[0].islower()
        and not kin_word(account.parse.head(word))
    )
    return any(one in _NOT_OURS for one in [*front, near]) or inside


def having_clause(account: Account, word: Word) -> Clause | None:
    """The clause in which the person has this one: "I have two kids"."""
    parse = account.parse
    head = _first_of(account, word)
    verb = parse.head(head)
    if head.relation not in ("dobj", "pobj", "attr", "ccomp"):
        return None
    if any(one.lower == "no" for one in parse.children(head, "det")):
        return None
    for clause in account.clauses:
        if clause.verb is verb and verb.lemma in _HAVING and not clause.negated:
            got = verb.lemma in ("get", "adopt")
            told = clause.tense in ("present", "perfect", "past" if got else "progressive")
            return clause if told and account.owner(word) is None else None
    return None


def _first_of(account: Account, word: Word) -> Word:
    """The first of a list that the word stands in; a name given to that one may have come between."""
    parse, head = account.parse, word
    for above in parse.ancestors(word):
        listed_with = head.relation in ("conj", "appos") and above.pos in ("NOUN", "PROPN")
        called = (head.relation == "oprd" and above.lower in _ROUND) or (
            head.relation == "acl" and head.lower in _ROUND
        )
        if not (listed_with or called):
            break
        head = above
    return head


def names_of(account: Account, word: Word) -> tuple[list[str], list[int]]:
    """What they are called: "my sister Lea", "my sons, Ivo and Jan", "my daughter is called Ana"."""
    parse = account.parse
    words = parse.words
    end = word.place + 1
    while (
        end < len(words)
        and (words[end].text == "-" or words[end].lower in ("in", "law", "laws"))
        and words[end - 1].end == words[end].start
    ):
        end += 1
    apposed = words[end : end + 1]
    if apposed and apposed[0].text == "," and _aside(account, end + 1):
        end += 1
    if end < len(words) and words[end].lower in _ROUND:
        end += 1
    found = _listed_names(account, word, end)
    if (
        not found
        and word.relation == "appos"
        and parse.head(word).pos == "PROPN"
        and parse.head(word).text[0].isupper()
    ):
        found = [parse.head(word)] if words[parse.head(word).place + 1].text == "," else []
    if not found:
        found = list(_called(account, word))
    return [_full(account, one) for one in found], [one.place for one in found]


def _aside(account: Account, place: int) -> bool:
    """Whether a name between commas says who was meant, and is no next item of a list."""
    words = account.parse.words
    if place >= len(words) or not _is_name(account, words[place]):
        return False
    ends = place + 1
    while ends < len(words) and (
        _is_name(account, words[ends]) or words[ends].lower in ("and", "&") or words[ends].text == ","
    ):
        ends += 1
    closes = (
        ends >= len(words)
        or words[ends - 1].text == ","
        or words[ends].text in (".", "!", "?", ")", ";", "-", "\u2013")
    )
    return closes


def _is_name(account: Account, word: Word) -> bool:
    text = word.text
    if not text[0].isupper() or word.lower in ("i", "i'm") or word.tag in ("PRP", "PRP$", "DT", "IN"):
        return False
    if len(text) > 2 and text[:3].isupper() and not account.parse.text.isupper():
        return False  # said loudly: "my daughter LOVES it"
    return word.pos in ("PROPN", "NOUN", "X", "ADJ", "VERB", "INTJ") and not any(
        one.label in ("DATE", "TIME", "LANGUAGE") and one.first <= word.place < one.end for one in account.parse.named
    )


def _listed_names(account: Account, word: Word, place: int) -> list[Word]:
    words = account.parse.words
    found: list[Word] = []
    several = word.tag in ("NNS", "NNPS")
    while place < len(words) and _is_name(account, words[place]):
        found.append(words[place])
        place += 1
        while place < len(words) and _is_name(account, words[place]) and words[place - 1].relation == "compound":
            place += 1
        link = words[place].lower if place < len(words) else ""
        if not several or link not in (",", "and", "&"):
            break
        place += 2 if link == "," and place + 1 < len(words) and words[place + 1].lower in ("and", "&") else 1
    return found


def _called(account: Account, word: Word) -> Iterator[Word]:
    """As in "My daughter is called Ana", "my son's name is Idris", "I have a dog called Luna"."""
    parse = account.parse
    for naming in parse.children(word, "acl", "relcl"):
        if naming.lower in _ROUND or naming.lemma in ("call", "name"):
            yield from _oprd(account, naming)
    head = parse.head(word)
    if head.lower in _ROUND and word.relation in ("nsubjpass", "nsubj"):
        yield from _oprd(account, head)
    if word.relation == "poss" and head.lemma == "name" and parse.head(head).lemma in ("be", "'s"):
        yield from _oprd(account, parse.head(head))


def _oprd(account: Account, verb: Word) -> Iterator[Word]:
    following = account.parse.words[verb.place + 1 : verb.place + 2]
    if following and following[0].relation not in ("oprd", "attr") and _is_name(account, following[0]):
        yield following[0]
        return
    for one in account.parse.children(verb, "oprd", "attr", "dobj", "acomp", "xcomp", "ccomp"):
        for name in listed(account.parse, one):
            if name.place > verb.place and (name.text[0].isupper() or name.pos in ("NOUN", "PROPN", "ADJ")):
                yield name


def _full(account: Account, word: Word) -> str:
    """A name as one writes it in facts: the first, where several follow each other."""
    return word.lower.removesuffix("'s")
