"""The generated pages of the guide are what the code says today."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference_docs", ROOT / "scripts" / "reference_docs.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["commands.md", "settings.md"])
def test_the_page_is_current(generator: ModuleType, name: str) -> None:
    kept = (ROOT / "docs" / "guide" / name).read_text(encoding="utf-8")
    assert kept == generator.PAGES[name](), "run: python scripts/reference_docs.py"


def test_every_setting_has_a_meaning(generator: ModuleType) -> None:
    for row in generator.settings_page().splitlines():
        if row.startswith("| `VCISO_"):
            assert row.split("|")[-2].strip(), row
