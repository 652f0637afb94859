"""Fixtures of the tests of a refresh: the made-up web, a store in memory or on disk, parsing in this process."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from ingest import sandbox
from knowledge.errors import BadInputError
from knowledge.places import Places
from tests.ingest.pipeline.world import NOW, FakeWeb


@pytest.fixture(autouse=True)
def in_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse in this process, with the same trip through JSON: the child process has its own tests, and costs time."""
    if "shared_data" in request.fixturenames:
        return

    def run_here(
        target: str, documents: Sequence[tuple[str, bytes]], options: dict[str, Any], limits: sandbox.Limits
    ) -> Iterator[Any]:
        module, _, name = target.partition(":")
        parse = getattr(importlib.import_module(module), name)
        for subject, data in documents:
            try:
                yield json.loads(json.dumps(parse(data, options)))
            except BadInputError as error:
                yield BadInputError(error.message, subject=subject, hint=error.hint)

    monkeypatch.setattr(sandbox, "_run_child", run_here)


@pytest.fixture
def web() -> FakeWeb:
    return FakeWeb()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Any:
    if request.param == "memory":
        return request.getfixturevalue("memory")
    places: Places = request.getfixturevalue("places")
    return places.shared().facts(NOW)
