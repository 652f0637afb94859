"""`vciso user`, as a person runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ui.cli.main import app

Run = Callable[..., Result]


@pytest.fixture
def vciso(home: Path) -> Run:
    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["--home", str(home), *arguments])
        assert result.exit_code == code, result.output
        return result

    run("client", "add", "Northgate", "--id", "northgate")
    return run


def test_users_from_adding_to_removal(vciso: Run) -> None:
    assert "for its owner alone" in vciso("user", "list").stdout
    first = vciso("user", "add", "Boss@CISO.example", "--admin").stdout
    assert "Added boss@ciso.example, who runs the portfolio." in first
    assert "From now on the app asks for a sign-in" in first
    second = vciso("user", "add", "dana@northgate.example", "--name", "Dana").stdout
    assert "Next: vciso user grant dana@northgate.example CLIENT" in second
    assert "asks for a sign-in" not in second
    assert "reads and asks" in vciso("user", "grant", "dana@northgate.example", "northgate", "reader").stdout
    found = json.loads(vciso("user", "list", "--json").stdout)
    assert [(one["user"]["email"], one["roles"]) for one in found] == [
        ("boss@ciso.example", {}),
        ("dana@northgate.example", {"northgate": "reader"}),
    ]
    table = vciso("user", "list").stdout
    assert "everything" in table
    assert "northgate: reader" in table
    assert "runs the portfolio" in vciso("user", "admin", "dana@northgate.example").stdout
    vciso("user", "admin", "dana@northgate.example", "--undo")
    assert "no role at northgate any more" in vciso("user", "revoke", "dana@northgate.example", "northgate").stdout
    assert "had no role" in vciso("user", "revoke", "dana@northgate.example", "northgate").stdout
    vciso("user", "remove", "dana@northgate.example")
    assert "dana" not in vciso("user", "list").stdout
    assert "rows hold" in vciso("audit", "verify", "--all").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("add", "dana"), 5, "not a plain e-mail address"),
        (("add", "boss@ciso.example"), 9, "is a user already"),
        (("grant", "boss@ciso.example", "northgate", "king"), 2, "One of: reader, reviewer, editor, owner"),
        (("grant", "boss@ciso.example", "ghost", "reader"), 3, "no such client"),
        (("grant", "ghost@ciso.example", "northgate", "reader"), 3, "no such user"),
        (("remove", "ghost@ciso.example"), 3, "`vciso user list`"),
    ],
)
def test_what_cannot_be_is_said(vciso: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    vciso("user", "add", "boss@ciso.example", "--admin")
    result = vciso("user", *arguments, code=code)
    assert words in result.output
    assert "Traceback" not in result.output
