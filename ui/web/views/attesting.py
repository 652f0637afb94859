"""Sign-offs of a policy: who is asked, who signed, the links, and the request that begins it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import streamlit as st
from markupsafe import Markup

from advisor.attestation.audience import Audience
from advisor.attestation.links import make_token
from advisor.attestation.receipts import receipt_text
from advisor.attestation.requests import close_request, request_sign_off, revoke
from advisor.attestation.signing import kept_receipt
from ingest.inventory.export import to_csv
from knowledge.records.attestation import Signatory, SignOffRequest
from knowledge.records.policy import Policy, PolicyVersion
from ui.app.text import counted, inert, md, table
from ui.audience import audience_of
from ui.render.escape import shown
from ui.web.views.frame import View, errors_here, show

STATES = {"open": ("○ asked", "none"), "signed": ("✓ signed", "good"), "revoked": ("– taken out", "none")}
MAX_ROWS = 200
MAX_SKIPS = 8
"""Lines of a list that were left out and are told one by one."""


def section(view: View, policy: Policy, versions: Sequence[PolicyVersion]) -> None:
    """Requests of the policy, the newest first, and the form for a new one."""
    with view.places.client(view.client.id) as place, place.read() as unit:
        found = [(one, unit.sign_offs.people(one.id)) for one in unit.sign_offs.list(closed=True, policy_id=policy.id)]
    may = view.places.may(view.client.id, "review")
    for request, people in reversed(found):
        _request(view, request, people, may=may)
    in_force = next((one for one in versions if one.status == "published"), None)
    if in_force is None:
        st.info("Only a version in force is signed. Publish one first, under **Review**.")
    elif may and not any(one.version == in_force.number and one.closed_at is None for one, _ in found):
        _ask(view, policy, in_force)
    elif not found:
        st.info("Nobody was asked to sign it yet.")


def _request(view: View, request: SignOffRequest, people: Sequence[Signatory], *, may: bool) -> None:
    signed = sum(one.state == "signed" for one in people)
    asked = sum(one.state != "revoked" for one in people)
    closed = f", closed: {md(request.closed_because)}" if request.closed_at else f", due {request.due_on}"
    st.header(f"Version {request.version}: {signed} of {asked} signed{closed}", anchor=False)
    late = request.closed_at is None and view.now.astimezone(ZoneInfo(view.client.timezone)).date() > request.due_on
    if late and signed < asked:
        st.warning(f"{counted(asked - signed, 'person', 'people')} did not sign by the due day.")
    show(
        table(
            ["Name", "State", "Address", "Group"],
            [
                (
                    one.name,
                    Markup('<span class="{}">{}</span>').format(STATES[one.state][1], STATES[one.state][0]),
                    one.email,
                    one.group,
                )
                for one in people[:MAX_ROWS]
            ],
        )
    )
    waiting = [one for one in people if one.state == "open"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if may and waiting and request.closed_at is None:
            _links(view, request, waiting)
        done = [one for one in people if one.state == "signed"]
        if done:
            _receipts(view, request)
    if may and request.closed_at is None:
        with st.expander("Take somebody out, or close the request"):
            names = {one.email: f"{shown(one.name)} ({one.email})" for one in waiting}
            reason = st.text_input("Reason", key=view.key(f"so-why-{request.id}"), max_chars=2_000)
            with st.container(horizontal=True, vertical_alignment="bottom"):
                if names:
                    chosen = st.selectbox(
                        "Person", list(names), format_func=names.__getitem__, key=view.key(f"so-who-{request.id}")
                    )
                    if st.button("Take out", key=view.key(f"so-revoke-{request.id}")):
                        with errors_here(), view.places.client(view.client.id) as place:
                            revoke(place, request.id, chosen, reason, view.now)
                            st.rerun()
                if st.button("Close the request", key=view.key(f"so-close-{request.id}")):
                    with errors_here(), view.places.client(view.client.id) as place:
                        close_request(place, request.id, reason, view.now)
                        st.rerun()


def _links(view: View, request: SignOffRequest, waiting: Sequence[Signatory]) -> None:
    """The links as a table to be sent by hand or merged into a mailing; each opens one person's page only."""
    if not st.toggle("Links to hand out", key=view.key(f"so-links-{request.id}")):
        return
    at = urlsplit(st.context.url or "http://127.0.0.1:8501/")
    base = f"{at.scheme}://{at.netloc}/sign?token="
    with view.places.client(view.client.id) as place:
        rows = [
            [one.name, one.email, base + quote(make_token(place, view.client, request, one), safe="")]
            for one in waiting
        ]
    st.download_button(
        "Download the links (CSV)",
        to_csv([["name", "email", "link"], *rows]),
        file_name=f"sign-off-links-{request.policy_id}-v{request.version}.csv",
        mime="text/csv",
        key=view.key(f"so-csv-{request.id}"),
        icon=":material/download:",
        on_click="ignore",
        help="Each link signs for one person: send it to that person alone.",
    )


def _receipts(view: View, request: SignOffRequest) -> None:
    if not st.toggle("Receipts", key=view.key(f"so-receipts-{request.id}")):
        return
    with view.places.client(view.client.id) as place, place.read() as unit:
        texts = [
            receipt_text(kept_receipt(unit, view.client, one.id))
            for one in unit.attestations.list(request_id=request.id)
        ]
    st.download_button(
        f"Download {counted(len(texts), 'receipt')}",
        "\n\n".join(texts),
        file_name=f"receipts-{request.policy_id}-v{request.version}.txt",
        key=view.key(f"so-receipt-file-{request.id}"),
        icon=":material/receipt_long:",
        on_click="ignore",
    )


def _ask(view: View, policy: Policy, version: PolicyVersion) -> None:
    st.header(f"Ask for signatures on version {version.number}", anchor=False)
    file = st.file_uploader(
        "Audience list (CSV or XLSX with name, email and group)",
        type=["csv", "xlsx"],
        key=view.key(f"audience-{policy.id}"),
    )
    typed = st.text_area(
        "Or one person a line: name, address, group", key=view.key(f"people-{policy.id}"), height=100, max_chars=20_000
    )
    today = view.now.astimezone(ZoneInfo(view.client.timezone)).date()
    due = st.date_input(
        "Due", today + timedelta(days=14), min_value=today, key=view.key(f"due-{policy.id}"), format="YYYY-MM-DD"
    )
    reason = st.text_input("Why they are asked (empty: the approver's reason)", key=view.key(f"why-so-{policy.id}"))
    if st.button("Ask", type="primary", key=view.key(f"ask-{policy.id}"), icon=":material/outgoing_mail:"):
        with errors_here():
            listed = _listed(file.getvalue() if file else b"", file.name if file else "the list", typed)
            with view.places.client(view.client.id) as place:
                made = request_sign_off(
                    place, view.client, policy.id, listed.people, due_on=due, now=view.now, reason=reason
                )
            said = f"{counted(len(listed.people), 'person', 'people')} asked to sign {made.policy_title}."
            skipped = "".join(f" Not asked: {skip.subject}: {skip.reason}." for skip in listed.skipped[:MAX_SKIPS])
            more = len(listed.skipped) - MAX_SKIPS
            view.keep("said", said + skipped + (f" And {more} more lines." if more > 0 else ""))
            st.rerun()


def _listed(data: bytes, name: str, typed: str) -> Audience:
    """People of the file, else those that were typed; lines that name nobody with their reasons.

    Raises:
        BadInputError: nobody who can be asked.
    """
    text = f"name,email,group\n{typed}".encode()
    return audience_of(data, name) if data else audience_of(text, str(inert("the lines above")))
