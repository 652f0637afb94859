"""A model for tests of the advisor: one that obeys whatever it reads."""

from __future__ import annotations

import pytest

from evals.obeying import ObeyingStub


@pytest.fixture
def obeying_stub() -> ObeyingStub:
    """A model that does what documents tell it."""
    return ObeyingStub()
