"""Documents: what answers quote; added, kept version by version, searched for hidden text, opened, removed."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from ingest.documents.interface import Outcome
from ingest.documents.originals import original_path
from ingest.documents.service import add_document, index_added, read_document, remove_document, unindex
from knowledge.errors import VcisoError
from knowledge.places import Places
from knowledge.records.base import ClientId
from knowledge.records.document import Document, DocumentPart
from ui.app.jobs import Job
from ui.app.text import block, bullets, counted, inert, md, moment, table
from ui.render.escape import shown
from ui.web.views.frame import View, act, client_page, now, say_error, show, start_job

KINDS = ["docx", "pdf", "md", "markdown", "html", "htm", "txt"]
AS_NEW = "let the copilot see (same name or title: new version)"
POLL_SECONDS = 0.5
LINES = 60
"""Parts that one look into a document shows at first."""

Added = tuple[tuple[Outcome, ...], tuple[str, ...]]


def show_page() -> None:
    """The documents of the client in view."""
    with client_page("Documents") as view:
        with view.places.client(view.client.id) as place, place.read() as unit:
            documents, counts = unit.documents.list(), unit.documents.counts()
            versions = {one.id: unit.documents.versions(one.id) for one in documents}
        if view.places.may(view.client.id, "edit"):
            _add(view, documents)
        if not documents:
            st.info(
                f"No document of {view.client.name} yet. Add its policies, plans and contracts: answers quote them, "
                "and policies are compared with them.",
                icon=":material/description:",
            )
            return
        st.header(f"{view.client.name} has {counted(len(documents), 'document')}", anchor=False)
        show(
            table(
                ["Title", "File", "Version", "Length", "Added", "Hidden text"],
                [_row(one, counts.get(one.id, 0), view.client.timezone) for one in documents],
            )
        )
        _open(view, documents, versions)


def _row(one: Document, parts: int, zone: str) -> list[str | Markup]:
    length = counted(one.pages, "page") if one.pages else counted(parts, "part")
    hidden = (
        Markup('<span class="warn">? {}</span>').format(counted(len(one.hidden_text), "place"))
        if one.hidden_text
        else ""
    )
    return [one.title, one.file_name, str(one.version), length, moment(one.added_at, zone), hidden]


def _add(view: View, documents: Sequence[Document]) -> None:
    job: Job[Added, str] | None = view.kept("adding")
    if job is not None and job.running:
        st.fragment(_watch, run_every=POLL_SECONDS)(view.key("adding"))
        return
    if job is not None:
        _told(view, job)
    with st.expander("Add documents", expanded=not documents, icon=":material/upload_file:"):
        files = st.file_uploader(
            "Files",
            type=KINDS,
            accept_multiple_files=True,
            key=view.key(f"files-{view.kept('rounds', 0)}"),
            help="DOCX, PDF, Markdown, HTML or text, at most 15 MB each. Each is read in a sandbox.",
        )
        names = {AS_NEW: AS_NEW} | {one.id: f"a new version of {shown(one.title)}" for one in documents}
        replace = st.selectbox("Each file is", list(names), format_func=names.__getitem__, key=view.key("replace"))
        ocr = st.checkbox(
            "Take the invisible text that text recognition laid over the pages of a scan", key=view.key("ocr")
        )
        if st.button("Add", type="primary", key=view.key("add"), icon=":material/add:", disabled=not files):
            sent = [(file.name, file.getvalue()) for file in files]
            target = "" if replace == AS_NEW else replace
            view.keep("adding", _start(view.client.id, sent, target, ocr=ocr))
            view.keep("rounds", view.kept("rounds", 0) + 1)
            st.rerun()


def _start(client_id: ClientId, files: list[tuple[str, bytes]], replace: str, *, ocr: bool) -> Job[Added, str]:
    at = now()

    def work(places: Places, job: Job[Added, str]) -> Added:
        done: list[Outcome] = []
        refused: list[str] = []
        for number, (name, data) in enumerate(files):
            job.step(number, len(files), name)
            try:
                read = read_document(data, name=name, trust_ocr=ocr)
                with places.client(client_id) as place:
                    together = [one.document.id for one in done]
                    outcome = add_document(place, read, at, replace=replace, together=together)
                    if outcome.action != "unchanged":
                        index_added(place, outcome)
            except VcisoError as error:
                refused.append(str(error))
                continue
            done.append(outcome)
        return tuple(done), tuple(refused)

    return start_job("Adding documents", work)


def _watch(key: str) -> None:
    job: Job[Added, str] | None = st.session_state.get(key)
    if job is None or not job.running:
        st.rerun()
    done, total, name = job.progress
    st.progress(done / total if total else 0.0, text=f"Reading {md(name)}" if name else "Reading")
    if st.button("Stop", key=f"{key}/stop", icon=":material/stop_circle:"):
        job.cancel()


def _told(view: View, job: Job[Added, str]) -> None:
    view.drop("adding")
    if job.error:
        st.error(md(job.error), icon=":material/error:")
        return
    if job.result is None:
        st.warning("Stopped. Documents that were read before are kept.")
        return
    done, refused = job.result
    for one in done:
        verb = {"added": "Added", "replaced": f"Version {one.document.version} of", "unchanged": "Unchanged:"}[
            one.action
        ]
        st.success(md(f"{verb} {one.document.title} ({one.file}, {counted(one.parts, 'part')})."))
        if one.document.hidden_text:
            st.warning(
                f"Hidden text was found in {md(one.document.title)} and left out: "
                f"{md('; '.join(one.document.hidden_text[:3]))}. Open it below to see where."
            )
    for reason in refused:
        st.error(f"Not added: {md(reason)}", icon=":material/error:")


def _open(view: View, documents: Sequence[Document], versions: dict[str, tuple[Document, ...]]) -> None:
    st.header("Look into one", anchor=False)
    titles = {one.id: shown(one.title) for one in documents}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Document", list(titles), format_func=titles.__getitem__, key=view.key("document"))
        number = st.selectbox(
            "Version",
            [one.version for one in versions[chosen]],
            format_func=lambda one: f"{one}{'' if one < versions[chosen][0].version else ' (current)'}",
            key=view.key(f"version-{chosen}"),
            width=180,
        )
    with view.places.client(view.client.id) as place:
        with place.read() as unit:
            document, parts = unit.documents.get(chosen, number), unit.documents.parts(chosen, number)
        original = original_path(place.folder, document.sha256, document.kind)
        data = original.read_bytes() if original.is_file() else None
    if document.hidden_text:
        st.warning(
            f"Text that a reader does not see was found and left out, {counted(len(document.hidden_text), 'place')}:"
        )
        show(block(bullets(document.hidden_text)))
    if document.notes:
        show(block(Markup('<p class="vc-dim">{}</p>').format(bullets(document.notes))))
    _text(view, document, parts)
    with st.container(horizontal=True):
        if data is not None:
            st.download_button(
                "Download the original",
                data,
                file_name=document.file_name,
                mime="application/octet-stream",
                key=view.key(f"original-{chosen}-{number}"),
                icon=":material/download:",
                on_click="ignore",
            )
        if view.places.may(view.client.id, "edit") and st.button(
            "Remove…", key=view.key(f"remove-{chosen}"), icon=":material/delete:"
        ):
            _remove(view.client.id, document)


def _text(view: View, document: Document, parts: Sequence[DocumentPart]) -> None:
    whole = len(parts) <= LINES or st.toggle(f"All {len(parts)} parts", key=view.key(f"whole-{document.id}"))
    lines = [_part(part) for part in (parts if whole else parts[:LINES])]
    with st.container(border=True, height=420 if len(lines) > 14 else "content"):
        show(block(*lines))


def _part(part: DocumentPart) -> Markup:
    place = Markup(' <span class="vc-dim vc-small">{}</span>').format(inert(part.locator))
    if part.kind == "heading":
        return Markup("<p><strong>{}</strong></p>").format(inert(part.text))
    bullet = "• " if part.kind == "list-item" else ""
    return Markup("<p>{}{}{}</p>").format(bullet, inert(part.text), place)


@st.dialog("Remove a document")
def _remove(client_id: ClientId, document: Document) -> None:
    st.write(
        f"Remove **{md(document.title)}** with all its versions and originals for good? The audit log keeps one line."
    )
    if st.button("Remove for good", type="primary", key=f"of/{client_id}/remove-now", icon=":material/delete_forever:"):

        def work(view: View) -> None:
            with view.places.client(client_id) as place:
                remove_document(place, document.id, view.now)
                unindex(place, document.id)

        try:
            act(client_id, work)
        except VcisoError as error:
            say_error(error)
        else:
            st.rerun()
