"""The command tree: every name leads to its command, and a call reads the code of its own word alone."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from ui.cli.main import PARTS, app


@pytest.mark.parametrize("name", PARTS)
def test_every_name_leads_to_a_command_of_that_name(name: str) -> None:
    made = get_command(app).commands[name]  # type: ignore[attr-defined]
    assert made.name == name
    assert made.get_short_help_str(70)


def test_a_group_has_the_commands_of_all_its_modules() -> None:
    groups = get_command(app).commands  # type: ignore[attr-defined]
    assert {"list", "draft", "submit", "redline", "export"} <= set(groups["policy"].commands)
    assert {"request", "receipt"} <= set(groups["attest"].commands)


def test_a_wrong_name_is_answered_with_the_nearest() -> None:
    done = CliRunner().invoke(app, ["aks"])
    assert done.exit_code == 2
    assert "Did you mean 'ask'?" in done.output


def test_a_call_reads_the_code_of_its_own_word_alone() -> None:
    code = (
        "import sys\nfrom ui.cli.main import app\n"
        "try:\n    app(['ask', '--help'])\nexcept SystemExit:\n    pass\n"
        "print('\\nREAD', *sorted(name for name in sys.modules if name.startswith('ui.cli.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rsplit("READ", 1)[1].split() == ["ui.cli.ask", "ui.cli.common", "ui.cli.main", "ui.cli.tree"]
