"""The app's entry: which pages there are, and the home that they read."""

from __future__ import annotations

import streamlit as st

from ui.web.views import brief, portfolio

st.set_page_config(page_title="vCISO copilot", page_icon=":material/shield:", layout="wide")
st.navigation(
    [
        st.Page(portfolio.page, title="Portfolio", icon=":material/dashboard:", url_path="portfolio", default=True),
        st.Page(brief.page, title="Brief", icon=":material/newspaper:", url_path="brief"),
    ]
).run()
