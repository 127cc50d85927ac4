"""A run that is started from files: they are chosen here, sent to the API as they come, and taken in by it."""

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from kith.dashboard.data.runs import Sent, begin_run
from kith.dashboard.looks import value_of
from kith.dashboard.sight import Sight

__all__ = ["PICKED", "start"]

PICKED = "kith.runs.picked"
"""The run that was begun or chosen last; none: the newest is looked at, whichever that is."""


def start(sight: Sight) -> None:
    """Files to choose, and a button; the run that comes of them is looked at."""
    if not sight.caller.may("write"):
        st.caption("A key that may write can start a run here, and cancel one.")
        return
    with st.expander("Start a run from files", icon=":material/upload_file:"):
        _form(sight)


def _form(sight: Sight) -> None:
    with st.form("kith.runs.start", clear_on_submit=True, border=False):
        files = st.file_uploader(
            "Conversations",
            accept_multiple_files=True,
            key="kith.runs.files",
            help="JSON or JSON Lines; plain, gzip or zstd. A file called campaigns.json or .jsonl holds campaigns.",
        )
        allowed = st.slider(
            "Rejected records that are allowed",
            0,
            100,
            5,
            format="%d %%",
            key="kith.runs.allowed",
            help="Where more of what was read is turned away, the run ends early. What was taken in by then stays.",
        )
        full = st.checkbox(
            "Read files from their start",
            key="kith.runs.full",
            help="Otherwise a file of the same name that has grown is read on from where it ended.",
        )
        if not st.form_submit_button("Start", type="primary", icon=":material/play_arrow:"):
            return
    if not files:
        st.warning("Choose a file first.", icon=":material/upload_file:")
        return
    with st.spinner("Sending…"):
        begun = value_of(begin_run(sight.api, _sent(files), full=full, max_rejected=allowed / 100))
    if begun is not None:
        st.session_state[PICKED] = begun.run_id


def _sent(files: Sequence[UploadedFile]) -> list[Sent]:
    return [Sent(one.name, one.size, one) for one in files]
