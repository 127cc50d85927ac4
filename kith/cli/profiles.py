"""The command that shows a person as Kith knows them."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kith.cli.options import AsJson, NoProgress, Tenant, UserId, command_line
from kith.cli.output import print_json

if TYPE_CHECKING:
    from rich.table import Table

    from kith.persona.evidence import Related
    from kith.profiles import KnownFact, Profile

__all__ = ["add_to", "quoted"]

LONGEST_QUOTE = 120
LONGEST_FACT = 36
"""Characters of a fact, in words, up to which the others stand in line with it."""
SHOWN = 20
SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")


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
    from kith.cli.remote import read_profile
    from kith.settings import load_settings

    settings = load_settings(tenant=tenant)
    with waiting(quiet=as_json or no_progress):
        found = read_profile(settings, user, command=command_line())
    if as_json:
        print_json(found.as_json())
    else:
        _show(found, limit, reads_facts=settings.language != "plain")


def _show(found: "Profile", limit: int, *, reads_facts: bool) -> None:
    from kith.cli.tables import line, show
    from kith.cli.words import count

    known = f"{count(len(found.facts), 'fact')}, {count(len(found.entities), 'thing')} spoken of"
    show(line((found.user_id, "bold"), f" ({found.name})" if found.name else "", f": {known}"))
    if found.facts:
        _show_facts(found.facts, limit)
    elif not reads_facts:
        show("no facts are read while KITH_LANGUAGE=plain: set it to md, then run `kith rebuild evidence`")
    else:
        show("they have said nothing of themselves yet that Kith could read")
    _show_things(found, limit)
    if found.related:
        _show_others(found, limit)


def _show_facts(facts: "Sequence[KnownFact]", limit: int) -> None:
    """Each fact on a line of its own, and under it the words that it comes from: side by side there is no room."""
    from rich.cells import cell_len

    from kith.cli.tables import inset, line, show

    shown = facts[:limit]
    width = max((wide for one in shown if (wide := cell_len(one.text)) <= LONGEST_FACT), default=len("fact"))

    def row(text: str, since: str, until: str, sure: str, origin: str) -> str:
        return f"{text}{' ' * (width - cell_len(text))}  {since:10}  {until:10}  {sure:>4}  {origin}"

    show("", line((_title("facts", len(facts), limit), "bold")))
    show(line((row("fact", "since", "until", "sure", "from"), "dim")))
    for known in shown:
        fact = known.fact
        since = "" if fact.since == fact.until else _day(fact.since)  # all that is known is that it is over
        until = "" if fact.until is None else _day(fact.until)
        show(row(known.text, since, until, f"{fact.confidence:.2f}", fact.origin), inset(_source(known)))


def _source(known: "KnownFact") -> str:
    """When the person said so last, and in which words."""
    if not known.said:
        return "its message is in a batch that is open now"
    last, others = known.said[-1], len(known.said) - 1
    more = f" (and {others} more)" if others else ""
    return f"{_day(last.timestamp)}: {quoted(last.text, f'{known.fact.object.name} {known.fact.detail}')}{more}"


def quoted(text: str, about: str, *, longest: int = LONGEST_QUOTE) -> str:
    """The sentence of a text that speaks most of something, or its first one; cut around it, where it is too long."""
    stems = [word[: max(3, len(word) - 3)] for word in re.findall(r"\w+", about.lower())]
    speaks = re.compile("|".join(rf"\b{stem}" for stem in stems) or "$", re.IGNORECASE)
    sentences = [" ".join(one.split()) for one in SENTENCES.split(text.strip())]
    best = max(sentences, key=lambda one: len({found.lower() for found in speaks.findall(one)}))
    if len(best) <= longest:
        return best
    first = speaks.search(best)
    start = max(0, min(first.start() - longest // 2 if first else 0, len(best) - longest))
    end = start + longest
    return ("…" if start else "") + best[start:end].strip() + ("…" if end < len(best) else "")


def _show_things(found: "Profile", limit: int) -> None:
    from kith.cli.tables import beside, show, table
    from kith.cli.words import number

    tables: list[Table] = []
    if found.entities:
        rows = [(o.surface, o.entity.type, number(o.count), _feeling(o.sentiment)) for o in found.entities[:limit]]
        columns = ["thing", "type", "said", "feeling"]
        tables.append(table(_title("things", len(found.entities), limit), columns, rows, right=columns[2:]))
    if found.intents:
        rows = [(one.intent, number(one.count), _day(one.last)) for one in found.intents[:limit]]
        columns = ["intent", "said", "last"]
        tables.append(table(_title("intents", len(found.intents), limit), columns, rows, right=["said"]))
    if tables:
        show("", beside(*tables))


def _show_others(found: "Profile", limit: int) -> None:
    from kith.cli.tables import show, table

    written = {one.entity.name: one.surface for one in found.entities}

    def row(one: "Related") -> tuple[str, ...]:
        subject, other = one.relation.subject.name, one.relation.object.name
        return written.get(subject, subject), one.relation.kind.replace("_", " "), written.get(other, other)

    rows = [row(one) for one in found.related[:limit]]
    show("", table(_title("about others", len(found.related), limit), ["who", "", "what"], rows))


def _title(name: str, found: int, limit: int) -> str:
    return f"{name}, {limit} of {found}" if found > limit else name


def _feeling(sentiment: float) -> str:
    """Nothing where there is hardly any."""
    shown = f"{sentiment:+.1f}"
    return "" if shown in ("+0.0", "-0.0") else shown


def _day(moment: int) -> str:
    from kith.persona.time import iso

    return iso(moment)[:10]


def add_to(app: typer.Typer) -> None:
    """Adds this command."""
    app.command()(profile)
