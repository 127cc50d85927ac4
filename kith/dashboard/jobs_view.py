"""A job that was asked for: followed while the server is at it; what came of it stays for as long as the session."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from kith.dashboard.data.jobs import Job, JobId, job_of
from kith.dashboard.data.reading import Missing
from kith.dashboard.looks import missing
from kith.dashboard.sight import Sight
from kith.dashboard.wording import count

__all__ = ["Work", "follow", "take_up"]


@dataclass(frozen=True, slots=True)
class Work:
    """Some work, by the `key` under which a session keeps it, and what is said of it.

    `failed` begins the sentence that says why it failed; `over` hears of it once, when it is over.
    """

    key: str
    doing: str
    failed: str
    over: Callable[[Job], None] | None = None


def take_up(work: Work, begun: JobId) -> None:
    """Keeps a job that was asked for, in place of the one before."""
    st.session_state[work.key] = begun.id


def follow(sight: Sight, work: Work) -> Job | None:
    """The job that was done last, if one was; says so while it waits or is at work, and why where it failed."""
    kept: str | Job | Missing | None = st.session_state.get(work.key)
    match kept:
        case str():
            st.fragment(_under_way, run_every=1)(sight, work)
        case Missing():
            missing(kept)
        case Job(failure=failure) if failure is not None:
            missing(Missing("not_now", f"{work.failed}: {failure.message}", "Try again."))
        case _:
            return kept
    return None


def _under_way(sight: Sight, work: Work) -> None:
    job_id: str | Job | Missing | None = st.session_state.get(work.key)
    if not isinstance(job_id, str):
        st.rerun()
    answer = job_of(sight.api, job_id)
    if isinstance(answer, Missing):
        if answer.why == "unknown":  # it will not be known again: nothing is left to follow
            st.session_state[work.key] = answer
            st.rerun()
        missing(answer)
        return
    job = answer.value
    if job.over:
        st.session_state[work.key] = job
        if work.over is not None:
            work.over(job)
        st.rerun()
    if job.state == "waiting":
        st.info(f"It waits for {count(job.ahead, 'job')} before it.", icon=":material/hourglass_empty:")
    else:
        st.info(work.doing, icon=":material/progress_activity:")
