"""Whose words a message holds, and by which names its person goes in a text about them."""

import re
import unicodedata

from kith.persona.model import Message
from kith.persona.phrases import words_of

__all__ = ["folded", "is_own", "names_of"]

SHORTEST = 3
"""Letters below which a part of an id is no name."""

NO_NAMES = words_of(
    """
    account acct admin agent anon anonymous buyer chat client cust customer demo device email external guest guid
    human id ident import lead legacy mail me member mobile null num number owner participant patient person player
    prod profile session shopper sid staff student sub subscriber synthetic temp tenant test tester uid unknown usr user
    username users uuid visitor web
    """
)
"""Words that stand in ids of people and name nobody."""

_PART = re.compile(r"[^\W\d_]+")
_RANDOM = re.compile(r"[0-9a-f]{8,}|(?=[^\W\d]*\d(?:(?![a-z])\w)*[a-z][^\W\d]*\d)\w{8,}", re.IGNORECASE)
"""Runs of hex digits, or letters and digits by turns, as machines make them."""


def names_of(user_id: str, name: str | None) -> frozenset[str]:
    """What a text about this person may call them, folded: the parts of their name, else those of their id.

    An id such as `alice123` or `alice.m@example.org` names somebody; `u42`, `customer-7` and a UUID do not.
    """
    words = [] if name is None else folded(name).split()
    if words:
        return frozenset({" ".join(words), words[0]})
    return frozenset(_parts(user_id.partition("@")[0]))


def is_own(message: Message, name: str | None) -> bool:
    """Whether the person wrote this message, as far as can be told by the author that it names.

    Where the person's name is known, the author must bear it, in part or whole. Where it is not, an author whose name
    is part of the id (or is the id) is the person, and so is any author beside an id that names nobody.
    """
    if message.author is None:
        return True
    author = folded(message.author)
    if author == folded(message.user_id):
        return True
    called = names_of(message.user_id, name)
    if not called:
        return True
    written = set(_PART.findall(author))
    return any(one == author or one in written or _run_together(one, author) for one in called)


def _run_together(part: str, author: str) -> bool:
    """Whether the id writes first and last name as one word, as `anasilva` does."""
    joined = "".join(_PART.findall(author))
    first = next(iter(_PART.findall(author)), "")
    return part == joined or (len(first) >= SHORTEST and part.startswith(first))


def _parts(user_id: str) -> set[str]:
    plain = _RANDOM.sub(" ", user_id)
    return {part for part in map(folded, _PART.findall(plain)) if len(part) >= SHORTEST and part not in NO_NAMES}


def folded(text: str) -> str:
    """Without case and accents, with plain apostrophes: an id is often written without them."""
    apart = unicodedata.normalize("NFD", text.casefold().replace("\u2019", "'"))
    return unicodedata.normalize("NFC", "".join(one for one in apart if not unicodedata.combining(one)))
