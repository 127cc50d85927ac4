"""What a person can say of themselves on a day: their life with its changes so far, and things that are not theirs."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from kith.data.grammar import Dice
from kith.data.people import DAYS, Change, Person, with_article
from kith.data.topics import AREAS, area, resource

__all__ = ["knowledge"]

FIRST_MONTHS = ((28, "February"), (DAYS, "March"))


def knowledge(person: Person, day: float, topic: str, dice: Dice) -> dict[str, str]:
    """The slots that this person can fill on this day, in a conversation about this topic."""
    said = dict(person.life)
    for change in person.changes:
        _apply(change, day, said)
    said["area"] = area(topic).name
    said["number"] = str(3 + dice.below(9))
    taste = person.tastes.get(topic)
    if taste is not None:
        said["likes"] = dice.pick(taste.likes)
        said["likes2"] = taste.likes[0] if taste.likes[0] != said["likes"] else taste.likes[1]
        said["own_like"] = said["likes"]
        said["dislikes"] = dice.pick(taste.dislikes)
        said["owns"] = dice.pick(taste.owns)
        said["goal"] = taste.goal
        said["plan"] = dice.pick(taste.plan)
        said["this"], said["that"] = taste.prefers
    _not_theirs(person, said, dice)
    return said


def _apply(change: Change, day: float, said: dict[str, str]) -> None:
    since = day - change.day
    if since < 0:
        return
    match change.event:
        case "moving" if since < 14:
            said["next_home"] = change.new[0]
        case "moved":
            said["old_home"], said["home"] = change.old[0], change.new[0]
            said["moved_when"], said["moved_month"] = _ago(since), _month(change.day)
        case "new_job":
            said["old_employer"], said["employer"] = change.old[0], change.new[0]
            said["job_when"], said["job_month"] = _ago(since), _month(change.day)
        case "injured":
            said["injury"] = change.new[0]
        case "dropped":
            said["dropped"] = area(change.old[0]).name
        case "diet_change":
            said["old_diet"], said["diet_when"] = change.old[0], _ago(since)
            said.pop("diet", None)
            said["diet_line"] = "All of us eat everything."
        case _:
            pass


def _ago(days: float) -> str:
    if days < 6:
        return "a few days ago"
    if days < 12:
        return "last week"
    if days < 20:
        return "two weeks ago"
    return "about a month ago" if days < 40 else "a while ago"


def _month(day: float) -> str:
    return next(name for end, name in FIRST_MONTHS if day <= end)


@cache
def _elsewhere() -> Mapping[str, tuple[Any, ...]]:
    names = resource("people.toml")
    return {
        "cities": tuple(city for city, _ in names["cities"]),
        "jobs": tuple(names["jobs"]),
        "months": tuple(names["months"]),
        "allergies": tuple(names["allergies"]),
    }


def _not_theirs(person: Person, said: dict[str, str], dice: Dice) -> None:
    """Places, work and likings of others: whatever is said of them must not be taken for the person's own."""
    around = _elsewhere()
    said["other_city"] = _other(
        around["cities"], {said["home"], said.get("old_home", ""), said.get("next_home", "")}, dice
    )
    job = _other(tuple(job for job in around["jobs"] if job[0] != said["role"]), (), dice)
    said["other_a_role"], said["other_employer"] = with_article(job[0]), dice.pick((job[1], job[2]))
    said["other_like"] = dice.pick(area(_other(AREAS, person.interests, dice)).tastes["likes"])
    said["other_allergy"] = _other(around["allergies"], {said.get("allergy", "")}, dice)
    said["other_birthday"] = f"{1 + dice.below(28)} {dice.pick(around['months'])}"


def _other(things: tuple[Any, ...], own: "set[str] | tuple[str, ...]", dice: Dice) -> Any:
    """One of the things that is none of these."""
    at = dice.below(len(things))
    while things[at] in own:
        at = (at + 1) % len(things)
    return things[at]
