"""The client and audit commands, as a person runs them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from knowledge import errors
from ui.cli.common import plain
from ui.cli.main import app

Run = Callable[..., Result]


@pytest.fixture
def vciso(home: Path) -> Run:
    def run(*arguments: str, code: int = 0, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(app, ["--home", str(home), *arguments], input=stdin)
        assert result.exit_code == code, result.output
        return result

    return run


def test_a_client_from_adding_to_removal(vciso: Run, home: Path, tmp_path: Path) -> None:
    vciso(
        "client",
        "add",
        "Northgate Family Clinic",
        "--id",
        "northgate",
        "--sector",
        "Healthcare",
        "--jurisdiction",
        "us-tx",
    )
    listed = json.loads(vciso("client", "list", "--json").stdout)
    assert [(c["id"], c["sector"], c["jurisdictions"]) for c in listed] == [("northgate", "healthcare", ["US-TX"])]
    assert "0 assets" in vciso("client", "show", "northgate").stdout
    vciso("client", "archive", "northgate")
    assert "No clients yet" in vciso("client", "list").stdout
    assert "northgate" in vciso("client", "list", "--archived").stdout
    vciso("client", "archive", "northgate", "--undo")
    archive = tmp_path / "handover.zip"
    vciso("client", "export", "northgate", str(archive))
    vciso("client", "remove", "northgate", code=1, stdin="n\n")
    assert (home / "clients" / "northgate").is_dir()
    assert "nothing of the client is left" in vciso("client", "remove", "northgate", "--yes").stdout
    assert not (home / "clients" / "northgate").exists()
    vciso("client", "import", str(archive), "--id", "ng2")
    assert "ng2" in vciso("audit", "verify", "--all").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("client", "show", "ghost"), errors.NotFoundError.exit_code, "no such client"),
        (("client", "add", "X", "--timezone", "Mars/Base"), errors.UsageError.exit_code, "no such time zone"),
        (("client", "add", "X", "--id", "Bad Id"), errors.UsageError.exit_code, "a client id is"),
        (("client", "add", "!!!"), errors.BadInputError.exit_code, "no id can be made"),
        (("client", "import", "nope.zip"), errors.NotFoundError.exit_code, "no such file"),
        (("audit", "verify", "--all", "--expect", "x"), errors.UsageError.exit_code, "--all"),
    ],
)
def test_errors_are_one_or_two_lines(vciso: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    result = vciso(*arguments, code=code)
    lines = result.stderr.strip().splitlines()
    assert words in result.stderr
    assert 1 <= len(lines) <= 2
    assert "Traceback" not in result.output


def test_debug_shows_the_traceback(home: Path) -> None:
    result = CliRunner().invoke(app, ["--home", str(home), "--debug", "client", "show", "ghost"])
    assert result.exit_code == errors.NotFoundError.exit_code
    assert "Traceback" in result.stderr
    assert "knowledge.errors.NotFoundError: ghost" in result.stderr


def test_a_changed_audit_row_is_named_with_its_exit_code(vciso: Run, home: Path) -> None:
    vciso("client", "add", "Acme", "--id", "acme")
    with closing(sqlite3.connect(home / "clients" / "acme" / "client.sqlite3")) as raw, raw:
        raw.execute("UPDATE audit_rows SET actor = 'eve'")
    result = vciso("audit", "verify", "acme", code=errors.IntegrityError.exit_code)
    assert "row 1" in result.stderr


def test_settings_lists_every_setting_and_masks_secrets(vciso: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCISO_NVD_API_KEY", "s3cr3t")
    shown = json.loads(vciso("settings", "--json").stdout)
    assert set(shown) >= {"home", "actor", "proxy", "nvd_api_key"}
    assert "s3cr3t" not in json.dumps(shown)


def test_exit_codes_are_distinct_and_documented() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.VcisoError)]
    codes = [kind.exit_code for kind in kinds]
    assert len(set(codes)) == len(codes)
    page = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "errors.md").read_text()
    for kind in kinds:
        assert f"| {kind.exit_code} |" in page, kind


def test_foreign_text_cannot_drive_the_terminal() -> None:
    assert plain("a\x1b[31mred\x07\u202e\u200bb\nc\td") == "a[31mredb\nc\td"
