"""A rejected record as it was read, beside what is wrong with it; trying it, or all like it, again."""

from dataclasses import dataclass

import streamlit as st

from kith.dashboard.data.jobs import Job, JobId
from kith.dashboard.data.quality import MOST_AGAIN, WholeRejected, rejected, tried_again, try_again, try_all_again
from kith.dashboard.data.reading import Missing, Reading
from kith.dashboard.jobs_view import Work, follow, take_up
from kith.dashboard.looks import empty, section, to_run, value_of
from kith.dashboard.rejection_words import CODES
from kith.dashboard.sight import Sight
from kith.dashboard.wording import count, moment, plain, whole

__all__ = ["CHOSEN", "Selection", "again", "outcome", "show_rejection"]

CHOSEN = "rejection"
"""The parameter of the address that says which one is shown."""
TALL = 320
"""Pixels of a record at most; the rest of it scrolls."""
FIELDS_HELP = (
    "What fields are called in these records, one a line: `message=body` says that the text stands in `body`. "
    "The usual names are known without it."
)


def _forget_choice(job: Job) -> None:
    """Where all went through: the one that was chosen is not on the list any more."""
    found = tried_again(job)
    if found is not None and found.accepted == found.replayed > 0:
        st.query_params.pop(CHOSEN, None)


TRY = Work("kith.quality.job", doing="Trying…", failed="They could not be tried again", over=_forget_choice)


@dataclass(frozen=True, slots=True)
class Selection:
    """What can be tried again: the one that was chosen, and all of a code and a run. `number`: how many those are."""

    chosen: str | None
    code: str | None
    run: str | None
    number: int | None


def show_rejection(sight: Sight, rejection_id: str) -> bool:
    """One rejection, with the record as text: nothing in it is read as anything else. Whether it is there."""
    reading = rejected(sight.api, rejection_id)
    if isinstance(reading, Missing) and reading.why == "unknown":
        empty("The record that was chosen is not on the list, or not any more.")
        return False
    found = value_of(reading)
    if found is None:
        return False
    record, error = st.columns([3, 2], gap="medium")
    with record:
        st.markdown("**The record, as it was read**")
        if found.raw:
            st.code(found.raw, language=None, wrap_lines=True, height=TALL if _long(found.raw) else "content")
        else:
            empty("Nothing was kept of it.")
    with error:
        st.markdown("**What is wrong with it**")
        st.error(plain(found.detail), icon=":material/error:")
        st.markdown("  \n".join(_lines(found)))
        to_run(found.run_id)
    return True


def _long(raw: str) -> bool:
    return len(raw) > 800 or raw.count("\n") > 12


def _lines(found: WholeRejected) -> list[str]:
    return [
        f"Code **{plain(found.code)}**: {plain(CODES.get(found.code, 'not known to this dashboard'))}",
        f"Source {plain(found.source)}",
        f"Place {plain(found.position)}",
        f"Run {plain(found.run_id)}",
        f"Turned away {moment(found.rejected_at)}",
        f"Id `{found.id}`",
    ]


def again(sight: Sight, selection: Selection) -> None:
    """Has one rejection tried again, or all that are selected, with other names for fields if need be."""
    section("Try again", "Once the cause is mended, or a field is named. What goes through leaves the list.")
    given = st.text_area(
        "Field names", placeholder="message=body", key="kith.quality.fields", height=80, help=FIELDS_HELP
    )
    fields = [line.strip() for line in given.splitlines() if line.strip()]
    with st.container(horizontal=True):
        one = st.button(
            "Try this one again",
            key="kith.quality.again",
            type="primary",
            icon=":material/replay:",
            disabled=selection.chosen is None,
            help="Choose a row first." if selection.chosen is None else None,
        )
        every = selection.number != 0 and st.button(
            _name_of(selection), key="kith.quality.again_all", icon=":material/replay:"
        )
    if one and selection.chosen is not None:
        st.query_params[CHOSEN] = selection.chosen  # so that it stays chosen if it does not go through
        _begun(try_again(sight.api, [selection.chosen], fields=fields))
    elif every:
        _begun(try_all_again(sight.api, code=selection.code, run=selection.run, fields=fields))


def _name_of(selection: Selection) -> str:
    of_code = "" if selection.code is None else f" {selection.code}"
    if selection.number is None or selection.number > MOST_AGAIN:
        return f"Try the first {whole(MOST_AGAIN)}{of_code} again"
    return f"Try all {whole(selection.number)}{of_code} again"


def _begun(begun: Reading[JobId]) -> None:
    found = value_of(begun)
    if found is not None:
        take_up(TRY, found)
        st.rerun()


def outcome(sight: Sight) -> None:
    """Says what comes of what was tried in this session; nothing where nothing was."""
    job = follow(sight, TRY)
    if job is not None:
        _came_of(job)


def _came_of(job: Job) -> None:
    found = tried_again(job)
    if found is None:
        return
    said = f"{count(found.replayed, 'record')} tried again: {whole(found.accepted)} went through"
    said += f", {whole(found.rejected)} did not." if found.rejected else "."
    if found.cut:
        kept = f"Of {whole(found.cut)} too little was kept to try again"
        said += f" {kept}: mend the source, and read it again with `kith run`."
    if found.rejected or found.cut:
        st.warning(said, icon=":material/replay:")
    else:
        st.success(said, icon=":material/check_circle:")
