"""Writes the table of the forty hostile cases into docs/security-model.md."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from evals.suites.hostile import numbered_tests, table  # noqa: E402 - the path comes first

PAGE = ROOT / "docs" / "security-model.md"
_TABLE = re.compile(r"\| case \| what is attacked \| tests \|\n(?:\|.*\n)+")


def main() -> None:
    """Replaces the table with that of the tests as they are."""
    text = PAGE.read_text(encoding="utf-8")
    made = table(numbered_tests(ROOT / "tests")) + "\n"
    PAGE.write_text(_TABLE.sub(lambda _: made, text, count=1), encoding="utf-8")


if __name__ == "__main__":
    main()
