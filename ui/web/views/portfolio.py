"""Portfolio: the newest page over all clients."""

from __future__ import annotations

import streamlit as st

from knowledge.records.brief import Portfolio
from ui.render.markdown import portfolio_markdown
from ui.web.views.home import opened


def page() -> None:
    """Shows the newest portfolio page, or how to get one."""
    with opened() as places:
        pages = sorted(places.portfolio_folder.glob("*.json"), reverse=True)
        if not pages:
            st.title("Portfolio")
            st.info("No brief has been written yet. Run `vciso refresh`, then `vciso brief --all`.")
            return
        days = {file.stem: file for file in pages}
        day = st.selectbox("Day", list(days))
        st.markdown(portfolio_markdown(Portfolio.model_validate_json(days[day].read_bytes())))
