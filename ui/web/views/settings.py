"""Settings: the client's profile, what may leave this machine, the morning that comes by itself, who may do what."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ui.app.text import md
from ui.web.views import setting_people, setting_profile, setting_quiet, setting_sending
from ui.web.views.frame import client_page, home, no_clients, now

SECTIONS: Final = ("Client", "What leaves this machine", "Schedule & delivery", "Quiet & notes", "People", "Portfolio")


def show_page() -> None:
    """One section at a time."""
    with home(now()) as places:
        empty, admin = not places.profiles(), places.is_admin()
    if empty and admin:
        st.title("Settings")
        no_clients()
        with home(now()) as places:
            setting_profile.add_form(places)
        return
    with client_page("Settings") as view:
        sections = SECTIONS if view.places.is_admin() else SECTIONS[:4]
        chosen = st.segmented_control(
            "Section",
            sections,
            default=sections[0],
            required=True,
            key=view.key("section"),
            label_visibility="collapsed",
        )
        if said := view.kept("said", ""):
            st.success(md(said), icon=":material/check_circle:")
            view.drop("said")
        if chosen == "Client":
            setting_profile.section(view)
        elif chosen == "What leaves this machine":
            setting_profile.leaving(view)
        elif chosen == "Schedule & delivery":
            setting_sending.section(view)
        elif chosen == "Quiet & notes":
            setting_quiet.section(view)
        elif chosen == "People":
            setting_people.section(view)
        else:
            setting_profile.portfolio(view)
