"""A run that waits or is at work: how far it has come, looked at again and again, and ending it."""

import time
from dataclasses import dataclass, field

import streamlit as st

from kith.dashboard.data.batches import Commits, rates
from kith.dashboard.data.jobs import job_of
from kith.dashboard.data.reading import Told
from kith.dashboard.data.runs import Progress, Run, cancel_run, progress_of, run_of, steps_of
from kith.dashboard.looks import Card, cards, section, value_of
from kith.dashboard.run_charts import draw_rates, draw_steps
from kith.dashboard.sight import Sight
from kith.dashboard.wording import count, moment, share, whole

__all__ = ["live"]

STEADY = """
<style>
.st-key-kith-run-live [data-stale="true"] { opacity: 1 !important; transition: none !important; }
</style>
"""
"""What is about to be shown anew stays as it is until then: it would flicker."""

HEARD, CANCELLED = "kith.runs.heard", "kith.runs.cancelled"
"""What this session heard of a run, and which one it asked to end."""


@dataclass(slots=True)
class _Heard:
    """How many messages a run had taken in, at the times (in milliseconds) at which it was looked at."""

    run_id: str
    accepted: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def add(self, accepted: int) -> None:
        self.accepted.append((int(1000 * time.time()), accepted))

    def commits(self) -> Commits:
        """What was taken in between two looks, at the later one."""
        more = [(at, now - before) for (_, before), (at, now) in zip(self.accepted, self.accepted[1:], strict=False)]
        return Commits(self.accepted[0][0], self.accepted[-1][0], tuple(more))


def live(sight: Sight, run: Run) -> None:
    """How it stands, from how it stood just now until it is over: then the whole page is shown anew."""
    st.html(STEADY)
    with st.container(key="kith-run-live"):
        _now(sight, run.run_id, [run])


@st.fragment(run_every=2)
def _now(sight: Sight, run_id: str, asked: list[Run]) -> None:
    """`asked`: the answer that is there already, for the first time alone."""
    run = asked.pop() if asked else value_of(run_of(sight.api, run_id))
    if run is None:
        return
    if run.over:
        st.rerun()
    if run.status == "waiting":
        _waits(sight, run)
        _cancel(sight, run)
        return
    found = progress_of(sight.api, run_id)
    progress = found.value if isinstance(found, Told) else None
    _figures(run, progress)
    _cancel(sight, run)
    _speed(run)
    section("Steps", "Records that each step is done with so far.")
    draw_steps(steps_of(run, progress=progress))


def _waits(sight: Sight, run: Run) -> None:
    job = job_of(sight.api, run.run_id) if sight.caller.may("write") else None
    ahead = job.value.ahead if isinstance(job, Told) else 0
    told = f"It waits for {count(ahead, 'job')} before it." if ahead else "It begins in a moment."
    st.info(told, icon=":material/hourglass_empty:")


def _figures(run: Run, progress: Progress | None) -> None:
    cards(
        [
            Card("Status", run.status, "now", f"Began {moment(run.started_at)}"),
            Card("Read", whole(run.read), count(run.batches, "batch", "batches"), "Records of committed batches"),
            Card("Accepted", whole(run.accepted), None, "Messages that were taken in"),
            Card("Duplicate", whole(run.duplicate), None, "Messages that were there already"),
            Card("Rejected", whole(run.rejected), share(run.rejected_share), "Records that were turned away"),
        ]
    )
    if progress is not None and progress.done is not None:
        told = f"About {share(progress.done)} is done, and {share(progress.share)} of the input has been read"
        st.progress(progress.done, text=told)


def _cancel(sight: Sight, run: Run) -> None:
    if not sight.caller.may("write"):
        return
    asked = st.session_state.get(CANCELLED) == run.run_id
    if not asked and st.button("Cancel this run", icon=":material/stop_circle:", key="kith.runs.cancel"):
        asked = value_of(cancel_run(sight.api, run.run_id)) is not None
        st.session_state[CANCELLED] = run.run_id if asked else None
    if asked:
        st.caption("It was asked to end: it finishes the batch in flight, and what was taken in stays.")


def _speed(run: Run) -> None:
    heard: _Heard | None = st.session_state.get(HEARD)
    if heard is None or heard.run_id != run.run_id:
        heard = st.session_state[HEARD] = _Heard(run.run_id)
    heard.add(run.accepted)
    told = rates(heard.commits())
    if told:
        section("Throughput", "Messages that were committed since you have looked, UTC.")
        draw_rates(told)
