"""Who may do what: the acting principal, users, their roles per client, and what each role allows."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from knowledge.records.base import Record, UtcDatetime

Need = Literal["read", "edit", "review", "own"]
"""What an action asks of the person.

`read`: look, and leave the trace that looking leaves (a question asked, a model's use); `edit`: change a client's rows;
`review`: decide on what others proposed; `own`: run the client itself (settings, hand-over, removal).
"""

Role = Literal["reader", "reviewer", "editor", "owner"]

ROLE_WORDS: Final[dict[Role, str]] = {
    "reader": "reads and asks",
    "reviewer": "reads, asks, approves and rejects",
    "editor": "reads, asks, and changes records and drafts",
    "owner": "does everything with this client, its settings and removal included",
}

_ALLOWED: Final[dict[Role, frozenset[Need]]] = {
    "reader": frozenset({"read"}),
    "reviewer": frozenset({"read", "review"}),
    "editor": frozenset({"read", "edit"}),
    "owner": frozenset({"read", "edit", "review", "own"}),
}
"""An editor does not approve and a reviewer does not edit: what one person wrote, another one signs."""


def allows(role: Role | None, need: Need) -> bool:
    """Whether a role allows an action; no role allows nothing."""
    return role is not None and need in _ALLOWED[role]


_ADDRESS: Final = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", re.ASCII)


def clean_address(text: str) -> str:
    """An e-mail address in the one spelling that is kept and compared: trimmed, lower case, plain ASCII.

    Raises:
        ValueError: not one address: a list, a display name, control characters, an address that is not ASCII.
    """
    address = text.strip().lower()
    # `=?` begins an encoded word, which mail libraries read in an address too.
    if len(address) > 254 or "=?" in address or not _ADDRESS.fullmatch(address):
        raise ValueError("not a plain e-mail address (name@example.org)")
    return address


Address = Annotated[str, AfterValidator(clean_address)]


class Principal(Record):
    """Who acts. Made by the machine's owner opening the home, or by a sign-in whose e-mail address was verified."""

    kind: Literal["local", "user"]
    email: str = ""
    """Verified address of a user; empty for the local owner."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.kind == "user":
            clean_address(self.email)
        elif self.email:
            raise ValueError("the local owner has no address")
        return self


LOCAL_OWNER: Final = Principal(kind="local")
"""Whoever can read the home folder as its owner: the command line, the scheduler, the app of a single user."""


class User(Record):
    """Someone who may sign in."""

    email: Address
    ref: str
    """Opaque random name (`u-` and 12 hex digits); the only name that the shared audit chain keeps."""
    name: Annotated[str, Field(max_length=200)] = ""
    admin: bool = False
    """Runs the portfolio: owner of every client, adds and removes clients and users, changes sources."""
    added_at: UtcDatetime


class Grant(Record):
    """One user's role at one client."""

    email: Address
    client_ref: str
    """The client's opaque name, so that a role never passes to another client that is given the same id later."""
    role: Role
    granted_at: UtcDatetime
