"""What a command may import: the set is tested, not the time."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "torch",
    "chromadb",
    "sentence_transformers",
    "langchain",
    "langchain_core",
    "streamlit",
    "sqlalchemy",
    "alembic",
    "pandas",
    "numpy",
    "openpyxl",
    "feedparser",
    "httpx",
    "univers",
    "ahocorasick",
}


def imported_by(*arguments: str) -> set[str]:
    """Top-level modules that `vciso ARGUMENTS` leaves in memory."""
    code = (
        "import sys\n"
        "from ui.cli.main import app\n"
        "try:\n    app(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print('\\nMODULES', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return set(done.stdout.rsplit("MODULES", 1)[1].split())


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("client", "--help"), ("audit", "verify", "--help")]
)
def test_help_is_light(arguments: tuple[str, ...]) -> None:
    assert not imported_by(*arguments) & HEAVY


def test_a_client_command_needs_no_model_and_no_parser(tmp_path: object) -> None:
    found = imported_by("--home", str(tmp_path), "client", "list")
    assert "sqlalchemy" in found
    assert not found & {"torch", "chromadb", "sentence_transformers", "langchain", "streamlit", "feedparser", "httpx"}
