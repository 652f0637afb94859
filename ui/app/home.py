"""One open home for all sessions of the app, closed as soon as none uses it: the command line works in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from knowledge.clients import resume_removals
from knowledge.places import Places
from knowledge.settings import Settings


@dataclass
class _Open:
    places: Places
    users: int = 0


_GUARD = threading.Lock()
_OPEN: dict[Path, _Open] = {}


@contextmanager
def home_of(settings: Settings, now: datetime) -> Iterator[Places]:
    """The home that all threads of this process share, for the length of the block.

    A place's lock belongs to one `Places`; a second one in the same process would wait for the first like a stranger.
    Whoever leaves last closes it. Removals that were killed half-way are finished by whoever opens it.

    Raises:
        BusyError: another process has it.
        IntegrityError: a removal cannot be finished.
    """
    with _GUARD:
        one = _OPEN.get(settings.home)
        if one is None:
            one = _Open(Places(settings, now=now, purpose="the app"))
            try:
                resume_removals(one.places, now)
            except BaseException:
                one.places.close()
                raise
            _OPEN[settings.home] = one
        one.users += 1
    try:
        yield one.places
    finally:
        with _GUARD:
            one.users -= 1
            if not one.users:
                del _OPEN[settings.home]
                one.places.close()
