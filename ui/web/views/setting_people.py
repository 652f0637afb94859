"""People who may sign in, and their roles at each client; for administrators."""

from __future__ import annotations

from typing import get_args

import streamlit as st
from markupsafe import Markup

from knowledge.access import add_user, grant_role, list_users, remove_user, revoke_role, set_admin, sign_in_needed
from knowledge.records.access import ROLE_WORDS, Role
from ui.app.marks import marks
from ui.app.text import inert, table
from ui.web.views.frame import View, chip, errors_here, show


def section(view: View) -> None:
    """Everybody, then a role given or taken, then somebody added."""
    people = list_users(view.places)
    clients = view.places.profiles()
    known = marks(clients)
    names = {one.id: one.name for one in clients}
    if not sign_in_needed(view.places):
        st.info(
            "This app is for one person on this machine. With the first person added it asks for a sign-in: set the "
            "provider first, docs/guide/access.md says how."
        )
    if people:
        lines = []
        for one in people:
            roles = Markup("<br>").join(
                Markup("{} {}: {}").format(chip(known[at], small=True), inert(names[at]), role)
                for at, role in one.roles.items()
                if at in known
            )
            lines.append((one.user.name or one.user.email, one.user.email, "everything" if one.user.admin else roles))
        show(table(["Name", "Address", "May"], lines))
        _change(view, [one.user.email for one in people], names)
    with st.form("add-user", clear_on_submit=True):
        st.markdown("**Add somebody**")
        email = st.text_input("E-mail address that the sign-in names", max_chars=254, key="user-email")
        name = st.text_input("Name", max_chars=200, key="user-name")
        admin = st.checkbox("Runs the portfolio: every client, users, sources", key="user-admin")
        if st.form_submit_button("Add", icon=":material/person_add:"):
            with errors_here():
                add_user(view.places, email, view.now, name=name, admin=admin)
                view.keep("said", f"Added {email}.")
                st.rerun()


def _change(view: View, addresses: list[str], names: dict[str, str]) -> None:
    roles: tuple[Role, ...] = get_args(Role)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            email = st.selectbox("Person", addresses, key="grant-email")
            client_id = st.selectbox("at", list(names), format_func=names.__getitem__, key="grant-client")
            role = st.selectbox("is", roles, format_func=lambda one: f"{one}: {ROLE_WORDS[one]}", key="grant-role")
        with st.container(horizontal=True):
            give = st.button("Give the role", key="grant", icon=":material/key:")
            take = st.button("Take the role", key="revoke", icon=":material/key_off:")
            boss = st.button("Runs the portfolio", key="grant-admin", icon=":material/admin_panel_settings:")
            plain = st.button("Ordinary user", key="revoke-admin")
            gone = st.button("Remove the person", key="remove-user", icon=":material/person_remove:")
        if give or take or boss or plain or gone:
            with errors_here():
                if give:
                    grant_role(view.places, email, client_id, role, view.now)
                elif take:
                    revoke_role(view.places, email, client_id, view.now)
                elif gone:
                    remove_user(view.places, email, view.now)
                else:
                    set_admin(view.places, email, view.now, admin=boss)
                view.keep("said", f"Done for {email}. It holds from the person's next action on.")
                st.rerun()
