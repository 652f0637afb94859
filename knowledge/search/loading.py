"""Checks and loads the embedding model beside other work: that takes as long as everything else before an answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


class Beside(Generic[T]):
    """What a function gives, worked out in a thread of its own."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._found: Future[T] = Future()
        self._work = work
        threading.Thread(target=self._run, name="search-model", daemon=True).start()

    def _run(self) -> None:
        try:
            self._found.set_result(self._work())
        except Exception as error:  # noqa: BLE001 - raised again where it is asked for
            self._found.set_exception(error)

    def result(self) -> T:
        """The outcome, waited for; raises what the function raised."""
        return self._found.result()

    def wait(self) -> None:
        """Waits for the end, however it came."""
        self._found.exception()


_begun: dict[Path | None, Beside[None]] = {}


def begin(setting: Path | None) -> None:
    """Starts reading a model's files and the shipped vectors, so that they are hashed and at hand when they are needed.

    Says nothing about what is wrong with them: who uses the model is told.
    """

    def work() -> None:
        from knowledge.search.encoder import model
        from knowledge.search.shipped import shipped

        model(setting)
        shipped()

    _begun[setting] = Beside(work)


def finish(setting: Path | None) -> None:
    """Waits for what `begin` started, if it did; its errors come up where the model is used."""
    begun = _begun.pop(setting, None)
    if begun is not None:
        begun.wait()
