"""Work that takes long: a thread of its own with progress, pieces to show on the way, and a way to stop it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from knowledge.errors import VcisoError

T = TypeVar("T")
E = TypeVar("E")

_LOG = logging.getLogger(__name__)


class CancelledError(Exception):
    """A person stopped the work; raised inside it at its next step."""


class Job(Generic[T, E]):
    """One piece of work. The page that started it asks how it stands; it goes on when nobody asks.

    Args:
        title: what a person calls it.
        work: gets the job, reports to it by `step` and `tell`, and returns the result.
    """

    def __init__(self, title: str, work: Callable[[Job[T, E]], T]) -> None:
        self.title = title
        self.result: T | None = None
        self.error = ""
        """Why it failed, in words; empty where it did not."""
        self.progress = (0, 0, "")
        """Done, total and what is at work; a total of 0 where it is not known."""
        self._work = work
        self._told: list[E] = []
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._changed = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"job {title}", daemon=True)

    def start(self) -> Job[T, E]:
        """Begins; returns itself."""
        self._thread.start()
        return self

    def step(self, done: int, total: int, subject: str) -> None:
        """Reports progress.

        Raises:
            CancelledError: a person stopped it.
        """
        self.progress = (done, total, subject)
        self._changed.set()
        self._check()

    def tell(self, piece: E) -> None:
        """Hands over a piece of the result before the whole is there.

        Raises:
            CancelledError: a person stopped it.
        """
        self._check()
        with self._guard:
            self._told.append(piece)
        self._changed.set()

    @property
    def told(self) -> tuple[E, ...]:
        """The pieces so far."""
        with self._guard:
            return tuple(self._told)

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self._thread.is_alive()

    @property
    def cancelled(self) -> bool:
        """Whether a person stopped it."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Stops it at its next step; what was finished is kept."""
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Waits for news of it, at most so long."""
        self._changed.wait(seconds)
        self._changed.clear()

    def _check(self) -> None:
        if self._stop.is_set():
            raise CancelledError

    def _run(self) -> None:
        try:
            self.result = self._work(self)
        except CancelledError:
            pass
        except VcisoError as error:
            self.error = str(error)
        except Exception as error:  # noqa: BLE001 - a thread's fault is said on the page, never lost
            # The type alone: the message of a foreign error may hold text of a client.
            _LOG.error("job %s failed: %s", self.title, type(error).__name__)
            self.error = f"Unexpected {type(error).__name__}: a fault of ours. Nothing was changed after it."
        finally:
            self._changed.set()
