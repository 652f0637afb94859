"""Frameworks: what is demanded, what of it is covered by what, and what corresponds to what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st
from markupsafe import Markup

from knowledge.frameworks.catalogue import Catalogue
from knowledge.frameworks.loader import Pack
from ui.app.catalogue import catalogue_of
from ui.app.coverage import RequirementCover, cells, cover_framework, named_in, policy_texts
from ui.app.text import block, bullets, counted, inert, md, rows, table
from ui.web.views import framework_import
from ui.web.views.frame import View, act, client_page, errors_here, show
from ui.web.views.pictures import show_chart

SECTIONS: Final = ("Coverage", "Requirements", "Crosswalk", "Import & copies")
SHOWN_ROWS: Final = 60
SIGNS: Final = {
    "met": ("✓ met", "good"),
    "partly": ("… in part", "warn"),
    "draft": ("◌ on its way", "none"),
    "": ("– no clause", "none"),
}


def show_page() -> None:
    """One framework at a time, those in the client's scope first."""
    with client_page("Frameworks") as view:
        catalogue, homes = catalogue_of(view.places, view.client.id)
        section = st.segmented_control(
            "Section",
            SECTIONS,
            default=SECTIONS[0],
            required=True,
            key=view.key("section"),
            label_visibility="collapsed",
        )
        if section == SECTIONS[-1]:
            framework_import.section(view, catalogue, homes)
            return
        heads = {head.id: head for head in catalogue.heads}
        scope = [one for one in view.client.frameworks if one in heads]
        order = [*scope, *(one for one in heads if one not in scope)]
        if not scope:
            st.info(f"No framework is in the scope of {view.client.name} yet. Choose them under **Settings**.")
        chosen = st.selectbox(
            "Framework",
            order,
            format_func=lambda one: f"{heads[one].title}{' (in scope)' if one in scope else ''}",
            key=view.key("framework"),
        )
        pack = catalogue.pack(chosen)
        head = pack.framework
        where = {"shared": " Imported, for all clients.", view.client.id: " Imported, for this client."}
        st.caption(
            f"{head.short}, {counted(len(pack.assessable), 'requirement')} to be assessed. {head.licence}"
            f"{where.get(homes.get(chosen, ''), '')}"
        )
        if section == "Crosswalk":
            _crosswalk(view, catalogue, pack)
            return
        covered = _covered(view, catalogue, pack)
        if section == "Coverage":
            _coverage(view, pack, covered)
        else:
            _requirements(view, pack, covered)


def _covered(view: View, catalogue: Catalogue, pack: Pack) -> tuple[RequirementCover, ...]:
    with view.places.client(view.client.id) as place, place.read() as unit:
        in_force, drafts = policy_texts(unit)
        documents = unit.documents.list()
        # Ids are looked for anew only when a document changed.
        stamp = tuple((one.id, one.version, one.sha256) for one in documents)
        held = view.kept("named")
        if held is None or held[0] != stamp:
            parts = {one.title: unit.documents.parts(one.id) for one in documents}
            held = (stamp, named_in(parts, catalogue))
            view.keep("named", held)
    return cover_framework(pack, in_force, drafts, held[1], catalogue)


def _coverage(view: View, pack: Pack, covered: Sequence[RequirementCover]) -> None:
    total = len(covered)
    met = sum(bool(one.in_force) for one in covered)
    served = sum(bool(one.served) for one in covered)
    drafted = sum(bool(one.drafted and not one.in_force) for one in covered)
    named = sum(bool(one.documents) for one in covered)
    words = (
        f"Of {counted(total, 'requirement')}, clauses in force meet {met} and serve {served} in part; drafts meet "
        f"{drafted} more. Documents name {named}."
    )
    show(block(Markup('<p class="vc-decision">{}</p>').format(words)))
    silent = sum(not (one.in_force or one.served or one.drafted or one.documents) for one in covered)
    st.caption(
        "A clause that meets a requirement on paper is no proof that the control works: an assessment shows that. "
        f"Nothing here speaks to {silent} of them."
    )
    if not total:
        return
    from ui.render.charts import coverage_map

    chart = coverage_map(cells(covered))
    st.markdown(
        "Requirements met by clauses **in force**, **with drafts** too, and those that **documents** name, by part:"
    )
    show_chart(
        chart,
        chart,
        alt=f"Coverage of {pack.framework.short} by part. {words}",
        name=f"coverage-{view.client.id}-{pack.id}",
        key=view.key(f"coverage-picture-{pack.id}"),
        width=480,
    )
    with st.expander("The same as a table"):
        found = cells(covered)
        kinds = list(dict.fromkeys(str(cell["framework"]) for cell in found))
        by_part: dict[str, list[str | Markup]] = {}
        for cell in found:
            by_part.setdefault(str(cell["part"]), []).append(f"{cell['covered']} of {cell['total']}")
        show(table(["Part", *kinds], [[part, *values] for part, values in by_part.items()]))


