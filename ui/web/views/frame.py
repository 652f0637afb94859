"""The frame of every page: who is in view, one click to another client, errors in words, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, NoReturn, TypeVar

import streamlit as st
from markupsafe import Markup

from knowledge.access import principal_of_session
from knowledge.errors import BusyError, PermissionDeniedError, VcisoError
from knowledge.places import ClientPlace, Places
from knowledge.records.access import Principal
from knowledge.records.base import ClientId
from knowledge.records.client import Client
from knowledge.settings import load_settings
from ui.app.home import home_of
from ui.app.jobs import Job
from ui.app.marks import Mark, marks
from ui.app.text import counted, inert, md
from ui.render.escape import shown

STYLE: Final = Path(__file__).resolve().parents[2] / "app" / "style.css"
ICON: Final = STYLE.with_name("icon.png")
"""A file of ours: Streamlit fetches the picture of a named icon from the internet."""
ALL: Final = ""
"""Stands for all clients in the switch."""
IN_VIEW: Final = "client-in-view"
OWN: Final = "of/"
"""Begins every key of the session state that holds something of a client: `of/<client>/<name>`."""
SWITCH_AS_BUTTONS: Final = 6
"""With more clients the switch is a list to choose from."""

T = TypeVar("T")
E = TypeVar("E")

PAGES: dict[str, Any] = {}
"""The pages by name, as app.py made them."""


@dataclass(frozen=True)
class View:
    """What a page of one client works with."""

    places: Places
    """As whoever is signed in may use it."""
    client: Client
    now: datetime

    def key(self, name: str) -> str:
        """The key of a widget or a value of this client: it goes when another client comes into view."""
        return f"{OWN}{self.client.id}/{name}"

    def keep(self, name: str, value: object) -> None:
        """Keeps a value for the next run of the page."""
        st.session_state[self.key(name)] = value

    def kept(self, name: str, default: Any = None) -> Any:
        """A kept value."""
        return st.session_state.get(self.key(name), default)

    def drop(self, name: str) -> None:
        """Forgets a kept value."""
        st.session_state.pop(self.key(name), None)


def show(markup: Markup | str, *, width: Literal["stretch", "content"] = "stretch") -> None:
    """Shows a block of our own HTML."""
    st.html(str(markup), width=width)


def ink() -> str:
    """The colour of words in a picture, for the theme in view."""
    return "#c9d4de" if st.context.theme.type == "dark" else "#3d4c5a"


def now() -> datetime:
    """The time of this run."""
    return datetime.now(UTC)


@contextmanager
def home(at: datetime) -> Iterator[Places]:
    """The open home as whoever is signed in may use it; without a sign-in that is needed, the way to one.

    An error of any part is shown in its own words, with what to do, and ends the page.
    """
    try:
        with home_of(load_settings(), at) as places:
            yield places.acting_as(_principal(places, at))
    except BusyError as error:
        st.warning(f"This home is in use: {md(error.message)}. {md(error.hint)}", icon=":material/hourglass_top:")
        st.button("Try again", icon=":material/refresh:", type="primary")
        st.stop()
    except VcisoError as error:
        say_error(error)
        st.stop()


def _principal(places: Places, at: datetime) -> Principal:
    """Who acts in this session, asked anew at each run."""
    claims = st.user.to_dict() if sign_in_is_set() else None
    try:
        return principal_of_session(places, claims, now=at)
    except PermissionDeniedError as error:
        forget_all()
        st.title("vCISO copilot")
        say_error(error)
        if not sign_in_is_set():
            st.info(
                "No sign-in is set up for this app yet: see docs/guide/access.md. On the command line the owner of "
                "the home folder works without one."
            )
        elif claims and claims.get("is_logged_in"):
            st.button("Sign out", on_click=st.logout, icon=":material/logout:")
        else:
            st.button("Sign in", on_click=st.login, type="primary", icon=":material/login:")
        st.stop()


def sign_in_is_set() -> bool:
    """Whether a provider stands in Streamlit's secrets."""
    return "is_logged_in" in st.user


def act(client_id: ClientId, work: Callable[[View], T]) -> T:
    """Does something with a client outside of its page's own run: in a dialog, a fragment or a thread that it starts.

    The home that a page had is closed by then; this opens it again, and asks again who acts.
    """
    at = now()
    with home(at) as places:
        return work(View(places, places.profile(client_id), at))


def start_job(title: str, work: Callable[[Places, Job[T, E]], T]) -> Job[T, E]:
    """Begins long work in a thread of its own, as whoever acts now; roles are asked at each of its actions."""
    found, at = load_settings(), now()
    with home_of(found, at) as places:
        principal = _principal(places, at)

    def run(job: Job[T, E]) -> T:
        with home_of(found, now()) as opened:
            return work(opened.acting_as(principal), job)

    return Job(title, run).start()


def say_error(error: VcisoError) -> None:
    """An error in words: what happened, to what, what to do."""
    head = f"{error.subject}: {error.message}." if error.subject else f"{error.message[:1].upper()}{error.message[1:]}."
    # A hint that names a command or its option helps in a terminal only.
    hint = "" if "--" in error.hint or "vciso " in error.hint else error.hint
    st.error(f"{md(head)} {md(hint)}", icon=":material/error:")


