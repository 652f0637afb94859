"""From an item of the brief to a change of a policy: what the rules propose, or why nothing is."""

from __future__ import annotations

import streamlit as st

from advisor.policies.propose import Outcome, propose_for_item
from knowledge.errors import VcisoError
from knowledge.records.base import ClientId
from knowledge.records.brief import BriefItem
from ui.app.text import md
from ui.web.views.frame import OWN, View, act, open_page, say_error


def form(client_id: ClientId, item: BriefItem) -> None:
    """Asks the rules once, keeps what they propose, and leads to the redline."""
    slot = f"{OWN}{client_id}/proposed/{item.key}"
    outcomes: tuple[Outcome, ...] | None = st.session_state.get(slot)
    if outcomes is None:
        st.write(
            "Looks which policies this item concerns and what they lack. What comes of it is a proposal: "
            "nothing changes before a reviewer accepts it."
        )
        if not st.button("Look and propose", type="primary", key=f"{slot}/go", icon=":material/policy:"):
            return

        def work(view: View) -> tuple[Outcome, ...]:
            return propose_for_item(view.places, client_id, item.key, view.now)

        try:
            outcomes = act(client_id, work)
        except VcisoError as error:
            say_error(error)
            return
        st.session_state[slot] = outcomes
    if not outcomes:
        st.info("No rule sees a policy in this item.")
    made = [one.proposal for one in outcomes if one.proposal is not None]
    for one in outcomes:
        name = one.topic.replace("-", " ")
        (st.success if one.proposal else st.info)(f"**{md(name)}**: {md(one.sentence)}")
    if made and st.button("Open the redline", type="primary", key=f"{slot}/open", icon=":material/rule:"):
        open_page("policies", client_id, proposal=made[0].id)
    if not made and outcomes and st.button("Begin a policy", key=f"{slot}/begin", icon=":material/edit_document:"):
        open_page("policies", client_id, begin=outcomes[0].topic)
