"""Figures over time, which the API does not tell: read from the ledger, which nobody can write here."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from kith.dashboard.data.asking import Api
from kith.dashboard.data.callers import Caller
from kith.dashboard.data.overview import RunLine
from kith.dashboard.data.reading import Missing, Unanswered, reading
from kith.persona.errors import KithError
from kith.persona.time import iso
from kith.stores.reports import Reports, open_reports, where_at

__all__ = ["Alone", "Day", "Ledger", "alone", "days", "ledger_beside"]


NOWHERE = "There is no ledger on this machine for the dashboard to read."
FILES = "sqlite:"
"""What the URL of a ledger begins with that is a file: machines may have one each of the same name."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one tenant, to read. `why_not`: where there is no URL, why there is none."""

    url: str
    tenant: str
    why_not: str = NOWHERE

    @contextmanager
    def opened(self) -> Generator[Reports]:
        """The ledger, open to be read; `Unanswered` where there is none."""
        if not self.url:
            remedy = "Start `kith dashboard` where `kith serve` runs, with the same settings."
            raise Unanswered(Missing("no_ledger", self.why_not, remedy))
        with open_reports(self.url) as reports:
            yield reports


@dataclass(frozen=True, slots=True)
class Day:
    """What was said on one day, UTC."""

    day: date
    messages: int
    people: int


@dataclass(frozen=True, slots=True)
class Alone:
    """What the ledger tells while the API is down."""

    tenant: str
    counts: dict[str, int]
    runs: tuple[RunLine, ...]


def ledger_beside(api: Api, caller: Caller, url: str) -> Ledger:
    """The ledger at this URL for whoever asks, where it is the one that the API writes and they may see the stores.

    Otherwise one that is not there: the figures of other stores, or for others' eyes, are no answer.
    """
    why_not = _why_not(api, caller, url)
    return Ledger(url, caller.tenant) if why_not is None else Ledger("", caller.tenant, why_not)


def _why_not(api: Api, caller: Caller, url: str) -> str | None:
    if not url:
        return NOWHERE
    if not caller.may("admin"):
        return "The ledger is shown to a key that may administer."
    if url.startswith(FILES) and not api.is_here:
        return f"The API at {api.url} may be on another machine: the ledger here is not known to be its own."
    try:
        where = where_at(url)
    except KithError as error:
        return str(error)
    if where == caller.ledger:
        return None
    return f"The ledger that the dashboard could read, {where!r}, is not the API's, which is {caller.ledger!r}."


@reading
def days(ledger: Ledger) -> tuple[Day, ...]:
    """How much was said on each day on which somebody said something, the earliest first."""
    with ledger.opened() as reports:
        return tuple(Day(one.day, one.messages, one.people) for one in reports.figures.days(ledger.tenant))


@reading
def alone(ledger: Ledger) -> Alone:
    """What there is and what ran, where a key would not be asked for: otherwise it is for the API to tell."""
    with ledger.opened() as reports:
        if reports.needs_key():
            words = "The ledger is not shown while the API is down: it would ask for a key."
            raise Unanswered(Missing("no_key", words, "Start the API, and give your key."))
        rows = reports.latest_runs(ledger.tenant, limit=10)
        return Alone(
            tenant=ledger.tenant,
            counts=reports.totals(ledger.tenant),
            runs=tuple(
                RunLine(
                    run_id=row.run_id,
                    status=row.status,
                    read=row.read,
                    accepted=row.accepted,
                    duplicate=row.duplicate,
                    rejected=row.rejected,
                    batches=row.batches,
                    seconds=((row.finished_at or row.started_at) - row.started_at) / 1000,
                    messages_per_second=0.0,
                    error=row.error,
                    started_at=iso(row.started_at),
                    finished_at=None if row.finished_at is None else iso(row.finished_at),
                )
                for row in rows
            ),
        )