@contextmanager
def errors_here() -> Iterator[None]:
    """Shows an error of the block at its place; the rest of the page stays."""
    try:
        yield
    except VcisoError as error:
        say_error(error)


def do_step(view: View, work: Callable[[ClientPlace], str]) -> bool:
    """Does a step and keeps what it says for the next run of the page; an error is shown here."""
    try:
        with view.places.client(view.client.id) as place:
            said = work(place)
    except VcisoError as error:
        say_error(error)
        return False
    view.keep("said", said)
    return True


@contextmanager
def page(title: str) -> Iterator[Places]:
    """A page over all clients."""
    at = now()
    with home(at) as places:
        forget_all()
        clients = places.profiles()
        _bar(clients, None, lambda chosen: _go("brief", chosen))
        st.title(title)
        yield places


@contextmanager
def client_page(title: str, *, head: bool = True) -> Iterator[View]:
    """A page of the client in view; without any client, how to add one."""
    at = now()
    with home(at) as places:
        clients = places.profiles()
        if not clients:
            st.title(title)
            no_clients()
            st.stop()
        known = {client.id: client for client in clients}
        client = known[_in_view(known)]
        _bar(clients, client, _switch)
        if head:
            st.title(title)
        yield View(places, client, at)


def no_clients() -> None:
    """What to do in an empty home."""
    st.info(
        "No clients yet. Add the first one under **Settings**, or in a terminal: "
        '`vciso client add "Northgate Family Clinic"`.',
        icon=":material/group_add:",
    )


def _in_view(known: dict[ClientId, Client]) -> ClientId:
    """The client that the address names, else the last one in view, else the first by name."""
    held = st.session_state.get(IN_VIEW)
    named = st.query_params.get("client", "")
    wanted = named if named in known else held if held in known else min(known.values(), key=_by_name).id
    if held != wanted:
        forget_all()
        st.session_state[IN_VIEW] = wanted
    if named != wanted:
        st.query_params["client"] = wanted
    return wanted


def _by_name(client: Client) -> str:
    return client.name.casefold()


def forget_all() -> None:
    """Forgets everything of any client that this session holds; work under way for it is stopped."""
    for key in [key for key in st.session_state if str(key).startswith(OWN)]:
        value = st.session_state[key]
        if isinstance(value, Job):
            value.cancel()
        del st.session_state[key]


def _switch(chosen: ClientId) -> None:
    if chosen == ALL:
        st.switch_page(PAGES["portfolio"])
    forget_all()
    st.session_state[IN_VIEW] = chosen
    st.query_params.clear()
    st.query_params["client"] = chosen
    st.rerun()


def _go(name: str, client_id: ClientId) -> None:
    if client_id:
        open_page(name, client_id)


def open_page(name: str, client_id: ClientId, **params: str) -> NoReturn:
    """Goes to a page of a client."""
    forget_all()
    st.session_state[IN_VIEW] = client_id
    st.switch_page(PAGES[name], query_params={"client": client_id, **params})


def chip(mark: Mark, *, small: bool = False) -> Markup:
    """A client's initials on its colour."""
    return Markup('<span class="vc-ini{} vc-{}" aria-hidden="true">{}</span>').format(
        " small" if small else "", mark.colour, mark.initials
    )


def _bar(clients: tuple[Client, ...], client: Client | None, act: Callable[[ClientId], None]) -> None:
    """Who is in view, and the switch to another."""
    known = marks(clients)
    with st.container(key="client-bar", horizontal=True, vertical_alignment="center", gap="medium"):
        if client is None:
            mark = Markup('<span class="vc-ini vc-all" aria-hidden="true">{}</span>').format(len(clients))
            name, about, colour = "All clients", counted(len(clients), "client"), "all"
        else:
            mark = chip(known[client.id])
            name, about, colour = client.name, about_client(client), str(known[client.id].colour)
        show(
            Markup(
                '<div class="vc vc-view vc-{}" role="status">{}<span><strong>{}</strong>'
                '<span class="vc-dim">{}</span></span></div>'
            ).format(colour, mark, inert(name), inert(about)),
            width="content",
        )
        if not clients:
            return
        # The labels of buttons are Markdown, those of a list are plain.
        spelt = md if len(clients) <= SWITCH_AS_BUTTONS else shown
        names = {ALL: "All clients"} | {one.id: f"{known[one.id].initials} · {spelt(one.name)}" for one in clients}
        current = client.id if client else ALL
        widget = f"switch/{current or 'all'}"
        if len(clients) <= SWITCH_AS_BUTTONS:
            chosen = st.segmented_control(
                "Client in view",
                list(names),
                default=current,
                required=True,
                format_func=names.__getitem__,
                key=widget,
                label_visibility="collapsed",
            )
        else:
            chosen = st.selectbox(
                "Client in view",
                list(names),
                index=list(names).index(current),
                format_func=names.__getitem__,
                key=widget,
                label_visibility="collapsed",
                width=260,
            )
    if chosen is not None and chosen != current:
        del st.session_state[widget]
        act(chosen)


def about_client(client: Client) -> str:
    """Sector, place and size in one line."""
    size = f"{client.headcount:,} people" if client.headcount else ""
    return " · ".join(part for part in (client.sector, ", ".join(client.jurisdictions), size) if part)
