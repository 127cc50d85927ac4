"""Whether a sentence rests on what is known: by its words, its numbers and names, and its meaning. Pure functions."""

import re
from collections.abc import Sequence

import numpy as np

from kith.persona.embedding import Vectors
from kith.persona.retrieval.facts_asked import content_stems
from kith.persona.retrieval.lexical import stems

__all__ = ["supported"]

MOST_WORDS = 0.6
"""The share of a sentence's words that one line, or those that it names, must have."""
SOME_WORDS = 0.25
"""The share that is enough where the meaning is as near as `ALIKE`."""
ALIKE = 0.6
NUMBER = re.compile(r"\d{1,4000}")
"""Of more digits Python makes no number."""
NAME = re.compile(r"(?<=[\w,;:'\"] )[A-Z]\w+")
"""A word with a capital inside a sentence: a name, in most languages."""


def supported(
    sentence: str, lines: Sequence[str], *, cited: Sequence[int] = (), cosines: Vectors | None = None
) -> bool:
    """Whether these lines bear a sentence out. `cited` are places of those that it names, `cosines` one for each.

    A number or a name that stands in none of them is made up, however near the rest.
    """
    all_of_it = " ".join(lines)
    numbers = {int(one) for one in NUMBER.findall(all_of_it)}
    if any(int(one) not in numbers for one in NUMBER.findall(sentence)):
        return False
    known = set(stems(all_of_it))
    if any(stem not in known for name in NAME.findall(sentence) for stem in stems(name)):
        return False
    wanted = [stem for stem in content_stems(sentence) if not NUMBER.search(stem)]
    if not wanted:
        return True
    together = [" ".join(lines[at] for at in cited)] if cited else []
    best = max((_share(wanted, line) for line in (*together, *lines)), default=0.0)
    nearest = 0.0 if cosines is None or not len(cosines) else float(np.max(cosines))
    return best >= MOST_WORDS or (best >= SOME_WORDS and nearest >= ALIKE)


def _share(wanted: Sequence[str], line: str) -> float:
    return len(set(wanted).intersection(stems(line))) / len(wanted)
