"""Proposals: each change beside what it changes, accepted or turned down hunk by hunk."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import streamlit as st
from markupsafe import Markup

from advisor.policies.diff import word_spans
from advisor.proposals import accept, reject
from knowledge.errors import VcisoError
from knowledge.records.answer import Citation
from knowledge.records.policy import PolicyText
from knowledge.records.proposal import Hunk, Proposal
from ui.app.text import block, bullets, counted, inert, md, moment, rows
from ui.render.escape import shown
from ui.web.views import word
from ui.web.views.frame import View, say_error, show

QUOTE = 300
"""Characters of a source that are shown."""
VERBS = {"insert": "New", "delete": "Taken out", "replace": "Changed"}


def section(view: View, waiting: Sequence[Proposal]) -> None:
    """The proposals that wait, one at a time."""
    if not waiting:
        st.info(
            "No proposal waits. One comes from an item of the brief (**Propose policy change**), from a draft, from a "
            "document that is taken in, or from a review that is due.",
            icon=":material/rule:",
        )
        return
    names = {one.id: f"{one.id} · {shown(one.policy_title)}: {shown(one.summary)[:90]}" for one in waiting}
    held = view.kept("proposal", "")
    chosen = st.selectbox(
        f"{counted(len(waiting), 'proposal')} wait for you" if len(waiting) > 1 else "One proposal waits for you",
        list(names),
        index=list(names).index(held) if held in names else 0,
        format_func=names.__getitem__,
        key=view.key(f"proposals/{len(waiting)}/{held}"),
    )
    view.keep("proposal", chosen)
    _proposal(view, next(one for one in waiting if one.id == chosen))


def _proposal(view: View, proposal: Proposal) -> None:
    may = view.places.may(view.client.id, "review")
    st.header(f"{proposal.id}: {md(proposal.policy_title)}", anchor=False)
    show(
        block(
            rows(
                [
                    ("What", proposal.summary),
                    ("Because", proposal.trigger.title or proposal.trigger.kind),
                    (
                        "Worded by",
                        f"{proposal.model} ({proposal.prompt})" if proposal.model else "our template, no model",
                    ),
                    ("Made", f"{moment(proposal.created_at, view.client.timezone)} by {proposal.created_by}"),
                    ("Please confirm", bullets(proposal.assumptions) if proposal.assumptions else ""),
                    ("Sources", bullets(_cited(one) for one in proposal.sources) if proposal.sources else ""),
                ]
            )
        )
    )
    if not may:
        st.info("Your role here does not decide on proposals; a reviewer or an owner does.")
    word.section(view, proposal, may=may)
    if proposal.payload is not None:
        with st.container(border=True, height=420):
            show(policy_text(proposal.payload))
    open_ones = [hunk for hunk in proposal.hunks if hunk.status == "open"]
    for hunk in proposal.hunks:
        _hunk(view, proposal, hunk, may=may)
    if may:
        _whole(view, proposal, len(open_ones))


def _whole(view: View, proposal: Proposal, left: int) -> None:
    if proposal.hunks and left < 2:
        return
    words = "Accept the new policy" if proposal.payload is not None else f"Accept all {left}" if left else "Confirm"
    reason = st.text_input("Reason, if you turn it down", key=view.key(f"why-{proposal.id}"), max_chars=2_000)
    with st.container(horizontal=True):
        if st.button(words, type="primary", key=view.key(f"accept-{proposal.id}"), icon=":material/done_all:"):
            _decide(view, proposal, ())
        if st.button("Turn it down", key=view.key(f"reject-{proposal.id}"), icon=":material/block:"):
            _refuse(view, proposal, (), reason)


def _hunk(view: View, proposal: Proposal, hunk: Hunk, *, may: bool) -> None:
    name = f"{proposal.id}-{hunk.number}"
    with st.container(border=True, key=f"hunk-{name}"):
        where = " ".join(part for part in (hunk.clause_number, hunk.heading) if part) or hunk.section_heading
        show(
            block(
                Markup("<h3>{}. {}: {}</h3>").format(hunk.number, VERBS[hunk.kind], inert(where)),
                sides(hunk),
                Markup('<p class="vc-small">{}</p>').format(inert(hunk.reason)),
                _sources(hunk),
                kind="vc-item",
            )
        )
        if hunk.note:
            st.caption(md(hunk.note))
        if hunk.status != "open":
            show(block(Markup('<p class="vc-decided">{} by {}</p>').format(inert(hunk.status), inert(hunk.decided_by))))
            return
        if not may:
            return
        words = ""
        if hunk.kind != "delete" and st.toggle("In other words", key=view.key(f"edit-{name}")):
            words = st.text_area("The clause in your words", hunk.new, key=view.key(f"words-{name}"), height=140)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if st.button(
                f"Accept {hunk.number}", type="primary", key=view.key(f"accept-{name}"), icon=":material/check:"
            ):
                _decide(view, proposal, (hunk.number,), {hunk.number: words} if words and words != hunk.new else {})
            reason = st.text_input(
                "Reason",
                key=view.key(f"why-{name}"),
                placeholder="why not",
                label_visibility="collapsed",
                max_chars=2_000,
            )
            if st.button(f"Reject {hunk.number}", key=view.key(f"reject-{name}"), icon=":material/close:"):
                _refuse(view, proposal, (hunk.number,), reason)


def sides(hunk: Hunk) -> Markup:
    """Before and after beside each other; what goes is struck through, what comes is underlined."""
    spans = word_spans(hunk.old, hunk.result)
    before = Markup("").join(
        Markup("<del>{}</del>").format(_words(one.text)) if one.kind == "del" else _words(one.text)
        for one in spans
        if one.kind != "ins"
    )
    after = Markup("").join(
        Markup("<ins>{}</ins>").format(_words(one.text)) if one.kind == "ins" else _words(one.text)
        for one in spans
        if one.kind != "del"
    )
    none = Markup('<span class="vc-dim">nothing</span>')
    return Markup(
        '<div class="vc-sides"><div><h4>Before</h4><div class="vc-paper">{}</div></div>'
        '<div><h4>After</h4><div class="vc-paper">{}</div></div></div>'
    ).format(before or none, after or none)


def _words(text: str) -> Markup:
    """A stretch of text whose blanks at both ends stay, or words would run together."""
    head = " " if text[:1].isspace() else ""
    tail = " " if text[-1:].isspace() and text.strip() else ""
    return Markup(head) + inert(text) + Markup(tail)  # noqa: S704 - a blank


def _sources(hunk: Hunk) -> Markup:
    meets = [*hunk.requirements, *(f"{ref} (in part)" for ref in hunk.partly)]
    pairs = [
        ("Meets", ", ".join(ref.partition(":")[2] for ref in meets)),
        ("Evidence", hunk.evidence),
        ("Quoted", bullets(_cited(one) for one in hunk.citations) if hunk.citations else ""),
    ]
    return Markup("<details><summary>What it rests on</summary><div>{}</div></details>").format(rows(pairs))


def _cited(one: Citation) -> Markup:
    quote = one.quote if len(one.quote) <= QUOTE else f"{one.quote[:QUOTE].rstrip()}…"
    return Markup('{}, {}: <span class="vc-small">“{}”</span>').format(
        inert(one.source), inert(one.locator), inert(quote)
    )


def policy_text(text: PolicyText) -> Markup:
    """A policy as it reads."""
    parts: list[Markup] = [Markup("<h3>{}</h3>").format(inert(text.title))]
    for one in text.sections:
        number = "" if one.heading.startswith(one.number) else f"{one.number} "
        parts.append(Markup("<p><strong>{}</strong></p>").format(inert(f"{number}{one.heading}")))
        for clause in one.clauses:
            head = f"{clause.number} " if clause.number and not clause.text.startswith(clause.number) else ""
            title = Markup("<strong>{}.</strong> ").format(inert(clause.heading.rstrip("."))) if clause.heading else ""
            meets = ", ".join(ref.partition(":")[2] for ref in clause.requirements)
            small = Markup(' <span class="vc-dim vc-small">({})</span>').format(inert(meets)) if meets else ""
            lines = [line for line in clause.text.splitlines() if line.strip()]
            body = Markup("<br>").join(inert(line) for line in lines)
            parts.append(Markup("<p>{}{}{}{}</p>").format(head, title, body, small))
    return block(*parts, kind="vc-item")


def _decide(view: View, proposal: Proposal, hunks: Collection[int], edits: dict[int, str] | None = None) -> None:
    try:
        with view.places.client(view.client.id) as place:
            done = accept(place, proposal.id, view.now, view.client, hunks=hunks, edits=edits)
    except VcisoError as error:
        say_error(error)
        return
    version = done.version
    view.keep("said", f"Accepted. {version.label} is {version.status} now." if version else "Accepted.")
    if done.proposal.status != "open":
        view.keep("section", "Policies")
        view.keep("policy", done.proposal.policy_id)
    st.rerun()


def _refuse(view: View, proposal: Proposal, hunks: Collection[int], reason: str) -> None:
    try:
        with view.places.client(view.client.id) as place:
            reject(place, proposal.id, view.now, reason=reason, hunks=hunks)
    except VcisoError as error:
        say_error(error)
        return
    view.keep("said", "Turned down; the reason is kept.")
    st.rerun()
