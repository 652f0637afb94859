"""The page behind a signed link: one policy, one person, one signature; nothing else of the app."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from advisor.attestation.receipts import receipt_text
from advisor.attestation.signing import MAX_NAME, OpenedLink, open_request, sign
from knowledge.errors import VcisoError
from knowledge.records.attestation import Receipt
from knowledge.settings import load_settings
from ui.app.home import home_of
from ui.app.text import block, inert, md
from ui.web.views.frame import now, say_error, show
from ui.web.views.redline import policy_text


def show_page() -> None:
    """Opens what the link names. No sign-in: the link is the key, and opens one person's page alone."""
    token = st.query_params.get("token", "")
    at = now()
    try:
        with home_of(load_settings(), at) as places:
            signed: Receipt | None = None
            opened = open_request(places, token, at)
            _head(opened)
            if opened.state == "open":
                name = _form(opened)
                if name is not None:
                    signed = sign(places, token, name, at)
            elif opened.receipt is not None:
                signed = opened.receipt
            else:
                st.warning(md(opened.reason))
            if signed is not None:
                _done(signed)
    except VcisoError as error:
        say_error(error)


def _head(opened: OpenedLink) -> None:
    st.title(md(opened.request.policy_title))
    st.caption(md(f"{opened.client_name} · version {opened.request.version} · for {opened.person.name}"))
    if opened.request.reason:
        st.info(md(opened.request.reason))
    if opened.version.changes:
        with st.expander("What changed"):
            show(block(*(Markup("<p>{}</p>").format(inert(line)) for line in opened.version.changes)))
    with st.container(border=True, height=460):
        show(policy_text(opened.version.text))


def _form(opened: OpenedLink) -> str | None:
    with st.form("sign", border=False):
        show(block(Markup('<p class="vc-decision">{}</p>').format(inert(opened.request.statement))))
        name = st.text_input("Your name, as you sign", max_chars=MAX_NAME, key="sign-name")
        read = st.checkbox("I have read the text above", key="sign-read")
        if not st.form_submit_button("Sign", type="primary", icon=":material/draw:"):
            return None
    if not read:
        st.error("Tick that you have read the text, then sign.")
        return None
    return name


def _done(receipt: Receipt) -> None:
    signed = receipt.attestation
    st.success(f"Signed by {md(signed.signed_name)} on {signed.signed_at:%Y-%m-%d %H:%M} UTC. Thank you.")
    st.download_button(
        "Download your receipt",
        receipt_text(receipt),
        file_name=f"receipt-{signed.policy_id}-v{signed.version}.txt",
        icon=":material/receipt_long:",
        on_click="ignore",
    )
    st.caption("Keep the receipt: it proves what you signed, word for word, and when.")
