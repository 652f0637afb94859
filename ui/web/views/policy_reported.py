"""What an incident or a finding asks of the policies: the CISO's words, and the proposals that they give."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from advisor.policies.reported import MAX_WORDS, Reported, propose_for_reported
from advisor.policies.templates.library import titles, topics
from ui.app.text import md
from ui.web.views.frame import View, errors_here

BY_RULE = ""
KINDS: tuple[Literal["incident", "finding"], ...] = ("incident", "finding")
ANY_TOPIC = "By what the words say"


def reported(view: View) -> None:
    """The form; what it gives waits under Proposals."""
    st.header("After an incident or a finding", anchor=False)
    st.caption("Your words are quoted as the reason. Name assets and vendors as the inventory does.")
    kind = st.radio("What it is", KINDS, format_func=str.capitalize, horizontal=True, key=view.key("reported-kind"))
    words = st.text_area("What happened, or what was found", key=view.key("reported-words"), max_chars=MAX_WORDS)
    names = titles()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        topic = st.selectbox(
            "Policy",
            [BY_RULE, *topics()],
            format_func=lambda one: names[one] if one else ANY_TOPIC,
            key=view.key("reported-topic"),
        )
        pressed = st.button("Propose changes", key=view.key("reported"), icon=":material/rule:")
    if not pressed:
        return
    with errors_here():
        found = propose_for_reported(view.places, view.client.id, Reported(kind, words), view.now, topic=topic)
        made = [one.proposal for one in found if one.proposal is not None]
        if made:
            view.keep("said", " ".join(one.sentence for one in found))
            view.keep("section", "Proposals")
            view.keep("proposal", made[0].id)
            st.rerun()
        st.info(md(" ".join(one.sentence for one in found) or "No rule reads these words: choose the policy."))
