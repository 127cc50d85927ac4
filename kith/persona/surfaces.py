"""How a thing is written: its name is kept in small letters, and shown as its person writes it."""

import re
from collections.abc import Iterable, Mapping

from kith.persona.model import Entity, Message

__all__ = ["written"]

NAMED = frozenset({"place", "organisation", "person", "animal", "product", "work", "event", "language"})
"""Types of things with a name of their own, that is shown as the person writes it."""

CAPITALISED = re.compile(r"(?<=[\w,;:] )[A-Z]\w*[a-z]\w*")
"""A word with a capital that is not owed to the beginning of a sentence, nor to somebody's shouting."""


def written(entity: Entity, surfaces: Mapping[Entity, str], said: Iterable[Message] = ()) -> str:
    """The entity as people write it: by its surface, or by the capitals within sentences of these messages."""
    if entity.type in NAMED and entity in surfaces:
        return surfaces[entity]
    capitals = {word.lower(): word for message in said for word in CAPITALISED.findall(message.text)}
    return " ".join(capitals.get(word, word) for word in entity.name.split(" "))
