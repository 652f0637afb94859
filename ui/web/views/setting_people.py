"""People who may sign in, and their roles at each client; for administrators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, get_args

import streamlit as st
from markupsafe import Markup

from knowledge.access import (
    UserRoles,
    add_user,
    grant_role,
    list_users,
    remove_user,
    revoke_role,
    set_admin,
    sign_in_needed,
)
from knowledge.records.access import ROLE_WORDS, Role
from knowledge.records.base import ClientId
from ui.app.marks import marks
from ui.app.text import counted, inert, md, table
from ui.web.views.frame import View, chip, errors_here, show, sign_in_is_set

NONE: Final = "none"
_ROLES: Final[tuple[Role, ...]] = get_args(Role)


def section(view: View) -> None:
    """Everybody, then one person's roles, then somebody new."""
    people = list_users(view.places)
    needed = sign_in_needed(view.places)
    locked_out = not needed and not sign_in_is_set()
    if locked_out:
        st.info(
            "This app is for one person on this machine. With the first person added it asks for a sign-in, and no "
            "provider is set: you would be locked out. Set the provider first; docs/guide/access.md says how."
        )
    if people:
        _everybody(view, people)
        _one(view, people)
    _add(view, people, disabled=locked_out)


def _everybody(view: View, people: Sequence[UserRoles]) -> None:
    clients = view.places.profiles()
    known = marks(clients)
    names = {one.id: one.name for one in clients}
    lines = []
    for one in people:
        roles: Markup | str = Markup("<br>").join(
            Markup("{} {}: {}").format(chip(known[at], small=True), inert(names[at]), role)
            for at, role in one.roles.items()
            if at in known
        )
        if one.user.admin:
            roles = "everything: runs the portfolio"
        lines.append((one.user.name or one.user.email, one.user.email, roles))
    st.header(f"{counted(len(people), 'person', 'people')} may sign in", anchor=False)
    show(table(["Name", "Address", "May"], lines))


def _one(view: View, people: Sequence[UserRoles]) -> None:
    """The roles of one person, a line for each client; a change holds from the person's next action on."""
    by_address = {one.user.email: one for one in people}
    st.header("Change", anchor=False)
    email = st.selectbox(
        "Person",
        list(by_address),
        format_func=lambda one: f"{by_address[one].user.name} ({one})" if by_address[one].user.name else one,
        key="people-who",
    )
    person = by_address[email]
    clients = view.places.profiles()
    with st.form(f"roles-of-{email}"):
        wanted: dict[ClientId, str] = {}
        for client in clients:
            held = person.roles.get(client.id, NONE)
            wanted[client.id] = st.selectbox(
                md(client.name),
                [NONE, *_ROLES],
                index=[NONE, *_ROLES].index(held),
                format_func=_role_words,
                key=f"role/{email}/{client.id}/{held}",
                disabled=person.user.admin,
            )
        if person.user.admin:
            st.caption("Somebody who runs the portfolio may do everything with every client; roles do not matter.")
        if st.form_submit_button("Save the roles", icon=":material/key:", disabled=person.user.admin):
            _done(view, email, lambda: _set_roles(view, person, wanted))
    with st.container(horizontal=True):
        if person.user.admin:
            if st.button("Does not run the portfolio any more", key="revoke-admin"):
                _done(view, email, lambda: set_admin(view.places, email, view.now, admin=False))
        elif st.button("Let them run the portfolio", key="grant-admin", icon=":material/admin_panel_settings:"):
            _done(view, email, lambda: set_admin(view.places, email, view.now, admin=True))
        with st.popover("Remove the person…", icon=":material/person_remove:"):
            st.markdown(f"**{md(email)}** is refused from the next action on. What they did stays in the audit log.")
            if st.button("Remove", type="primary", key="remove-user", icon=":material/person_remove:"):
                _done(view, email, lambda: remove_user(view.places, email, view.now))


def _role_words(role: str) -> str:
    return "no role: does not see this client" if role == NONE else f"{role}: {ROLE_WORDS[role]}"  # type: ignore[index]


def _set_roles(view: View, person: UserRoles, wanted: dict[ClientId, str]) -> None:
    for client_id, role in wanted.items():
        if role == person.roles.get(client_id, NONE):
            continue
        if role == NONE:
            revoke_role(view.places, person.user.email, client_id, view.now)
        else:
            grant_role(view.places, person.user.email, client_id, role, view.now)  # type: ignore[arg-type]


def _done(view: View, email: str, work: Callable[[], object]) -> None:
    with errors_here():
        work()
        view.keep("said", f"Done for {email}. It holds from the person's next action on.")
        st.rerun()


def _add(view: View, people: Sequence[UserRoles], *, disabled: bool) -> None:
    first = not any(one.user.admin for one in people)
    with st.form("add-user", clear_on_submit=True):
        st.markdown("**Add somebody**")
        email = st.text_input("E-mail address that the sign-in names", max_chars=254, key="user-email")
        name = st.text_input("Name", max_chars=200, key="user-name")
        admin = st.checkbox("Runs the portfolio: every client, users, sources", value=first, key="user-admin")
        if st.form_submit_button("Add", icon=":material/person_add:", disabled=disabled):
            with errors_here():
                user = add_user(view.places, email, view.now, name=name, admin=admin)
                more = "" if admin else " Give them a role, or they see no client."
                view.keep("said", f"Added {user.email}.{more}")
                st.rerun()
