"""The command that shows a person as Kith knows them."""

from typing import TYPE_CHECKING, Annotated

import typer

from kith.cli.options import AsJson, NoProgress, Tenant, UserId, command_line
from kith.cli.output import print_json

if TYPE_CHECKING:
    from kith.profiles import KnownFact, Profile

__all__ = ["add_to"]

LONGEST_QUOTE = 90
SHOWN = 20


def profile(
    user: UserId,
    tenant: Tenant = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many facts and things of each kind.")] = SHOWN,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
) -> None:
    """Show what is known of a person, and the words it comes from.

    Example: kith profile mira30
    """
    from kith.cli.progress import waiting
    from kith.profiles import read_profile
    from kith.settings import load_settings

    with waiting(quiet=as_json or no_progress):
        found = read_profile(load_settings(tenant=tenant), user, command=command_line())
    if as_json:
        print_json(found.as_json())
    else:
        _show(found, limit)


def _show(found: "Profile", limit: int) -> None:
    from kith.cli.tables import beside, line, show, table
    from kith.cli.words import count, number

    known = f"{count(len(found.facts), 'fact')}, {count(len(found.entities), 'thing')} spoken of"
    show(line((found.user_id, "bold"), f" ({found.name})" if found.name else "", f": {known}"))
    if found.facts:
        columns = ["fact", "since", "until", "sure", "from", "said"]
        rows = [_row(fact) for fact in found.facts[:limit]]
        show("", table(_title("facts", len(found.facts), limit), columns, rows, right=["sure"], spare=["from"]))
    things = [
        (one.surface, one.entity.type, number(one.count), f"{one.sentiment:+.1f}") for one in found.entities[:limit]
    ]
    wants = [(one.intent, number(one.count), one.last) for one in found.intents[:limit]]
    wanted = [(name, times, _day(last)) for name, times, last in wants]
    tables = [
        table(
            _title("things", len(found.entities), limit),
            ["", "type", "said", "feeling"],
            things,
            right=["said", "feeling"],
        ),
        table(_title("intents", len(found.intents), limit), ["", "said", "last"], wanted, right=["said"]),
    ]
    show("", beside(*tables))
    if found.related:
        told = [
            (one.relation.subject.name, one.relation.kind.replace("_", " "), one.relation.object.name)
            for one in found.related[:limit]
        ]
        show("", table(_title("others", len(found.related), limit), ["who", "", "what"], told))


def _title(name: str, found: int, limit: int) -> str:
    return f"{name}, {limit} of {found}" if found > limit else name


def _row(known: "KnownFact") -> tuple[str, ...]:
    fact = known.fact
    words = " ".join(known.said[-1].text.split()) if known.said else ""
    quote = words if len(words) <= LONGEST_QUOTE else f"{words[: LONGEST_QUOTE - 1]}…"
    until = "" if fact.until is None else _day(fact.until)
    since = "" if fact.since == fact.until else _day(fact.since)  # all that is known is that it is over
    return known.text, since, until, f"{fact.confidence:.2f}", fact.origin, quote


def _day(moment: int) -> str:
    from kith.persona.time import iso

    return iso(moment)[:10]


def add_to(app: typer.Typer) -> None:
    """Adds this command."""
    app.command()(profile)
