"""The import of an inventory: a file, what each column means, what would happen, and then it happens."""

from __future__ import annotations

import hashlib
from typing import Any, Final, get_args

import streamlit as st
from markupsafe import Markup

from ingest.inventory.apply import apply_import
from ingest.inventory.interface import AssetImport, ImportReport, Inventory, RowOutcome, Subject, ThirdPartyImport
from ingest.inventory.kinds import ASSETS, THIRD_PARTIES
from ingest.inventory.mapping import EXPORT_ID
from ingest.inventory.service import plan_assets, plan_third_parties, read_inventory
from knowledge.errors import VcisoError
from knowledge.store.units import ClientUnit
from ui.app.text import block, bullets, counted, inert, md, table
from ui.web.views.frame import View, errors_here, say_error, show

SHOWN: Final = 25
"""Rows of one outcome that the report shows."""
NOT_READ: Final = "-"
FORMATS: Final = ["csv", "tsv", "txt", "xlsx", "xlsm", "json", "xml", "spdx"]
ACTIONS: Final = {"insert": "New", "update": "Changed", "skip": "Skipped", "unchanged": "Unchanged"}


def section(view: View) -> None:
    """Upload, mapping, dry run, apply; nothing is changed before the last button."""
    if done := view.kept("import-done", ""):
        st.success(md(done), icon=":material/check_circle:")
        view.drop("import-done")
    words: dict[Subject, str] = {"assets": "Assets", "suppliers": "Suppliers and SaaS"}
    subject = st.radio(
        "What is in the list?",
        get_args(Subject),
        format_func=words.__getitem__,
        horizontal=True,
        key=view.key("subject"),
    )
    file = st.file_uploader(
        "Inventory file",
        type=FORMATS,
        key=view.key(f"file-{view.kept('imports', 0)}"),
        help="CSV, XLSX, CycloneDX, SPDX or nmap XML, at most 15 MB. The format is seen in the content.",
    )
    if file is None:
        st.caption("1. Choose a file. 2. See what each column means. 3. See what would change. 4. Apply.")
        return
    data = file.getvalue()
    try:
        inventory, mapping = _read(view, file.name, data, subject)
    except VcisoError as error:
        say_error(error)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        origin = st.text_input(
            "Name of the list",
            file.name,
            max_chars=200,
            key=view.key(f"origin-{file.name}"),
            help="The next issue of the same list keeps this name, so that rows which are gone from it are noticed.",
        )
    retire = st.checkbox(
        "Remove rows that came from this list before and are gone from it", key=view.key("retire"), value=False
    )
    with view.places.client(view.client.id) as place, place.read() as unit:
        plan = _plan(view, unit, inventory, subject, origin, retire=retire)
    _report(plan.report)
    changes = plan.third_parties.changes_anything or (isinstance(plan, AssetImport) and plan.assets.changes_anything)
    if not changes:
        st.info("Nothing would change.")
        return
    if st.button("Apply", type="primary", key=view.key("apply"), icon=":material/playlist_add_check:"):
        with errors_here(), view.places.client(view.client.id) as place, place.write() as unit:
            # Planned again inside the transaction: somebody else may have changed a row meanwhile.
            report = apply_import(unit, _plan(view, unit, inventory, subject, origin, retire=retire), view.now)
            view.keep("import-done", f"Imported. {report.sentence}.")
        if view.kept("import-done"):
            view.keep("imports", view.kept("imports", 0) + 1)
            del mapping
            st.rerun()


def _plan(
    view: View, unit: ClientUnit, inventory: Inventory, subject: Subject, origin: str, *, retire: bool
) -> AssetImport | ThirdPartyImport:
    if subject == "assets":
        known = unit.assets.list(), unit.third_parties.list()
        return plan_assets(inventory, *known, view.now, origin=origin, retire_missing=retire)
    return plan_third_parties(inventory, unit.third_parties.list(), view.now, origin=origin, retire_missing=retire)


