"""How a client is told apart at a glance: a colour and initials, always beside the name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.records.base import ClientId
from knowledge.records.client import Client

COLOURS = ("#0B5394", "#7A3E9D", "#1D6B35", "#9A3412", "#0F6B73", "#9D174D", "#6B5300", "#3B4656")
"""White letters on each have a contrast of 5:1 and more; style.css has the same list."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands for one client on every page of it."""

    colour: int
    """Index into `COLOURS`."""
    initials: str


def marks(clients: Sequence[Client]) -> dict[ClientId, Mark]:
    """A mark for each client. A colour stays with its client while there are no more clients than colours."""
    taken: set[int] = set()
    found: dict[ClientId, Mark] = {}
    for client in sorted(clients, key=lambda one: (one.created_at, one.id)):
        wanted = int.from_bytes(hashlib.sha256(client.id.encode()).digest()[:2], "big") % len(COLOURS)
        free = [(wanted + step) % len(COLOURS) for step in range(len(COLOURS))]
        colour = next((one for one in free if one not in taken), wanted)
        taken.add(colour)
        found[client.id] = Mark(colour, initials(client.name))
    return found


def initials(name: str) -> str:
    """Up to two letters: of the first two words, or the first two of the only one."""
    words = ["".join(char for char in word if char.isalnum()) for word in name.split()]
    words = [word for word in words if word]
    if not words:
        return "?"
    letters = words[0][0] + words[1][0] if len(words) > 1 else words[0][:2]
    return letters.upper()
