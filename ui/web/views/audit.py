"""Audit log: who did what, in a chain that shows when a row was changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import streamlit as st

from knowledge.audit import ChainBreak, verify_chain
from knowledge.records.audit import AuditRow
from ui.app.text import counted, md, moment, one_line, table
from ui.web.views.frame import View, client_page, show

PAGE: Final = 50
HASH_SHOWN: Final = 12
"""Digits of a hash that a person compares."""
_HASH: Final = re.compile(r"[0-9a-f]{64}")
OWN: Final = "client"
SHARED: Final = "shared"


def show_page() -> None:
    """The chain of the client in view; for an administrator the shared one too."""
    with client_page("Audit log") as view:
        chain = OWN
        if view.places.is_admin():
            names = {OWN: md(view.client.name), SHARED: "Shared: sources, users, the list of clients"}
            chain = st.segmented_control(
                "Chain", [OWN, SHARED], default=OWN, required=True, format_func=names.__getitem__, key=view.key("chain")
            )
        if st.button("Verify the chain", key=view.key("verify"), icon=":material/verified:", type="primary"):
            _verify(view, chain)
        pages = view.kept("pages", 1)
        found, total = _rows(view, chain, last=PAGE * pages)
        if not found:
            st.info("Nothing has happened yet.")
            return
        zone = view.client.timezone
        words = st.text_input(
            "Only rows with", key=view.key("words"), max_chars=100, placeholder="import, a name, an id"
        )
        wanted = words.casefold().split()
        shown = [row for row in reversed(found) if all(word in _text(row).casefold() for word in wanted)]
        st.caption(f"{counted(total, 'row')} in the chain; the newest first. Times are {zone}.")
        show(
            table(
                ["When", "Who", "What", "On", "In words"],
                [
                    (
                        one_line(moment(row.at, zone)),
                        row.actor,
                        one_line(action_words(row.action)),
                        row.subject,
                        detail_words(row.detail),
                    )
                    for row in shown
                ],
            )
        )
        if total > len(found) and st.button("Older rows", key=view.key("older"), icon=":material/history:"):
            view.keep("pages", pages + 1)
            st.rerun()


def _rows(view: View, chain: str, *, last: int | None) -> tuple[list[AuditRow], int]:
    if chain == SHARED:
        with view.places.shared().read() as shared:
            head = shared.audit.head()
            return list(shared.audit.rows(last=last)), head.seq if head else 0
    with view.places.client(view.client.id) as place, place.read() as unit:
        head = unit.audit.head()
        return list(unit.audit.rows(last=last)), head.seq if head else 0


def _verify(view: View, chain: str) -> None:
    found, _ = _rows(view, chain, last=None)
    result = verify_chain(found)
    if isinstance(result, ChainBreak):
        st.error(
            f"Row {result.seq} {md(result.reason)}. Rows before it still hold; compare with a backup.",
            icon=":material/gpp_bad:",
        )
    elif result is None:
        st.info("The chain is empty.")
    else:
        st.success(
            f"All {counted(result.seq, 'row')} hold. Write this down elsewhere: it proves later that nothing was cut "
            f"off the end: `{result.hash}`",
            icon=":material/verified_user:",
        )


def action_words(action: str) -> str:
    """`assets.import` as `assets: import`."""
    noun, _, verb = action.partition(".")
    return f"{noun}: {verb}".replace("_", " ").replace("-", " ")


def detail_words(detail: Mapping[str, Any]) -> str:
    """The details of a row as a person reads them; empty values are left out."""
    return "; ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in detail.items() if _said(value))


def _said(value: Any) -> bool:
    return value is not None and value != "" and not (isinstance(value, list | dict) and not value)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return (
            "("
            + ", ".join(f"{name.replace('_', ' ')} {_value(one)}" for name, one in value.items() if _said(one))
            + ")"
        )
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(_value(one) for one in value)
    text = str(value)
    return f"{text[:HASH_SHOWN]}…" if _HASH.fullmatch(text) else text


def _text(row: AuditRow) -> str:
    return f"{row.actor} {row.action} {row.subject} {detail_words(row.detail)}"
