"""Loads the clinic of these tests: with importlib mode a folder of tests is no package to import from."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def clinic() -> ModuleType:
    path = Path(__file__).parents[2] / "advisor" / "brief" / "clinic.py"
    spec = importlib.util.spec_from_file_location("brief_clinic", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
