"""The app's entry: which pages there are, in the order of a CISO's day."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from urllib.parse import urlsplit

import streamlit as st

from ui.web.views import frame

st.set_page_config(page_title="vCISO copilot", page_icon=str(frame.ICON), layout="wide")
st.html(frame.STYLE)


def _view(name: str) -> Callable[[], None]:
    """Shows a view; its file is read when the page is first opened, so that the first page waits for none of them."""

    def run() -> None:
        import_module(f"ui.web.views.{name}").show_page()

    return run


SIGN = "sign"
"""Address of the page behind a signed link, which is reached without the rest of the app."""

if urlsplit(st.context.url or "").path.rstrip("/").endswith(f"/{SIGN}"):
    # A page that is the only one is the default one, and Streamlit then knows no address of it.
    first = st.Page(_view("portfolio"), title="vCISO copilot", url_path="portfolio", default=True)
    st.navigation([first, st.Page(_view(SIGN), title="Sign a policy", url_path=SIGN)], position="hidden").run()
    st.stop()

PAGES = {
    name: st.Page(_view(name), title=title, icon=f":material/{icon}:", url_path=name, default=name == "portfolio")
    for name, title, icon in (
        ("portfolio", "Portfolio", "dashboard"),
        ("brief", "Brief", "newspaper"),
        ("chat", "Chat", "forum"),
        ("policies", "Policies", "policy"),
        ("assets", "Assets & suppliers", "dns"),
        ("frameworks", "Frameworks", "rule"),
        ("documents", "Documents", "description"),
        ("sources", "Sources", "rss_feed"),
        ("settings", "Settings", "settings"),
        ("audit", "Audit log", "history"),
    )
}
frame.PAGES.update(PAGES)
st.navigation(list(PAGES.values()), expanded=True).run()
