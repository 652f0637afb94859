"""The morning from the app: started by a button, with progress, stopped by another, told when it is done."""

from __future__ import annotations

import streamlit as st

from knowledge.places import Places
from knowledge.records.client import Client
from ui.app.jobs import Job
from ui.app.morning import MorningDone, run_all
from ui.app.text import md
from ui.web.views.frame import OWN, now, start_job

POLL_SECONDS = 0.7


def morning_panel(places: Places, client: Client | None) -> None:
    """Runs the morning for one client, or for all.

    Args:
        places: as whoever acts may use it.
        client: None for every active client.
    """
    key = f"{OWN}{client.id}/morning" if client else "morning"
    job: Job[MorningDone, str] | None = st.session_state.get(key)
    if job is None:
        _buttons(places, client, key)
        return
    if job.running:
        st.fragment(_watch, run_every=POLL_SECONDS)(key)
        return
    _told(job)
    if st.button("Close", key=f"{key}/close", icon=":material/close:"):
        del st.session_state[key]
        st.rerun()


def _buttons(places: Places, client: Client | None, key: str) -> None:
    whose = "the brief" if client else "all briefs"
    can_read = places.is_admin()
    can_write = client is None or places.may(client.id, "edit")
    if not can_write:
        return
    with st.container(horizontal=True):
        both = can_read and st.button(
            "Run the morning",
            key=f"{key}/run",
            icon=":material/wb_twilight:",
            help=f"Reads the sources that are due, then writes {whose} of today.",
        )
        only = st.button(
            "Write the brief" if client else "Write the briefs",
            key=f"{key}/write",
            icon=":material/edit_note:",
            help=f"Writes {whose} of today from what has been read; asks no source.",
        )
    if both or only:
        at, chosen = now(), None if client is None else [client.id]
        st.session_state[key] = start_job(
            "Morning",
            lambda opened, job: run_all(opened, now=at, clients=chosen, sources=both, progress=job.step),
        )
        st.rerun()


def _watch(key: str) -> None:
    """Progress, and the button that stops it; the page runs anew when it is done."""
    job: Job[MorningDone, str] | None = st.session_state.get(key)
    if job is None or not job.running:
        st.rerun()
    done, total, subject = job.progress
    words = "Stopping after this step" if job.cancelled else "Morning run"
    st.progress(min(1.0, done / total) if total else 0.0, text=f"{words}: {md(subject)[:120]}" if subject else words)
    if st.button("Stop", key=f"{key}/stop", icon=":material/stop_circle:", disabled=job.cancelled):
        job.cancel()
        st.rerun(scope="fragment")


def _told(job: Job[MorningDone, str]) -> None:
    if job.error:
        st.error(md(job.error), icon=":material/error:")
    elif job.result is None:
        st.warning("Stopped. What was finished is kept: sources that were read, briefs that were written.")
    else:
        st.success("  \n".join(["**The morning run is done.**", *(md(line) for line in job.result.lines)]))
        if job.result.failed:
            st.warning("  \n".join(["**Not covered:**", *(md(line) for line in job.result.failed)]))
