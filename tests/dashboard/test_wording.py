"""How figures and times are written."""

import time
from collections.abc import Generator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from kith.dashboard.wording import ago, clock, count, day, moment, octets, plain, seconds, share, whole

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def test_figures() -> None:
    assert [whole(0), whole(12_345), whole(None)] == ["0", "12,345", "–"]
    assert [count(1, "run"), count(2, "run"), count(2, "batch", "batches")] == ["1 run", "2 runs", "2 batches"]


@pytest.mark.parametrize(
    ("part", "told"),
    [(0, "0 %"), (0.5, "50.0 %"), (1, "100 %"), (0.9996, "100 %"), (0.00004, "0.004 %"), (None, "–")],
)
def test_shares(part: float | None, told: str) -> None:
    assert share(part) == told


@pytest.mark.parametrize(
    ("spent", "told"),
    [(0.0025, "2.5 ms"), (0.85, "850 ms"), (3.21, "3.2 s"), (250, "4 min 10 s"), (59.99, "60.0 s"), (None, "–")],
)
def test_times_that_things_took(spent: float | None, told: str) -> None:
    assert seconds(spent) == told


@pytest.mark.parametrize(("size", "told"), [(0, "0 B"), (1023, "1,023 B"), (1024, "1.0 KiB"), (1_335_296, "1.3 MiB")])
def test_sizes(size: int, told: str) -> None:
    assert octets(size) == told


def test_moments() -> None:
    when = "2026-03-01T10:30:00.000+01:00"
    assert (moment(when), clock(when), day(when)) == ("1 Mar 2026, 09:30 UTC", "1 Mar, 09:30", "1 Mar 2026")
    assert (moment(None), clock(None), day(None), ago(None)) == ("–", "–", "–", "never")


@pytest.fixture
def east(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """A machine whose days begin before those of UTC."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of this machine's clock cannot be set")
@pytest.mark.usefixtures("east")
def test_days_are_those_of_utc_wherever_the_machine_is() -> None:
    assert [day("2026-03-01"), clock("2026-03-01T09:30:12"), clock("2026-03-01T09:30:12Z", seconds=True)] == [
        "1 Mar 2026",
        "1 Mar, 09:30",
        "1 Mar, 09:30:12",
    ]


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("2026-03-01T09:29:30Z", "just now"),
        ("2026-03-01T09:28:59Z", "1 minute ago"),
        ("2026-03-01T07:00:00Z", "2 hours ago"),
        ("2026-02-20T07:00:00Z", "9 days ago"),
        ("2026-03-01T09:31:00Z", "just now"),
    ],
)
def test_how_long_ago(when: str, told: str) -> None:
    assert ago(when, now=NOW) == told


@pytest.mark.parametrize(
    "written",
    ["**loud**", "![x](https://x.example/p.png)", "[x](https://x.example)", "<img src=x>", ":red[x]", "`x`", "a\n# b"],
)
def test_what_people_wrote_is_no_markdown(written: str) -> None:
    shown = MarkdownIt().enable("linkify", ignoreInvalid=True).render(plain(written))
    assert "<" not in shown.removeprefix("<p>").removesuffix("</p>\n")


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc"))))
def test_nothing_of_a_text_is_lost(text: str) -> None:
    told = plain(text)
    assert "".join(one for at, one in enumerate(told) if not _is_stroke(told, at)) == text


def _is_stroke(told: str, at: int) -> bool:
    """Whether a backslash stands before what it keeps from being read, and is not kept so itself."""
    run = 0
    while at - run >= 0 and told[at - run] == "\\":
        run += 1
    return run % 2 == 1