def _requirements(view: View, pack: Pack, covered: Sequence[RequirementCover]) -> None:
    parts = list(dict.fromkeys(one.part for one in covered))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        part = st.selectbox(
            "Part", ["all parts", *parts], index=1 if len(parts) > 1 else 0, key=view.key(f"part-{pack.id}")
        )
        only = st.selectbox("Show", ["all", "without a clause", "met", "in part"], key=view.key("only"), width=200)
        words = st.text_input("Id or words", key=view.key("words"), max_chars=100)
    found = [one for one in covered if part in ("all parts", one.part) and _asked(one, only, words)]
    if not found:
        st.info("No requirement fits this choice.")
        return
    show(table(["Requirement", "Policies", "Clauses", "Documents"], [_row(one) for one in found[:SHOWN_ROWS]]))
    if len(found) > SHOWN_ROWS:
        st.caption(f"And {len(found) - SHOWN_ROWS} more: choose a part, or type an id.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Read one", [one.id for one in found], key=view.key(f"read-{pack.id}"))
        if st.button("Open", key=view.key("open"), icon=":material/open_in_full:"):
            _requirement(view.client.id, pack.id, chosen)


def _asked(one: RequirementCover, only: str, words: str) -> bool:
    wanted = words.casefold().split()
    text = f"{one.id} {one.title}".casefold()
    kinds = {
        "met": bool(one.in_force),
        "in part": bool(one.served),
        "without a clause": not (one.in_force or one.served),
    }
    return kinds.get(only, True) and all(word in text for word in wanted)


def _row(one: RequirementCover) -> list[str | Markup]:
    name = Markup('{}<span class="vc-sub">{}</span>').format(inert(one.id), inert(one.title))
    state = "met" if one.in_force else "partly" if one.served else "draft" if one.drafted else ""
    words, kind = SIGNS[state]
    clauses = one.in_force or one.served or one.drafted
    return [
        name,
        Markup('<span class="{} nw">{}</span>').format(kind, words),
        "; ".join(clauses[:3]) + (f" and {len(clauses) - 3} more" if len(clauses) > 3 else ""),
        "; ".join(one.documents),
    ]


@st.dialog("Requirement", width="large")
def _requirement(client_id: str, framework: str, requirement: str) -> None:
    act(client_id, lambda view: _one(view, framework, requirement))


def _one(view: View, framework: str, requirement: str) -> None:
    catalogue, _ = catalogue_of(view.places, view.client.id)
    pack = catalogue.pack(framework)
    row = pack.get(requirement)
    if row is None:
        st.info("This requirement is no longer here.")
        return
    copies = [copy.get(requirement) for copy in catalogue.copies(framework)]
    text = next((copy.statement for copy in copies if copy and copy.statement), row.statement)
    show(
        block(
            Markup("<h3>{} {}</h3>").format(inert(pack.framework.short), inert(row.id)),
            rows(
                [
                    ("Title", row.title),
                    ("In short", row.summary),
                    ("Text", Markup("<br>").join(inert(line) for line in text.splitlines())),
                    ("An assessor asks", row.question),
                    ("Standing", row.withdrawn_sentence),
                    ("Licence", pack.framework.licence),
                ]
            ),
            kind="vc-item",
        )
    )
    if not text:
        st.caption("The publisher's own words come with your licensed copy: bring it in under **Import & copies**.")


def _crosswalk(view: View, catalogue: Catalogue, pack: Pack) -> None:
    from knowledge.frameworks.crosswalk import mappings, related, routes
    from knowledge.frameworks.ids import Known, lookup

    base = pack.framework.extends or pack.id
    others = [head for head in catalogue.heads if head.id != base and not head.extends and routes(base, head.id)]
    if not others:
        st.info("No published table connects this framework with another.")
        return
    names = {head.id: head.short for head in others}
    first = next((one for one in view.client.frameworks if one in names), next(iter(names)))
    paired = {pair.from_id for pair in mappings(base, first)}
    example = next((row.id for row in pack.assessable if row.id in paired), None)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input(
            f"Requirement of {md(pack.framework.short)}",
            example or (pack.assessable[0].id if pack.assessable else ""),
            key=view.key(f"from-{base}"),
            max_chars=60,
            help="As you would type it: ac-2.1, A5.1, pr.aa-05.",
        )
        target = st.selectbox(
            "corresponds in",
            list(names),
            index=list(names).index(first),
            format_func=names.__getitem__,
            key=view.key(f"to-{base}"),
        )
    with errors_here():
        found = lookup(typed, base, catalogue=catalogue)
        asked = found.match.requirement.id if isinstance(found, Known) else typed
        answer = related(base, asked, target, catalogue=catalogue)
        if not answer.trails:
            st.info(f"The tables pair {md(asked)} with nothing in {md(names[target])}.")
            return
        titles = catalogue.pack(target)
        lines = []
        for trail in answer.trails:
            row = titles.get(trail.to_id)
            there = Markup('{}<span class="vc-sub">{}</span>').format(
                inert(trail.to_id), inert((row.title or row.summary) if row else "")
            )
            lines.append(
                [trail.from_id, trail.relationship, there, trail.authority, "" if trail.direct else trail.path]
            )
        show(table(["From", "Is", f"In {names[target]}", "By", "Over"], lines))
        show(
            block(
                Markup('<p class="vc-facts">{}</p>').format("Sources"),
                bullets(dict.fromkeys(s for t in answer.trails for s in t.sources)),
            )
        )
        if not answer.trails[0].direct:
            st.caption(
                'No table has the two: these are chains. "possible" means that the steps prove nothing in common.'
            )
