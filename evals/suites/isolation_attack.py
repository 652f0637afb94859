"""Calls every function that takes a client's id with the id of a client that is not the caller's."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from advisor.service import Advisor
from evals.functions import ClientFunction, client_functions
from evals.made import AT, value
from knowledge.access import add_user, grant_role
from knowledge.errors import NotFoundError, PermissionDeniedError, VcisoError
from knowledge.places import Places
from knowledge.records.access import Principal
from knowledge.search.interface import open_searcher

ADDRESS = "reader@kanari.example"
NO_CLIENT = "client-99"
"""An id that was never given."""
ODD_IDS: tuple[Any, ...] = ("", None, "*", "../client-01", "client-01 ", "CLIENT-01")
ENDS = frozenset({"knowledge.clients.remove_client", "knowledge.clients.set_status"})
"""Functions that would end the client they are called with."""


def attack_functions(places: Places, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """An owner of the first client names the second one, one that does not exist, and ids that are none.

    Returns one row a call: function, id, what came, and the leak in words (empty: none).
    """
    first, second = list(words)[:2]
    add_user(places, ADDRESS, AT)
    grant_role(places, ADDRESS, first, "owner", AT)
    view = places.acting_as(Principal(kind="user", email=ADDRESS))
    rows = []
    for function in client_functions():
        refused = _called(function, view, NO_CLIENT)
        for client_id in (second, *ODD_IDS):
            came = _called(function, view, client_id)
            rows.append(
                {
                    "name": f"{function.name} {client_id!r}",
                    "function": function.name,
                    "id": str(client_id),
                    "came": type(came).__name__,
                    "leak": _leak(came, refused, str(client_id), words),
                }
            )
    return rows


def own_results(places: Places, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """The home's owner calls each function with the first client; no other client's word is in what comes."""
    first = next(iter(words))
    rows = []
    for function in client_functions():
        if function.name in ENDS:
            continue
        came = _called(function, places, first)
        told = _told(came).casefold()
        foreign = [other for other, word in words.items() if other != first and word.casefold() in told]
        rows.append(
            {"function": function.name, "returned": not isinstance(came, Exception), "leak": ", ".join(foreign)}
        )
    return rows


def _called(function: ClientFunction, places: Places, client_id: Any) -> Any:
    """What a call gives: a value, or the error."""
    with tempfile.TemporaryDirectory() as folder:
        given = {name: value(function.hints[name], "kanari") for name in function.required if name in function.hints}
        given = {name: Path(folder) / "out.zip" if isinstance(one, Path) else one for name, one in given.items()}
        if "now" in given:
            given["now"] = AT
        try:
            if not function.method:
                return _kept(function.call(places=places, client_id=client_id, **given), Path(folder))
            searchers = partial(open_searcher, dense="off")
            with Advisor(places, places.settings, searchers=searchers) as advisor:
                return function.call(advisor, client_id, **given)
        except VcisoError as error:
            return error


def _kept(found: Any, folder: Path) -> Any:
    """What came, with the files that were written."""
    close = getattr(found, "close", None)
    if close is not None:
        close()
    return [found, *(file.read_bytes() for file in folder.rglob("*") if file.is_file())]


def _leak(came: Any, refused: Any, client_id: str, words: Mapping[str, str]) -> str:
    """What a refused call gave away, in words; empty where it was refused as one for an id that does not exist."""
    if not isinstance(came, Exception):
        # One that reads nothing of the client says the same of any.
        return "" if _told(came) == _told(refused) else "was not refused"
    if words.get(client_id, "KNR").casefold() in _told(came).casefold():
        return "the other client's word is in the error"
    if not isinstance(came, NotFoundError | PermissionDeniedError):
        same = type(came) is type(refused)
        return "" if same else f"ended in {type(came).__name__}, which an unknown id does not"
    if client_id not in words:
        return ""
    said, known = (str(one).replace(client_id, "").replace(NO_CLIENT, "") for one in (came, refused))
    return "" if said == known else f"says {said!r}, and of no client {known!r}"


def _told(came: Any) -> str:
    return "\n".join(_pieces(came))


def _pieces(came: Any) -> Iterator[str]:
    if isinstance(came, bytes):
        yield came.decode("latin-1")
    elif isinstance(came, list | tuple):
        for one in came:
            yield from _pieces(one)
    else:
        yield f"{came} {came!r}"
