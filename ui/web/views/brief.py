"""Brief: one client's brief of a day."""

from __future__ import annotations

import streamlit as st

from ui.render.markdown import brief_markdown
from ui.web.views.home import opened


def page() -> None:
    """Shows the kept brief of the chosen client and day."""
    with opened() as places:
        clients = {client.id: client.name for client in places.profiles()}
        if not clients:
            st.title("Brief")
            st.info('No clients yet. Add one: `vciso client add "Northgate Family Clinic"`.')
            return
        client_id = st.selectbox("Client", list(clients), format_func=lambda one: clients[one])
        with places.client(client_id) as place, place.read() as unit:
            days = unit.briefs.days()
            day = st.selectbox("Day", days, format_func=lambda one: f"{one:%A} {one.day} {one:%B %Y}")
            kept = unit.briefs.get(day) if day else None
        if kept is None:
            st.info(f"No brief of {clients[client_id]} yet. Run `vciso brief {client_id}`.")
            return
        st.markdown(brief_markdown(kept))
