"""Facts in words, as a prompt or a page shows them."""

from collections.abc import Callable

from kith.persona.model import Entity, Fact

__all__ = ["fact_text"]

SAYS: dict[str, str] = {
    "likes": "likes {}",
    "dislikes": "dislikes {}",
    "prefers": "prefers {}",
    "lives_in": "lives in {}",
    "works_at": "works at {}",
    "role": "is a {}",
    "owns": "owns: {}",
    "plans": "plans to {}",
    "allergic_to": "is allergic to {}",
    "diet": "diet: {}",
    "speaks": "speaks {}",
    "birthday": "birthday: {}",
    "goal": "has the goal to {}",
}
"""How each predicate is said of a person."""

OF_SOMEBODY: dict[str, str] = {"family": "family", "has_pet": "pet"}
"""Predicates whose object is somebody; the detail says what they are to the person."""


def fact_text(fact: Fact, surface: Callable[[Entity], str] = lambda entity: entity.name) -> str:
    """A fact as words about its person: "lives in Berlin", "sister: Lea". `surface` says how an entity is written."""
    name = surface(fact.object)
    if fact.predicate in OF_SOMEBODY:
        what = fact.detail or OF_SOMEBODY[fact.predicate]
        return f"has a {what}" if what == fact.object.name else f"{what}: {name}"
    if fact.predicate == "role" and name[:1].lower() in "aeiou":
        return f"is an {name}"
    return SAYS.get(fact.predicate, f"{fact.predicate.replace('_', ' ')}: {{}}").format(name)
