"""How a policy begins: a draft from a template, or the client's own document taken in word for word."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from advisor.policies.adopt import adopt_document, topic_of
from advisor.policies.draft import Drafted, Wanted, draft_policy
from advisor.policies.reviews import propose_reviews
from advisor.policies.templates.library import titles, topics
from knowledge.errors import NotFoundError
from knowledge.places import Places
from knowledge.records.base import ClientId
from knowledge.records.policy import Policy
from ui.app.jobs import Job
from ui.app.text import counted, md
from ui.render.escape import shown
from ui.web.views.frame import View, errors_here, now, start_job
from ui.web.views.policy_reported import reported

POLL_SECONDS = 0.5


def section(view: View, policies: Sequence[Policy]) -> None:
    """What can be begun; each way ends in a proposal that a person accepts."""
    if not view.places.may(view.client.id, "edit"):
        st.info("Your role here does not draft policies; an editor or an owner does.")
        return
    _draft(view, policies)
    _adopt(view)
    reported(view)
    _reviews(view)


def _draft(view: View, policies: Sequence[Policy]) -> None:
    st.header("Draft from a template", anchor=False)
    job: Job[Drafted, str] | None = view.kept("drafting")
    if job is not None:
        if job.running:
            st.fragment(_watch, run_every=POLL_SECONDS)(view.key("drafting"))
        else:
            _drafted(view, job)
        return
    have = {one.topic for one in policies}
    names = titles()
    order = sorted(topics(), key=lambda one: (one in have, names[one]))
    st.caption(
        "Filled with the client's own facts: sector, size, laws that bind it, products in its inventory, suppliers. "
        "Where the client has a policy on the topic, only what it lacks is proposed."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        topic = st.selectbox(
            "Topic",
            order,
            format_func=lambda one: f"{names[one]}{' (there is one: what it lacks)' if one in have else ''}",
            key=view.key("topic"),
        )
        pressed = st.button("Draft", type="primary", key=view.key("draft"), icon=":material/edit_document:")
    if pressed:
        view.keep("drafting", _start(view.client.id, topic))
        st.rerun()


def _start(client_id: ClientId, topic: str) -> Job[Drafted, str]:
    at = now()

    def work(places: Places, job: Job[Drafted, str]) -> Drafted:
        from ui.app.models import model_of

        job.step(0, 0, topic)
        model = model_of(places, client_id)
        return draft_policy(
            places, client_id, Wanted(topic), at, model=model, on_step=lambda done, total: job.step(done, total, topic)
        )

    return start_job("Draft", work)


def _watch(key: str) -> None:
    job: Job[Drafted, str] | None = st.session_state.get(key)
    if job is None or not job.running:
        st.rerun()
    done, total, _ = job.progress
    st.progress(done / total if total else 0.0, text=f"Drafting, clause {done} of {total}" if total else "Drafting")
    if st.button("Stop", key=f"{key}/stop", icon=":material/stop_circle:"):
        job.cancel()


def _drafted(view: View, job: Job[Drafted, str]) -> None:
    view.drop("drafting")
    if job.error:
        st.error(md(job.error), icon=":material/error:")
    elif job.result is None:
        st.warning("Stopped; nothing was kept.")
    elif job.result.proposal is None:
        st.info("The client's policy says all of it already; nothing is proposed.")
    else:
        view.keep("said", f"{job.result.proposal.id} waits for you: {job.result.proposal.summary}")
        view.keep("section", "Proposals")
        view.keep("proposal", job.result.proposal.id)
        st.rerun()
    if st.button("Back", key=view.key("draft-back"), icon=":material/arrow_back:"):
        st.rerun()


def _adopt(view: View) -> None:
    with view.places.client(view.client.id) as place, place.read() as unit:
        taken = {one.document_id: one.created_at for one in unit.policies.list(retired=True)}
        # A newer file of a document that is a policy already is taken in as changes to the text in force.
        documents = [one for one in unit.documents.list() if one.id not in taken or one.added_at > taken[one.id]]
    st.header("Take in a document that is in force", anchor=False)
    if not documents:
        st.caption("No document waits to be taken in. Add the client's policies under **Documents** first.")
        return
    names = {one.id: shown(one.title) for one in documents}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Document", list(names), format_func=names.__getitem__, key=view.key("adopt"))
        document = next(one for one in documents if one.id == chosen)
        options = list(dict.fromkeys((*_guess(document.title), *topics())))
        topic = st.selectbox(
            "Topic",
            options,
            format_func=lambda one: titles().get(one, one.replace("-", " ")),
            key=view.key(f"adopt-topic-{chosen}"),
        )
        owner = st.text_input("Who answers for it", key=view.key("adopt-owner"), max_chars=200)
        pressed = st.button("Take in", key=view.key("adopt-now"), icon=":material/library_add:")
    if pressed:
        with errors_here():
            found = adopt_document(view.places, view.client.id, document, topic, view.now, owner=owner)
            view.keep("said", f"{found.id} waits for you: {found.summary}")
            view.keep("section", "Proposals")
            view.keep("proposal", found.id)
            st.rerun()


def _guess(title: str) -> tuple[str, ...]:
    """The topic that a title names, if it names one."""
    try:
        return (topic_of(title),)
    except NotFoundError:
        return ()


def _reviews(view: View) -> None:
    st.header("Reviews that are due", anchor=False)
    if st.button("Look for what the due policies lack", key=view.key("reviews"), icon=":material/event_repeat:"):
        with errors_here():
            found = propose_reviews(view.places, view.client.id, view.now)
            if not found:
                st.info("No review is due.")
                return
            view.keep("said", f"{counted(len(found), 'proposal')} made.")
            view.keep("section", "Proposals")
            st.rerun()
