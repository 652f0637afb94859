"""Papers of policies: Word, PDF, Markdown, a page, the whole set as one pack; each with version, approval and hash."""

from __future__ import annotations

import io
import zipfile
from typing import Final

import streamlit as st

from advisor.policies.editing import to_markdown
from knowledge.places import Places
from knowledge.records.base import ClientId
from knowledge.records.policy import Policy, PolicyVersion
from ui.app.jobs import Job
from ui.app.text import md
from ui.render.policy_export import Exported, Format, export_policies, export_soa
from ui.web.views.frame import View, now, start_job

FORMS: Final[dict[Format, str]] = {"docx": "Word", "pdf": "PDF", "html": "Page (HTML)", "md": "Markdown"}
MIME: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "html": "text/html",
    "md": "text/markdown",
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
POLL_SECONDS: Final = 0.5
SOA_FRAMEWORK: Final = "iso-27001-2022"


def section(view: View, policy: Policy, version: PolicyVersion) -> None:
    """Makes a form when it is asked for, and offers it; drafts say on each page that they are drafts."""
    job: Job[Exported, str] | None = view.kept("papers")
    if job is not None and job.running:
        st.fragment(_watch, run_every=POLL_SECONDS)(view.key("papers"))
        return
    if job is not None:
        _offer(view, job)
    st.caption(f"Of version {version.number}, {version.status}:")
    with st.container(horizontal=True):
        for form, words in FORMS.items():
            if st.button(words, key=view.key(f"paper-{policy.id}-{form}"), icon=":material/description:"):
                _start(view, [policy], form, version.number)
        st.download_button(
            "Markdown to edit",
            to_markdown(version),
            file_name=f"{policy.id}-v{version.number}.md",
            mime="text/markdown",
            key=view.key(f"md-{policy.id}-{version.number}"),
            icon=":material/download:",
            on_click="ignore",
        )
    st.caption("Of all policies:")
    with st.container(horizontal=True):
        if st.button("The whole set as one pack (ZIP)", key=view.key("paper-pack"), icon=":material/folder_zip:"):
            with view.places.client(view.client.id) as place, place.read() as unit:
                every = [one for one in unit.policies.list() if unit.policies.versions(one.id)]
            _start(view, every, "docx", None, pack=True)
        if SOA_FRAMEWORK in view.client.frameworks and st.button(
            "Statement of Applicability", key=view.key("paper-soa"), icon=":material/checklist:"
        ):
            client_id, at = view.client.id, now()
            view.keep("papers", start_job("Papers", lambda places, _job: export_soa(places, client_id, at)))
            st.rerun()


def _start(view: View, policies: list[Policy], form: Format, number: int | None, *, pack: bool = False) -> None:
    client_id: ClientId = view.client.id
    at = now()

    def work(places: Places, job: Job[Exported, str]) -> Exported:
        return export_policies(places, client_id, policies, [form], now=at, number=number, pack=pack, progress=job.step)

    view.keep("papers", start_job("Papers", work))
    st.rerun()


def _watch(key: str) -> None:
    job: Job[Exported, str] | None = st.session_state.get(key)
    if job is None or not job.running:
        st.rerun()
    done, total, subject = job.progress
    st.progress(done / total if total else 0.0, text=f"Making papers: {md(subject)}" if subject else "Making papers")
    if st.button("Stop", key=f"{key}/stop", icon=":material/stop_circle:"):
        job.cancel()


def _offer(view: View, job: Job[Exported, str]) -> None:
    if job.error or job.result is None:
        view.drop("papers")
        st.error(md(job.error or "Stopped; nothing was made."), icon=":material/error:")
        return
    for name, data in _few(job.result.files):
        st.download_button(
            f"Download {name}",
            data,
            file_name=name,
            mime=MIME.get(name.rpartition(".")[2], "application/octet-stream"),
            key=view.key(f"paper-file-{name}"),
            icon=":material/download:",
            type="primary",
            on_click="ignore",
        )
    for note in job.result.notes:
        st.caption(md(note))


def _few(files: tuple[tuple[str, bytes], ...]) -> list[tuple[str, bytes]]:
    """Up to three files as they are; more as one archive."""
    if len(files) <= 3:
        return list(files)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return [("papers.zip", made.getvalue())]
