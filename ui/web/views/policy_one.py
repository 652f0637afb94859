"""One policy: its text, the way of its open version from draft to published, its sign-offs, history and papers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st
from markupsafe import Markup

from advisor.policies import lifecycle
from advisor.policies.diff import text_changes
from advisor.policies.editing import from_markdown, to_markdown
from advisor.policies.history import history
from knowledge.places import ClientPlace
from knowledge.records.policy import OPEN, Policy, PolicyComment, PolicyVersion
from ui.app.text import block, counted, inert, md, moment, table
from ui.render.redline import spans_html
from ui.web.views import attesting, exceptions, papers
from ui.web.views.frame import View, do_step, show
from ui.web.views.redline import policy_text

SECTIONS: Final = ("Text", "Review", "Changes", "Sign-offs", "Exceptions", "History", "Papers")


def section(view: View, policy_id: str) -> None:
    """The chosen policy, a section at a time."""
    with view.places.client(view.client.id) as place, place.read() as unit:
        policy = unit.policies.get(policy_id)
        versions = unit.policies.versions(policy_id)
    if not versions:
        st.info("It has no text yet: accept the proposal that begins it, under **Proposals**.")
        return
    numbers = [one.number for one in versions]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            "Part of the policy", SECTIONS, default="Text", required=True, key=view.key(f"part-{policy_id}")
        )
        number = st.selectbox(
            "Version",
            numbers,
            format_func=lambda one: f"{one}, {versions[numbers.index(one)].status}",
            key=view.key(f"number-{policy_id}-{len(numbers)}"),
            width=200,
        )
    version = versions[numbers.index(number)]
    if chosen == "Text":
        _text(view, policy, version)
    elif chosen == "Review":
        _review(view, policy, version)
    elif chosen == "Changes":
        _changes(version, versions)
    elif chosen == "Sign-offs":
        attesting.section(view, policy, versions)
    elif chosen == "Exceptions":
        exceptions.section(view, policy, versions)
    elif chosen == "History":
        _history(view, policy)
    else:
        papers.section(view, policy, version)


def _text(view: View, policy: Policy, version: PolicyVersion) -> None:
    facts = [
        f"Version {version.number}, {version.status}, revision {version.revision}",
        f"edited by {version.edited_by} on {moment(version.edited_at, view.client.timezone)}",
        f"approved by {version.approved_by}" if version.approved_by else "",
        f"next review {policy.next_review_on}" if policy.next_review_on else "",
        f"SHA-256 {version.sha256[:12]}",
    ]
    st.caption(md(" · ".join(part for part in facts if part)))
    if (
        version.status in OPEN
        and view.places.may(view.client.id, "edit")
        and st.toggle("Edit", key=view.key(f"edit-{policy.id}-{version.number}"))
    ):
        _edit(view, version)
        return
    with st.container(border=True):
        show(policy_text(version.text))


def _edit(view: View, version: PolicyVersion) -> None:
    st.caption(
        "Markdown. Keep the marks in braces: they tell a clause apart when numbers move. A save that comes second is "
        "refused and kept."
    )
    slot = f"markdown-{version.policy_id}-{version.number}"
    # The revision that the person began from, not the newest: a save in between is told.
    began = view.kept(f"began-{slot}", version.revision)
    view.keep(f"began-{slot}", began)
    text = st.text_area("Text", to_markdown(version), height=520, key=view.key(slot))
    if st.button("Save", type="primary", key=view.key(f"save-{slot}"), icon=":material/save:"):

        def save(place: ClientPlace) -> str:
            wanted = from_markdown(text, version.text)
            saved = lifecycle.save_text(place, version.policy_id, version.number, wanted, view.now, seen_revision=began)
            return f"Saved {saved.label}, revision {saved.revision}."

        if do_step(view, save):
            view.drop(f"began-{slot}")
            view.drop(f"edit-{version.policy_id}-{version.number}")
            st.rerun()


def _review(view: View, policy: Policy, version: PolicyVersion) -> None:
    with view.places.client(view.client.id) as place, place.read() as unit:
        comments = unit.policy_reviews.comments(policy.id, version.number)
    may_edit = view.places.may(view.client.id, "edit")
    may_review = view.places.may(view.client.id, "review")
    steps = ["draft", "in review", "approved", "published"]
    now_at = "draft" if version.status == "changes requested" else version.status
    marks = " → ".join(f"**{step}**" if step == now_at else step for step in steps)
    st.markdown(f"Version {version.number}: {marks if version.status != 'retired' else '**retired**'}")
    if version.status == "changes requested":
        st.warning("The reviewer asked for changes: see the comments, edit the text, submit it again.")
    _comments(view, policy, version, comments, may=may_edit or may_review)
    if version.status in ("draft", "changes requested") and may_edit:
        if st.button("Submit for review", type="primary", key=view.key("submit"), icon=":material/send:"):
            _then(view, lambda place: f"{lifecycle.submit(place, policy.id, view.now).label} is in review.")
    elif version.status == "in review" and may_review:
        _approve(view, policy, version, open_comments=sum(one.resolved_at is None for one in comments))
    elif version.status == "approved" and may_review:
        st.caption("Publishing brings it into force, retires the version before, and sets the review date.")
        if st.button("Publish", type="primary", key=view.key("publish"), icon=":material/publish:"):
            _then(view, lambda place: _published(lifecycle.publish(place, policy.id, view.now, view.client)))
    elif version.status == "published" and may_review:
        note = st.text_input("What was looked at, and why it stays", key=view.key("review-note"), max_chars=2_000)
        if st.button("Reviewed, stays as it is", key=view.key("reviewed"), icon=":material/event_available:"):
            _then(
                view,
                lambda place: (
                    f"Next review: {lifecycle.reviewed(place, policy.id, note, view.now, view.client).next_review_on}."
                ),
            )


def _published(found: lifecycle.Published) -> str:
    return f"{found.version.label} is in force. Next review: {found.policy.next_review_on}."


def _approve(view: View, policy: Policy, version: PolicyVersion, *, open_comments: int) -> None:
    if version.edited_by == view.places.actor:
        st.info("You edited this version last. An auditor may ask for a second pair of eyes.")
    if open_comments:
        st.caption(f"{counted(open_comments, 'comment')} must be dealt with before it can be approved.")
    material = st.radio(
        "Is the change material, so that staff must sign again?",
        ["yes", "no"],
        index=None,
        horizontal=True,
        key=view.key("material"),
    )
    reason = st.text_input("Why", key=view.key("material-why"), max_chars=2_000)
    with st.container(horizontal=True):
        if st.button(
            "Approve", type="primary", key=view.key("approve"), icon=":material/verified:", disabled=material is None
        ):
            _then(
                view,
                lambda place: (
                    lifecycle.approve(
                        place,
                        policy.id,
                        view.now,
                        material=material == "yes",
                        material_reason=reason,
                        sha256=version.sha256,
                    ).label
                    + " is approved. Its text does not change any more."
                ),
            )
        if st.button("Ask for changes", key=view.key("changes"), icon=":material/undo:"):
            _then(
                view, lambda place: lifecycle.request_changes(place, policy.id, reason, view.now).label + " goes back."
            )


def _comments(
    view: View, policy: Policy, version: PolicyVersion, comments: Sequence[PolicyComment], *, may: bool
) -> None:
    numbers = {clause.id: clause.number or clause.heading for clause in version.text.clauses}
    for one in comments:
        with st.container(horizontal=True, vertical_alignment="center"):
            where = f"clause {numbers.get(one.clause, one.clause)}" if one.clause else "the whole"
            state = "✓ dealt with" if one.resolved_at else "open"
            show(
                block(
                    Markup("<p><strong>{}</strong>, {} ({}): {}</p>").format(
                        inert(one.author), inert(where), state, inert(one.text)
                    )
                )
            )
            if may and one.resolved_at is None:
                key = view.key(f"resolve-{one.id}")
                if st.button("Dealt with", key=key, icon=":material/check:", type="tertiary"):
                    _resolve(view, policy, one)
    if not may:
        return
    with st.expander("Comment", icon=":material/comment:"):
        options = ["", *numbers]
        clause = st.selectbox(
            "On", options, format_func=lambda one: f"clause {numbers[one]}" if one else "the whole", key=view.key("on")
        )
        text = st.text_area("Comment", key=view.key(f"comment-{len(comments)}"), max_chars=4_000)
        if st.button("Keep the comment", key=view.key("comment-now"), disabled=not text.strip()):
            _then(
                view,
                lambda place: (
                    "Comment kept."
                    if lifecycle.comment(place, policy.id, text, view.now, clause=clause, number=version.number)
                    else ""
                ),
            )


def _resolve(view: View, policy: Policy, comment: PolicyComment) -> None:
    def work(place: ClientPlace) -> str:
        lifecycle.resolve_comment(place, policy.id, comment.id, view.now)
        return "Dealt with."

    _then(view, work)


def _changes(version: PolicyVersion, versions: Sequence[PolicyVersion]) -> None:
    earlier = [one for one in versions if one.number < version.number]
    base = next((one for one in earlier if one.number == version.base), earlier[0] if earlier else None)
    if base is None:
        st.info("This is the first version: there is nothing to compare it with.")
        return
    found = text_changes(base.text, version.text)
    st.caption(f"Version {version.number} against version {base.number}: {counted(len(found), 'change')}.")
    if not found:
        st.info("Nothing differs.")
    for change in found:
        where = " · ".join(part for part in (change.section, change.number, change.heading) if part)
        with st.container(border=True):
            show(
                block(
                    Markup('<p class="vc-dim vc-small">{}</p><div class="vc-paper">{}</div>').format(
                        inert(where),
                        Markup(spans_html(change.spans)),  # noqa: S704 - escaped word by word there
                    )
                )
            )


def _history(view: View, policy: Policy) -> None:
    with view.places.client(view.client.id) as place:
        events = history(place, policy.id)
    rows = [(moment(one.at, view.client.timezone), one.actor, one.what, one.detail) for one in reversed(events)]
    show(table(["When", "Who", "What", "In words"], rows))


def _then(view: View, work: Callable[[ClientPlace], str]) -> None:
    if do_step(view, work):
        st.rerun()
