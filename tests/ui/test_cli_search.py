"""`vciso search`: with a client or without one, as text and as JSON, with reasons."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ui.cli.common import Call, Group
from ui.cli.search import search


@pytest.fixture
def run(tmp_path: Path):  # type: ignore[no-untyped-def]
    from ui.cli.client import app as client_app
    from ui.cli.framework import app as framework_app

    app = typer.Typer(cls=Group)

    @app.callback()
    def options(ctx: typer.Context) -> None:
        ctx.obj = Call(home=tmp_path)

    app.command("search")(search)
    app.add_typer(client_app)
    app.add_typer(framework_app)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, list(arguments))


def test_frameworks_alone(run) -> None:  # type: ignore[no-untyped-def]
    done = run("search", "--shared", "--words-only", "--why", "-k", "3", "what", "is", "AC-2?")
    assert done.exit_code == 0, done.output
    assert "AC-2 Account Management" in done.output
    assert "the question names AC-2" in done.output
    assert done.output.rstrip().endswith("by words only.")


def test_a_client_as_json(run) -> None:  # type: ignore[no-untyped-def]
    assert run("client", "add", "Clinic", "--id", "clinic").exit_code == 0
    done = run("search", "clinic", "backup restore test", "--json", "--words-only", "--framework", "ISO 27001")
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert found["question"] == "backup restore test"
    assert found["searched"].startswith("12 frameworks and 0 documents of clinic")
    assert {hit["passage"]["framework"] for hit in found["hits"]} == {"iso-27001-2022"}
    assert found["hits"][0]["reasons"]


def test_a_framework_that_was_brought_goes_by_its_name(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "corp.csv"
    file.write_text("Ref,Title,Text\nAC.02,Leavers,Leavers are removed within 24 hours.\n")
    for name in ("acme", "globex"):
        assert run("client", "add", name, "--id", name).exit_code == 0
    assert run("framework", "import", str(file), "--client", "acme", "--title", "Corp Standard").exit_code == 0
    arguments = ("leavers", "--framework", "corp standard", "--words-only")
    done = run("search", "acme", *arguments)
    assert "AC.02 Leavers  [Corp Standard, AC.02]" in done.output
    theirs = run("search", "globex", *arguments)
    assert theirs.exit_code != 0
    assert "Leavers are removed" not in theirs.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("search", "clinic"), "needs a client and a question"),
        (("search", "nobody", "who approves access", "--words-only"), "no such client"),
        (("search", "--shared", "backup", "--kind", "gossip", "--words-only"), "is not a kind of passage"),
        (("search", "--shared", "backup", "--framework", "ISO 9001", "--words-only"), "no such framework"),
    ],
)
def test_errors_say_what_to_do(run, arguments: tuple[str, ...], says: str) -> None:  # type: ignore[no-untyped-def]
    done = run(*arguments)
    assert done.exit_code in {2, 3}
    assert says in done.output
