"""A client's profile, which language model may see its text, and the list of clients."""

from __future__ import annotations

from typing import Any, Final, get_args
from zoneinfo import available_timezones

import streamlit as st
from markupsafe import Markup

from advisor.llm.interface import NoModelError
from advisor.llm.spec import ModelSpec, read_spec
from knowledge.clients import add_client, new_ref, set_status, slug, update_client
from knowledge.errors import VcisoError
from knowledge.frameworks.loader import frameworks
from knowledge.places import Places
from knowledge.records.client import Client, Engagement, ModelPolicy
from ui.app.text import block, inert, md, rows, table
from ui.cli.inputs import checked, checked_zone
from ui.render.escape import shown
from ui.web.views.frame import View, errors_here, now, open_page, show

MODEL_WORDS: Final[dict[ModelPolicy, str]] = {
    "none": "No model sees this client's text",
    "local-only": "Models on this machine may see it",
    "any": "Any model may see it; names are replaced before text leaves",
}


def section(view: View) -> None:
    """The profile, for owners of the client."""
    client = view.client
    if not view.places.may(client.id, "own"):
        _read_only(client)
        return
    with st.form(view.key("profile"), border=False):
        values = _fields(client, view.key("profile-"))
        if st.form_submit_button("Save", type="primary", icon=":material/save:"):
            with errors_here():
                changed = checked(Client, **(client.model_dump() | values))
                update_client(view.places, changed, view.now)
                view.keep("said", "Saved. The next brief uses it.")
                st.rerun()


def _fields(client: Client | None, key: str) -> dict[str, Any]:
    """The fields of a profile as a form shows them."""
    heads = {head.id: head.short for head in frameworks()}
    scope = [one for one in client.frameworks if one in heads] if client else []
    kept = tuple(one for one in client.frameworks if one not in heads) if client else ()
    left, right = st.columns(2)
    with left:
        name = st.text_input("Name", client.name if client else "", max_chars=200, key=f"{key}name")
        sector = st.text_input(
            "Sector, one word", client.sector if client else "", key=f"{key}sector", help="healthcare, manufacturing, …"
        )
        places = st.text_input(
            "Jurisdictions",
            ", ".join(client.jurisdictions) if client else "",
            key=f"{key}places",
            help="ISO codes, parted by commas: US, US-TX, DE, EU.",
        )
        headcount = st.number_input(
            "People", 0, 1_000_000, (client.headcount or 0) if client else 0, key=f"{key}people", help="0: not known."
        )
    with right:
        zones = sorted(available_timezones())
        zone = client.timezone if client else "UTC"
        timezone = st.selectbox("Time zone", zones, index=zones.index(zone) if zone in zones else 0, key=f"{key}zone")
        chosen = st.multiselect(
            "Frameworks in scope", list(heads), default=scope, format_func=heads.__getitem__, key=f"{key}scope"
        )
        budget = st.number_input(
            "Alerts that a brief shows before the line", 1, 50, client.alert_budget if client else 5, key=f"{key}budget"
        )
        terms = client.engagement if client else Engagement()
        cadence = st.text_input("How often you meet", terms.cadence, max_chars=200, key=f"{key}cadence")
    covers = st.text_input("What the engagement covers", terms.scope, max_chars=500, key=f"{key}covers")
    return {
        "name": name.strip(),
        "sector": sector.strip().casefold(),
        "jurisdictions": tuple(code.strip().upper() for code in places.split(",") if code.strip()),
        "headcount": int(headcount) or None,
        "timezone": checked_zone(timezone),
        "frameworks": (*chosen, *kept),
        "alert_budget": int(budget),
        "engagement": Engagement(scope=covers, cadence=cadence, hours_per_week=terms.hours_per_week),
    }


def _read_only(client: Client) -> None:
    show(
        block(
            rows(
                [
                    ("Name", client.name),
                    ("Sector", client.sector),
                    ("Jurisdictions", ", ".join(client.jurisdictions)),
                    ("Frameworks", ", ".join(client.frameworks)),
                    ("Time zone", client.timezone),
                ]
            )
        )
    )
    st.caption("An owner of this client changes these.")


