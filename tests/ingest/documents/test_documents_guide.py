"""docs/guide/documents.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.documents import limits
from ui.cli import docs

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "guide" / "documents.md").read_text(encoding="utf-8")


def test_every_limit_is_in_the_guide() -> None:
    numbers = (limits.MAX_CHARS, limits.MAX_BLOCKS, limits.MAX_PAGES, limits.MAX_PAGE_CHARS, limits.MAX_ZIP_PARTS)
    for number in numbers:
        assert f"{number:,}" in GUIDE
    assert f"{limits.LIMITS.input_mb:g} MB" in GUIDE
    assert f"{limits.LIMITS.memory_mb} MB" in GUIDE
    assert f"{limits.LIMITS.cpu_seconds} s of processor time" in GUIDE
    assert f"{limits.MAX_PART_MB:g} MB for one" in GUIDE
    assert f"{limits.MAX_CONTENT_MB:g} MB of drawing" in GUIDE
    assert f"up to {limits.MAX_ROUNDS} turns" in GUIDE
    assert f"{limits.MAX_DEPTH} elements within" in GUIDE


def test_the_commands_of_the_guide_exist() -> None:
    commands = {command.name or getattr(command.callback, "__name__", "") for command in docs.app.registered_commands}
    named = set(re.findall(r"^vciso docs (\w+)", GUIDE, re.MULTILINE))
    assert named == commands
