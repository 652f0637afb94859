"""What a command may import: the set is tested, not the time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


QUESTION = """
import sys
from ui.cli.main import app
app(["--home", sys.argv[1], "client", "add", "Acme"], standalone_mode=False)
for name in [name for name in sys.modules if name.startswith("ui.cli.")]:
    del sys.modules[name]
from ui.cli.main import app
app(["--home", sys.argv[1], "ask", "acme", "Which controls cover multi-factor sign-in?"], standalone_mode=False)
print("\\nMODULES", *sorted(sys.modules))
"""
NOT_FOR_A_QUESTION = HEAVY - {"sqlalchemy", "alembic", "numpy"} | {
    "sentence_transformers", "transformers", "bm25s", "scipy", "rich", "docx", "fpdf", "jinja2",
}  # fmt: skip


def test_a_question_reads_no_code_of_other_work(tmp_path: Path) -> None:
    """An answer comes within a second of start where nothing is read that it does not need."""
    done = subprocess.run(
        [sys.executable, "-c", QUESTION, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120
    )
    told, names = done.stdout.rsplit("MODULES", 1)
    found = set(names.split())
    assert "Answer an-" in told
    assert not {name.split(".")[0] for name in found} & NOT_FOR_A_QUESTION
    assert {name for name in found if name.startswith("ui.cli.")} == {
        "ui.cli.ask", "ui.cli.common", "ui.cli.main", "ui.cli.tree",
    }  # fmt: skip
    ours = ("advisor.answer", "advisor.grounding", "advisor.llm", "advisor.service")
    assert not {name for name in found if name.startswith("advisor.") and not name.startswith(ours)}


def test_a_question_reads_no_pack_that_it_does_not_show(tmp_path: Path) -> None:
    code = (
        QUESTION
        + "from knowledge.search.partition import shipped_packs\nprint('ALL', shipped_packs.cache_info().currsize)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.rstrip().endswith("ALL 0")


FIRST_LINE = """
import sys
import typer
told = typer.echo
def first(*values, **named):
    typer.echo = told
    told("MODULES " + " ".join(sorted(sys.modules)))
    told(*values, **named)
typer.echo = first
from ui.cli.main import app
sys.argv[0] = "vciso"
app(sys.argv[1:])
"""
STORE_OF_A_QUESTION = {
    "clients", "documents", "engine", "frameworks", "rows", "schema", "tables_client", "tables_shared", "types",
    "units",
}  # fmt: skip
RECORDS_OF_A_QUESTION = {"access", "answer", "base", "client", "document", "framework", "schedule", "search"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one client and nothing of it."""
    folder = tmp_path_factory.mktemp("first") / "home"
    add = ["--home", str(folder), "client", "add", "Acme"]
    start = "import sys; from ui.cli.main import app; app(sys.argv[1:])"
    subprocess.run([sys.executable, "-c", start, *add], capture_output=True, check=True, timeout=120)
    return folder


@pytest.mark.parametrize(
    ("arguments", "store", "records"),
    [
        (("ask", "acme", "Which controls cover multi-factor sign-in?"), STORE_OF_A_QUESTION, RECORDS_OF_A_QUESTION),
        (
            ("search", "acme", "who approves access", "--kind", "requirement"),
            STORE_OF_A_QUESTION,
            RECORDS_OF_A_QUESTION - {"answer"},
        ),
    ],
    ids=["ask", "search"],
)
def test_the_first_line_waits_for_no_code_but_its_own(
    home: Path, arguments: tuple[str, ...], store: set[str], records: set[str]
) -> None:
    """Of the store and the records too: a home has many kinds of them, and a question asks for a few."""
    command = [sys.executable, "-c", FIRST_LINE, "--home", str(home), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    first, rest = done.stdout.split("\n", 1)
    found = set(first.removeprefix("MODULES ").split())
    assert "by words and by meaning" in rest
    assert not {name.split(".")[0] for name in found} & (NOT_FOR_A_QUESTION | {"alembic"})
    assert {name.rsplit(".", 1)[1] for name in found if name.startswith("knowledge.store.")} <= store
    assert {name.rsplit(".", 1)[1] for name in found if name.startswith("knowledge.records.")} <= records
    assert not {name for name in found if name.startswith("advisor.llm.")}
    rare = {f"advisor.answer.{name}" for name in ("news", "replay", "with_model")} | {"knowledge.clients", "numpy.ma"}
    assert not found & rare
