"""A framework's official or licensed text: a file, what each column means, what it holds, and then it is kept."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import streamlit as st
from markupsafe import Markup

from ingest.frameworks.service import FrameworkImport, FrameworkReport, read_framework, table_columns
from ingest.frameworks.table import FIELDS
from ingest.inventory.interface import ColumnUse
from knowledge.errors import VcisoError
from knowledge.frameworks.catalogue import Catalogue
from knowledge.records.framework import Requirement
from ui.app.catalogue import (
    SHARED,
    keep_client_framework,
    keep_framework,
    remove_client_framework,
    remove_framework,
)
from ui.app.text import block, bullets, counted, inert, md, table
from ui.web.views.frame import View, errors_here, say_error, show

FORMATS: Final = ["json", "xml", "yaml", "yml", "csv", "xlsx"]
TABLES: Final = (".csv", ".xlsx")
NOT_READ: Final = "-"
SHOWN_ROWS: Final = 8
SHOWN_NOTES: Final = 20
LONGEST: Final = 160
"""Characters of a requirement's text in the preview."""


def section(view: View, catalogue: Catalogue, homes: dict[str, str]) -> None:
    """The copies that are here, then a file; nothing is kept before the last button."""
    if said := view.kept("framework-said", ""):
        st.success(md(said), icon=":material/check_circle:")
        view.drop("framework-said")
    if view.places.may(view.client.id, "edit"):
        _import(view)
    _copies(view, catalogue, homes)