def _read(view: View, name: str, data: bytes, subject: Subject) -> tuple[Inventory, dict[str, str]]:
    """The file with the mapping that the person chose; read again only when something of it changed."""
    sheet = st.session_state.get(view.key("sheet"), "") if name.lower().endswith((".xlsx", ".xlsm")) else ""
    if name.lower().endswith((".xlsx", ".xlsm")):
        sheet = st.text_input(
            "Sheet (name or number; empty: the first with content)", key=view.key("sheet"), max_chars=100
        )
    digest = hashlib.sha256(data).hexdigest()
    guess: Inventory = _cached(view, ("guess", digest, subject, sheet), (name, data), {})
    if not guess.columns:
        return guess, {}
    mapping = _mapping(view, guess, subject, digest)
    if not mapping:
        return guess, {}
    chosen = ("mapped", digest, subject, sheet, tuple(sorted(mapping.items())))
    return _cached(view, chosen, (name, data), mapping), mapping


def _cached(view: View, key: tuple[Any, ...], file: tuple[str, bytes], mapping: dict[str, str]) -> Inventory:
    """What was read is kept with the client's own keys, so that it goes with the client."""
    slot, _, subject, sheet = key[:4]
    name, data = file
    held = view.kept(f"read-{slot}")
    if held is not None and held[0] == key:
        found: Inventory = held[1]
        return found
    with st.spinner("Reading the file in its sandbox…"):
        found = read_inventory(data, name=name, subject=subject, mapping=mapping, sheet=sheet)
    view.keep(f"read-{slot}", (key, found))
    return found


def _mapping(view: View, guess: Inventory, subject: Subject, digest: str) -> dict[str, str]:
    """What a person says about the columns, where it differs from the guess."""
    fields = ASSETS.fields if subject == "assets" else THIRD_PARTIES.fields
    options = [NOT_READ, *fields]
    said: dict[str, str] = {}
    st.header("What each column means", anchor=False)
    st.caption("Guessed from the headers and the content. Put right what is wrong; the report below follows.")
    columns = st.columns(3)
    for number, use in enumerate(guess.columns):
        if use.column == EXPORT_ID or use.field not in ("", *fields):
            continue
        field = use.field or NOT_READ
        with columns[number % 3]:
            chosen = st.selectbox(
                md(use.column) or "(no header)",
                options,
                index=options.index(field),
                format_func=lambda one: "not read" if one == NOT_READ else one.replace("_", " "),
                key=view.key(f"column-{digest[:8]}-{number}"),
                help=f"Guessed: {use.field or 'not read'} ({use.reason}).",
            )
        if chosen != field:
            said[use.column] = chosen
    return said


def _report(report: ImportReport) -> None:
    st.header("What would happen", anchor=False)
    show(block(Markup('<p class="vc-decision">{}</p>').format(inert(f"{report.sentence}."))))
    for action, title in ACTIONS.items():
        rows = [row for row in report.rows if row.action == action]
        if action == "unchanged":
            rows = [row for row in rows if row.kept or row.reason]
        _rows(f"{title} ({len(rows)})", rows, opened=action != "unchanged")
    added = [row for row in report.suppliers if row.action == "insert"]
    _rows(f"Suppliers that it names, new ({len(added)})", added, opened=True)
    if report.absent:
        with st.expander(f"In {md(report.origin)} before, not in this file ({len(report.absent)})"):
            show(
                table(["Name", "Becomes"], [(one.name, "removed" if one.retired else "kept") for one in report.absent])
            )
    if report.notes:
        with st.expander(f"Remarks ({len(report.notes)})"):
            show(block(bullets(f"{note.subject}: {note.reason}" for note in report.notes[:SHOWN])))


def _rows(title: str, rows: list[RowOutcome], *, opened: bool) -> None:
    if not rows:
        return
    with st.expander(title, expanded=opened and len(rows) <= SHOWN):
        show(table(["Name", "Where", "What"], [(row.name or "–", row.where, _what(row)) for row in rows[:SHOWN]]))
        if len(rows) > SHOWN:
            st.caption(f"And {counted(len(rows) - SHOWN, 'more row')}.")


def _what(row: RowOutcome) -> str:
    words = [f"{change.field}: {change.old or 'empty'} → {change.new}" for change in row.changes]
    words += [f"blank in the file, kept: {', '.join(row.kept)}"] if row.kept else []
    words += [row.reason] if row.reason else []
    return "; ".join(words)
