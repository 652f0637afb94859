"""`vciso client set` and the language model policy, as a person runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from knowledge import errors
from ui.cli.main import app

Run = Callable[..., Result]


@pytest.fixture
def vciso(home: Path) -> Run:
    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["--home", str(home), *arguments])
        assert result.exit_code == code, result.output
        return result

    return run


def profile(vciso: Run, client_id: str) -> dict[str, object]:
    shown: dict[str, object] = json.loads(vciso("client", "show", client_id, "--json").stdout)
    return shown


def test_a_new_client_keeps_to_this_machine_unless_told_otherwise(vciso: Run) -> None:
    vciso("client", "add", "Acme", "--id", "acme")
    vciso("client", "add", "Globex", "--id", "globex", "--model-policy", "none")
    assert profile(vciso, "acme")["model_policy"] == "local-only"
    assert profile(vciso, "globex")["model_policy"] == "none"
    assert "none may see" in vciso("client", "show", "globex").stdout


def test_set_changes_what_is_named_and_nothing_else(vciso: Run) -> None:
    vciso(
        "client", "add", "Acme", "--id", "acme", "--sector", "Software", "--cadence", "Tuesdays", "--framework", "csf2"
    )
    before = profile(vciso, "acme")
    said = vciso("client", "set", "acme", "--model-policy", "any", "--hours", "6", "--jurisdiction", "de").stdout
    assert "names replaced" in said
    after = profile(vciso, "acme")
    engagement = before["engagement"]
    assert isinstance(engagement, dict)
    assert after == before | {
        "model_policy": "any",
        "jurisdictions": ["DE"],
        "engagement": engagement | {"hours_per_week": 6.0},
    }
    assert "so already" in vciso("client", "set", "acme", "--model-policy", "any").stdout
    assert "acme" in vciso("audit", "verify", "--all").stdout


def test_frameworks_in_scope_are_those_that_are_here(vciso: Run) -> None:
    vciso(
        "client",
        "add",
        "Acme",
        "--id",
        "acme",
        "--framework",
        "CSF",
        "--framework",
        "csf 2.0",
        "--framework",
        "ISO 27001",
    )
    assert profile(vciso, "acme")["frameworks"] == ["nist-csf-2.0", "iso-27001-2022"]
    vciso("client", "set", "acme", "--framework", "PCI DSS")
    assert profile(vciso, "acme")["frameworks"] == ["pci-dss-4.0.1"]
    wrong = vciso("client", "add", "Other", "--framework", "itil", code=errors.NotFoundError.exit_code).stderr
    assert "itil: no such framework" in wrong
    assert "other" not in vciso("client", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("acme", "--framework", "corp-standard"), errors.NotFoundError.exit_code, "no such framework"),
        (("acme", "--model-policy", "some"), errors.UsageError.exit_code, "model_policy"),
        (("acme", "--timezone", "Mars/Base"), errors.UsageError.exit_code, "no such time zone"),
        (("acme", "--name", " "), errors.UsageError.exit_code, "name"),
        (("acme",), errors.UsageError.exit_code, "nothing to change"),
        (("ghost", "--sector", "x"), errors.NotFoundError.exit_code, "no such client"),
    ],
)
def test_what_cannot_be_set_is_named(vciso: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    vciso("client", "add", "Acme", "--id", "acme")
    before = profile(vciso, "acme")
    assert words in vciso("client", "set", *arguments, code=code).stderr
    assert profile(vciso, "acme") == before
