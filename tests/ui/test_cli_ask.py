"""The ask and chat commands, as a person runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from ingest.documents.service import add_document, read_document
from knowledge import errors
from knowledge.clients import add_client, new_ref
from knowledge.places import Places
from knowledge.records.client import Client
from knowledge.settings import Settings, load_settings
from ui.cli import ask
from ui.cli.common import Call, Group

AT = datetime(2026, 8, 7, 6, 30, tzinfo=UTC)
TEXT = "# Vendor Policy\n\n## 1 Incidents\n\nVendors report incidents within 48 hours.\n"
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def module_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("ask") / "home"
    with Places(Settings(home=home, actor="tester"), now=AT) as places:
        profile = Client(id="acme", ref=new_ref(), name="Acme", frameworks=("nist-csf-2.0",), created_at=AT)
        add_client(places, profile, AT)
        with places.client("acme") as place:
            add_document(place, read_document(TEXT.encode(), name="vendors.md"), AT)
    return home


@pytest.fixture
def vciso(module_home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    app = typer.Typer(cls=Group)

    @app.callback()
    def options(ctx: typer.Context) -> None:
        ctx.obj = Call(home=module_home)

    app.command("ask")(ask.ask)
    app.command("chat")(ask.chat)
    # Sentence vectors join in the background; the words suffice here and the model need not be loaded.
    monkeypatch.setattr("knowledge.search.service.PlaceSearcher._start", lambda self: None)

    def run(*arguments: str, code: int = 0, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(app, list(arguments), input=stdin)
        assert result.exit_code == code, result.output
        return result

    return run


def test_an_answer_shows_claim_place_mode_and_id_and_is_replayed(vciso: Run) -> None:
    shown = vciso("ask", "acme", "How fast must our vendors report incidents?").stdout
    assert "Vendors report incidents within 48 hours." in shown
    assert "[Vendor Policy; " in shown
    assert "Extractive answer" in shown
    answer_id = shown.rsplit("Answer ", 1)[1].split(".")[0]
    again = vciso("ask", "acme", "--replay", answer_id).stdout
    assert "every claim stands as it did" in again


def test_json_has_everything_that_proves_it(vciso: Run) -> None:
    answer = json.loads(vciso("ask", "acme", "What is PR.DS-11?", "--json").stdout)
    assert answer["claims"][0]["supported"]
    assert {check["name"] for check in answer["claims"][0]["checks"]} >= {
        "retrieved",
        "verbatim",
        "entities",
        "polarity",
        "strength",
    }
    assert answer["hits"][0]["passage"]["requirement_id"] == "PR.DS-11"


def test_an_abstention_says_what_was_searched(vciso: Run) -> None:
    shown = vciso("ask", "acme", "Who won the world cup?").stdout
    assert "No answer that can be proved." in shown
    assert "Searched 12 frameworks and 1 document of acme" in shown


def test_an_abstention_points_to_what_is_nearest(vciso: Run) -> None:
    shown = vciso("ask", "acme", "In how many hours must the lift of the building be repaired?").stdout
    assert "No answer that can be proved." in shown
    nearest = shown.partition("Nearest, though none of it answers the question:")[2].splitlines()[1:4]
    assert len(nearest) == 3
    assert all(line.startswith("   ") and line.endswith("]") for line in nearest)
    assert "Nearest" not in vciso("ask", "acme", "What is PR.DS-11?").stdout


def test_checks_and_passages_are_shown_on_demand(vciso: Run) -> None:
    shown = vciso("ask", "acme", "Which outcomes cover backups?", "--why").stdout
    assert "Checks: retrieved ok" in shown
    assert "lexical" in shown


def test_a_conversation_is_kept_and_resumed(vciso: Run) -> None:
    first = vciso(
        "chat", "acme", stdin="Which CSF 2.0 outcomes cover backups?\nand what about passwords?\n???\nexit\n"
    ).stdout
    assert "understood as: Which CSF 2.0 outcomes cover passwords?" in first
    assert "the question has no words" in first
    conversation = first.rsplit("--resume ", 1)[1].split()[0]
    again = vciso("chat", "acme", "--resume", conversation, stdin="").stdout
    assert "> and what about passwords?" in again


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("ask", "acme"), errors.UsageError.exit_code),
        (("ask", "acme", "x", "--replay", "an-1"), errors.UsageError.exit_code),
        (("ask", "ghost", "What is AC-2?"), errors.NotFoundError.exit_code),
        (("ask", "acme", "--replay", "an-0"), errors.NotFoundError.exit_code),
        (("ask", "acme", "What about backups?", "--framework", "nope"), errors.NotFoundError.exit_code),
        (("chat", "acme", "--resume", "co-0"), errors.NotFoundError.exit_code),
        (("chat", "nobody"), errors.NotFoundError.exit_code),
    ],
)
def test_errors_have_their_exit_codes(vciso: Run, arguments: tuple[str, ...], code: int) -> None:
    vciso(*arguments, code=code)


def test_an_answer_is_shown_before_it_is_kept_and_a_full_disk_is_told(
    vciso: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: object, answer: object) -> None:
        raise errors.StoreError("the disk is full, nothing of this step was kept", subject="client.sqlite3")

    monkeypatch.setattr("knowledge.store.answers.Answers.put", full)
    result = vciso("ask", "acme", "What is PR.DS-11?", code=errors.StoreError.exit_code)
    assert "PR.DS-11" in result.stdout
    assert "vciso: client.sqlite3: the disk is full, nothing of this step was kept." in result.stderr


def test_the_settings_are_read_once_for_a_call(vciso: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path | None] = []

    def counted(home: Path | None = None) -> Settings:
        read.append(home)
        return load_settings(home)

    monkeypatch.setattr("knowledge.settings.load_settings", counted)
    vciso("ask", "acme", "What is PR.DS-11?")
    assert len(read) == 1


def test_a_chat_in_which_nothing_was_asked_is_no_conversation(vciso: Run) -> None:
    assert "--resume" not in vciso("chat", "acme", stdin="").stdout
    assert "--resume" not in vciso("chat", "acme", stdin="???\n").stdout
