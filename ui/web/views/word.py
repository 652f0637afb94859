"""A proposal in the client's own Word file: out with tracked changes, back with what a reviewer decided there."""

from __future__ import annotations

from typing import Final

import streamlit as st
from markupsafe import Markup

from advisor.policies.redline import Reading
from knowledge.errors import VcisoError
from knowledge.records.proposal import Proposal
from ui.app.redline import ReadBack, has_word_file, make_redline, read_back
from ui.app.text import block, bullets, counted, inert, md, table
from ui.web.views.frame import View, errors_here, say_error, show
from ui.web.views.papers import MIME

SAID: Final = {
    "accepted": "✓ accepted",
    "rejected": "✗ rejected",
    "edited": "✎ accepted in other words",
    "waiting": "… not decided yet",
    "unclear": "? cannot be told",
}
ELSEWHERE: Final = 10
"""Paragraphs changed outside of the proposal that are shown."""


def section(view: View, proposal: Proposal, *, may: bool) -> None:
    """The Word file of a proposal, where its policy came from one.

    Args:
        may: whoever acts may decide on proposals.
    """
    if not has_word_file(view.places, view.client.id, proposal):
        return
    with st.expander("Work on it in Word", icon=":material/description:"):
        _out(view, proposal)
        if may:
            _back(view, proposal)


def _out(view: View, proposal: Proposal) -> None:
    st.caption(
        "The client's own document with each open change tracked and a comment that says why. Whoever reviews it "
        "accepts or rejects in Word; the file comes back here."
    )
    if not st.button("Make the Word file", key=view.key(f"word-{proposal.id}"), icon=":material/edit_document:"):
        return
    with errors_here():
        made = make_redline(view.places, view.client.id, proposal.id, view.now)
        placed = counted(len(made.redlined.placed), "change")
        st.markdown(md(f"{placed} in it, each with a comment, as {made.redlined.tracked} tracked edits."))
        if made.redlined.unplaced:
            show(block(bullets(f"Not in it, change {number}: {why}." for number, why in made.redlined.unplaced)))
        st.download_button(
            "Download the Word file",
            made.redlined.data,
            file_name=made.file_name,
            mime=MIME["docx"],
            key=view.key(f"word-file-{proposal.id}"),
            icon=":material/download:",
            type="primary",
            on_click="ignore",
        )


def _back(view: View, proposal: Proposal) -> None:
    file = st.file_uploader(
        "The Word file as it came back",
        type=["docx"],
        key=view.key(f"returned-{proposal.id}-{view.kept('returned', 0)}"),
        help="At most 15 MB; it is read in a sandbox. Nothing is decided before you press the button below.",
    )
    if file is None:
        return
    data = file.getvalue()
    try:
        found = read_back(view.places, view.client.id, proposal.id, data, view.now, name=file.name)
    except VcisoError as error:
        say_error(error)
        return
    _told(found, file.name)
    ready = [one for one in found.returned.readings if one.said in ("accepted", "edited", "rejected")]
    if not ready:
        st.info("It decides nothing yet: no change in it is accepted or rejected.")
        return
    reason = ""
    if any(one.said == "rejected" for one in ready):
        reason = st.text_input(
            "Reason, kept with the rejected changes",
            key=view.key(f"returned-why-{proposal.id}"),
            placeholder=f"rejected in {file.name}",
            max_chars=2_000,
        )
    words = f"Decide so on {counted(len(ready), 'change')}"
    if st.button(words, type="primary", key=view.key(f"returned-apply-{proposal.id}"), icon=":material/done_all:"):
        _apply(view, proposal, file.name, data, reason)


def _told(found: ReadBack, name: str) -> None:
    hunks = {hunk.number: hunk for hunk in found.proposal.hunks}

    def where(one: Reading) -> str:
        hunk = hunks[one.hunk]
        return " ".join(part for part in (hunk.clause_number, hunk.heading) if part) or hunk.section_heading

    st.markdown(f"What {md(name)} says:")
    head = ["Change", "Where", "Decision", "In the reviewer's words"]
    show(table(head, [[str(one.hunk), where(one), SAID[one.said], one.text] for one in found.returned.readings]))
    for author, text in found.document.comments:
        show(
            block(Markup('<p class="vc-small">Comment of {}: {}</p>').format(inert(author or "somebody"), inert(text)))
        )
    if elsewhere := found.returned.elsewhere:
        more = f", the first {ELSEWHERE}" if len(elsewhere) > ELSEWHERE else ""
        st.warning(f"{counted(len(elsewhere), 'paragraph')} changed outside of the proposal, not taken{more}:")
        show(block(bullets(elsewhere[:ELSEWHERE])))
    if found.document.hidden:
        st.warning(f"It has hidden text in {counted(found.document.hidden, 'place')}, which was not read.")


def _apply(view: View, proposal: Proposal, name: str, data: bytes, reason: str) -> None:
    try:
        done = read_back(view.places, view.client.id, proposal.id, data, view.now, name=name, apply=True, reason=reason)
    except VcisoError as error:
        say_error(error)
        return
    count = sum(one.said in ("accepted", "edited", "rejected") for one in done.returned.readings)
    view.keep(
        "said", f"Decided on {counted(count, 'change')} as {name} has it. {proposal.id} is {done.proposal.status}."
    )
    view.keep("returned", view.kept("returned", 0) + 1)
    if done.proposal.status != "open":
        view.keep("section", "Policies")
        view.keep("policy", done.proposal.policy_id)
    st.rerun()
