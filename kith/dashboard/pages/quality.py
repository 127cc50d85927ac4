"""Quality: whether every record is accounted for, what was turned away and why, and trying it again."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

import streamlit as st

from kith.dashboard.charts import COUNTS, draw, lying
from kith.dashboard.data.overview import held
from kith.dashboard.data.quality import (
    MOST_RUNS,
    FromSource,
    Rejections,
    Tally,
    adds_up,
    all_runs,
    by_source,
    counted,
    rejections,
    tally_of,
)
from kith.dashboard.data.reading import Told
from kith.dashboard.looks import Card, cards, choice, empty, heading, section, table, value_of
from kith.dashboard.rejection_words import CODES
from kith.dashboard.run_lines import draw_runs, run_rows
from kith.dashboard.sight import Sight
from kith.dashboard.trying_again import CHOSEN, Selection, again, outcome, show_rejection
from kith.dashboard.wording import count, plain, share, whole

__all__ = ["show"]

DRAWN_RUNS = 12
DRAWN_SOURCES = 12


def show(sight: Sight) -> None:
    """The page. `?rejection=…`, `?code=…` and `?run=…` in the address choose what is shown."""
    heading("Quality", "Whether every record that was read is accounted for, and what was turned away, and why.")
    _accounts(sight)
    _turned_away(sight)


def _accounts(sight: Sight) -> None:
    found = value_of(all_runs(sight.api))
    if found is None:
        return
    section("Counts in, counts out", "What was read is what was accepted, known before, or rejected: nothing is lost.")
    if not found.items:
        empty("Nothing has run yet.", "Take conversations in with `kith run FILE`.")
        return
    tally = tally_of(found.items)
    off = [run for run in found.items if not adds_up(run)]
    _say(tally, [run.run_id for run in off], latest=found.next is not None)
    rejected_share = share(tally.rejected / tally.read) if tally.read else None
    cards(
        [
            Card("Read", whole(tally.read), count(tally.runs, "run"), "Records that runs have read, in all"),
            Card("Accepted", whole(tally.accepted), None, "New, or another version of what was there"),
            Card("Duplicate", whole(tally.duplicate), None, "There already, with the same content"),
            Card("Rejected", whole(tally.rejected), rejected_share, "Turned away with the reason"),
        ]
    )
    draw_runs(found.items[:DRAWN_RUNS])
    table(
        [
            {"adds up": "✓" if adds_up(run) else "✗", **row}
            for run, row in zip(found.items, run_rows(found.items), strict=True)
        ],
        key="kith.quality.runs",
        told="Each run: what it read, and what came of it.",
        size=8,
    )


def _say(tally: Tally, off: Sequence[str], *, latest: bool) -> None:
    of_runs = f"the latest {count(MOST_RUNS, 'run')}" if latest else count(tally.runs, "run")
    parts = f"{whole(tally.accepted)} accepted, {whole(tally.duplicate)} duplicate, {whole(tally.rejected)} rejected"
    if not off:
        st.success(
            f"Every record is accounted for: {whole(tally.read)} read in {of_runs}, of which {parts}.",
            icon=":material/check_circle:",
        )
        return
    those = ", ".join(f"`{run_id}`" for run_id in off[:5]) + (" and others" if len(off) > 5 else "")
    st.error(
        f"The counts do not add up: {whole(tally.read)} read in {of_runs}, but {parts}; see {those}. "
        "`kith verify` compares the stores, and `kith run --full FILE` reads a source again.",
        icon=":material/error:",
    )


@st.fragment
def _turned_away(sight: Sight) -> None:
    known = value_of(held(sight.api))
    if known is None:
        return
    section("Turned away", "What stands on the list now: what went through when it was tried again has left it.")
    if not known.rejections:
        empty("Nothing stands on the list.")
    codes = sorted(known.rejections.items(), key=lambda one: (-one[1], one[0]))
    if not sight.caller.may("admin"):
        if codes:
            _bars(codes, by="code")
        st.caption("The records themselves, and where they came from, are shown to a key that may administer.")
        return
    every = value_of(rejections(sight.api)) if codes else None
    if every is not None:
        _drawn(sight, codes, every)
        _listed(sight, known.rejections, every)
    outcome(sight)


def _drawn(sight: Sight, codes: Sequence[tuple[str, int]], every: Rejections) -> None:
    told = Told(counted(every.items)) if not sight.ledger.url else by_source(sight.ledger)
    part = None if sight.ledger.url or every.next is None else len(every.items)
    by_code, beside = st.columns(2, gap="large")
    with by_code:
        st.markdown("**By code**")
        _bars(codes, by="code")
    with beside:
        st.markdown("**By source**" if part is None else f"**By source**, of the first {whole(part)} on the list")
        found = value_of(told)
        if not found:
            return
        drawn = found[:DRAWN_SOURCES]
        names = _short(one.source for one in drawn)
        _bars([(names[one.source], one.records) for one in drawn], by="source")
    table(
        [{"source": one.source, "records": one.records, "by code": _told(one)} for one in found],
        key="kith.quality.sources",
        told="Rejections by source.",
        size=10,
    )


def _bars(counts: Sequence[tuple[str, int]], *, by: str) -> None:
    chart = lying(
        [{by: name, "records": number} for name, number in counts],
        name=by,
        number="records",
        unit="records",
        ticks=COUNTS,
    )
    draw(chart, told=f"Rejections by {by}: {', '.join(f'{whole(number)} {name}' for name, number in counts)}.")


def _told(one: FromSource) -> str:
    return ", ".join(f"{whole(number)} {code}" for code, number in one.codes)


def _listed(sight: Sight, known: Mapping[str, int], every: Rejections) -> None:
    wanted, run = st.query_params.get("code"), st.query_params.get("run")
    section("One by one", "Choose a row to see the record as it was read.")
    code = st.selectbox(
        "Code",
        list(CODES),
        index=list(CODES).index(wanted) if wanted is not None and wanted in CODES else None,
        format_func=lambda one: f"{one}: {CODES[one]}",
        key="kith.quality.code",
        placeholder="All codes",
    )
    if run is not None:
        st.button(f"Of run {plain(run)}; show all", icon=":material/close:", on_click=_of_all_runs)
    listed = every if (code, run) == (None, None) else value_of(rejections(sight.api, code=code, run=run))
    if listed is None:
        return
    if not listed.items:
        empty("None of the kind stands on the list.")
    chosen = _choose(listed, code, run)
    if chosen is not None and not show_rejection(sight, chosen):
        chosen = None
    if listed.items or chosen is not None:
        again(sight, Selection(chosen, code, run, _how_many(listed, known, code=code, run=run)))


def _of_all_runs() -> None:
    st.query_params.pop("run", None)


def _how_many(listed: Rejections, known: Mapping[str, int], *, code: str | None, run: str | None) -> int | None:
    """How many there are of those of which the first are listed; None where nobody counts them."""
    if listed.next is None:
        return len(listed.items)
    if run is not None:
        return None
    return sum(known.values()) if code is None else known.get(code, 0)


def _choose(listed: Rejections, code: str | None, run: str | None) -> str | None:
    """The id of one that was chosen here, or is named in the address."""
    if listed.next is not None:
        st.caption(f"The first {whole(len(listed.items))} are listed; choose a code for others.")
    names = _short({one.source for one in listed.items})
    columns = {"why": st.column_config.TextColumn(width="large"), "id": None}
    picked = (
        choice(
            [
                {"code": one.code, "why": one.detail, "where": one.position, "source": names[one.source], "id": one.id}
                for one in listed.items
            ],
            key=f"kith.quality.listed.{code}.{run}",
            told="Records that were turned away.",
            columns=columns if code is None else columns | {"code": None},
            size=10,
        )
        if listed.items
        else None
    )
    return str(picked["id"]) if picked is not None else st.query_params.get(CHOSEN)


def _short(sources: Iterable[str]) -> dict[str, str]:
    """What a source is called where there is little room: the end of its name, where no other ends like it."""
    ends = {source: "/".join(PurePosixPath(source).parts[-2:]) for source in sources}
    alike = Counter(ends.values())
    return {source: source if alike[end] > 1 or end == source else f"…/{end}" for source, end in ends.items()}