def _import(view: View) -> None:
    st.header("Bring a text in", anchor=False)
    st.caption(
        "OSCAL catalogs and profiles (JSON, XML, YAML), CISO Assistant libraries (YAML), tables (CSV, XLSX), at most "
        "15 MB. The format is seen in the content. 1. Choose a file. 2. See what it holds. 3. Keep it."
    )
    round_ = view.kept("framework-imports", 0)
    file = st.file_uploader("File of the framework", type=FORMATS, key=view.key(f"framework-file-{round_}"))
    if file is None:
        return
    data = file.getvalue()
    tabular = file.name.lower().endswith(TABLES)
    others = (
        ()
        if tabular
        else st.file_uploader(
            "Files that it draws on (a profile needs its catalog)",
            type=FORMATS[:4],
            accept_multiple_files=True,
            key=view.key(f"framework-others-{round_}"),
        )
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.text_input(
            "Title (empty: as the file says)", max_chars=300, key=view.key(f"framework-title-{round_}")
        )
        copy_id = st.text_input(
            "Id of the copy (empty: made of the title)",
            max_chars=80,
            key=view.key(f"framework-id-{round_}"),
            help="a-z, 0-9, dot and dash. A copy of the same id is replaced.",
        )
        sheet = ""
        if file.name.lower().endswith(".xlsx"):
            sheet = st.text_input(
                "Sheet (empty: the first with content)", max_chars=100, key=view.key(f"framework-sheet-{round_}")
            )
    try:
        mapping = _mapping(view, file.name, data, sheet) if tabular else {}
        if mapping is None:
            st.info("Choose **id** for the column that holds the ids of the requirements.")
            return
        given = [(Path(one.name).name, one.getvalue()) for one in others or ()]
        found = _read(
            view, (file.name, data), given, {"title": title, "framework_id": copy_id, "sheet": sheet}, mapping
        )
    except VcisoError as error:
        say_error(error)
        return
    _report(found.report, found.requirements)
    _keep(view, found)


def _keep(view: View, found: FrameworkImport) -> None:
    mine, all_ = f"{view.client.name} only: its licensed copy goes when the client goes", "all clients"
    where = mine
    if view.places.is_admin():
        where = st.radio("Who may read it", [mine, all_], format_func=md, key=view.key("framework-where"))
    if st.button("Keep it", type="primary", key=view.key("framework-keep"), icon=":material/library_add:"):
        with errors_here():
            if where == all_:
                before = keep_framework(view.places, found, view.now)
            else:
                before = keep_client_framework(view.places, view.client.id, found, view.now)
            words = "for all clients" if where == all_ else f"for {view.client.name}"
            said = f"{found.framework.title} is kept {words}, as {found.framework.id}. {before.sentence}"
            view.keep("framework-said", said.strip())
            view.keep("framework-imports", view.kept("framework-imports", 0) + 1)
            view.drop("framework-read")
            st.rerun()


def _mapping(view: View, name: str, data: bytes, sheet: str) -> dict[str, str] | None:
    """What a person says about the columns, where it differs from the guess; None as long as no column is the id."""
    digest = hashlib.sha256(data).hexdigest()
    columns: tuple[ColumnUse, ...] = _once(
        view, "framework-columns", (digest, sheet), lambda: table_columns(data, name=name, sheet=sheet)
    )
    options = [NOT_READ, *FIELDS]
    said: dict[str, str] = {}
    fields = set()
    st.subheader("What each column means", anchor=False)
    places = st.columns(3)
    for number, use in enumerate(columns):
        guess = use.field or NOT_READ
        with places[number % len(places)]:
            chosen = st.selectbox(
                md(use.column) or "(no header)",
                options,
                index=options.index(guess),
                format_func=lambda one: "not read" if one == NOT_READ else one,
                key=view.key(f"framework-column-{digest[:8]}-{number}"),
            )
        fields.add(chosen)
        if chosen != guess:
            said[use.column] = chosen
    return said if "id" in fields else None


def _read(
    view: View,
    file: tuple[str, bytes],
    others: Sequence[tuple[str, bytes]],
    options: dict[str, str],
    mapping: dict[str, str],
) -> FrameworkImport:
    """The file as read; read again only when something of it changed."""
    name, data = file

    def read() -> FrameworkImport:
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for other, content in others:
                paths.append(Path(folder) / other)
                paths[-1].write_bytes(content)
            return read_framework(data, view.now, name=name, mapping=mapping, others=paths, **options)  # type: ignore[arg-type]

    parts = (data, *(content for _, content in others))
    digests = tuple(hashlib.sha256(part).hexdigest() for part in parts)
    key = (digests, tuple(options.items()), tuple(sorted(mapping.items())))
    found: FrameworkImport = _once(view, "framework-read", key, read)
    return found


def _once(view: View, slot: str, key: tuple[Any, ...], work: Any) -> Any:
    """What was read is kept under the client's own keys, so that it goes with the client."""
    held = view.kept(slot)
    if held is None or held[0] != key:
        with st.spinner("Reading the file in its sandbox…"):
            held = (key, work())
        view.keep(slot, held)
    return held[1]


def _report(report: FrameworkReport, rows: Sequence[Requirement]) -> None:
    st.header("What it holds", anchor=False)
    words = (
        f"{report.title}: {counted(report.requirements, 'row')}, {report.assessable:,} to be assessed, "
        f"{report.with_text:,} with the publisher's text."
    )
    show(block(Markup('<p class="vc-decision">{}</p>').format(inert(words))))
    more = [f"{report.withdrawn:,} withdrawn"] if report.withdrawn else []
    if report.extends:
        more.append(f"recognised as the text of {report.extends}: its words will stand beside our summaries")
    if report.beyond_pack:
        more.append(f"{report.beyond_pack:,} rows are not in that pack")
    if more:
        st.caption(md(f"{'; '.join(more)}."))
    texts = [row for row in rows if row.statement or row.title][:SHOWN_ROWS]
    show(table(["Id", "Title", "Text"], [(row.id, row.title, _short(row.statement)) for row in texts]))
    if len(rows) > len(texts):
        st.caption(f"And {counted(len(rows) - len(texts), 'more row')}.")
    if report.notes:
        with st.expander(f"Remarks ({len(report.notes)})"):
            show(block(bullets(f"{note.subject}: {note.reason}" for note in report.notes[:SHOWN_NOTES])))


def _short(text: str) -> str:
    first = " ".join(text.split())
    return first if len(first) <= LONGEST else f"{first[:LONGEST].rstrip()}…"


def _copies(view: View, catalogue: Catalogue, homes: dict[str, str]) -> None:
    st.header("Copies that were brought in", anchor=False)
    heads = [head for head in catalogue.heads if head.id in homes]
    if not heads:
        st.caption("None yet: the frameworks that ship with the product hold ids, structure and our own summaries.")
        return
    names = {SHARED: "all clients", view.client.id: view.client.name}
    show(
        table(
            ["Title", "Id", "Rows", "Text of", "For"],
            [
                (
                    head.title,
                    head.id,
                    f"{len(catalogue.pack(head.id).requirements):,}",
                    head.extends,
                    names[homes[head.id]],
                )
                for head in heads
            ],
        )
    )
    mine = [
        head.id
        for head in heads
        if (view.places.is_admin() if homes[head.id] == SHARED else view.places.may(view.client.id, "edit"))
    ]
    if not mine:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Copy", mine, key=view.key("framework-copy"))
        if st.button("Take it away", key=view.key("framework-remove"), icon=":material/delete:"):
            with errors_here():
                if homes[chosen] == SHARED:
                    remove_framework(view.places, chosen, view.now)
                else:
                    remove_client_framework(view.places, view.client.id, chosen, view.now)
                view.keep("framework-said", f"The copy {chosen} is gone; the shipped frameworks stay.")
                st.rerun()
