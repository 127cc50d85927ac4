"""How figures and times are written, and how what people wrote is shown as it is."""

import re
from datetime import UTC, datetime

__all__ = ["ago", "clock", "count", "day", "moment", "octets", "plain", "seconds", "share", "whole"]

MARKED = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$^=&@/])")
"""What Markdown would read something into, the names of icons and colours among it."""
LONG_AGO = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
SIZES = ("B", "KiB", "MiB", "GiB", "TiB")


def plain(text: str) -> str:
    """A text for where Markdown is read, so that nothing in it is: no picture, no colour.

    A web address in it may be shown so that it can be clicked; nothing is fetched from there.
    """
    return MARKED.sub(r"\\\1", text.replace("\n", " "))


def whole(number: int | None) -> str:
    """`12,345`; a dash where it is not known."""
    return "–" if number is None else f"{number:,}"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 run`, `2 runs`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def share(part: float | None) -> str:
    """`4.2 %`; small ones with more digits, so that some never reads as none."""
    if part is None:
        return "–"
    percent = 100 * part
    digits = 0 if percent in (0, 100) or percent >= 99.95 else 1 if percent >= 0.1 else 3
    return f"{percent:.{digits}f} %"


def seconds(spent: float | None) -> str:
    """`850 ms`, `3.2 s`, `4 min 10 s`."""
    if spent is None:
        return "–"
    if spent < 1:
        return f"{1000 * spent:.{0 if spent >= 0.01 else 1}f} ms"
    if spent < 60:
        return f"{spent:.1f} s"
    minutes, rest = divmod(round(spent), 60)
    return f"{minutes} min {rest} s"


def octets(size: int | None) -> str:
    """`1.3 MiB`."""
    if size is None:
        return "–"
    amount, unit = float(size), 0
    while amount >= 1024 and unit + 1 < len(SIZES):
        amount, unit = amount / 1024, unit + 1
    return f"{amount:,.{0 if unit == 0 else 1}f} {SIZES[unit]}"


def moment(iso: str | None) -> str:
    """`1 Mar 2026, 09:30 UTC`."""
    if iso is None:
        return "–"
    told = _at(iso)
    return f"{told.day} {told:%b %Y, %H:%M} UTC"


def clock(iso: str | None, *, seconds: bool = False) -> str:
    """`1 Mar, 09:30`, in UTC; with `seconds`, `1 Mar, 09:30:12`."""
    if iso is None:
        return "–"
    told = _at(iso)
    return f"{told.day} {told:%b, %H:%M:%S}" if seconds else f"{told.day} {told:%b, %H:%M}"


def day(iso: str | None) -> str:
    """`1 Mar 2026`."""
    if iso is None:
        return "–"
    told = _at(iso)
    return f"{told.day} {told:%b %Y}"


def ago(iso: str | None, *, now: datetime | None = None) -> str:
    """`3 hours ago`."""
    if iso is None:
        return "never"
    passed = ((now or datetime.now(UTC)) - _at(iso)).total_seconds()
    for length, unit in LONG_AGO:
        if passed >= length:
            return f"{count(int(passed // length), unit)} ago"
    return "just now"


def _at(iso: str) -> datetime:
    """A time as it was told; one without a zone, such as a day by itself, is in UTC and not in the machine's."""
    told = datetime.fromisoformat(iso)
    return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)
