"""Who the made-up people are: a hidden life for each, the same for the same seed and number."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from kith.data.grammar import Dice
from kith.data.topics import AREAS, area, resource

__all__ = ["DAYS", "Change", "Habits", "Person", "Taste", "person_of", "with_article"]

DAYS: Final = 56
"""How many days the conversations span."""
SPORTS: Final = frozenset({"climbing", "cycling", "trail_running"})


@dataclass(frozen=True, slots=True)
class Taste:
    """What a person thinks about one area they care for."""

    likes: tuple[str, ...]
    dislikes: tuple[str, ...]
    owns: tuple[str, ...]
    goal: str
    plan: tuple[str, ...]
    prefers: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """News in a person's life, on a day of the span."""

    event: str
    day: float
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Habits:
    """How a person writes: shares of their messages."""

    greets: float
    emoji: float
    typos: float
    lowercase: bool
    no_full_stop: float
    doubles_marks: float
    foreign: float


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up person. `life` holds what can be said of them all along; `changes` come on top, in order of time."""

    index: int
    user_id: str
    name: str
    life: Mapping[str, str]
    hours_from_utc: int
    interests: tuple[str, ...]
    """Areas they care for, the dearest first."""
    tastes: Mapping[str, Taste]
    changes: tuple[Change, ...]
    habits: Habits
    language_code: str | None

    def interests_on(self, day: float) -> tuple[str, ...]:
        """What they care for on a day: all, until they give one up."""
        gone = {change.old[0] for change in self.changes if change.event == "dropped" and change.day <= day}
        return tuple(key for key in self.interests if key not in gone)

    def able_on(self, day: float) -> tuple[str, ...]:
        """What they do on a day: no sport while something hurts, if there is anything else."""
        own = self.interests_on(day)
        hurt = sum({"injured": 1, "healed": -1}.get(change.event, 0) for change in self.changes if change.day <= day)
        return tuple(key for key in own if not hurt or key not in SPORTS) or own


def person_of(seed: int, index: int) -> Person:
    """The person of that number: nothing of the others is needed to know them."""
    dice = Dice(seed, "person", index)
    names = resource("people.toml")
    first: list[str] = names["first"]
    name = first[(index * 37 + seed) % len(first)]
    interests = _interests(dice)
    home, hours = dice.pick(names["cities"])
    life = _life(dice, names, name=name, home=home, dog="dogs" in interests)
    changes = _changes(dice, names, life, interests)
    for change in changes:
        for slot in {"moved": ("years",), "new_job": ("job_years",), "diet_change": ()}.get(change.event, ()):
            life.pop(slot, None)
    language = next((one for one in names["languages"] if one["name"] == life.get("language")), None)
    return Person(
        index=index,
        user_id=f"{_plain(name)}{index + 1}",
        name=name,
        life=life,
        hours_from_utc=hours,
        interests=interests,
        tastes={key: _taste(dice, key) for key in interests},
        changes=changes,
        habits=_habits(dice, foreign=language is not None),
        language_code=None if language is None else language["code"],
    )


def _plain(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", name.lower()) if c.isascii())


def _interests(dice: Dice) -> tuple[str, ...]:
    return dice.some(AREAS, 2 + dice.below(3))


def _taste(dice: Dice, key: str) -> Taste:
    tastes = area(key).tastes
    return Taste(
        likes=dice.some(tastes["likes"], 3),
        dislikes=dice.some(tastes["dislikes"], 2),
        owns=dice.some(tastes["owns"], 2),
        goal=dice.pick(tastes["goal"]),
        plan=dice.some(tastes["plan"], 2),
        prefers=dice.pick(area(key).prefers),
    )


def _habits(dice: Dice, *, foreign: bool) -> Habits:
    return Habits(
        greets=dice.pick((0.05, 0.3, 0.7)),
        emoji=dice.pick((0.0, 0.0, 0.05, 0.25)),
        typos=dice.pick((0.0, 0.0, 0.02, 0.12)),
        lowercase=dice.chance(0.25),
        no_full_stop=dice.pick((0.02, 0.1, 0.6)),
        doubles_marks=dice.pick((0.0, 0.0, 0.2)),
        foreign=dice.between(0.05, 0.25) if foreign else 0.0,
    )


def _life(dice: Dice, names: Mapping[str, Any], *, name: str, home: str, dog: bool) -> dict[str, str]:
    """Slots that hold from the first day to the last, but for what changes."""
    role, employer, _ = dice.pick(names["jobs"])
    women, men = list(dice.some(names["women"], 5)), list(dice.some(names["men"], 5))
    known = {"women": women, "men": men}
    friend, colleague = women.pop(), men.pop()
    if dice.chance(0.5):
        friend, colleague = colleague, friend
    sibling, gender = dice.pick(names["siblings"])
    life = {
        "name": name,
        "home": home,
        "years": dice.pick(("two", "three", "four", "almost ten", "twelve")),
        "employer": employer,
        "role": role,
        "a_role": with_article(role),
        "job_years": dice.pick(("two", "three", "five", "eight")),
        "friend": friend,
        "colleague": colleague,
        "sibling": sibling,
        "sibling_full": f"{sibling} {known[gender].pop()}",
        "birthday": f"{1 + dice.below(28)} {dice.pick(names['months'])}",
        "partner_or_friend": friend,
    }
    if dice.chance(0.55):
        partner, gender = dice.pick(names["partners"])
        life |= {"partner_full": f"{partner} {known[gender].pop()}", "partner_or_friend": partner}
    if dice.chance(0.3):
        child, gender = dice.pick(names["children"])
        life |= {"child_full": f"{child} {known[gender].pop()}", "child_age": str(3 + dice.below(9))}
    if dog:
        life |= {"pet_kind": "dog", "pet_name": dice.pick(names["dogs"])}
        life["dog"] = life["pet_name"]
    elif dice.chance(0.35):
        life["pet_kind"], life["pet_name"] = dice.pick(names["pets"])
    if "pet_name" in life:
        life["he"] = dice.pick(("he", "she"))
    _body_and_tongue(dice, names, life)
    return life


def _body_and_tongue(dice: Dice, names: Mapping[str, Any], life: dict[str, str]) -> None:
    if dice.chance(0.35):
        life["diet"] = dice.pick(names["diets"])
    life["diet_line"] = (
        f"I'm {life['diet']}, the others eat anything." if "diet" in life else "All of us eat everything."
    )
    if dice.chance(0.3):
        life["allergy"] = dice.pick(names["allergies"])
        if life["allergy"] in ("peanuts", "shellfish", "hazelnuts", "sesame"):
            life["allergy_food"] = life["allergy"]
    if dice.chance(0.4):
        life["language"] = dice.pick(names["languages"])["name"]


def with_article(role: str) -> str:
    """A role as one says it of a person."""
    return f"{'an' if role[0] in 'aeiou' else 'a'} {role}"


def _changes(
    dice: Dice, names: Mapping[str, Any], life: Mapping[str, str], interests: tuple[str, ...]
) -> tuple[Change, ...]:
    changes: list[Change] = []
    if dice.chance(0.25):
        day = dice.between(14, DAYS - 12)
        home: str = dice.pick([city for city, _ in names["cities"] if city != life["home"]])
        changes += [Change("moving", day - 14, new=(home,)), Change("moved", day, (life["home"],), (home,))]
    if dice.chance(0.22):
        new = next(other for role, _, other in names["jobs"] if role == life["role"])
        changes.append(Change("new_job", dice.between(10, DAYS - 12), (life["employer"],), (new,)))
    if dice.chance(0.2):
        day = dice.between(5, DAYS - 30)
        injury: str = dice.pick(names["injuries"])
        changes += [Change("injured", day, new=(injury,)), Change("healed", day + 24, (injury,))]
    if len(interests) > 2 and dice.chance(0.25):
        changes.append(Change("dropped", dice.between(20, DAYS - 10), (interests[-1],)))
    if "diet" in life and life["diet"] != "gluten-free" and dice.chance(0.25):
        changes.append(Change("diet_change", dice.between(15, DAYS - 10), (life["diet"],)))
    return tuple(sorted(changes, key=lambda change: change.day))