def leaving(view: View) -> None:
    """Which model is set, whether it is on this machine, and what this client allows."""
    spec: ModelSpec | None = None
    trouble = ""
    try:
        spec = read_spec(view.places.settings)
    except NoModelError:
        pass
    except VcisoError as error:
        trouble = str(error)
    if trouble:
        st.error(md(trouble))
    elif spec is None:
        st.info(
            "No language model is set: every text is made by code, and nothing is sent anywhere. To use one, set "
            "`VCISO_MODEL` before the app starts; docs/guide/models.md says how."
        )
    else:
        where = "on this machine" if spec.local else f"at {spec.base_url}"
        st.markdown(f"The model in use is **{md(spec.label)}**, {md(where)}.")
    policies: tuple[ModelPolicy, ...] = get_args(ModelPolicy)
    client = view.client
    own = view.places.may(client.id, "own")
    chosen: ModelPolicy = st.radio(
        f"What may see the text of {md(client.name)}?",
        policies,
        index=policies.index(client.model_policy),
        format_func=MODEL_WORDS.__getitem__,
        key=view.key("model-policy"),
        disabled=not own,
    )
    if chosen != client.model_policy and st.button("Save", type="primary", key=view.key("model-save")):
        with errors_here():
            update_client(view.places, client.model_copy(update={"model_policy": chosen}), view.now)
            view.keep("said", f"Saved: {MODEL_WORDS[chosen]}.")
            st.rerun()
    sees = spec is not None and (client.model_policy == "any" or (client.model_policy == "local-only" and spec.local))
    away = spec is not None and not spec.local and client.model_policy == "any"
    st.header("What leaves this machine", anchor=False)
    show(
        table(
            ["What", "Where to", "Of this client"],
            [
                ("Requests to sources", "the addresses under Sources", "nothing: the same requests for every client"),
                (
                    "Text of questions, passages and drafts",
                    spec.base_url if spec and away else "nowhere",
                    _said(sees, away),
                ),
                ("Briefs", "mail and chat under Schedule & delivery", "the brief itself, to the recipients set there"),
                ("Usage statistics, error reports", "nowhere", "nothing"),
            ],
        )
    )


def _said(sees: bool, away: bool) -> str:
    if away:
        return "yes, with names of people, firms and hosts replaced"
    return "stays here; the model on this machine reads it" if sees else "nothing"


def portfolio(view: View) -> None:
    """The list of clients: add one, archive one."""
    st.header("Add a client", anchor=False)
    add_form(view.places)
    st.header("Archive", anchor=False)
    everyone = view.places.profiles(archived=True)
    names = {one.id: f"{shown(one.name)}{' (archived)' if one.status == 'archived' else ''}" for one in everyone}
    st.caption("An archived client gets no brief; nothing of it is deleted. Removal with proof: `vciso client remove`.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Client", list(names), format_func=names.__getitem__, key="archive-client")
        archived = next(one for one in everyone if one.id == chosen).status == "archived"
        if st.button("Take up again" if archived else "Archive", key="archive-now"):
            with errors_here():
                set_status(view.places, chosen, "active" if archived else "archived", view.now)
                st.rerun()


def add_form(places: Places) -> None:
    """A new client: a place of its own."""
    with st.form("add-client", border=True):
        values = _fields(None, "new-client-")
        if st.form_submit_button("Add the client", type="primary", icon=":material/group_add:"):
            at = now()
            made = None
            with errors_here():
                made = checked(Client, id=slug(values["name"]), ref=new_ref(), created_at=at, **values)
                add_client(places, made, at)
            if made is not None and any(one.id == made.id for one in places.profiles()):
                open_page("assets", made.id)


def name_of(client: Client) -> Markup:
    """A client's name, inert."""
    return inert(client.name)
